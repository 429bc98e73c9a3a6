"""The training run: events and texts in, a model out; stopped early, and resumed after a kill.

First everybody's last event is held out and judged after every round, which finds how many rounds
are best; then, if asked for, a fresh model learns from all events for so many rounds. Losses:
softmax over the right item and sampled ones (with log Q correction, Bengio and Senecal 2008), and
gBCE (Petrov and Macdonald, "gSASRec", 2023). Knows nothing of serving.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sommelier.data.interactions import Interactions
from sommelier.engines.sasrec import checkpoint
from sommelier.engines.sasrec.batches import Batch, epoch
from sommelier.engines.sasrec.config import EXTRA, SASRecConfig
from sommelier.engines.sasrec.judging import Judge, last_events
from sommelier.engines.sasrec.model import Model
from sommelier.extras import load
from sommelier.types import Bools, Floats

if TYPE_CHECKING:
    import torch

__all__ = ["Learned", "Progress", "learn", "loss_of"]

_NEVER = -1e9  # a logit that wins nothing; minus infinity would turn gradients into NaN


@dataclass(frozen=True)
class Progress:
    """Told after every round. `score` is NDCG@10 on held-out events; None where none are."""

    phase: str  # "search" or "refit"
    round: int
    loss: float
    score: float | None
    best: float | None
    seconds: float  # of this round, judging included


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
    with _threads(config.threads):
        judge = Judge(log, config) if config.patience else None
        if judge:
            part = log.keep(~last_events(log))
            found = _Run("search", part, text, config, folder)(judge, progress)
            if not config.refit:
                return found
            rounds, score = found.rounds, found.score
        config = config.model_copy(update={"epochs": rounds})
        again = _Run("refit", log, text, config, folder)(None, progress)
    return replace(again, score=score)


class _Run:
    """One phase: a fresh model, or the one that its checkpoint holds, and its rounds."""

    def __init__(
        self, phase: str, log: Interactions, text: Floats, config: SASRecConfig, folder: Path | None
    ) -> None:
        self.torch = load("torch", extra=EXTRA)
        self.phase, self.log, self.config = phase, log, config
        self.device = _device(config)
        self.known = np.bincount(log.items, minlength=log.n_items) > 0
        with self._seeded(0):
            self.model = Model(config, text, self.device)
        self.optimiser = self.torch.optim.AdamW(
            self.model.weights.values(),
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            fused=True,
        )
        # What no event is of must not be learned as wrong where text is to give it a place.
        everything = self.model.mode == "none" or not self.known.any()
        self.pool = np.arange(log.n_items) if everything else np.flatnonzero(self.known)
        self.path = folder / f"{phase}.pt" if folder else None
        self.state: dict[str, Any] = {"round": 0, "best_round": 0, "best": -1.0, "weights": None}
        if self.path:
            self.state["run"] = checkpoint.identity(log, text, config)
            self._resume(checkpoint.restore(self.path, self.state["run"]))

    def __call__(self, judge: Judge | None, progress: Callable[[Progress], None]) -> Learned:
        state = self.state
        while state["round"] < self.config.epochs and not (
            judge and state["round"] - state["best_round"] >= self.config.patience
        ):
            began = time.perf_counter()
            state["round"] += 1
            loss = self._round(state["round"])
            score = judge(self.model, self.known) if judge else None
            if score is not None and score > state["best"]:
                state |= {"best": score, "best_round": state["round"], "weights": self._copy()}
            self._save()
            best = None if score is None else state["best"]
            seconds = time.perf_counter() - began
            progress(Progress(self.phase, state["round"], loss, score, best, seconds))
        if not judge:
            return Learned(self.model, self.known, state["round"], None)
        self._put(state["weights"])
        return Learned(self.model, self.known, state["best_round"], state["best"])

    def _round(self, number: int) -> float:
        """Go through all people once; return the mean loss of an event."""
        total = count = 0.0
        with self._seeded(number):
            for batch in epoch(self.log, self.pool.astype(np.int32), self.config, number):
                loss = loss_of(self.model, batch, len(self.pool))
                loss.backward()
                self.optimiser.step()
                self.optimiser.zero_grad(set_to_none=True)
                total += float(loss.detach()) * len(batch)
                count += len(batch)
        return total / max(1.0, count)

    @contextmanager
    def _seeded(self, number: int) -> Iterator[None]:
        """Seed torch by the round, and leave its generators as they were found."""
        devices = [0] if self.device.type == "cuda" else []
        with self.torch.random.fork_rng(devices=devices):
            self.torch.manual_seed(self.config.seed * 1_000_003 + number)
            yield

    def _copy(self) -> dict[str, "torch.Tensor"]:
        return {name: part.detach().clone() for name, part in self.model.weights.items()}

    def _put(self, weights: dict[str, "torch.Tensor"]) -> None:
        with self.torch.no_grad():
            for name, part in self.model.weights.items():
                part.copy_(weights[name])

    def _save(self) -> None:
        if self.path:
            now = {"now": self._copy(), "optimiser": self.optimiser.state_dict()}
            checkpoint.save(self.path, {**self.state, **now})

    def _resume(self, found: dict[str, Any] | None) -> None:
        if found is not None and found["round"] <= self.config.epochs:  # or it learned too long
            self._put(found.pop("now"))
            self.optimiser.load_state_dict(found.pop("optimiser"))
            self.state = found


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


def _device(config: SASRecConfig) -> "torch.device":
    torch = load("torch", extra=EXTRA)
    there = torch.cuda.is_available()
    return torch.device(("cuda" if there else "cpu") if config.device == "auto" else config.device)


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Let torch work with so many threads, 0 for as many as it likes; then as before."""
    torch = load("torch", extra=EXTRA)
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
