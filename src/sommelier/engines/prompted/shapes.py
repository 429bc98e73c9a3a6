"""Ways to put candidates in order by asking a model: listwise, setwise, pairwise, one by one.

Each takes the candidates, which are numbers in the base engine's order, as they are to be shown,
and returns all of them, best first. Whatever a model answers, nothing is lost and nothing comes
twice. Knows no prompt and no item. After Sun et al. 2023 (sliding windows), Qin et al. 2023 (pairs)
and Zhuang et al. 2023 (sets).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

from sommelier.engines.prompted.desk import Desk
from sommelier.engines.prompted.settings import PromptedConfig

__all__ = ["SHAPES"]

_Way: TypeAlias = Callable[[Desk, Sequence[int], PromptedConfig], Awaitable[list[int]]]


async def _listwise(desk: Desk, shown: Sequence[int], config: PromptedConfig) -> list[int]:
    """Order a window at the back, move it forward, and so on: what is best rises to the front."""
    found = list(shown)
    end = len(found)
    while True:
        start = max(0, end - config.window)
        found[start:end] = await desk.order(found[start:end])
        if not start:
            return found
        end -= config.step


async def _setwise(desk: Desk, shown: Sequence[int], config: PromptedConfig) -> list[int]:
    """Fill the first places from a heap whose every parent was picked before its children."""
    heap = list(shown)
    children = config.choices - 1

    async def sink(at: int) -> None:
        while (first := children * at + 1) < len(heap):
            family = [at, *range(first, min(first + children, len(heap)))]
            members = [heap[place] for place in family]
            picked = await desk.pick(members)
            best = family[members.index(min(members) if picked is None else picked)]
            if best == at:
                return
            heap[at], heap[best] = heap[best], heap[at]
            at = best

    for at in reversed(range((len(heap) - 2) // children + 1)):
        await sink(at)
    first: list[int] = []
    while heap and len(first) < config.places:
        first.append(heap[0])
        last = heap.pop()
        if heap:
            heap[0] = last
            if len(first) < config.places:
                await sink(0)
    return first + sorted(heap)


async def _pairwise(desk: Desk, shown: Sequence[int], config: PromptedConfig) -> list[int]:
    """Compare each with each where they are few, and sort by merging where they are many."""
    if len(shown) > config.all_pairs:
        return await _merged(desk, list(shown))
    points = dict.fromkeys(sorted(shown), 0)
    pairs = [(one, other) for one in points for other in points if one < other]
    found = await asyncio.gather(*(_better(desk, *pair) for pair in pairs))
    for pair, better in zip(pairs, found, strict=True):
        for one in pair:  # a tie is half a win for each
            points[one] += 1 if better is None else 2 * (better == one)
    return sorted(points, key=lambda one: -points[one])


async def _merged(desk: Desk, shown: list[int]) -> list[int]:
    if len(shown) < 2:
        return shown
    half = len(shown) // 2
    one, other = await asyncio.gather(_merged(desk, shown[:half]), _merged(desk, shown[half:]))
    found = []
    while one and other:
        better = await _better(desk, one[0], other[0])
        better = min(one[0], other[0]) if better is None else better
        found.append((one if better == one[0] else other).pop(0))
    return found + one + other


async def _better(desk: Desk, one: int, other: int) -> int | None:
    """Return the better of two, asked both ways round; None if the answers do not agree."""
    there, back = await asyncio.gather(
        desk.pick([one, other], "pairwise"), desk.pick([other, one], "pairwise")
    )
    return there if there == back else None


async def _one_by_one(desk: Desk, shown: Sequence[int], config: PromptedConfig) -> list[int]:
    """Order by grade; ties in the base's order, and what got no answer stays where it was."""
    places = sorted(shown)
    grades = await asyncio.gather(*(desk.grade(one, config.shape) for one in places))
    graded = [(-grade, one) for one, grade in zip(places, grades, strict=True) if grade is not None]
    best = iter(sorted(graded))
    return [
        one if grade is None else next(best)[1] for one, grade in zip(places, grades, strict=True)
    ]


SHAPES: Final[dict[str, _Way]] = {
    "listwise": _listwise,
    "setwise": _setwise,
    "pairwise": _pairwise,
    "pointwise": _one_by_one,
    "graded": _one_by_one,
}
