"""The training run: events and item vectors in, a model and the items' codes out.

First everybody's last event is held out and judged after every round, which finds how many rounds
are best; then, if asked for, a fresh model learns from all events for so many rounds. Each phase
makes its own codes, from the events that it may know. Every event of a history is learned from, and
every code of it. Knows nothing of serving but that it judges with it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sommelier.data.interactions import Interactions
from sommelier.engines.semantic_id.config import SemanticIdConfig
from sommelier.engines.semantic_id.judging import Judge
from sommelier.engines.semantic_id.model import Model
from sommelier.engines.semantic_id.quantise import residual_codes, told_apart
from sommelier.engines.semantic_id.serving import Parts, Quantised, parts_of
from sommelier.engines.semantic_id.squeeze import learn_squeeze, squeezed, unsqueezed
from sommelier.engines.semantic_id.vectors import item_vectors
from sommelier.engines.sequence import checkpoint
from sommelier.engines.sequence.heldout import last_events
from sommelier.engines.sequence.rows import Rows, newest, pack
from sommelier.engines.sequence.run import Course, Progress, Run, device_of, torch_threads
from sommelier.engines.sequence.shape import EXTRA
from sommelier.extras import load
from sommelier.types import Floats, Ints, Nums

if TYPE_CHECKING:
    import torch

__all__ = ["Batch", "Learned", "epoch", "learn", "quantise"]

# What may differ when a run goes on: none of it changes the weights of a round before it cools.
_FREE = frozenset(
    {"threads", "epochs", "patience", "cooldown", "refit", "disliked", "said", "device"}
)


@dataclass(frozen=True, eq=False)
class Learned:
    """What serving needs, the items' vectors, and how many rounds made it."""

    parts: Parts
    vectors: Floats
    rounds: int
    score: float | None  # on held-out events


@dataclass(frozen=True, eq=False)
class Batch:
    """One step's worth: rows of items, and the item that should follow each cell."""

    items: Nums  # [n] the items that occur, rising; places in `rows` are places in here
    rows: Rows
    targets: Ints  # [n_cells] item_nums

    def __len__(self) -> int:
        return len(self.targets)


def learn(
    log: Interactions,
    text: Floats,
    config: SemanticIdConfig,
    *,
    folder: Path | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Learned:
    """Return what was learned; `text` [n_items, text_size] are unit vectors, or zero.

    The state is kept in `folder` after every round, and a run that was stopped goes on from it.
    """
    with torch_threads(config.threads):
        if config.patience:
            part, judge = log.keep(~last_events(log)), Judge(log, config)
            found = _phase("search", part, text, config, judge=judge, folder=folder, told=progress)
            if not config.refit:
                return found
            config = config.model_copy(update={"epochs": found.rounds})
        return _phase("refit", log, text, config, judge=None, folder=folder, told=progress)


def quantise(vectors: Floats, met: Ints, config: SemanticIdConfig) -> Quantised:
    """Give items codes by their vectors; of those that agree the most `met` comes first."""
    levels, codes, seed = config.levels, config.codes, config.seed
    plain = config.quantiser == "kmeans"
    layers = unsqueezed() if plain else learn_squeeze(vectors, levels, codes, seed)
    found, centres = residual_codes(squeezed(vectors, *layers), levels, codes, seed)
    return Quantised(told_apart(found, met), centres, *layers)


def epoch(log: Interactions, config: SemanticIdConfig, number: int) -> Iterator[Batch]:
    """Yield all people once, in an order that follows from the seed and the epoch's `number`."""
    rng = np.random.default_rng([config.seed, number])
    starts, sizes = newest(log, config.window + 1)
    people = rng.permutation(np.flatnonzero(sizes))
    for begin in range(0, len(people), config.batch_size):
        who = people[begin : begin + config.batch_size]
        ends = np.cumsum(sizes[who])
        events = np.repeat(starts[who] - ends + sizes[who], sizes[who]) + np.arange(ends[-1])
        targets = log.items[events]
        items, chosen = np.unique(targets, return_inverse=True)
        shown = np.ones(len(targets), bool)
        shown[ends - 1] = False  # the newest is only predicted
        yield Batch(items, pack(chosen[shown], sizes[who] - 1), targets.astype(np.int64))


def _phase(
    phase: str,
    log: Interactions,
    text: Floats,
    config: SemanticIdConfig,
    *,
    judge: Judge | None,
    folder: Path | None,
    told: Callable[[Progress], None],
) -> Learned:
    from threadpoolctl import threadpool_limits

    met = np.bincount(log.items, minlength=log.n_items)
    with threadpool_limits(1, "blas"), torch_threads(1):  # codes must not hang on their number
        vectors = item_vectors(text, log, directions=config.directions, weight=config.company)
        quantised = quantise(vectors, met, config)
    codes, known = quantised.codes, met > 0
    device = device_of(config.device)
    course = Course(
        model=lambda: Model(config, codes, vectors, known, device),
        batches=lambda number: epoch(log, config, number),
        loss=_loss,
        judge=(lambda model: judge(parts_of(model, quantised, config))) if judge else None,
    )

    def identity() -> str:
        return checkpoint.identity(config, _FREE, log.items, log.starts, text, codes)

    run = Run(phase, course, config, device, folder=folder, identity=identity)
    rounds, score = run(told)
    return Learned(parts_of(run.model, quantised, config), vectors, rounds, score)


def _loss(model: Model, batch: Batch) -> "torch.Tensor":
    torch = load("torch", extra=EXTRA)
    items, targets = (
        torch.from_numpy(part).to(model.device) for part in (batch.items, batch.targets)
    )
    return model.loss(model.states(model.items(items), batch.rows, learn=True), targets)
