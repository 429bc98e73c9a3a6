"""From states to items: beam search that only ever writes codes which some item has. NumPy only.

The probability of a code is taken among those that may follow, so the items' probabilities add up
to one, and a beam as wide as the catalogue gives every item its exact probability. Beginnings that
were given up share theirs evenly among the items below them: a cheap guess, by which the rest is
ordered below all items that were written to the end.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sommelier.engines.semantic_id.quantise import places
from sommelier.engines.semantic_id.trie import Level, Trie
from sommelier.types import Floats, Ints

__all__ = ["Logits", "search"]

# (level, rows [n], codes so far [n, level]) -> logits of the next code [n, n_codes of the level]
Logits = Callable[[int, Ints, Ints], Floats]


@dataclass(frozen=True, eq=False)
class _Beams:
    """Beginnings in hand. Parallel arrays, those of a row together."""

    rows: Ints
    nodes: Ints
    codes: Ints  # [n, level]
    logs: Floats  # of their probabilities

    def __getitem__(self, which: Ints) -> "_Beams":
        return _Beams(self.rows[which], self.nodes[which], self.codes[which], self.logs[which])


def search(trie: Trie, logits: Logits, n_rows: int, width: int) -> Floats:
    """Return log-probabilities float32 [n_rows, n_items], exact for at least the `width` items."""
    none = np.zeros(n_rows, np.int64)
    beams = _Beams(np.arange(n_rows), none, none[:, None][:, :0], np.zeros(n_rows, np.float32))
    scores = np.zeros((n_rows, trie.n_items), np.float32)
    highest = np.full(n_rows, -np.inf, np.float32)  # of the guesses
    for number, level in enumerate(trie.levels):
        grown = _grown(beams, level, number, logits)
        order = np.lexsort((grown.nodes, -grown.logs, grown.rows))
        place = places(grown.rows[order])
        lost = grown[order[place >= width]]
        sizes = np.diff(level.first)[lost.nodes]
        guess = lost.logs - np.log(sizes).astype(np.float32)
        np.maximum.at(highest, lost.rows, guess)
        _put(scores, trie, level, lost, guess)
        beams = grown[order[place < width]]
    lowest = np.full(n_rows, np.inf, np.float32)
    np.minimum.at(lowest, beams.rows, beams.logs)
    # No guess may reach above a written item: a row's are lowered alike.
    scores -= np.maximum(highest - lowest, 0.0)[:, None]
    _put(scores, trie, trie.levels[-1], beams, beams.logs)
    return scores


def _grown(beams: _Beams, level: Level, number: int, logits: Logits) -> _Beams:
    """Return every beginning one code longer, in all ways there are."""
    begins = level.starts[beams.nodes]
    ways = level.starts[beams.nodes + 1] - begins
    parents = np.repeat(np.arange(len(ways)), ways)
    nodes = np.repeat(begins - np.cumsum(ways) + ways, ways) + np.arange(ways.sum())
    codes = level.codes[nodes]
    logs = np.zeros(len(nodes), np.float32)  # where there is one way, it is taken
    forks = np.flatnonzero(ways > 1)
    if len(forks):
        found = logits(number, beams.rows[forks], beams.codes[forks])
        among = ways[parents] > 1
        fork = np.repeat(np.arange(len(forks)), ways[forks])
        logs[among] = _log_shares(found[fork, codes[among]], ways[forks])
    path = np.hstack([beams.codes[parents], codes[:, None]])
    return _Beams(beams.rows[parents], nodes, path, beams.logs[parents] + logs)


def _log_shares(values: Floats, sizes: Ints) -> Floats:
    """Return the log of a softmax within each group of so many values."""
    begins = np.cumsum(sizes) - sizes
    values = values - np.repeat(np.maximum.reduceat(values, begins), sizes)
    totals = np.add.reduceat(np.exp(values), begins)
    return np.asarray(values - np.repeat(np.log(totals), sizes), np.float32)


def _put(scores: Floats, trie: Trie, level: Level, beams: _Beams, values: Floats) -> None:
    """Give all items below each beginning its value."""
    begins = level.first[beams.nodes]
    sizes = level.first[beams.nodes + 1] - begins
    spots = np.repeat(begins - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
    scores[np.repeat(beams.rows, sizes), trie.items[spots]] = np.repeat(values, sizes)
