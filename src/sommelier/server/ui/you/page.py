"""The page "what I know about you"."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from nicegui import ui

from sommelier.server.ui.frame import frame
from sommelier.server.ui.parts import Handler, Part, button, hear, part, send
from sommelier.server.ui.seat import Seat
from sommelier.server.ui.talk.reactions import take_back
from sommelier.server.ui.you.known import GROUPS, Known, known_of
from sommelier.state.profiles import Entry

__all__ = ["build"]

_POLARITIES = ("like", "dislike", "want", "avoid")


async def build(seat: Seat) -> None:
    """Build the page."""
    with frame(seat, "you"):
        await _You(seat).refresh()


class _You:
    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        say = seat.say
        with part("div", "column"):
            part("h1", "title", say("you", "title"))
            part("p", "lead", say("you", "lead"))
            self._place = part("div", "known")
            self._told = part("p", "told", role="status")
            with part("div", "row ends"):
                button(say("you", "export"), self._export, "plain", sign="save")
                erase = button(say("you", "erase"), None, "danger", sign="trash")
            dialog = self._dialog()
            erase.on("click", js_handler=f"() => sommelier.open('{dialog.html_id}')")

    async def refresh(self, told: str = "") -> None:
        """Show what is held now."""
        known = await known_of(self._seat)
        self._place.clear()
        with self._place:
            self._show(known)
        if told:
            self._told.text = told

    def _show(self, known: Known) -> None:
        say = self._seat.say
        if known.empty:
            with part("section", "empty"):
                part("p", "lead", say("you", "nothing"))
                part("a", "primary", say("you", "talk"), href=self._seat.link(""))
            return
        for name in GROUPS:
            if entries := known.entries[name]:
                self._group(name, entries)
        self._items("seen", known.seen, len(known.seen), self._forgetting)
        self._items("log", known.log, known.logged)

    def _group(self, name: str, entries: list[tuple[Entry, str]]) -> None:
        say = self._seat.say
        with part("section", f"group group-{name}"):
            part("h2", "subtitle", say("you", name))
            with part("ul", "entries"):
                for entry, subject in entries:
                    self._entry(entry, subject)

    def _entry(self, entry: Entry, subject: str) -> None:
        say, number = self._seat.say, entry.id or 0
        with part("li", "entry"):
            with part("div", "entry-words"):
                if entry.item_id is not None:
                    part("a", "item-link", subject, href=self._seat.item(entry.item_id))
                else:
                    part("span", "entry-subject", subject)
                day = datetime.fromtimestamp(entry.time, UTC)
                source, scope = say("source", entry.source), say("scope", entry.scope)
                part("span", "note", f"{source} · {day:%Y-%m-%d} · {scope}")
            with part(
                "select", "field small", aria_label=say("you", "change", what=subject)
            ) as kind:
                for word in _POLARITIES:
                    chosen = True if word == entry.polarity else None
                    part("option", text=say("polarity", word), value=word, selected=chosen)
            hear(kind, "change", self._changing(number))
            gone = button("", self._removing(number), "session-delete", sign="trash")
            gone.put("aria_label", say("you", "remove", what=subject))

    def _items(
        self,
        name: str,
        items: list[tuple[str, str]],
        count: int,
        gone: Callable[[str], Handler] | None = None,
    ) -> None:
        if not items:
            return
        say = self._seat.say
        with part("section", "group"):
            part("h2", "subtitle", say("you", name))
            if name == "log":
                part("p", "note", say("you", "log_note", n=f"{count:,}"))
            with part("ul", "titles"):
                for item_id, title in items:
                    with part("li", "met"):
                        part("a", "value", title, href=self._seat.item(item_id))
                        if gone is not None:
                            one = button("", gone(item_id), "session-delete small", sign="trash")
                            one.put("aria_label", say("you", "remove", what=title))

    def _forgetting(self, item_id: str) -> Handler:
        async def forget() -> None:
            self._seat.count()
            store, person = self._seat.hosted.store, self._seat.person
            done = await asyncio.to_thread(take_back, store, person, item_id, "seen")
            told = ("you", "removed") if done else ("told", "stays")
            await self.refresh(self._seat.say(*told))

        return forget

    def _changing(self, entry_id: int) -> Callable[[Any], Awaitable[None]]:
        async def change(word: Any) -> None:
            self._seat.count()
            store, person = self._seat.hosted.store, self._seat.person
            if word in _POLARITIES:
                await asyncio.to_thread(lambda: store.edit(person, entry_id, polarity=word))
            await self.refresh(self._seat.say("you", "changed"))

        return change

    def _removing(self, entry_id: int) -> Callable[[], Awaitable[None]]:
        async def remove() -> None:
            self._seat.count()
            store, person = self._seat.hosted.store, self._seat.person
            await asyncio.to_thread(lambda: store.erase(person, entries=[entry_id]))
            await self.refresh(self._seat.say("you", "removed"))

        return remove

    async def _export(self) -> None:
        self._seat.count()
        told = await asyncio.to_thread(self._seat.hosted.store.export, self._seat.person)
        text = json.dumps(told, ensure_ascii=False, indent=1)
        ui.download.content(text, "sommelier.json", "application/json")

    def _dialog(self) -> Part:
        say = self._seat.say
        with part("dialog", "dialog", aria_label=say("you", "erase")) as dialog:
            part("h2", "subtitle", say("you", "sure"))
            part("p", text=say("you", "sure_more"))
            with part("label", "choice"):
                talks = part("input", type="checkbox", checked=True)
                part("span", "choice-text", say("you", "talks_too"))
            with part("div", "row"):
                erase = button(say("you", "erase_now"), None, "danger")
                keep = button(say("frame", "cancel"), None, "plain")
                keep.on("click", js_handler=f"() => sommelier.close('{dialog.html_id}')")
            told = f"() => emit(document.getElementById('{talks.html_id}').checked)"
            hear(erase, "click", lambda both: self._erase(dialog, bool(both)), told)
        return dialog

    async def _erase(self, dialog: Part, talks: bool) -> None:
        send(f"sommelier.close('{dialog.html_id}')")
        store, person = self._seat.hosted.store, self._seat.person
        await asyncio.to_thread(lambda: store.erase(person, turns=talks))
        await self.refresh(self._seat.say("you", "erased"))
