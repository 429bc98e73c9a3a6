"""A catalogue's fields packed for scanning: NumPy columns and inverted lists.

Numbers, dates and flags are one float column each (NaN is missing). Categories and tags are
inverted lists: for each word of the vocabulary the item_nums that carry it. A condition is then one
comparison, or one scatter of a list, whatever the size of the vocabulary. Titles and texts are
searched as they are. Knows nothing of SQL, JSON or engines.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sommelier.data.predicates import All, Any_, Compare, Not, Predicate, checked
from sommelier.data.schema import Kind, Schema
from sommelier.errors import PredicateError, nearest
from sommelier.types import Bools, Ints, Nums

__all__ = ["Packed", "Postings"]

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


@dataclass(frozen=True)
class Postings:
    """The inverted lists of one field: word `w` stands on `items[starts[w]:starts[w + 1]]`."""

    words: tuple[str, ...]  # most frequent first
    starts: Ints  # [n_words + 1]
    items: Nums  # [n_pairs], rising within a word

    @classmethod
    def of(cls, column: pl.Series) -> "Postings":
        """Build from a string or list-of-strings column; empty strings count as missing.

        Spellings that differ in case alone are one word, under the most frequent of them.
        """
        frame = pl.DataFrame({"word": column}).with_row_index("item")
        if column.dtype == pl.List:
            frame = frame.explode("word")
        frame = frame.filter(pl.col("word").is_not_null() & (pl.col("word") != ""))
        frame = frame.with_columns(_one_spelling(frame["word"]))
        frame = frame.unique(["item", "word"], maintain_order=True)
        groups = (
            frame.group_by("word")
            .agg(pl.col("item").sort(), pl.len().alias("n"))
            .sort(["n", "word"], descending=[True, False])
        )
        starts = np.concatenate([[0], np.cumsum(groups["n"].to_numpy())]).astype(np.int64)
        items = groups["item"].explode().to_numpy() if len(groups) else np.empty(0)
        return cls(tuple(groups["word"].to_list()), starts, items.astype(np.int32))

    @cached_property
    def index(self) -> dict[str, int]:
        """Casefolded word -> its number."""
        return {word.casefold(): number for number, word in enumerate(self.words)}

    def __getitem__(self, word: str) -> Nums:
        number = self.index.get(word.casefold())
        if number is None:
            return np.empty(0, np.int32)
        return self.items[self.starts[number] : self.starts[number + 1]]

    def count(self, word: str) -> int:
        """Return how many items carry `word`."""
        return len(self[word])


def _one_spelling(words: pl.Series) -> pl.Series:
    counts = words.value_counts().sort(["count", "word"], descending=[True, False])
    first: dict[str, str] = {}
    spelling = {word: first.setdefault(word.casefold(), word) for word in counts["word"]}
    changed = {word: kept for word, kept in spelling.items() if word != kept}
    return words.replace(changed) if changed else words


class Packed:
    """The scannable form of one table; made once, read by many threads."""

    def __init__(self, table: pl.DataFrame, schema: Schema) -> None:
        self.schema = schema
        self.n_items = table.height
        self._table = table
        self._numbers: dict[str, NDArray[Any]] = {}
        self._postings: dict[str, Postings] = {}

    def numbers(self, field: str) -> NDArray[Any]:
        """Return a number, date or flag field as floats [n_items], NaN where missing."""
        if field not in self._numbers:
            wide = self._table[field].to_physical().cast(pl.Float64).to_numpy()
            narrow = wide.astype(np.float32)
            exact = np.array_equal(narrow.astype(np.float64), wide, equal_nan=True)
            self._numbers[field] = (
                narrow if exact else wide
            )  # half the bytes, where nothing is lost
        return self._numbers[field]

    def postings(self, field: str) -> Postings:
        """Return the inverted lists of a category or tags field."""
        if field not in self._postings:
            self._postings[field] = Postings.of(self._table[field])
        return self._postings[field]

    def spelling(self, field: str, value: str) -> str:
        """Return the stored spelling of a category or tag; PredicateError if there is none."""
        postings = self.postings(field)
        number = postings.index.get(value.casefold())
        if number is None:
            close = nearest(value, postings.words[:20_000], limit=3)
            meant = f"Did you mean {' or '.join(map(repr, close))}?" if close else ""
            raise PredicateError(f"No item has {value!r} in field {field!r}.", hint=meant)
        return postings.words[number]

    def check(self, predicate: Predicate) -> Predicate:
        """Fit a tree to this table's schema and vocabulary, or raise a PredicateError."""
        return checked(predicate, self.schema, self.spelling)

    def mask(self, predicate: Predicate) -> Bools:
        """Return which items satisfy the tree, as bools [n_items]. Expects a checked tree."""
        match predicate:
            case Compare(field, op, value):
                return self._compare(field, op, value)
            case Not(part):
                return ~self.mask(part)
            case All(parts):
                kept = np.ones(self.n_items, bool)
                for part in parts:
                    kept &= self.mask(part)
                return kept
            case Any_(parts):
                kept = np.zeros(self.n_items, bool)
                for part in parts:
                    kept |= self.mask(part)
                return kept

    def select(self, predicate: Predicate) -> Nums:
        """Return the item_nums that satisfy the tree, rising."""
        return np.flatnonzero(self.mask(predicate)).astype(np.int32)

    def _compare(self, field: str, op: str, value: Any) -> Bools:
        match self.schema[field].kind:
            case Kind.NUMBER | Kind.DATE | Kind.FLAG:
                return _scan(self.numbers(field), op, value)
            case Kind.CATEGORY | Kind.TAGS:
                return self._listed(field, op, value)
            case _:
                return self._searched(field, op, value)

    def _listed(self, field: str, op: str, value: Any) -> Bools:
        postings = self.postings(field)
        if op == "contains" and self.schema[field].kind is Kind.CATEGORY:
            needle = str(value).casefold()
            words = [word for word in postings.words if needle in word.casefold()]
            return self._union(postings, words)
        match op:
            case "is_null":
                return ~self._present(postings)
            case "!=":
                return self._present(postings) & ~self._union(postings, [value])
            case "contains_all":
                kept = self._present(postings)
                for word in value:
                    kept &= self._union(postings, [word])
                return kept
            case _:
                return self._union(postings, value if isinstance(value, tuple) else [value])

    def _union(self, postings: Postings, words: Sequence[str]) -> Bools:
        kept = np.zeros(self.n_items, bool)
        for word in words:
            kept[postings[word]] = True
        return kept

    def _present(self, postings: Postings) -> Bools:
        kept = np.zeros(self.n_items, bool)
        kept[postings.items] = True
        return kept

    def _searched(self, field: str, op: str, value: Any) -> Bools:
        cells = self._table[field].cast(pl.String)
        cells = cells.set(cells == "", None)
        match op:
            case "is_null":
                found = cells.is_null()
            case "contains":
                found = cells.str.to_lowercase().str.contains(str(value).lower(), literal=True)
            case "!=":
                found = cells.str.to_lowercase() != str(value).lower()
            case _:
                found = cells.str.to_lowercase().is_in([str(one).lower() for one in _many(value)])
        return found.fill_null(False).to_numpy()


def _many(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _scan(column: NDArray[Any], op: str, value: Any) -> Bools:
    match op:
        case "is_null":
            return cast(Bools, np.isnan(column))
        case "between":
            return cast(Bools, (column >= value[0]) & (column <= value[1]))
        case "in":
            return np.isin(column, np.asarray(value, column.dtype))
        case "!=":
            return cast(Bools, (column != value) & ~np.isnan(column))
        case _:
            return cast(Bools, _COMPARE[op](column, value))
