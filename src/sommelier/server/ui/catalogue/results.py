"""A page of items, as cards or as a table."""

from collections.abc import Callable
from typing import Any

from sommelier.agent.replies.describe import label, value_text
from sommelier.data.schema import Field, Kind
from sommelier.hostile import harmless
from sommelier.server.ui.facts import Facts
from sommelier.server.ui.parts import part
from sommelier.server.ui.wording import Wording
from sommelier.tools.base import Toolbox
from sommelier.types import ITEM_ID

__all__ = ["cards", "table"]

_COLUMNS = 5  # beside the title
_VALUES = 3  # of a list in a cell


def cards(rows: list[dict[str, Any]], facts: Facts, link: Callable[[str], str]) -> None:
    """Draw the items as cards."""
    with part("ul", "grid"):
        for row in rows:
            with part("li", "cell"):
                with part("h3", "item-title"):
                    part("a", "item-link", facts.title(row), href=link(row[ITEM_ID]))
                with part("p", "facts"):
                    for text in facts.line(row):
                        part("span", text=text)
                if prose := facts.prose(row):
                    part("p", "prose", prose)


def table(
    rows: list[dict[str, Any]],
    box: Toolbox,
    facts: Facts,
    say: Wording,
    link: Callable[[str], str],
    by: str = "",
) -> None:
    """Draw the items as a table of their main fields, the one that orders them among these."""
    kinds = (Kind.NUMBER, Kind.CATEGORY, Kind.TAGS, Kind.DATE, Kind.FLAG)
    told = [field for field in box.schema.of(*kinds) if not field.hidden]
    fields = [field for at, field in enumerate(told) if at < _COLUMNS or field.name == by]
    titled = say("catalogue", "title_column")
    scroll = part("div", "scroll", tabindex="0", role="region", aria_label=titled)
    with scroll, part("table", "rows"):
        with part("thead"), part("tr"):
            part("th", text=titled, scope="col")
            for field in fields:
                part(
                    "th",
                    "number" if _is_number(field) else "",
                    label(field, say.replies),
                    scope="col",
                )
        with part("tbody"):
            for row in rows:
                with part("tr"):
                    with part("th", scope="row"):
                        part("a", "item-link", facts.title(row), href=link(row[ITEM_ID]))
                    for field in fields:
                        part("td", "number" if _is_number(field) else "", _cell(field, row, say))


def _is_number(field: Field) -> bool:
    return field.kind is Kind.NUMBER


def _cell(field: Field, row: dict[str, Any], say: Wording) -> str:
    value = row.get(field.name)
    if value is None:
        return ""
    shown = value[:_VALUES] if isinstance(value, list) else value
    return harmless(value_text(field, shown, say.replies))
