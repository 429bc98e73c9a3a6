"""The catalogue page: what is asked for on one side, what fits on the other."""

import asyncio
import json
from dataclasses import replace
from typing import Any

from sommelier.agent.replies.describe import label
from sommelier.data.schema import Kind
from sommelier.server.ui.catalogue.filters import Filters
from sommelier.server.ui.catalogue.finding import Found, finder_of
from sommelier.server.ui.catalogue.results import cards, table
from sommelier.server.ui.catalogue.selection import Selection
from sommelier.server.ui.facts import Facts
from sommelier.server.ui.frame import frame
from sommelier.server.ui.parts import Handler, Part, button, hear, part, send
from sommelier.server.ui.seat import Seat

__all__ = ["build"]

_PAGE = 24


async def build(seat: Seat) -> None:
    """Build the page as its address says."""
    with frame(seat, "catalogue"):
        await _Browser(seat).refresh()


class _Browser:
    def __init__(self, seat: Seat) -> None:
        self._seat, self._lists = seat, seat.hosted.lists
        self._box = self._lists.box
        self._finder, self._facts = finder_of(self._lists), Facts(self._box, seat.say)
        self._selection = Selection.read(seat.query, self._box.schema)
        self._asked = 0  # so that a slow answer never covers a newer one
        say = seat.say
        with part("div", "browser"):
            shut = button(say("filters", "title"), None, "filters-open", sign="filter")
            shut.on("click", js_handler="() => document.body.classList.toggle('filters-shown')")
            self._filters = self._conditions()
            with part("section", "results", aria_label=say("catalogue", "results")):
                self._bar()
                self._count = part("p", "note count", role="status")
                self._place = part("div", "place-of-results")
                self._turning = part("nav", "turning", aria_label=say("catalogue", "pages"))

    def _conditions(self) -> Filters:
        with part("aside", "conditions", aria_label=self._seat.say("filters", "title")):
            clear = part("a", "plain", self._seat.say("filters", "clear"))
            clear.put("href", self._seat.link("/catalogue"))
            return Filters(self._seat, self._box, self._finder, self._selection, self._change)

    def _bar(self) -> None:
        say, words = self._seat.say, self._seat.say("catalogue", "search")
        with part("div", "bar-of-search"):
            search = part(
                "input",
                "field search",
                type="search",
                value=self._selection.text,
                placeholder=words,
                aria_label=words,
                maxlength=200,
            )
            hear(search, "input", self._search, wait=0.25)
            self._sorting()
            with part("div", "segment", role="group", aria_label=say("catalogue", "view")) as group:
                for name, as_table in (("cards", False), ("table", True)):
                    pressed = "true" if self._selection.table is as_table else "false"
                    button(
                        say("catalogue", name),
                        self._viewing(as_table, group),
                        "act",
                        aria_pressed=pressed,
                    )

    def _sorting(self) -> None:
        say = self._seat.say
        numbers = [f for f in self._box.schema.of(Kind.NUMBER, Kind.DATE) if not f.hidden]
        with part("select", "field", aria_label=say("catalogue", "order")) as order:
            choices = [("", say("catalogue", "fame")), ("title", say("catalogue", "by_title"))]
            for field in numbers:
                choices.append(
                    (f"-{field.name}", say("catalogue", "falling", field=label(field, say.replies)))
                )
                choices.append(
                    (field.name, say("catalogue", "rising", field=label(field, say.replies)))
                )
            for value, text in choices:
                chosen = True if value == self._selection.sort else None
                part("option", text=text[:1].upper() + text[1:], value=value, selected=chosen)
        hear(order, "change", self._sort)

    def _viewing(self, as_table: bool, group: Part) -> Handler:
        async def view() -> None:
            for one, meant in zip(group.default_slot.children, (False, True), strict=True):
                one.props["aria-pressed"] = "true" if meant is as_table else "false"
            await self._change(replace(self._selection, table=as_table))

        return view

    async def _search(self, text: Any) -> None:
        await self._change(replace(self._selection, text=str(text)[:200], page=1))

    async def _sort(self, sort: Any) -> None:
        await self._change(replace(self._selection, sort=str(sort), page=1))

    async def _change(self, selection: Selection) -> None:
        self._seat.count()
        self._selection = selection
        self._filters.take(selection)
        send(f"sommelier.address({json.dumps(selection.address())})")
        await self.refresh()

    async def _turn(self, page: int) -> None:
        await self._change(replace(self._selection, page=page))
        send("document.querySelector('.count').scrollIntoView({block: 'center'})")

    async def refresh(self) -> None:
        """Show what fits now."""
        self._asked += 1
        mine = self._asked
        found = await asyncio.to_thread(self._finder.find, self._selection, _PAGE)
        if mine != self._asked:
            return
        self._show(found)

    def _show(self, found: Found) -> None:
        say = self._seat.say
        nouns = say.replies.nouns(self._box.schema)
        word = "count_one" if found.total == 1 else "count"
        self._count.text = say("catalogue", word, n=f"{found.total:,}", **nouns)
        self._place.clear()
        with self._place:
            if not found.rows:
                part("p", "lead", say("catalogue", "nothing", **nouns))
            elif self._selection.table:
                by = self._selection.sort.removeprefix("-")
                table(found.rows, self._box, self._facts, say, self._seat.item, by)
            else:
                cards(found.rows, self._facts, self._seat.item)
        self._turning.clear()
        if found.pages > 1:
            with self._turning:
                self._step("previous", found.page - 1, found.page > 1)
                told = say("catalogue", "page", page=f"{found.page:,}", pages=f"{found.pages:,}")
                part("span", "note", told)
                self._step("next", found.page + 1, found.page < found.pages)

    def _step(self, name: str, page: int, able: bool) -> None:
        one = button(self._seat.say("catalogue", name), lambda: self._turn(page), "plain")
        one.put("disabled", None if able else True)
