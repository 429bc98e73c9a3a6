"""Training rows as tokens, and their packing: many turns behind one shared prefix.

A row is one JSON line with `system`, `user`, `answer` and `group`; the rows of a group share their
system text. A pack holds that text once and a number of turns behind it, so that a long prefix is
computed once for all of them. Knows tokenizers with a chat template, no model.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from sommelier.errors import DataError, RowError

__all__ = ["Pack", "Row", "Tokens", "packs", "read_rows", "tokenise"]


@dataclass(frozen=True)
class Row:
    """One example: what the model reads, and what it should write."""

    system: str
    user: str
    answer: str
    group: str


@dataclass(frozen=True)
class Tokens:
    """A row as token ids: the prefix of its group, then what is asked, then answer and end."""

    group: str
    prefix: tuple[int, ...]
    asked: tuple[int, ...]
    answer: tuple[int, ...]

    @property
    def turn(self) -> int:
        """Tokens behind the prefix."""
        return len(self.asked) + len(self.answer)


@dataclass(frozen=True)
class Pack:
    """Rows of one group, computed in one pass."""

    rows: tuple[Tokens, ...]

    @property
    def tokens(self) -> int:
        """Tokens of the whole pass."""
        return len(self.rows[0].prefix) + sum(row.turn for row in self.rows)


def read_rows(path: Path) -> list[Row]:
    """Read a JSONL file; RowError names the first line that is no row. Other keys are ignored."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DataError(f"The rows at {path} cannot be read: {error}") from error
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            data = json.loads(line)
            parts = [data[key] for key in ("system", "user", "answer", "group")]
        except (ValueError, KeyError, TypeError) as error:
            raise RowError(str(path), number, "", f"is no training row: {error!r}") from error
        rows.append(Row(*map(str, parts)))
    if not rows:
        raise DataError(f"{path} holds no rows.")
    return rows


def tokenise(rows: Iterable[Row], tokenizer: Any) -> list[Tokens]:
    """Return rows as tokens in the tokenizer's chat format.

    The answer is tokenised by itself, since a model that is asked begins it after its own prompt.
    """
    return [_tokens(row, tokenizer) for row in rows]


def _tokens(row: Row, tokenizer: Any) -> Tokens:
    system = {"role": "system", "content": row.system}
    asked = [system, {"role": "user", "content": row.user}]
    prefix = tokenizer.apply_chat_template([system], tokenize=False)
    whole = tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
    if not whole.startswith(prefix):
        raise DataError("This chat template does not put the system text first, by itself.")

    def ids(text: str) -> tuple[int, ...]:
        return tuple(tokenizer(text, add_special_tokens=False).input_ids)

    answer = (*ids(row.answer), tokenizer.eos_token_id)
    return Tokens(row.group, ids(prefix), ids(whole[len(prefix) :]), answer)


def packs(rows: Sequence[Tokens], *, most: int, seed: int | Sequence[int]) -> list[Pack]:
    """Return all rows in packs of at most `most` tokens, in an order that the seed decides.

    A row that is longer than `most` by itself is left out.
    """
    order = np.random.default_rng(seed)
    mixed = [rows[i] for i in order.permutation(len(rows))]
    mixed.sort(key=lambda row: (row.group, row.prefix))
    made = [
        pack
        for _, group in groupby(mixed, key=lambda row: (row.group, row.prefix))
        for pack in _fill(list(group), most)
    ]
    return [made[i] for i in order.permutation(len(made))]


def _fill(rows: Sequence[Tokens], most: int) -> Iterator[Pack]:
    taken: list[Tokens] = []
    size = len(rows[0].prefix)
    for row in rows:
        if len(row.prefix) + row.turn > most:
            continue
        if taken and size + row.turn > most:
            yield Pack(tuple(taken))
            taken, size = [], len(row.prefix)
        taken.append(row)
        size += row.turn
    if taken:
        yield Pack(tuple(taken))
