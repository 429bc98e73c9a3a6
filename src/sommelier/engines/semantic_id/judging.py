"""NDCG@10 on each person's last event, held out: what early stopping goes by.

It is found by the very code that serves, so what is judged is what will be shown.
"""

import numpy as np

from sommelier.data.interactions import Interactions
from sommelier.engines.semantic_id.config import SemanticIdConfig
from sommelier.engines.semantic_id.serving import Generator, Parts
from sommelier.engines.sequence.heldout import asked, gains

__all__ = ["Judge"]

_PEOPLE = 256  # ranked at once


class Judge:
    """Asks about some people, after every round the same."""

    def __init__(self, log: Interactions, config: SemanticIdConfig) -> None:
        """`log` is the whole log; what is judged must not have learned its `last_events`."""
        self._beams, self._window = config.beams, config.window
        histories = list(log.histories())
        people = asked(log, config.judged, config.seed)
        self._met = [histories[who][:-1] for who in people]
        self._wanted = np.array([histories[who][-1] for who in people], np.int64)

    def __len__(self) -> int:
        return len(self._met)

    def __call__(self, parts: Parts) -> float:
        """Return the mean NDCG@10; what a person has met is not in the ranking."""
        generator = Generator(parts, self._beams)
        total = 0.0
        for begin in range(0, len(self), _PEOPLE):
            met = self._met[begin : begin + _PEOPLE]
            scores = generator.scores([history[-self._window :] for history in met])
            for row, history in enumerate(met):
                scores[row, history] = -np.inf
            total += float(gains(scores, self._wanted[begin : begin + len(met)]).sum())
        return total / max(1, len(self))
