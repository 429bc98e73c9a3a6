"""A training run: rounds over batches, stopped early, and resumed after a kill.

Knows nothing of what is learned: batches, loss and judge come from outside.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from sommelier.engines.sequence import checkpoint
from sommelier.engines.sequence.shape import EXTRA, Schedule
from sommelier.extras import load

if TYPE_CHECKING:
    import torch

__all__ = ["Course", "Progress", "Run", "device_of", "torch_threads"]


@dataclass(frozen=True)
class Progress:
    """Told after every round. `score` is NDCG@10 on held-out events; None where none are."""

    phase: str  # "search" or "refit"
    round: int
    loss: float
    score: float | None
    best: float | None
    seconds: float  # of this round, judging included


class _Learner(Protocol):
    @property
    def weights(self) -> dict[str, "torch.Tensor"]: ...


class _Sized(Protocol):
    def __len__(self) -> int: ...


_M = TypeVar("_M", bound=_Learner)
_B = TypeVar("_B", bound=_Sized)


@dataclass(frozen=True, eq=False)
class Course(Generic[_M, _B]):
    """What a run goes over."""

    model: Callable[[], _M]  # with fresh weights, drawn from torch's global generator
    batches: Callable[[int], Iterable[_B]]  # of a round, by its number from 1
    loss: Callable[[_M, _B], "torch.Tensor"]  # the mean over the batch
    judge: Callable[[_M], float] | None  # higher is better; None goes through all rounds


class Run(Generic[_M, _B]):
    """One phase: a fresh model, or the one that its checkpoint holds, and its rounds."""

    def __init__(
        self,
        phase: str,
        course: Course[_M, _B],
        schedule: Schedule,
        device: "torch.device",
        *,
        folder: Path | None,
        identity: Callable[[], str],
    ) -> None:
        """The state is kept in `folder` after every round, under an `identity` of its data."""
        self._torch = load("torch", extra=EXTRA)
        self._phase, self._course, self._schedule = phase, course, schedule
        self._device = device
        with self._seeded(0):
            self.model = course.model()
        self._optimiser = self._torch.optim.AdamW(
            self.model.weights.values(),
            lr=schedule.learning_rate,
            weight_decay=schedule.weight_decay,
            fused=True,
        )
        self._path = folder / f"{phase}.pt" if folder else None
        self._state: dict[str, Any] = {
            **{"round": 0, "best_round": 0, "best": -1.0, "weights": None},
            **{"cooling": None, "stable": 0},  # the round after which the rate falls; those kept
        }
        if self._path:
            self._state["run"] = identity()
            self._resume(checkpoint.restore(self._path, self._state["run"]))

    def __call__(self, progress: Callable[[Progress], None]) -> tuple[int, float | None]:
        """Go through the rounds; return how many made the model, and its score if it was judged."""
        state, judge = self._state, self._course.judge
        while self._goes_on():
            began = time.perf_counter()
            state["round"] += 1
            loss = self._round(state["round"])
            score = judge(self.model) if judge else None
            if score is not None and score > state["best"]:
                state |= {"best": score, "best_round": state["round"], "weights": self._copy()}
            self._save()
            best = None if score is None else state["best"]
            seconds = time.perf_counter() - began
            progress(Progress(self._phase, state["round"], loss, score, best, seconds))
        if not judge:
            return state["round"], None
        self._put(state["weights"])
        cooled = state["cooling"] is not None and state["best_round"] > state["cooling"]
        rounds = state["stable"] + self._cooldown if cooled else state["best_round"]
        return rounds, state["best"]

    @property
    def _cooldown(self) -> int:
        return min(self._schedule.cooldown, self._schedule.epochs)

    def _goes_on(self) -> bool:
        """Return whether another round is due, and begin to cool down where its time has come.

        A judged run cools from its best weights, so that what it overlearned since is forgotten.
        """
        state, schedule, judge = self._state, self._schedule, self._course.judge
        if state["cooling"] is not None:
            return bool(state["round"] < state["cooling"] + self._cooldown)
        tired = judge and state["round"] - state["best_round"] >= schedule.patience
        if state["round"] < schedule.epochs - self._cooldown and not tired:
            return True
        state |= {"cooling": state["round"], "stable": state["round"]}
        if judge and state["weights"] is not None:
            self._put(state["weights"])
            state["stable"] = state["best_round"]
        return self._cooldown > 0

    def _rate(self, number: int) -> float:
        """Return the learning rate of a round: level at first, then falling to nothing."""
        begun = self._state["cooling"]
        left = 1.0 if begun is None else 1.0 - (number - begun - 0.5) / self._cooldown
        return self._schedule.learning_rate * left

    def _round(self, number: int) -> float:
        """Go through all batches once; return the mean loss of an event."""
        total = count = 0.0
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate(number)
        with self._seeded(number):
            for batch in self._course.batches(number):
                loss = self._course.loss(self.model, batch)
                loss.backward()
                self._optimiser.step()
                self._optimiser.zero_grad(set_to_none=True)
                total += float(loss.detach()) * len(batch)
                count += len(batch)
        return total / max(1.0, count)

    @contextmanager
    def _seeded(self, number: int) -> Iterator[None]:
        """Seed torch by the round, and leave its generators as they were found."""
        devices = [0] if self._device.type == "cuda" else []
        with self._torch.random.fork_rng(devices=devices):
            self._torch.manual_seed(self._schedule.seed * 1_000_003 + number)
            yield

    def _copy(self) -> dict[str, "torch.Tensor"]:
        return {name: part.detach().clone() for name, part in self.model.weights.items()}

    def _put(self, weights: dict[str, "torch.Tensor"]) -> None:
        with self._torch.no_grad():
            for name, part in self.model.weights.items():
                part.copy_(weights[name])

    def _save(self) -> None:
        if self._path:
            now = {"now": self._copy(), "optimiser": self._optimiser.state_dict()}
            checkpoint.save(self._path, {**self._state, **now})

    def _resume(self, found: dict[str, Any] | None) -> None:
        if found is not None and self._leads_on(found):
            self._put(found.pop("now"))
            self._optimiser.load_state_dict(found.pop("optimiser"))
            self._state |= found

    def _leads_on(self, found: dict[str, Any]) -> bool:
        """Return whether a state lies on this run's way: not past its end, nor cooled too early."""
        begun, epochs = found.get("cooling"), self._schedule.epochs
        planned = self._course.judge is not None or begun == epochs - self._cooldown
        return found["round"] <= epochs and (begun is None or planned)


def device_of(wanted: str) -> "torch.device":
    """Return where to learn: "cpu", "cuda", or for "auto" a GPU where there is one."""
    torch = load("torch", extra=EXTRA)
    there = torch.cuda.is_available()
    return torch.device(("cuda" if there else "cpu") if wanted == "auto" else wanted)


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Let torch work with so many threads, 0 for as many as it likes; then as before."""
    torch = load("torch", extra=EXTRA)
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
