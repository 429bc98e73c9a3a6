"""The engine `prompted`: another engine proposes, any language model puts the best in order.

The base engine's best `depth` unseen items are shown to the model under letters; what it says
decides their order, and all other items follow in the base's. Nothing is trained. A model beats a
trained engine where little is known of a person or something is said in words, hardly where much is
known (Hou et al. 2024, LLMRank, whose ways of telling a history and of bootstrapping these are), so
by default it is asked only there (`when`). Where it gives no answer, or the budget ends, the base's
order stands. A filter is not seen here: `score` orders the best of the whole catalogue, so what
holds a narrowed list asks `rerank`.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from sommelier.data.dataset import Dataset
from sommelier.engines.base import Engine, EngineConfig
from sommelier.engines.making import load_engine, make_engine
from sommelier.engines.online import Grows, newcomers
from sommelier.engines.prompted.asking import Case, ask
from sommelier.engines.prompted.models import Opened, open_chat
from sommelier.engines.prompted.prompts import Prompts
from sommelier.engines.prompted.records import Counts, Ranked
from sommelier.engines.prompted.settings import PromptedConfig
from sommelier.engines.query import Query
from sommelier.engines.ranking import Ranking, best, top_k
from sommelier.errors import DataError
from sommelier.llm.chat.base import ChatModel
from sommelier.types import Floats, Json, Nums

__all__ = ["Prompted"]

_T = TypeVar("_T")
_GAP = 1e-6  # between scores that were equal, as a share of the largest: more than float32 rounds
_GRAIN = 5e-6  # of the largest score; what differs by less is equal, or rounding would pick prompts


class Prompted(Engine):
    """Candidates of one engine, in the order of a language model. Ask `counts` what that took."""

    name: ClassVar[str] = "prompted"
    Config: ClassVar[type[EngineConfig]] = PromptedConfig
    config: PromptedConfig
    costly: ClassVar[bool] = True  # each list waits for a language model
    base: Engine
    _prompts: Prompts

    def __init__(
        self,
        config: EngineConfig | None = None,
        *,
        model: ChatModel | None = None,
        make: Callable[[str, Json], Engine] = make_engine,
        heard: Callable[[Ranked], object] = lambda ranked: None,
    ) -> None:
        """`model` stands in for the one that settings name, and `make` for the registry.

        `heard` is told what became of every query that the model was asked about.
        """
        super().__init__(config)
        self.make, self.heard, self.counts = make, heard, Counts()
        self._opened = None if model is None else Opened(model)
        self._opening = Lock()

    def fit(self, dataset: Dataset) -> Self:
        """Fit the base engine; the model learns nothing and is not opened."""
        settings = {"threads": self.config.threads, **(self.config.base_settings or {})}
        self.base = self.make(self.config.base, settings).fit(dataset)
        return self._know(dataset)

    def grow(self, dataset: Dataset) -> Self:
        """Let the base engine take up new items; DataError if it cannot."""
        newcomers(self, dataset)
        if not isinstance(self.base, Grows):
            raise DataError(
                f"The engine {self.base.name!r}, of which {self.name!r} takes its candidates, "
                "cannot take up new items.",
                hint=f"Fit again: sommelier fit WORKSPACE --engines {self.name}",
            )
        self.base.grow(dataset)
        return self._know(dataset)

    def score(self, queries: Sequence[Query], items: Nums | None = None) -> Floats:
        """Return the base's scores, dealt out anew among its best unseen items of each query.

        Float32 [n_queries, n_items], or only the columns `items`. NotInstalled or ConfigError if
        the model is needed and cannot be opened.
        """
        self.ready()
        scores = np.array(self.base.score(queries), np.float32)
        self.counts.gated(len(queries))
        cases = {}
        for row, query in enumerate(queries):
            known = len(np.unique(np.concatenate([query.history, query.liked])))
            if self.config.asks(known, said=bool(query.text.strip())):
                cases[row] = Case(query, _first(scores[row], query.seen, self.config.depth))
        for row, ranked in zip(cases, self._asked(list(cases.values())), strict=True):
            if ranked.rounds:
                _deal(scores[row], ranked, queries[row].seen)
        return scores if items is None else scores[:, items]

    def recommend(
        self,
        queries: Sequence[Query],
        k: int,
        *,
        candidates: Nums | None = None,
        seen: bool = False,
    ) -> Ranking:
        """Return the k best items per query, one thread asking, so that `at_once` holds."""
        n_items = self.ready()
        return top_k(self.score, queries, k, n_items, candidates=candidates, seen=seen, threads=1)

    def rerank(self, queries: Sequence[Query], candidates: Sequence[Nums]) -> list[Nums]:
        """Return each query's own candidates (best first by whoever brings them) in a new order.

        Whatever `when` says; `depth` of them at most are shown, the rest follow as they came.
        """
        self.ready()
        self.counts.gated(len(queries))
        depth = self.config.depth
        heads = [Case(q, c[:depth]) for q, c in zip(queries, candidates, strict=True)]
        ranked = self._asked(heads)
        return [
            np.concatenate([one.order, rest[depth:]])
            for one, rest in zip(ranked, candidates, strict=True)
        ]

    def close(self) -> None:
        """Free the memory of a model in this process; the next question opens it anew."""
        with self._opening:
            if self._opened is not None:
                self._opened.close()
            self._opened = None

    def save(self, folder: Path) -> None:
        """Write the settings into the folder and the base engine into a folder of its own in it."""
        super().save(folder)
        (folder / "base").mkdir()
        self.base.save(folder / "base")

    @classmethod
    def load(cls, folder: Path, dataset: Dataset) -> Self:
        """Read what `save` wrote; WorkspaceError if it is of another version or catalogue."""
        engine = super().load(folder, dataset)
        engine.base = load_engine(engine.config.base, folder / "base", dataset)
        return engine

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return nothing: the base engine keeps itself."""
        return {}

    def restore(self, arrays: dict[str, NDArray[Any]], dataset: Dataset) -> None:
        """Know the catalogue; the base engine is still to be loaded."""
        self._know(dataset)

    def _know(self, dataset: Dataset) -> Self:
        self._prompts = Prompts(dataset.catalog, self.config.prompt, self.config.history)
        self.n_items = dataset.n_items
        return self

    def _asked(self, cases: Sequence[Case]) -> list[Ranked]:
        """Return what became of each case, in their order; the base's where there is no choice."""
        told = [self._prompts.person(case.query) for case in cases]
        wanted = [at for at, case in enumerate(cases) if told[at] and len(case.candidates) > 1]
        found = [Ranked(case.candidates, case.candidates) for case in cases]
        if wanted:
            opened = self._open()
            asked = [(cases[at], told[at]) for at in wanted]
            work = ask(opened, self._prompts, asked, self.config, self.counts.took)
            for at, ranked in zip(wanted, _finished(work), strict=True):
                found[at] = ranked
                self.counts.add(ranked)
                self.heard(ranked)
        return found

    def _open(self) -> Opened:
        with self._opening:
            if self._opened is None:
                self._opened = open_chat(self.config)
            return self._opened


def _first(row: Floats, seen: Nums, depth: int) -> Nums:
    """Return the best unseen items of a row of scores, ties by item_num."""
    coarse = np.rint(row / (_GRAIN * (np.abs(row).max() or 1.0)))
    coarse[seen] = -np.inf
    found = best(coarse[None, :], depth)[0]
    return np.asarray(found[found >= 0], np.int32)


def _deal(row: Floats, ranked: Ranked, seen: Nums) -> None:
    """Give the candidates' scores out again, in place, in the new order.

    What was equal is set apart by a little, upwards, so that the order is kept and no item below
    comes to stand between.
    """
    values = row[ranked.candidates].astype(np.float64)
    others = row.copy()
    others[ranked.candidates] = others[seen] = -np.inf
    gap = _GAP * (np.abs(values).max() or 1.0)
    below = float(others.max(initial=-np.inf))
    for place in reversed(range(len(values))):
        values[place] = below = max(values[place], below + gap)
    row[ranked.order] = values


def _finished(work: Coroutine[Any, Any, _T]) -> _T:
    """Run to the end from plain code, also where an event loop is running already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(copy_context().run, asyncio.run, work).result()
