"""The training run: events and texts in, a model out; stopped early, and resumed after a kill.

First everybody's last event is held out and judged after every round, which finds how many rounds
are best; then, if asked for, a fresh model learns from all events for so many rounds. Losses:
softmax over the right item and sampled ones (with log Q correction, Bengio and Senecal 2008), and
gBCE (Petrov and Macdonald, "gSASRec", 2023). Knows nothing of serving.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sommelier.data.interactions import Interactions
from sommelier.engines.sasrec.batches import Batch, epoch
from sommelier.engines.sasrec.config import SASRecConfig
from sommelier.engines.sasrec.judging import Judge
from sommelier.engines.sasrec.model import Model
from sommelier.engines.sequence import checkpoint
from sommelier.engines.sequence.heldout import last_events
from sommelier.engines.sequence.run import Course, Progress, Run, device_of, torch_threads
from sommelier.engines.sequence.shape import EXTRA
from sommelier.extras import load
from sommelier.types import Bools, Floats

if TYPE_CHECKING:
    import torch

__all__ = ["Learned", "learn", "loss_of"]

# What may differ when a run goes on: none of it changes the weights of a round before it cools.
_FREE = frozenset(
    {"threads", "epochs", "patience", "cooldown", "refit", "disliked", "said", "device"}
)

_NEVER = -1e9  # a logit that wins nothing; minus infinity would turn gradients into NaN


@dataclass(frozen=True, eq=False)
class Learned:
    """A trained model, how many rounds made it, and how good it was on held-out events."""

    model: Model
    known: Bools  # [n_items] which items it learned an event of
    rounds: int
    score: float | None


def learn(
    log: Interactions,
    text: Floats,
    config: SASRecConfig,
    *,
    folder: Path | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Learned:
    """Return the model; `text` is what `Model` takes.

    The state is kept in `folder` after every round, and a run that was stopped goes on from it.
    """
    rounds, score = config.epochs, None
    with torch_threads(config.threads):
        judge = Judge(log, config) if config.patience else None
        if judge:
            part = log.keep(~last_events(log))
            found = _phase(
                "search", part, text, config, folder=folder, judge=judge, progress=progress
            )
            if not config.refit:
                return found
            rounds, score = found.rounds, found.score
        config = config.model_copy(update={"epochs": rounds})
        again = _phase("refit", log, text, config, folder=folder, judge=None, progress=progress)
    return replace(again, score=score)


def _phase(
    phase: str,
    log: Interactions,
    text: Floats,
    config: SASRecConfig,
    *,
    folder: Path | None,
    judge: Judge | None,
    progress: Callable[[Progress], None],
) -> Learned:
    device = device_of(config.device)
    known = np.bincount(log.items, minlength=log.n_items) > 0
    # What no event is of must not be learned as wrong where text is to give it a place.
    everything = config.text == "none" or not text.shape[1] or not known.any()
    pool = (np.arange(log.n_items) if everything else np.flatnonzero(known)).astype(np.int32)
    course = Course(
        model=lambda: Model(config, text, device),
        batches=lambda number: epoch(log, pool, config, number),
        loss=lambda model, batch: loss_of(model, batch, len(pool)),
        judge=(lambda model: judge(model, known)) if judge else None,
    )

    def identity() -> str:
        return checkpoint.identity(config, _FREE, log.items, log.starts, text)

    run = Run(phase, course, config, device, folder=folder, identity=identity)
    rounds, score = run(progress)
    return Learned(run.model, known, rounds, score)


def loss_of(model: Model, batch: Batch, n_pool: int) -> "torch.Tensor":
    """Return the mean loss of a batch's cells; negatives came from `n_pool` items."""
    torch = load("torch", extra=EXTRA)
    config, device = model.config, model.device
    nums, targets, negatives, shift = (
        torch.from_numpy(part).to(device)
        for part in (batch.items, batch.targets, batch.negatives, batch.shift)
    )
    known = (torch.rand(len(nums), 1) >= config.id_dropout).to(device)
    items = model.vectors(nums, known)
    half = config.precision == "bfloat16" or (config.precision == "auto" and device.type == "cuda")
    with torch.autocast(device.type, torch.bfloat16, enabled=half):
        state = model.cells(items, batch.rows, learn=True)
        wrong = state @ items[negatives].T
    wrong = (wrong.float() + shift).masked_fill(negatives == targets[:, None], _NEVER)
    right = (state.float() * items[targets]).sum(dim=1)
    if config.loss == "softmax":
        return (torch.cat([right[:, None], wrong], 1).logsumexp(dim=1) - right).mean()
    share = min(1.0, len(negatives) / max(1, n_pool - 1))
    power = config.calibration * (share - 1.0) + 1.0
    functional = torch.nn.functional
    return (functional.softplus(wrong).sum(dim=1) - power * functional.logsigmoid(right)).mean()
