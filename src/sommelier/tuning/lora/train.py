"""The tuning run: packs in, an adapter out, stopped and resumed at will.

Learns by cross-entropy on answer tokens only. The learning rate rises for a moment and falls along
a cosine that is fitted to the time or the steps there are. Knows nothing of what is taught.
"""

import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Setting

from sommelier.errors import DataError
from sommelier.extras import load
from sommelier.tuning.lora.base import EXTRA, Base, Precision, load_base, with_adapter
from sommelier.tuning.lora.checkpoint import Place, restore, save
from sommelier.tuning.lora.export import imported
from sommelier.tuning.lora.judging import judge
from sommelier.tuning.lora.packing import batch, lean, logits
from sommelier.tuning.lora.rows import Pack, packs, read_rows, tokenise
from sommelier.tuning.lora.stopping import stoppable

__all__ = ["LOG", "Progress", "Settings", "train"]

LOG: Final = "log.jsonl"
_DEV_PACK = 2048  # tokens; without gradients there is room


class Settings(BaseModel):
    """How a run learns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rank: Annotated[int, Setting(ge=0, le=256, description="0: all weights learn")] = 16
    alpha: Annotated[float, Setting(gt=0)] = 32.0
    learning_rate: Annotated[float, Setting(gt=0)] = 1e-3
    warmup: Annotated[float, Setting(ge=0, lt=1, description="share of the run")] = 0.03
    examples: Annotated[int, Setting(ge=1, description="least rows a step")] = 16
    pack: Annotated[int, Setting(ge=32, description="most tokens in one pass")] = 1024
    epochs: Annotated[int, Setting(ge=1)] = 1
    max_minutes: Annotated[float | None, Setting(gt=0)] = None
    save_minutes: Annotated[float, Setting(gt=0)] = 5.0
    dev_rows: Annotated[int, Setting(ge=0, description="rows judged at a checkpoint")] = 96
    seed: int = 0
    threads: Annotated[int | None, Setting(ge=1)] = None
    precision: Precision = "auto"


@dataclass(frozen=True)
class Progress:
    """What is told after every step; `done` is the share of the run, dev figures only sometimes."""

    done: float
    step: int
    examples: int
    seconds: float
    loss: float
    rate: float
    examples_per_second: float
    dev_loss: float | None = None
    dev_exact: float | None = None


def train(
    base: Path | Base,
    rows: Path,
    out: Path,
    *,
    start: Path | None = None,
    dev: Path | None = None,
    settings: Settings | None = None,
    report: Callable[[Progress], None] = lambda _: None,
) -> Path:
    """Tune the model at `base`, or one in hand, on `rows`; return the adapter's folder, `out/last`.

    `start` is an exported adapter to begin from; without it, the model begins as it is.

    A run that was stopped goes on from its last checkpoint in `out`; so does this call when it is
    repeated with the same rows and settings. An interrupt saves, then raises KeyboardInterrupt.
    """
    settings = settings or Settings()
    if isinstance(base, Path):
        base = load_base(base, precision=settings.precision)
    return _Run(base, rows, out, dev, settings, start)(report)


class _Run:
    """One tuning run in this process."""

    def __init__(
        self,
        base: Base,
        rows: Path,
        out: Path,
        dev: Path | None,
        settings: Settings,
        start: Path | None,
    ):
        self.torch = load("torch", extra=EXTRA)
        if settings.threads:
            self.torch.set_num_threads(settings.threads)
        self.base, self.out, self.settings = base, out, settings
        self.rows = tokenise(read_rows(rows), base.tokenizer)
        self.dev = _dev_packs(dev, base, settings)
        self.model = with_adapter(
            base, rank=settings.rank, alpha=settings.alpha, seed=settings.seed
        )
        if start is not None:
            _begun(self.model, base, start)
        self.weights = [part for part in self.model.parameters() if part.requires_grad]
        self.optimiser = self.torch.optim.AdamW(
            self.weights, lr=settings.learning_rate, betas=(0.9, 0.99), weight_decay=0.0
        )
        out.mkdir(parents=True, exist_ok=True)
        run = _identity(rows, settings, start, base.words)
        self.place = restore(out, self.model, self.optimiser, run) or Place(run)
        self.steps = sum(
            1 for epoch in range(settings.epochs) for _ in self._steps(self._packs(epoch))
        )
        if not self.steps:
            raise DataError(f"No row of {rows} fits into {settings.pack} tokens.")

    def __call__(self, report: Callable[[Progress], None]) -> Path:
        self.model.train()
        saved = before = time.monotonic()
        with stoppable() as stopped:
            for step in self._remaining():
                rate = self._rate()
                loss = self._learn(step, rate)
                now = time.monotonic()
                told = self._count(step, loss, rate, now - before)
                before = now
                over = self._done() >= 1 or stopped()
                if over or now - saved > self.settings.save_minutes * 60:
                    save(self.out, self.model, self.optimiser, self.place)
                    told = told if stopped() else self._judged(told)
                    saved = before = time.monotonic()
                self._tell(told, report)
                if over:
                    break
            if stopped():
                raise KeyboardInterrupt
        return self.out / "last"

    def _packs(self, epoch: int) -> list[Pack]:
        return packs(self.rows, most=self.settings.pack, seed=[self.settings.seed, epoch])

    def _steps(self, given: Sequence[Pack]) -> Iterator[list[Pack]]:
        step: list[Pack] = []
        for pack in given:
            step.append(pack)
            if sum(len(one.rows) for one in step) >= self.settings.examples:
                yield step
                step = []
        if step:
            yield step

    def _remaining(self) -> Iterator[list[Pack]]:
        while self.place.epoch < self.settings.epochs and self._done() < 1:
            yield from self._steps(self._packs(self.place.epoch)[self.place.pack :])
            self.place.epoch, self.place.pack = self.place.epoch + 1, 0

    def _done(self) -> float:
        steps = self.place.step / self.steps
        minutes = self.settings.max_minutes
        return min(1.0, max(steps, self.place.seconds / 60 / minutes if minutes else 0.0))

    def _rate(self) -> float:
        done, warmup = self._done(), self.settings.warmup
        if self.place.step / self.steps < warmup and done < warmup:
            return self.settings.learning_rate * (done + 1 / self.steps) / (warmup + 1 / self.steps)
        return self.settings.learning_rate * (0.02 + 0.98 * (1 + math.cos(math.pi * done)) / 2)

    def _learn(self, step: Sequence[Pack], rate: float) -> float:
        """Take one optimiser step; return the mean loss of its answer tokens."""
        wanted = sum(len(row.answer) for pack in step for row in pack.rows)
        total = 0.0
        for pack in step:
            given = batch(pack, self.base.device)
            with lean(self.model, self.base):
                scores = logits(self.model, given)
            loss = self.torch.nn.functional.cross_entropy(scores, given.wanted, reduction="sum")
            (loss / wanted).backward()
            total += float(loss.detach())
        self.torch.nn.utils.clip_grad_norm_(self.weights, 1.0)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        return total / wanted

    def _count(self, step: Sequence[Pack], loss: float, rate: float, seconds: float) -> Progress:
        place, examples = self.place, sum(len(pack.rows) for pack in step)
        place.step += 1
        place.pack += len(step)
        place.examples += examples
        place.seconds += seconds
        return Progress(
            self._done(), place.step, place.examples, place.seconds, loss, rate, examples / seconds
        )

    def _judged(self, told: Progress) -> Progress:
        if not self.dev:
            return told
        found = judge(self.model, self.base, self.dev)
        return Progress(**asdict(told) | {"dev_loss": found.loss, "dev_exact": found.exact})

    def _tell(self, told: Progress, report: Callable[[Progress], None]) -> None:
        line = {key: value for key, value in asdict(told).items() if value is not None}
        with (self.out / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        report(told)


def _dev_packs(path: Path | None, base: Base, settings: Settings) -> list[Pack]:
    """Rows of a file, evenly taken from all of it."""
    if path is None or not settings.dev_rows:
        return []
    rows = read_rows(path)
    rows = rows[:: max(1, len(rows) // settings.dev_rows)][: settings.dev_rows]
    return packs(tokenise(rows, base.tokenizer), most=_DEV_PACK, seed=0)


def _begun(model: Any, base: Base, start: Path) -> None:
    """Put the weights of an exported adapter into a new one; DataError where they do not fit."""
    torch, peft = load("torch", extra=EXTRA), load("peft", extra=EXTRA)
    config = base.model.config
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    kept = {name: torch.from_numpy(part) for name, part in imported(start, head=head).items()}
    try:
        unknown = peft.set_peft_model_state_dict(model, kept).unexpected_keys
    except RuntimeError as error:
        raise DataError(f"{start} was made for another model or rank: {error}") from error
    if unknown:
        raise DataError(f"{start} was made for another model: {unknown[0]} is not in this one.")


def _identity(rows: Path, settings: Settings, start: Path | None, words: Sequence[int]) -> str:
    """A hash of what decides the course of a run: rows, start, how it learns, not for how long."""
    learns = settings.model_dump_json(
        exclude={"max_minutes", "save_minutes", "dev_rows", "threads", "precision"}
    )
    begun = start.read_bytes() if start else b""
    new = repr(words).encode() if words else b""
    return hashlib.sha256(rows.read_bytes() + learns.encode() + begun + new).hexdigest()[:16]
