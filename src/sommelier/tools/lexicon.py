"""The catalogue's own vocabulary, as people say it: field names, values, titles.

Built from schema and values alone, so that every domain is understood without code. A value is
found under its stemmed form ("comedies" finds Comedy), under the schema's synonyms, and, for names
of people, under the last name when that is clear. Knows no sentences: the planners do.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from sommelier.data.catalog import Catalog
from sommelier.data.packed import Postings
from sommelier.data.schema import Field, Kind
from sommelier.hostile import named
from sommelier.tools.grams import Grams
from sommelier.tools.phrases import Phrases
from sommelier.tools.text import dense, normal, plain, stem, stems
from sommelier.tools.tongues import SUFFIXES, translations
from sommelier.types import Floats

__all__ = ["Entry", "Lexicon", "unread"]

_KINDS = ("genres", "genre", "categories", "category")  # what an item is, before who made it
_PARTS = re.compile(r"[·•・‧∙]")  # between the names of a foreigner: 克里斯托弗·诺兰
_EVEN = str.maketrans("（）：", "():")
_YEARS = ("year", "年份", "年")  # what the field of an item's year is called
_SAMPLE = 1_000  # titles that show in which script a catalogue is written
_TEXTS = 20_000  # texts read to learn which words are ordinary
_GAPS = 0.4  # a tag field that this share of the items lacks was filled as people pleased
_LOOSE = 0.25  # a tag vocabulary larger than this share of the items is free keywords, not a facet


@dataclass(frozen=True)
class Entry:
    """One value of one field, and on how many items it stands."""

    field: str
    value: str
    count: int


class Lexicon:
    """Look-ups from words to fields, values and titles of one catalogue."""

    def __init__(
        self,
        catalog: Catalog,
        popularity: Floats | None = None,
        words: frozenset[str] = frozenset(),
        folder: Path | None = None,
    ) -> None:
        """`popularity` [n_items] decides between items of one title; `words` is the encoder's.

        What takes long to build is kept in the `folder`.
        """
        self._words, self._folder = words, folder
        self._catalog = catalog
        self.schema = catalog.schema
        self._looseness: dict[str, bool] = {}
        self.titles = Phrases(catalog.titles, popularity, _other_titles(catalog))

    def warm(self) -> None:
        """Build every index now, so that no turn waits for one."""
        self.titles.find("warm up")
        self.people("warm")
        self.near_values("warming", cutoff=99.0)
        _ = self.ordinary, self._fields, self.dense
        if self.foreign:
            self.grams.warm()

    @property
    def value_fields(self) -> list[Field]:
        """Fields whose values people may name."""
        return [f for f in self.schema.of(Kind.CATEGORY, Kind.TAGS) if not f.hidden]

    def postings(self, field: str) -> Postings:
        """Return the inverted lists of a category or tags field."""
        return self._catalog.packed.postings(field)

    def loose(self, field: str) -> bool:
        """Return whether a field holds free keywords: a hint rather than a complete fact."""
        if field not in self._looseness:
            self._looseness[field] = self._is_loose(field)
        return self._looseness[field]

    def _is_loose(self, field: str) -> bool:
        known = self.schema[field]
        if known.kind is not Kind.TAGS or known.people:
            return False
        postings = self.postings(field)
        sparse = len(np.unique(postings.items)) < (1 - _GAPS) * len(self._catalog)
        many = len(postings.words) > _LOOSE * len(self._catalog)
        return len(postings.words) > 50 and (many or sparse)

    @cached_property
    def _values(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for field in self.value_fields:
            postings = self.postings(field.name)
            counts = np.diff(postings.starts)
            for word, count in zip(postings.words, counts.tolist(), strict=True):
                found.setdefault(stems(word), []).append(Entry(field.name, word, count))
            for said, meant in field.synonyms.items():
                stored = postings.index.get(meant.casefold())
                if stored is not None:
                    entry = Entry(field.name, postings.words[stored], int(counts[stored]))
                    entries = found.setdefault(stems(said), [])
                    if entry not in entries:
                        entries.append(entry)
        found.pop("", None)
        for said, values in translations().items():
            entries = [entry for value in values for entry in found.get(stems(value), ())]
            own = any(entry.value == said for entry in found.get(stems(said), ()))
            if entries and not own and (not said.isascii() or _foreign(entries)):
                found.setdefault(stems(said), entries[:])
        return found

    @cached_property
    def dense(self) -> dict[str, list[Entry]]:
        """Values in scripts without spaces, to be found inside a sentence; people by part too."""
        found = {dense(key): entries for key, entries in self._values.items()}
        for name, bearers in self._people.items():
            found.setdefault(dense(name), bearers)
        return {word: entries for word, entries in found.items() if len(word) > 1}

    @cached_property
    def grams(self) -> Grams:
        """What finds words in scripts that the encoder cannot read: titles, prose, keywords."""
        told = [f.name for f in self.schema.of(Kind.TITLE, Kind.TEXT) if not f.hidden]
        tags = [f.name for f in self.value_fields if not f.people and f.kind is Kind.TAGS]
        table = self._catalog.table
        columns = [table[name].cast(str).fill_null("") for name in told]
        columns += [table[name].list.join("\n").fill_null("") for name in tags]
        return Grams(["\n".join(parts) for parts in zip(*columns, strict=True)], self._folder)

    @cached_property
    def chinese(self) -> bool:
        """Whether items are called by a Chinese word: then people are first met in Chinese."""
        return bool(dense(self.schema.noun))

    @cached_property
    def foreign(self) -> bool:
        """Whether most titles are in scripts that the encoder cannot read."""
        titles = [title for title in self._catalog.titles[:_SAMPLE] if title]
        return sum(unread(title) for title in titles) * 2 > len(titles)

    @cached_property
    def longest(self) -> int:
        """The number of words in the longest value (at most 8)."""
        return min(8, max((key.count(" ") + 1 for key in self._values), default=1))

    def values(self, text: str) -> list[Entry]:
        """Return the values that `text` names exactly, up to case, accents and plural."""
        known = self._values.get(stems(text))
        if known is not None or not (close := dense(text)):
            return known or []
        bare = next((close.removesuffix(end) for end in SUFFIXES if close.endswith(end)), "")
        return self._values.get(stems(bare), []) if bare else []

    @cached_property
    def _people(self) -> dict[str, list[Entry]]:
        """Last name -> the people who bear it, most frequent first; 诺兰 and 莱昂纳多 likewise."""
        named = {field.name for field in self.value_fields if field.people}
        found: dict[str, list[Entry]] = {}
        for entry in (e for entries in self._values.values() for e in entries):
            if entry.field not in named:
                continue
            for name in _called(entry.value):
                bearers = found.setdefault(name, [])
                if entry not in bearers:
                    bearers.append(entry)
        return {last: sorted(bearers, key=lambda e: -e.count) for last, bearers in found.items()}

    def people(self, word: str) -> list[Entry]:
        """Return the people whose last name is `word`, most frequent first."""
        return self._people.get(normal(word), [])

    @cached_property
    def _spelled(self) -> tuple[list[Entry], Phrases]:
        listed = dict.fromkeys(e for entries in self._values.values() for e in entries)
        entries = [e for e in listed if len(e.value) > 3 or (dense(e.value) and len(e.value) > 2)]
        return entries, Phrases([e.value for e in entries], [e.count for e in entries])

    def near_values(self, text: str, *, cutoff: float = 84.0) -> list[tuple[Entry, float]]:
        """Return (value, likeness 0 to 100) for a misspelt value, best first."""
        entries, phrases = self._spelled
        return [(entries[n], score) for n, score in phrases.find(text, cutoff=cutoff)]

    @cached_property
    def ordinary(self) -> frozenset[str]:
        """Words that the catalogue's prose and keywords use in small letters, so no names."""
        prose = [field.name for field in self.schema.of(Kind.TEXT) if not field.hidden]
        counts: dict[str, int] = {}
        for name in prose:
            words = (
                self._catalog.table[name]
                .head(_TEXTS)
                .drop_nulls()
                .str.extract_all(r"\b\p{Ll}{2,}\b")
                .list.unique()
                .explode()
                .value_counts()
            )
            for word, count in words.iter_rows():
                if word is not None:
                    counts[normal(word)] = counts.get(normal(word), 0) + count
        keywords = [field.name for field in self.value_fields if not field.people]
        known = {
            w for name in keywords for v in self.postings(name).words for w in normal(v).split()
        }
        return frozenset(word for word, count in counts.items() if count >= 2) | frozenset(known)

    def quantile(self, field: str, share: float) -> float:
        """Return the value below which this share of the items lie; NaN where none is known."""
        values = self._catalog.packed.numbers(field)
        known = values[~np.isnan(values)]
        return float(np.quantile(known, share)) if len(known) else float("nan")

    def together(self, field: str, values: list[str]) -> bool:
        """Return whether any item carries all these values."""
        listed = [set(self.postings(field)[value].tolist()) for value in values]
        return bool(set.intersection(*listed)) if listed else True

    def main_values(self, n: int) -> list[str]:
        """Return the most frequent values of the first facet: what people usually start from."""
        facets = [f for f in self.value_fields if not f.people and not self.loose(f.name)]
        facets.sort(key=lambda f: f.name not in _KINDS)
        return list(self.postings(facets[0].name).words[:n]) if facets else []

    def number_fields(self, value: float) -> list[Field]:
        """Return the number fields whose values reach around `value`."""
        return [
            field
            for field in self.schema.of(Kind.NUMBER)
            if not field.hidden
            and self.quantile(field.name, 0) <= value <= self.quantile(field.name, 1)
        ]

    def titled(self, text: str) -> list[int]:
        """Return the items of this title, best known first; "Solaris (1972)" only that year's."""
        found = re.search(r"[ (]*((?:18|19|20)\d\d)\)?$", text)
        dated = self.titles.exact(text[: found.start()]) if found and found.start() else []
        of_year = [num for num in dated if found and self.year(num) == int(found[1])]
        return of_year or self.titles.exact(text)

    def num(self, item_id: str) -> int:
        """Return the item_num of an id."""
        return self._catalog.num(item_id)

    def item_id(self, num: int) -> str:
        """Return the shop's id of an item."""
        return self._catalog.ids[num]

    def label(self, num: int) -> str:
        """Return the title as people tell items apart: with its year, where there is one."""
        title = named(self._catalog.titles[num], f"{self.schema.noun} {self._catalog.ids[num]}")
        year = self.year(num)
        return title if year is None else f"{title} ({year})"

    def label_of(self, item_id: str) -> str:
        """Return the label of an item by its id."""
        return self.label(self._catalog.num(item_id))

    @cached_property
    def year_field(self) -> str:
        """The name of the field that holds an item's year; empty where there is none."""
        return next((f.name for f in self.schema.of(Kind.NUMBER) if f.name in _YEARS), "")

    def year(self, num: int) -> int | None:
        """Return the item's year, where the catalogue has a field of that name."""
        if not self.year_field:
            return None
        value = self._catalog.packed.numbers(self.year_field)[num]
        return None if np.isnan(value) else int(value)

    def measured(self, field: str, item_id: str) -> bool:
        """Return whether an item has a value in a number or date field."""
        return not np.isnan(self._catalog.packed.numbers(field)[self._catalog.num(item_id)])

    def knows(self, word: str) -> bool:
        """Return whether a word means something here: to the catalogue's prose or the encoder."""
        if unread(word):
            return self.grams.knows(word)
        bare = normal(word)
        return bare in self.ordinary or stem(bare) in self.ordinary or bare in self._words

    @cached_property
    def _fields(self) -> dict[str, list[Field]]:
        found: dict[str, list[Field]] = {}
        for field in self.schema:
            if field.hidden:
                continue
            for name in (field.name.replace("_", " "), *field.aliases):
                listed = found.setdefault(stems(name), [])
                if field not in listed:
                    listed.append(field)
        return found

    def fields(self, text: str) -> list[Field]:
        """Return the fields that people call `text`, by name or alias."""
        return self._fields.get(stems(text), [])


def unread(text: str) -> bool:
    """Return whether a text is mostly in letters that the encoder cannot read: none of Latin."""
    letters = [c for c in plain(text) if c.isalpha()]
    return sum(not c.isascii() and c > "\u024f" for c in letters) * 2 > len(letters)


def _foreign(entries: Sequence[Entry]) -> bool:
    return not any(entry.value.isascii() for entry in entries)


def _called(person: str) -> list[str]:
    """Return by which part of their name people call someone: the last, or any of a·b·c."""
    if dense(person):
        parts = [normal(part) for part in _PARTS.split(person)]
        return [part for part in parts if len(part) > 2] if len(parts) > 1 else []
    words = normal(person).split()
    return words[-1:]


def _other_titles(catalog: Catalog) -> dict[int, list[str]]:
    """Return further names of items, each the only one of its kind.

    "Amélie (Le fabuleux destin ...)" answers to both parts, "Bones: a novel" to the first, and an
    item with an original title to that; but "Star Wars: ..." is no name, for several begin so.
    """
    named: list[tuple[int, str]] = []
    for number, title in enumerate(catalog.titles):
        if title and any(mark in title for mark in "(:（："):
            even = title.translate(_EVEN)
            head, *inner = (part.strip(" )") for part in even.split("("))
            named += [
                (number, part) for part in (head, head.split(":")[0], *inner) if part != title
            ]
    for field in catalog.schema.of(Kind.TEXT):
        if "title" in field.name and not field.hidden:
            listed = catalog.table[field.name].to_list()
            named += [(number, title) for number, title in enumerate(listed) if title]
    owners: dict[str, set[int]] = {}
    for number, name in named:
        owners.setdefault(normal(name), set()).add(number)
    found: dict[int, list[str]] = {}
    for number, name in dict.fromkeys(named):
        if len(owners[normal(name)]) == 1 and len(normal(name)) > 1:
            found.setdefault(number, []).append(name)
    return found
