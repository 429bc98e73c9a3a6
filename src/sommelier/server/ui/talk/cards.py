"""One item of a list, as a card: place, facts, words, reasons, and what one can do about it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sommelier.hostile import harmless
from sommelier.server.ui.facts import Facts
from sommelier.server.ui.parts import Part, button, part
from sommelier.server.ui.talk.reactions import REACTIONS, Shown
from sommelier.server.ui.wording import Wording

__all__ = ["Card", "Deeds"]


@dataclass(frozen=True)
class Deeds:
    """What the buttons lead to."""

    react: Callable[[str, str, Shown], Awaitable[None]]  # item_id, kind, the list it stands in
    ask: Callable[[str], Awaitable[None]]  # a message
    link: Callable[[str], str]  # item_id -> address


class Card:
    """A shown item; it knows which reactions stand."""

    def __init__(
        self,
        item: Mapping[str, Any],
        row: Mapping[str, Any] | None,
        facts: Facts,
        say: Wording,
        deeds: Deeds,
        listed: Shown,
    ) -> None:
        """`item` is one of a turn's items as JSON, `row` its catalogue row if it is still there."""
        self.item_id = str(item["item_id"])
        self._say, self._deeds, self._title = say, deeds, str(item["title"])
        self._listed = listed
        shown = facts.title(dict(row)) if row else harmless(self._title)
        self._buttons: dict[str, Part] = {}
        with part("li", "item") as self._box:
            place = say("card", "place", n=item["rank"])
            part("span", "place", str(item["rank"]), title=place, aria_label=place, role="img")
            with part("div", "item-body"):
                with part("h3", "item-title"):
                    part("a", "item-link", shown, href=deeds.link(self.item_id))
                self._words(dict(row or {}), facts)
                self._reasons(item.get("reasons", ()), bool(item.get("sponsored")))
                self._actions(row is not None)

    def show(self, held: frozenset[str], told: str = "") -> None:
        """Show which reactions stand, and say what has just happened."""
        for kind, one in self._buttons.items():
            one.put("aria_pressed", "true" if kind in held else "false")
        self._box.classes(
            remove=" ".join(f"is-{kind}" for kind in REACTIONS),
            add=" ".join(f"is-{kind}" for kind in held),
        )
        if told:
            self._told.text = told

    def _words(self, row: dict[str, Any], facts: Facts) -> None:
        with part("p", "facts"):
            for text in facts.line(row):
                part("span", text=text)
        if prose := facts.prose(row):
            part("p", "prose", prose)

    def _reasons(self, reasons: Any, sponsored: bool) -> None:
        if reasons or sponsored:
            with part("ul", "reasons", aria_label=self._say("card", "reasons")):
                if sponsored:
                    part("li", "reason sponsored", self._say("card", "sponsored"))
                for reason in reasons:
                    part("li", "reason", str(reason))

    def _actions(self, known: bool) -> None:
        say, title = self._say, self._title
        with part("div", "actions"):
            for kind in REACTIONS if known else ():
                self._buttons[kind] = button(
                    say("card", kind),
                    self._reacting(kind),
                    f"act act-{kind}",
                    sign=kind,
                    aria_pressed="false",
                    aria_label=say("card", f"{kind}_it", title=title),
                )
            for name in ("why", "similar") if known else ():
                button(
                    say("card", name),
                    self._asking(say("ask", name, title=title)),
                    "act act-ask",
                    aria_label=say("card", f"{name}_it", title=title),
                )
            self._told = part("span", "told", role="status")

    def _reacting(self, kind: str) -> Callable[[], Awaitable[None]]:
        return lambda: self._deeds.react(self.item_id, kind, self._listed)

    def _asking(self, message: str) -> Callable[[], Awaitable[None]]:
        return lambda: self._deeds.ask(message)
