"""NDCG@10 of a model on each person's last event, held out: what early stopping goes by."""

from typing import TYPE_CHECKING

import numpy as np

from sommelier.data.interactions import Interactions
from sommelier.engines.sasrec.config import SASRecConfig
from sommelier.engines.sasrec.model import Model
from sommelier.engines.sequence.heldout import asked, gains
from sommelier.engines.sequence.rows import Rows, newest, pack
from sommelier.engines.sequence.shape import EXTRA
from sommelier.extras import load
from sommelier.types import Bools, Ints

if TYPE_CHECKING:
    import torch

__all__ = ["Judge"]

_PEOPLE = 256  # ranked at once


class Judge:
    """Asks a model about some people; packed once, asked after every round."""

    def __init__(self, log: Interactions, config: SASRecConfig) -> None:
        """`log` is the whole log; models must not have learned its `last_events`."""
        people = asked(log, config.judged, config.seed)
        starts, sizes = newest(log, config.window, skip=1)
        self._chunks = []
        for begin in range(0, len(people), _PEOPLE):
            who = people[begin : begin + _PEOPLE]
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
        return float(gains(scores, wanted).sum())
