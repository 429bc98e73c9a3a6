"""One item: everything the catalogue says of it, what is like it, and what one thinks of it."""

import asyncio
from typing import Any

from sommelier.agent.replies.describe import label
from sommelier.data.schema import Kind
from sommelier.hostile import harmless
from sommelier.server.ui.catalogue.finding import finder_of
from sommelier.server.ui.catalogue.results import cards
from sommelier.server.ui.catalogue.selection import Selection
from sommelier.server.ui.facts import Facts
from sommelier.server.ui.frame import frame, lost
from sommelier.server.ui.parts import Handler, Part, button, part
from sommelier.server.ui.seat import Seat
from sommelier.server.ui.talk.reactions import REACTIONS, standing, toggle
from sommelier.shop.lists import Wanted
from sommelier.types import ITEM_ID

__all__ = ["build_item"]

_SIMILAR = 6


async def build_item(seat: Seat) -> None:
    """Build the page of `?item_id=`."""
    item_id = seat.query.get(ITEM_ID, "")
    finder, lists = finder_of(seat.hosted.lists), seat.hosted.lists
    row = await asyncio.to_thread(finder.row, item_id)
    if row is None:
        with frame(seat, "catalogue"):
            lost(seat, seat.say("item", "lost", **seat.say.replies.nouns(lists.box.schema)))
        return
    similar = await asyncio.to_thread(lists.similar, item_id, Wanted(n=_SIMILAR))
    others = [found for one in similar.items if (found := finder.row(one.item_id))]
    facts = Facts(lists.box, seat.say)
    with frame(seat, "catalogue", facts.title(row)):
        with part("article", "detail"):
            part("h1", "title", facts.title(row))
            with part("p", "facts"):
                for text in facts.line(row):
                    part("span", text=text)
            if prose := facts.prose(row):
                part("p", "lead", prose)
            await _Reacting(seat, item_id, facts.title(row)).build()
            _facts(seat, row, facts)
        if others:
            with part("section", "similar"):
                part("h2", "subtitle", seat.say("item", "similar"))
                cards(others, facts, seat.item)


def _facts(seat: Seat, row: dict[str, Any], facts: Facts) -> None:
    """Draw all facts; values of a vocabulary lead to what else carries them."""
    with part("dl", "table-of-facts"):
        for field, values in facts.table(row):
            part("dt", text=label(field, seat.say.replies))
            with part("dd"):
                for value in values:
                    if field.kind in (Kind.TAGS, Kind.CATEGORY):
                        chosen = Selection().with_word(field.name, value, True)
                        to = f"{seat.link('/catalogue')}?{chosen.address()}"
                        part("a", "value", harmless(value), href=to)
                    else:
                        part("span", text=value)


class _Reacting:
    """The buttons under an item."""

    def __init__(self, seat: Seat, item_id: str, title: str) -> None:
        self._seat, self._item_id, self._title = seat, item_id, title
        self._buttons: dict[str, Part] = {}

    async def build(self) -> None:
        """Draw them as they stand."""
        say = self._seat.say
        with part("div", "actions"):
            for kind in REACTIONS:
                self._buttons[kind] = button(
                    say("card", kind), self._doing(kind), f"act act-{kind}", sign=kind
                )
            message = say("ask", "similar", title=self._title)
            part("a", "act act-ask", say("item", "talk"), href=self._seat.link("", say=message))
            self._told = part("span", "told", role="status")
        self._show(await self._held())

    def _doing(self, kind: str) -> Handler:
        return lambda: self._react(kind)

    async def _held(self) -> frozenset[str]:
        profile = await asyncio.to_thread(self._seat.hosted.profile, self._seat.person, None)
        return standing(profile, self._item_id)

    async def _react(self, kind: str) -> None:
        seat = self._seat
        seat.count()
        deed = (seat.hosted.store, await self._held(), seat.person, self._item_id, kind)
        told = await asyncio.to_thread(toggle, *deed)
        self._show(await self._held())
        self._told.text = seat.say("told", told)

    def _show(self, held: frozenset[str]) -> None:
        for kind, one in self._buttons.items():
            one.put("aria_pressed", "true" if kind in held else "false")
