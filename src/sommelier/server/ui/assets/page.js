// What the browser does by itself: keep choices, send a message with Enter, watch the light.
window.sommelier = {
  keep(name, value) {
    const age = value ? 31536000 : 0;
    document.cookie = `sommelier_${name}=${encodeURIComponent(value)}; path=/; max-age=${age}; samesite=lax`;
  },
  choose(name, value) {
    this.keep(name, value);
    if (name === "as") location.assign(location.pathname);
    else location.reload();
  },
  theme() {
    const root = document.documentElement;
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const now = root.dataset.theme || system;
    const next = now === "dark" ? "light" : "dark";
    root.dataset.theme = next === system ? "" : next;
    this.keep("theme", root.dataset.theme);
  },
  // A message goes out once; what was typed meanwhile stays.
  message(form) {
    const field = form.querySelector("textarea");
    const text = field.value.trim();
    if (!text || form.getAttribute("aria-busy") === "true") return null;
    field.value = "";
    this.grow(field);
    field.focus();
    return text;
  },
  grow(field) {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, 180)}px`;
  },
  latest() {
    const turns = document.querySelectorAll(".turn");
    const last = turns[turns.length - 1];
    if (!last) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    // Not scrollIntoView: the keyboard would start from there, past the ways at the top.
    const top = last.getBoundingClientRect().top + scrollY - document.querySelector(".top").offsetHeight;
    scrollTo({ top, behavior: calm ? "auto" : "smooth" });
  },
  address(query) {
    history.replaceState(null, "", location.pathname + (query ? `?${query}` : ""));
  },
  open(id) {
    document.getElementById(id)?.showModal();
  },
  close(id) {
    document.getElementById(id)?.close();
  },
};

document.addEventListener("keydown", (event) => {
  const field = event.target;
  // An input method of Chinese uses Enter too: it is composing then.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  if (field.matches?.("textarea.say")) {
    event.preventDefault();
    field.form.requestSubmit();
  }
});

document.addEventListener("input", (event) => {
  if (event.target.matches?.("textarea.say")) sommelier.grow(event.target);
});

// Sheets close when one looks elsewhere.
document.addEventListener("click", (event) => {
  for (const sheet of document.querySelectorAll("details.picker[open], details.side[open]")) {
    if (!sheet.contains(event.target)) sheet.removeAttribute("open");
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const sheet = event.target.closest?.("details.picker[open], details.side[open]");
  if (sheet) {
    sheet.removeAttribute("open");
    sheet.querySelector("summary").focus();
  }
});
