"""NDCG@10 of a model on each person's last event, held out: what early stopping goes by.

Full ranking, as in `sommelier.evaluation`: every item that the person has not met competes, and
whoever met the held-out item before is not asked.
"""

from typing import TYPE_CHECKING

import numpy as np

from sommelier.data.interactions import Interactions
from sommelier.engines.sasrec.batches import Rows, newest, pack
from sommelier.engines.sasrec.config import EXTRA, SASRecConfig
from sommelier.engines.sasrec.model import Model
from sommelier.extras import load
from sommelier.types import Bools, Ints, Nums

if TYPE_CHECKING:
    import torch

__all__ = ["Judge", "last_events"]

_PEOPLE = 256  # ranked at once
_K = 10


def last_events(log: Interactions) -> Bools:
    """Return which events [n_events] are the last ones of somebody who has others."""
    last = np.zeros(len(log), bool)
    last[log.starts[1:][np.diff(log.starts) > 1] - 1] = True
    return last


class Judge:
    """Asks a model about some people; packed once, asked after every round."""

    def __init__(self, log: Interactions, config: SASRecConfig) -> None:
        """`log` is the whole log; models must not have learned its `last_events`."""
        asked = np.flatnonzero([_new(history) for history in log.histories()])
        if len(asked) > config.judged:
            rng = np.random.default_rng(config.seed)
            asked = np.sort(rng.choice(asked, config.judged, replace=False))
        starts, sizes = newest(log, config.window, skip=1)
        self._chunks = []
        for begin in range(0, len(asked), _PEOPLE):
            who = asked[begin : begin + _PEOPLE]
            shown = np.concatenate([log.items[starts[u] : starts[u] + sizes[u]] for u in who])
            wanted = log.items[log.starts[who + 1] - 1].astype(np.int64)
            met = [log.items[log.starts[u] : log.starts[u + 1] - 1] for u in who]
            rows = np.repeat(np.arange(len(who)), [len(items) for items in met])
            hidden = (rows, np.concatenate(met).astype(np.int64))
            self._chunks.append((pack(shown.astype(np.int64), sizes[who]), wanted, hidden))

    def __len__(self) -> int:
        return sum(len(wanted) for _, wanted, _ in self._chunks)

    def __call__(self, model: Model, known: Bools) -> float:
        """Return the mean NDCG@10; items not `known` [n_items] are placed by their text."""
        items = model.all_items(known)
        return sum(self._gains(model, items, *chunk) for chunk in self._chunks) / max(1, len(self))

    def _gains(
        self,
        model: Model,
        items: "torch.Tensor",
        rows: Rows,
        wanted: Ints,
        hidden: tuple[Ints, Ints],
    ) -> float:
        with load("torch", extra=EXTRA).no_grad():
            people = model.cells(items, rows, learn=False)[rows.lasts]
            scores = (people @ items.T).cpu().numpy()
        scores[hidden] = -np.inf
        reached = scores[np.arange(len(wanted)), wanted][:, None]
        better = (scores > reached).sum(axis=1)
        return float((1.0 / np.log2(better[better < _K] + 2.0)).sum())


def _new(history: Nums) -> bool:
    """Say whether the last event of a history can be asked for: there are others, all different."""
    return len(history) > 1 and not np.any(history[:-1] == history[-1])
