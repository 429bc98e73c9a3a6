"""What a card says of an item, drawn from any schema: year, kinds, a measure, people, prose."""

from collections.abc import Iterable
from typing import Any, Final

from sommelier.agent.replies.describe import value_text
from sommelier.data.schema import Field, Kind, Schema
from sommelier.hostile import harmless
from sommelier.server.ui.wording import Wording
from sommelier.tools.base import Toolbox
from sommelier.types import ITEM_ID

__all__ = ["Facts"]

_KINDS: Final = 3  # values of the main field on a card
_NAMES: Final = 2  # people on a card
_TOGETHER: Final = "\u00a0"  # between a number and its unit


class Facts:
    """Reads rows of one catalogue."""

    def __init__(self, box: Toolbox, say: Wording) -> None:
        self._texts = say.replies
        self._schema: Schema = box.schema
        self._year = box.lexicon.year_field
        shown = [field for field in box.schema if not field.hidden]
        values = [field for field in box.lexicon.value_fields if not field.hidden]
        self._kinds = _first(
            field for field in values if not field.people and not box.lexicon.loose(field.name)
        )
        self._people = _first(field for field in values if field.people)
        self._measure = _first(f for f in shown if f.kind is Kind.NUMBER and f.unit)
        texts = [field for field in shown if field.kind is Kind.TEXT]
        self._prose = min(texts, key=lambda field: field.missing, default=None)

    def line(self, row: dict[str, Any]) -> list[str]:
        """Return the main facts, each a few words."""
        told = [_plain(row.get(self._year))] if self._year else []
        told += [harmless(", ".join(_values(row, self._kinds)[:_KINDS]))]
        if self._measure and row.get(self._measure.name) is not None:
            shown = value_text(self._measure, row[self._measure.name], self._texts)
            told.append(harmless(shown).replace(" ", _TOGETHER))
        told += [harmless(", ".join(_values(row, self._people)[:_NAMES]))]
        return [text for text in told if text]

    def prose(self, row: dict[str, Any]) -> str:
        """Return the item's own words, if it has any."""
        return harmless(str(row.get(self._prose.name) or "")) if self._prose else ""

    def title(self, row: dict[str, Any]) -> str:
        """Return what people call an item."""
        return harmless(str(row.get(self._schema.title_field) or row[ITEM_ID]))

    def table(self, row: dict[str, Any]) -> list[tuple[Field, list[str]]]:
        """Return every other fact with its field; several values as they stand."""
        own = {self._schema.id_field, self._schema.title_field}
        own |= {self._prose.name} if self._prose else set()
        found = []
        for field in self._schema:
            value = row.get(field.name)
            if field.hidden or field.name in own or value is None or value == []:
                continue
            many = [str(one) for one in value] if isinstance(value, list) else []
            plain = _plain(value) or harmless(value_text(field, value, self._texts))
            found.append((field, many or [plain]))
        return found


def _first(fields: Iterable[Field]) -> Field | None:
    return next(iter(fields), None)


def _values(row: dict[str, Any], field: Field | None) -> list[str]:
    value = row.get(field.name) if field else None
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _plain(value: Any) -> str:
    """Return a year as people write it; nothing for anything else."""
    whole = isinstance(value, float) and value == int(value) and 1000 <= value <= 2999
    return str(int(value)) if whole else ""
