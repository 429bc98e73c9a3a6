"""Who cannot see, cannot use a mouse, or has a small screen uses the page too."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATHS = ("/", "/catalogue", "/item?item_id=heat-1995", "/you", "/numbers")

CONTRAST = """
() => {
  const rgba = (c) => {
    const m = c.match(/[\\d.]+/g).map(Number);
    const by = c.startsWith("color(") ? 255 : 1;
    return [m[0] * by, m[1] * by, m[2] * by, m[3] ?? 1];
  };
  const over = (a, b) => [0, 1, 2].map((i) => a[i] * a[3] + b[i] * (1 - a[3]));
  const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const light = (c) => {
    const [r, g, b] = c.map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (e) => {
    const layers = [];
    for (; e; e = e.parentElement) {
      const c = rgba(getComputedStyle(e).backgroundColor);
      if (c[3] > 0) layers.push(c);
      if (c[3] === 1) break;
    }
    return layers.reverse().reduce((under, c) => over(c, under), [255, 255, 255]);
  };
  const opacity = (e) => (e ? getComputedStyle(e).opacity * opacity(e.parentElement) : 1);
  const shows = (e) => {
    const box = e.getBoundingClientRect();
    const text = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    const out = "[aria-hidden=true], svg, .skip, [disabled], .nicegui-error-popup";
    return text && box.width && box.height && !e.closest(out) && e.checkVisibility();
  };
  const ratio = (e) => {
    const back = behind(e), ink = rgba(getComputedStyle(e).color);
    ink[3] *= opacity(e);
    const [a, b] = [light(over(ink, back)), light(back)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  return [...document.querySelectorAll("body *")].filter((e) => shows(e) && ratio(e) < 4.5)
    .map((e) => [ratio(e).toFixed(2), e.className, e.textContent.trim().slice(0, 40)]);
}
"""

NAMELESS = """
() => [...document.querySelectorAll(
    "button, a[href], input, select, textarea, summary, [role=img], [role=group], nav, dialog")]
  .filter((e) => e.checkVisibility() || e.matches("dialog"))
  .filter((e) => !(e.getAttribute("aria-label") || e.innerText?.trim() || e.textContent.trim()
    || e.closest("label") || (e.id && document.querySelector(`label[for="${e.id}"]`))))
  .map((e) => e.outerHTML.slice(0, 120))
"""

RING = """
() => {
  const e = document.activeElement, s = getComputedStyle(e);
  const ring = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
  return [e.tagName, e.className, ring];
}
"""


def ready(page):
    page.locator("#main > *").first.wait_for()
    page.wait_for_timeout(400)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(visit, say, page_url, scheme):
    page = visit(scheme=scheme)
    answer = say(page, "crime films with Robert De Niro")
    answer.locator(".act-like").first.click()
    answer.locator(".act-dislike").nth(1).click()
    answer.locator(".act-seen").nth(2).click()
    answer.locator(".told", has_text="It will not be suggested").first.wait_for()
    answer.get_by_text("How this came about").click()
    page.mouse.move(0, 0)
    assert page.evaluate(CONTRAST) == []
    for path in PATHS[1:]:
        page.goto(page_url + path)
        ready(page)
        assert page.evaluate(CONTRAST) == [], path


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_every_control_has_a_name(visit, say, page_url, locale):
    page = visit(locale=locale)
    say(page, "Heat")
    for path in PATHS:
        page.goto(page_url + path)
        ready(page)
        assert page.evaluate(NAMELESS) == [], path
        assert page.locator("h1").count() == 1 or path in ("/catalogue", "/")
        assert page.get_by_role("main").count() == 1


def test_the_keyboard_reaches_everything_and_one_sees_where_it_is(visit, say):
    page = visit()
    say(page, "crime films with Robert De Niro")
    page.reload()
    page.locator(".turn .answer").wait_for()
    met = []
    for _ in range(40):
        page.keyboard.press("Tab")
        tag, classes, ring = page.evaluate(RING)
        if tag == "BODY":
            break
        assert ring, f"no visible focus on {tag} {classes}"
        met.append(classes.split()[0] if classes else tag)
    assert met[0] == "skip"
    order = ["brand", "way", "tool", "new", "item-link", "act"]
    places = [met.index(one) for one in order]
    assert places == sorted(places)


def test_a_card_is_worked_by_keyboard_alone(visit, say):
    page = visit()
    answer = say(page, "westerns")
    answer.locator(".act-like").first.focus()
    page.keyboard.press("Space")
    answer.locator(".act-like[aria-pressed=true]").wait_for()
    page.keyboard.press("Enter")
    answer.locator(".told", has_text="Taken back.").wait_for()
    assert answer.locator(".act-like").first.get_attribute("aria-pressed") == "false"


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_nothing_is_cut_off_on_a_narrow_screen(visit, say, page_url, locale):
    page = visit(width=360, height=740, locale=locale)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    for path in (*PATHS, "/catalogue?view=table&sort=-runtime"):
        page.goto(page_url + path)
        ready(page)
        assert page.evaluate(wide) <= 0, path
        boxes = [page.locator(one).bounding_box() for one in (".tools", ".brand")]
        assert boxes[0]["y"] < boxes[1]["y"] + boxes[1]["height"], "the head takes three lines"
    page.locator(".picker summary").click()
    sheet = page.locator(".sheet").bounding_box()
    assert sheet["x"] >= 0 and sheet["x"] + sheet["width"] <= 360
    page.keyboard.press("Escape")
    search = page.locator(".search").bounding_box()
    assert search["x"] + search["width"] <= 360
    page.goto(page_url)
    answer = say(page, "a 300 minute horror western from 1921")
    assert answer.locator(".suggestion").count() == 2
    say(page, "comedies")
    assert page.evaluate(wide) <= 0
    page.locator(".side-open").scroll_into_view_if_needed()
    page.locator(".side-open").click()
    page.locator(".session").first.wait_for()
    page.goto(page_url + "/catalogue")
    page.locator(".filters-open").click()
    page.locator(".filter").first.wait_for()


def test_light_and_dark_follow_the_system_and_the_choice_is_kept(visit, page_url):
    page = visit(scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    page.locator(".tool[title='Light or dark']").click()
    light = page.evaluate(paper)
    assert dark != light
    page.goto(page_url + "/you")
    ready(page)
    assert page.evaluate(paper) == light
    other = visit(scheme="light")
    assert other.evaluate(paper) == light


def test_what_is_answered_is_announced(visit):
    page = visit()
    assert page.locator(".thread").get_attribute("aria-live") == "polite"
    assert page.locator(".thread").get_attribute("role") == "log"
