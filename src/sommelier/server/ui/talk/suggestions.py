"""What one could ask to begin with, made from the catalogue itself."""

import numpy as np

from sommelier.data.schema import Field, Kind
from sommelier.server.ui.wording import Wording
from sommelier.tools.base import Toolbox
from sommelier.tools.tongues import translations

__all__ = ["suggestions"]


def suggestions(box: Toolbox, say: Wording) -> list[str]:
    """Return up to four first messages that this catalogue can answer."""
    things = say.replies.nouns(box.schema)
    told = []
    kinds, decade = [_said(kind, say) for kind in _kinds(box)], _decade(box)
    if kinds and decade:
        told.append(say("begin", "kind_decade", kind=kinds[0], decade=decade, **things))
    elif kinds:
        told.append(say("begin", "kind", kind=kinds[0], **things))
    if title := _famous(box):
        told.append(say("begin", "like", title=title, **things))
    if len(kinds) > 1 and (short := _short(box, say)):
        told.append(say("begin", "short", kind=kinds[1], **short, **things))
    if person := _person(box):
        told.append(say("begin", "person", person=person, **things))
    return told or [say("begin", "known", **things)]


def _kinds(box: Toolbox) -> list[str]:
    return list(box.lexicon.main_values(8))[1:8:2] or list(box.lexicon.main_values(1))


def _said(value: str, say: Wording) -> str:
    """Return a value as people say it in their language, where a common word is known."""
    ours = say.language == "en"
    words = () if value.isascii() == ours else translations().get(value, ())
    return next((word for word in words if word.isascii() == ours), value)


def _decade(box: Toolbox) -> int:
    """Return the decade a generation before the newest items."""
    if not box.lexicon.year_field:
        return 0
    years = box.catalog.packed.numbers(box.lexicon.year_field)
    known = years[~np.isnan(years)]
    return int(np.quantile(known, 0.5) // 10 * 10) if len(known) else 0


def _famous(box: Toolbox) -> str:
    """Return the title that most people met; nothing where items have no names."""
    if not len(box.catalog) or not box.schema.of(Kind.TITLE):
        return ""
    return box.catalog.titles[int(np.argmax(box.counts))]


def _short(box: Toolbox, say: Wording) -> dict[str, object]:
    """Return a bound that leaves the shorter half, for the first field with a unit."""
    field = next((f for f in box.schema.of(Kind.NUMBER) if f.unit and not f.hidden), None)
    if field is None:
        return {}
    bound = round(box.lexicon.quantile(field.name, 0.4), -1)
    return {"bound": f"{bound:.0f}", "unit": say.replies.unit(field.unit)} if bound > 0 else {}


def _person(box: Toolbox) -> str:
    people: list[Field] = [field for field in box.lexicon.value_fields if field.people]
    field = people[-1] if people else None  # who made it stands before who plays in it
    return field.examples[0] if field and field.examples else ""
