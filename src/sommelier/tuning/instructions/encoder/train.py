"""The tuning run of the encoder: rows in, an adapter out, stopped and resumed at will.

Loss: softmax over the items of the catalogue for each thing said, at a fixed temperature. Judged by
NDCG@10 over the whole catalogue on rows of the dev split.
"""

import hashlib
import json
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Setting

from sommelier.evaluation.instructions.rows import InstructionRow
from sommelier.extras import load
from sommelier.tuning.instructions.encoder.batches import Batch, Shelf, batch, shelves
from sommelier.tuning.instructions.encoder.export import export
from sommelier.tuning.instructions.encoder.tower import Tower, open_tower
from sommelier.tuning.lora.base import EXTRA
from sommelier.tuning.lora.checkpoint import Place, restore, save
from sommelier.tuning.lora.stopping import stoppable
from sommelier.types import Floats

__all__ = ["ADAPTER", "LOG", "EncoderSettings", "Progress", "train"]

LOG: Final = "log.jsonl"
ADAPTER: Final = "instruct.safetensors"


class EncoderSettings(BaseModel):
    """How a run learns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rank: Annotated[int, Setting(ge=1, le=256)] = 16
    dropout: Annotated[float, Setting(ge=0, lt=1)] = 0.05
    learning_rate: Annotated[float, Setting(gt=0)] = 5e-4
    head_rate: Annotated[float, Setting(gt=0, description="of the items' map")] = 1e-3
    temperature: Annotated[float, Setting(gt=0)] = 0.05
    batch: Annotated[int, Setting(ge=2)] = 64
    longest: Annotated[int, Setting(ge=8, le=512, description="tokens of a text")] = 192
    most: Annotated[int, Setting(ge=100, description="items in the loss")] = 20_000
    steps: Annotated[int, Setting(ge=1)] = 1200
    strength: Annotated[float, Setting(gt=0, le=1, description="share of it that is kept")] = 0.6
    save_minutes: Annotated[float, Setting(gt=0)] = 5.0
    dev_rows: Annotated[int, Setting(ge=0, description="of each catalogue, judged")] = 300
    seed: int = 0
    threads: Annotated[int | None, Setting(ge=1)] = None


@dataclass(frozen=True)
class Progress:
    """What is told after every step; `dev` by catalogue, at checkpoints only."""

    done: float
    step: int
    seconds: float
    loss: float
    dev: dict[str, float] | None = None


def train(
    base: Path,
    rows: Iterable[InstructionRow],
    catalogues: Mapping[str, tuple[Mapping[str, int], Floats]],
    out: Path,
    *,
    settings: EncoderSettings | None = None,
    report: Callable[[Progress], None] = lambda _told: None,
) -> Path:
    """Tune the encoder at `base`; return the adapter's file in `out`.

    `catalogues` are name -> (item_id -> place, vectors of the untuned encoder). A run that was
    stopped goes on from its last checkpoint. An interrupt saves, then raises KeyboardInterrupt.
    """
    run = _Run(base, rows, catalogues, out, settings or EncoderSettings())
    return run(report)


class _Run:
    """One tuning run in this process."""

    def __init__(
        self,
        base: Path,
        rows: Iterable[InstructionRow],
        catalogues: Mapping[str, tuple[Mapping[str, int], Floats]],
        out: Path,
        settings: EncoderSettings,
    ) -> None:
        self.torch = load("torch", extra=EXTRA)
        if settings.threads:
            self.torch.set_num_threads(settings.threads)
        self.settings, self.out = settings, out
        said = shelves(rows, catalogues)
        self.train, self.dev = said["train"], said["dev"] if settings.dev_rows else []
        self.tower = open_tower(
            base, rank=settings.rank, dropout=settings.dropout, seed=settings.seed
        )
        weights = [(n, p) for n, p in self.tower.model.named_parameters() if p.requires_grad]
        head = [p for n, p in weights if ".head." in n]
        lora = [p for n, p in weights if ".head." not in n]
        self.rates = (settings.learning_rate, settings.head_rate)
        self.optimiser = self.torch.optim.AdamW(
            [{"params": lora}, {"params": head}], lr=settings.learning_rate, weight_decay=0.01
        )
        self.weights = lora + head
        out.mkdir(parents=True, exist_ok=True)
        run = _identity(self.train, settings)
        self.place = restore(out, self.tower.model, self.optimiser, run) or Place(run)

    def __call__(self, report: Callable[[Progress], None]) -> Path:
        self.tower.model.train()
        saved = time.monotonic()
        with stoppable() as stopped:
            while self.place.step < self.settings.steps and not stopped():
                began = time.monotonic()
                loss = self._learn(self._batch(), self._rate())
                self.place.step += 1
                now = time.monotonic()
                self.place.seconds += now - began
                over = self.place.step == self.settings.steps or stopped()
                dev = None
                if over or now - saved > self.settings.save_minutes * 60:
                    save(self.out, self.tower.model, self.optimiser, self.place)
                    dev = None if stopped() else self._judged()
                    saved = time.monotonic()
                self._tell(loss, dev, report)
            if stopped():
                raise KeyboardInterrupt
        return export(self.tower.model, self.out / ADAPTER, strength=self.settings.strength)

    def _batch(self) -> Batch:
        made = self.settings
        return batch(self.train, self.place.step, size=made.batch, most=made.most, seed=made.seed)

    def _rate(self) -> float:
        """Return the share of the full rate: up for a moment, then down along a cosine."""
        done = self.place.step / self.settings.steps
        rise = min(1.0, (self.place.step + 1) / 40)
        return rise * (0.02 + 0.98 * (1 + math.cos(math.pi * done)) / 2)

    def _learn(self, given: Batch, share: float) -> float:
        torch, tower = self.torch, self.tower
        vectors = torch.from_numpy(given.shelf.vectors[given.items]).to(tower.device)
        with torch.random.fork_rng():  # what is dropped out follows from the step: a run resumes
            torch.manual_seed(self.settings.seed * 1_000_003 + self.place.step)
            said = tower.asked(given.texts, self.settings.longest)
        scores = said @ tower.items(vectors).T / self.settings.temperature
        wanted = torch.from_numpy(given.targets).long().to(tower.device)
        loss = torch.nn.functional.cross_entropy(scores, wanted)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.weights, 1.0)
        for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
            group["lr"] = rate * share
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        return float(loss.detach())

    def _judged(self) -> dict[str, float]:
        """Return NDCG@10 over the whole catalogue, by catalogue."""
        self.tower.model.eval()
        with self.torch.inference_mode():
            found = {one.name: _ndcg(self.tower, one, self.settings) for one in self.dev}
        self.tower.model.train()
        return found

    def _tell(
        self, loss: float, dev: dict[str, float] | None, report: Callable[[Progress], None]
    ) -> None:
        place = self.place
        told = Progress(place.step / self.settings.steps, place.step, place.seconds, loss, dev)
        with (self.out / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(asdict(told)) + "\n")
        report(told)


def _ndcg(tower: Tower, shelf: Shelf, settings: EncoderSettings) -> float:
    torch: Any = load("torch", extra=EXTRA)
    texts = shelf.texts[: settings.dev_rows]
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    items = tower.items(torch.from_numpy(shelf.vectors).to(tower.device))
    gains = np.zeros(len(texts))
    for begin in range(0, len(order), settings.batch):
        rows = order[begin : begin + settings.batch]
        scores = tower.asked([texts[row] for row in rows], settings.longest) @ items.T
        right = scores[torch.arange(len(rows)), torch.from_numpy(shelf.targets[rows]).long()]
        places = (scores > right[:, None]).sum(1).cpu().numpy()
        gains[rows] = np.where(places < 10, 1 / np.log2(places + 2), 0)
    return float(gains.mean())


def _identity(given: Sequence[Shelf], settings: EncoderSettings) -> str:
    """Return what tells one run from another: its rows and how it learns."""
    digest = hashlib.sha256(
        settings.model_dump_json(exclude={"save_minutes", "strength", "threads"}).encode()
    )
    for shelf in given:
        digest.update(shelf.name.encode() + shelf.targets.tobytes())
        digest.update("\n".join(shelf.texts).encode())
    return digest.hexdigest()[:16]
