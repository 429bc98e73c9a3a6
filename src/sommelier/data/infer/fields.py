"""From a table of raw columns to a table in stored types and the fields that describe it.

What spans columns is decided here: which one is the title, the year that titles carry, columns that
say the same twice, names that clash.
"""

from collections.abc import Mapping

import polars as pl

from sommelier.data.infer.facts import learn
from sommelier.data.infer.guess import Guess, guess
from sommelier.data.infer.known import field_name, known, synonyms, title_rank
from sommelier.data.infer.titles import articles_in_front, without_years
from sommelier.data.schema import Field, Kind
from sommelier.types import ITEM_ID

__all__ = ["infer"]


def infer(raw: pl.DataFrame, kinds: Mapping[str, Kind]) -> tuple[pl.DataFrame, list[Field]]:
    """Return (table, fields): the id first, then the title, then the rest in the file's order.

    `raw` has a string column item_id and any others; `kinds` holds people's decisions by field.
    """
    found: dict[str, Guess] = {}
    for column in raw.drop(ITEM_ID):
        name = _free(field_name(column.name), found)
        read = guess(name, column, kinds.get(name))
        if read:
            found[name] = read
    _choose_title(found, kinds)
    _clean_titles(found)
    _year_of_release(found)
    _hide_doubles(found)
    order = sorted(found, key=lambda name: found[name].kind is not Kind.TITLE)
    table = pl.DataFrame([raw[ITEM_ID], *(found[name].values.alias(name) for name in order)])
    key = Field(name=ITEM_ID, kind=Kind.ID, description="The shop's own key")
    fields = [key, *(_field(name, found[name]) for name in order)]
    return table, [learn(field, table[field.name]) for field in fields]


def _free(name: str, taken: Mapping[str, object]) -> str:
    while name in taken or name == ITEM_ID:
        name += "_2"
    return name


def _choose_title(found: dict[str, Guess], kinds: Mapping[str, Kind]) -> None:
    """Leave one title; the others become categories where they repeat, else text."""
    titles = [name for name, one in found.items() if one.kind is Kind.TITLE]
    titles.sort(key=lambda name: (kinds.get(name) is not Kind.TITLE, title_rank(name)))
    if not titles:
        titles = [name for name, one in found.items() if _names_items(name, one)][:1]
        for name in titles:
            found[name] = Guess(Kind.TITLE, found[name].values)
    for name in titles[1:]:
        values = found[name].values
        repeats = values.n_unique() <= 0.5 * len(values)
        found[name] = Guess(Kind.CATEGORY if repeats else Kind.TEXT, values)


def _names_items(name: str, one: Guess) -> bool:
    if one.kind is not Kind.TEXT or one.hidden or known(name):
        return False
    length = float(one.values.str.len_chars().mean() or 0)  # type: ignore[arg-type]  # a number
    unique = one.values.n_unique() >= 0.8 * len(one.values)
    return (unique and length <= 80) or name.endswith(("title", "name"))


def _clean_titles(found: dict[str, Guess]) -> None:
    for name in [name for name, one in found.items() if one.kind is Kind.TITLE]:
        split = without_years(found[name].values)
        if split:
            bare, years = split
            found[name] = Guess(Kind.TITLE, bare)
            if "year" not in found:
                found["year"] = Guess(Kind.NUMBER, years)
        found[name] = Guess(Kind.TITLE, articles_in_front(found[name].values))


def _year_of_release(found: dict[str, Guess]) -> None:
    """Add the year, by which people ask, where only the day of the release is given."""
    if any(_same_entry(name, "year") for name in found):
        return
    for name in [name for name, one in found.items() if one.kind is Kind.DATE]:
        if _same_entry(name, "release_date"):
            found["year"] = Guess(Kind.NUMBER, found[name].values.dt.year().cast(pl.Float64))
            return


def _same_entry(name: str, other: str) -> bool:
    entry = known(name)
    return entry is not None and entry is known(other)


def _hide_doubles(found: dict[str, Guess]) -> None:
    """Hide a column that says exactly what another says; the one of people is kept in sight."""
    names = sorted(found, key=lambda name: not _people(name))
    for place, name in enumerate(names):
        for other in names[:place]:
            one, two = found[name], found[other]
            if one.values.dtype == two.values.dtype and one.values.equals(two.values):
                found[name] = Guess(one.kind, one.values, one.unit, hidden=True)
                break


def _people(name: str) -> bool:
    entry = known(name)
    return bool(entry and entry.people)


def _field(name: str, one: Guess) -> Field:
    field = Field(name=name, kind=one.kind, unit=one.unit, hidden=one.hidden)
    if one.kind in (Kind.CATEGORY, Kind.TAGS):
        words = one.values.explode() if one.kind is Kind.TAGS else one.values
        field = field.model_copy(
            update={
                "synonyms": synonyms(name, words.drop_nulls().unique().to_list()),
                "people": _people(name),
            }
        )
    entry = known(name)
    if entry is None:
        return field
    return field.model_copy(update={"description": entry.description, "aliases": entry.aliases})
