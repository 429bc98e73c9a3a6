"""The conditions that the schema allows, to be chosen by mouse or keyboard."""

from collections.abc import Awaitable, Callable

from sommelier.agent.replies.describe import label
from sommelier.data.schema import Field, Kind
from sommelier.hostile import harmless
from sommelier.server.ui.catalogue.finding import Finder
from sommelier.server.ui.catalogue.selection import FILTERED, Selection
from sommelier.server.ui.parts import CHECKED, Handler, Hearer, Part, button, hear, part
from sommelier.server.ui.seat import Seat
from sommelier.tools.base import Toolbox

__all__ = ["Filters"]

_SHOWN = 8  # values of a field before one searches among them
_OPEN = 2  # fields that stand open from the beginning
_Change = Callable[[Selection], Awaitable[None]]


class Filters:
    """Builds one control per field; `change` is told the new selection."""

    def __init__(
        self, seat: Seat, box: Toolbox, finder: Finder, selection: Selection, change: _Change
    ) -> None:
        self._seat, self._box, self._finder, self._say = seat, box, finder, seat.say
        self._selection, self._change = selection, change
        self._lists: dict[str, Part] = {}
        fields = [field for field in box.schema.of(*FILTERED) if not field.hidden]
        for place, field in enumerate(fields):
            self._field(field, place < _OPEN or self._chosen(field.name))

    def _chosen(self, name: str) -> bool:
        one = self._selection
        return name in one.words or name in one.bounds or name in one.flags

    def _field(self, field: Field, open_: bool) -> None:
        with part("details", "filter", open=open_ or None):
            with part("summary", "filter-title", title=field.description):
                part("span", text=label(field, self._say.replies))
                if field.unit:
                    part("span", "unit", self._say.replies.unit(field.unit))
            match field.kind:
                case Kind.CATEGORY | Kind.TAGS:
                    self._words(field)
                case Kind.FLAG:
                    self._flag(field)
                case _:
                    self._bounds(field)

    def _words(self, field: Field) -> None:
        many = len(self._box.lexicon.postings(field.name).words) > _SHOWN
        if many:
            words = self._say("filters", "among", field=label(field, self._say.replies))
            search = part("input", "field", type="search", placeholder=words, aria_label=words)
            hear(search, "input", lambda text: self._search(field, str(text)), wait=0.2)
        choices = part("ul", "choices", aria_label=label(field, self._say.replies))
        self._lists[field.name] = choices
        self._list(field, "")
        if field.kind is Kind.TAGS:
            self._either(field)

    def _search(self, field: Field, text: str) -> None:
        self._seat.count()
        self._list(field, text)

    def _list(self, field: Field, text: str) -> None:
        choices = self._lists[field.name]
        chosen = self._selection.words.get(field.name, ())
        found = self._finder.values(field.name, text, _SHOWN)
        choices.clear()
        with choices:
            for word in chosen:
                self._choice(field, word, None, True)
            for word, count in found:
                if word not in chosen:
                    self._choice(field, word, count, False)
            if not found and text:
                part("li", "note", self._say("filters", "none"))

    def _choice(self, field: Field, word: str, count: int | None, checked: bool) -> None:
        with part("li"), part("label", "choice"):
            tick = part("input", type="checkbox", checked=checked or None)
            part("span", "choice-text", harmless(word))
            if count is not None:
                part("span", "choice-count", f"{count:,}")
        hear(
            tick,
            "change",
            lambda on: self._set(self._selection.with_word(field.name, word, bool(on))),
            CHECKED,
        )

    def _either(self, field: Field) -> None:
        """Ask whether all chosen tags must stand on an item, or one of them."""
        with part("label", "choice either"):
            loose = field.name in self._selection.loose
            tick = part("input", type="checkbox", checked=loose or None)
            part("span", "choice-text note", self._say("filters", "either"))
        hear(
            tick,
            "change",
            lambda on: self._set(self._selection.with_loose(field.name, bool(on))),
            CHECKED,
        )

    def _bounds(self, field: Field) -> None:
        dated, held = field.kind is Kind.DATE, self._selection.bounds.get(field.name, ("", ""))
        edges = ("", "") if dated else (_shown(field.minimum), _shown(field.maximum))
        with part("div", "bounds"):
            for place, word in enumerate(("from", "to")):
                told = self._say("filters", word)
                one = part(
                    "input",
                    "field",
                    type="date" if dated else "number",
                    step=None if dated else "any",
                    value=held[place],
                    placeholder=edges[place] or told,
                    aria_label=f"{label(field, self._say.replies)}: {told}",
                )
                hear(one, "change", self._bounding(field, place))

    def _bounding(self, field: Field, place: int) -> Hearer:
        return lambda told: self._set(
            self._selection.with_bound(field.name, place, str(told or ""))
        )

    def _flag(self, field: Field) -> None:
        held = self._selection.flags.get(field.name)
        with part(
            "div", "segment", role="group", aria_label=label(field, self._say.replies)
        ) as group:
            for word, value in (("any", None), ("yes", True), ("no", False)):
                one = button(self._say("filters", word), self._flagging(field, value, group), "act")
                one.put("aria_pressed", "true" if held is value else "false")

    def _flagging(self, field: Field, value: bool | None, group: Part) -> Handler:
        async def press() -> None:
            for one, meant in zip(group.default_slot.children, (None, True, False), strict=True):
                one.props["aria-pressed"] = "true" if meant is value else "false"
            await self._set(self._selection.with_flag(field.name, value))

        return press

    async def _set(self, selection: Selection) -> None:
        self._selection = selection
        await self._change(selection)

    def take(self, selection: Selection) -> None:
        """Learn what was changed elsewhere: the search, the order, the page."""
        self._selection = selection


def _shown(edge: float | None) -> str:
    return "" if edge is None else f"{edge:g}"
