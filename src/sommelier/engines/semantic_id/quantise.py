"""From item vectors to codes: balanced residual k-means, and a last code that tells equals apart.

Each level names what the levels before left over (Lee et al. 2022, "RQ-Transformer"; TIGER,
Rajput et al. 2023). No code of a level stands for more than ceil(n / codes) items: the nearest are
kept, the others go to their next choice (deferred acceptance, Gale and Shapley 1962), so no code
is wasted and none is a heap. Items that agree in all levels are numbered, the most met first, so
that every item has codes of its own and no two can be taken for one another. NumPy only.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sommelier.errors import DataError
from sommelier.types import Floats, Ints, Nums

__all__ = ["balanced", "codebook", "more_codes", "places", "residual_codes", "told_apart"]

_ROUNDS = 20  # of k-means; the loss falls by less than a thousandth after that


def residual_codes(vectors: Floats, levels: int, codes: int, seed: int) -> tuple[Ints, Floats]:
    """Return codes [n_items, levels], each below `codes`, and what they stand for.

    That is centres [levels, codes, size]: a vector is nearly the sum of its codes' centres. With
    fewer items than `codes` there are only as many codes.
    """
    rest = np.asarray(vectors, np.float32)
    codes = max(1, min(codes, len(rest)))
    found = np.zeros((len(rest), levels), np.int64)
    centres = np.zeros((levels, codes, rest.shape[1]), np.float32)
    for level in range(levels):
        rng = np.random.default_rng([seed, level])
        centres[level], found[:, level] = codebook(rest, codes, rng)
        rest = rest - centres[level][found[:, level]]
    return found, centres


def more_codes(codes: Ints, centres: Floats, vectors: Floats) -> Ints:
    """Return codes [n_more, n_levels] of items that came later, unlike all `codes` [n, n_levels].

    Each takes the nearest codes that are free; DataError where none are left.
    """
    sizes = (codes.max(axis=0, initial=-1) + 1).tolist()
    taken = set(map(tuple, codes.tolist()))
    more = np.zeros((len(vectors), codes.shape[1]), np.int64)
    for item, vector in enumerate(vectors):
        free = (path for path in _paths(vector, centres, sizes) if path not in taken)
        path = next(free, None)
        if path is None:
            raise DataError(
                f"All {len(taken):,} sequences of codes are taken, so no item can be added.",
                hint="Fit it again: sommelier fit WORKSPACE --engines semantic_id",
            )
        more[item] = path
        taken.add(path)
    return more


def _paths(rest: Floats, centres: Floats, sizes: list[int]) -> Iterator[tuple[int, ...]]:
    """Yield all codes there are, by distance on the first level, then on the second and so on."""
    if not sizes:
        yield ()
        return
    told = centres[0, : sizes[0]] if len(centres) else np.zeros((sizes[0], len(rest)), np.float32)
    for code in _distances(rest[None], told)[0].argsort(kind="stable").tolist():
        for tail in _paths(rest - told[code], centres[1:], sizes[1:]):
            yield code, *tail


def codebook(points: Floats, codes: int, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """Return centres [codes, size] and the code [n] of each point, by balanced k-means."""
    centres = points[_spread(points, codes, rng)]
    for _ in range(_ROUNDS):
        chosen = balanced(_distances(points, centres), codes)
        sums = np.zeros_like(centres)
        np.add.at(sums, chosen, points)
        held = np.bincount(chosen, minlength=codes)[:, None]
        centres = np.where(held, sums / np.maximum(held, 1), centres).astype(np.float32)
    return centres, balanced(_distances(points, centres), codes)


def _distances(points: Floats, centres: Floats) -> Floats:
    """Return squared distances [n, codes], less each point's own square: it changes no choice."""
    return np.asarray((centres**2).sum(axis=1) - 2.0 * points @ centres.T, np.float32)


def balanced(far: Floats, codes: int) -> Ints:
    """Return the code [n] of each row of distances; none is given more than ceil(n / codes) times.

    No point and code would both rather have each other than what they got.
    """
    room = -(-len(far) // codes)
    far, chosen = far.copy(), np.full(len(far), -1)
    free = np.arange(len(far))
    while len(free):
        chosen[free] = far[free].argmin(axis=1)
        wanted = np.bincount(chosen, minlength=codes)
        crowd = np.flatnonzero(wanted[chosen] > room)
        crowd = crowd[np.lexsort((far[crowd, chosen[crowd]], chosen[crowd]))]
        free = crowd[places(chosen[crowd]) >= room]
        far[free, chosen[free]] = np.inf
    return chosen


def places(groups: NDArray[np.integer]) -> Ints:
    """Return each entry's place within its group, from 0; equal groups stand together."""
    first = np.flatnonzero(np.concatenate([[True], groups[1:] != groups[:-1]])[: len(groups)])
    sizes = np.diff(np.append(first, len(groups)))
    return np.arange(len(groups)) - np.repeat(first, sizes)


def told_apart(codes: Ints, met: Nums | Ints) -> Ints:
    """Return unique codes: one more column where items agree, 0 for the most `met` [n_items]."""
    order = np.lexsort((-met, *codes.T[::-1]))
    _, same = np.unique(codes[order], axis=0, return_inverse=True)
    last = np.zeros(len(codes), np.int64)
    last[order] = places(same.ravel())
    return np.column_stack([codes, last]) if last.any() else codes


def _spread(points: Floats, codes: int, rng: np.random.Generator) -> Ints:
    """Choose first centres far from one another (k-means++, Arthur and Vassilvitskii 2007)."""
    chosen = np.zeros(codes, np.int64)
    chosen[0] = rng.integers(len(points))
    near = np.full(len(points), np.inf)
    for step in range(1, codes):
        gap = ((points - points[chosen[step - 1]]) ** 2).sum(axis=1, dtype=np.float64)
        near = np.minimum(near, gap)
        total = near.sum()
        share = near / total if total > 0 else np.full(len(points), 1 / len(points))
        chosen[step] = rng.choice(len(points), p=share)
    return chosen
