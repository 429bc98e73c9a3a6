"""Hard conditions: keep the candidates that satisfy one."""

from time import perf_counter

import numpy as np

from sommelier.data.predicates import Predicate, to_json
from sommelier.tools.base import Toolbox
from sommelier.tools.candidates import Candidates

__all__ = ["filter_items"]


def filter_items(box: Toolbox, candidates: Candidates, condition: Predicate) -> Candidates:
    """Return the candidates that satisfy `condition`; PredicateError if it does not fit."""
    start = perf_counter()
    checked = box.check(condition)
    mask = box.catalog.packed.mask(checked)
    if len(candidates) == len(mask) and candidates.scores is None:
        kept = np.flatnonzero(mask).astype(np.int32)  # the whole catalogue: no need to look up
    else:
        kept = candidates.nums[mask[candidates.nums]]
    return candidates.narrowed(
        kept, "filter", {"where": to_json(checked)}, (perf_counter() - start) * 1e3
    )
