"""One open workspace: catalogue, log, engines, state and agent, wired together once.

This is how library users and every surface reach the rest: `shop = sommelier.open("shop")`.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from platformdirs import user_data_dir

from sommelier.agent.agent import Agent
from sommelier.agent.brains.settings import BrainSettings
from sommelier.agent.brains.wiring import Brain, open_brain
from sommelier.agent.critic import Judge
from sommelier.agent.demonstrations.make import opened
from sommelier.agent.demonstrations.store import Demonstrations
from sommelier.agent.policy import Policy
from sommelier.agent.replies import Writer
from sommelier.agent.replies.phrase import Phraser
from sommelier.data.dataset import Dataset
from sommelier.data.workspace import Workspace
from sommelier.engines.base import Engine
from sommelier.engines.making import load_engine, make_engine
from sommelier.errors import NotInstalled, WorkspaceError
from sommelier.llm.chat.base import ChatModel, Usage
from sommelier.llm.chat.budget import Limits
from sommelier.llm.encoder import ENCODER, INSTRUCT, open_encoder
from sommelier.shop.refresh import refresh
from sommelier.shop.stores import open_store
from sommelier.state.store import Store
from sommelier.tools.base import Hidden, Toolbox
from sommelier.types import Nums

__all__ = ["Shop", "open", "open_demo"]

_DEMO_ENGINES = ("popularity", "content", "ease")  # the last one is the default
_READERS = {"instruct": INSTRUCT, "content": ENCODER}  # who understands words, best first: by what


class Shop:
    """An open workspace. Parts are read when first asked for."""

    def __init__(self, workspace: Workspace, database: str = "") -> None:
        """`database` is the URL of the state; without one, it is in the workspace's own file."""
        self.workspace, self._database = workspace, database
        self._engines: dict[str, Engine] = {}
        # The version is what was opened; what is in force may be newer already.
        self._marks = (workspace.version, *workspace.in_force()[1:])

    @property
    def name(self) -> str:
        """The workspace's name: that of its folder."""
        return self.workspace.name

    @cached_property
    def policy(self) -> Policy:
        """The operator's rules; ConfigError names the key that this catalogue cannot follow."""
        return Policy.from_toml(self.workspace.settings.policy, self.workspace.schema)

    @property
    def dataset(self) -> Dataset:
        """Catalogue and log."""
        return self.workspace.dataset()

    def engine(self, name: str | None = None) -> Engine:
        """Return a fitted engine, the default one without a name; errors say how to fit it."""
        wanted = name or self.workspace.default_engine
        if wanted is None:
            raise WorkspaceError(
                f"No engine has been fitted in {self.workspace.path} yet.",
                hint=f"Fit some: sommelier fit {self.workspace.path}",
            )
        if wanted not in self._engines:
            folder = self.workspace.engine_dir(wanted)
            self._engines[wanted] = load_engine(wanted, folder, self.dataset)
        return self._engines[wanted]

    def fit(self, names: Sequence[str], report: Callable[[str], object] = str) -> None:
        """Fit engines one by one as `[engines]` says; each is written whole or not at all."""
        for name in names:
            report(f"Fitting {name}")
            settings = self.workspace.settings.engines.get(name)
            engine = make_engine(name, settings).fit(self.dataset)
            self.workspace.save_engine(name, engine.save)
            self._engines[name] = engine
            self._marks = (self._marks[0], *self.workspace.in_force()[1:])

    def newest(self) -> "Shop":
        """Return this shop, or a new one if data or engines were replaced since it was opened.

        A few small reads, so it may stand before every turn. Whoever still works with the old shop
        sees nothing of the new one; both share the store.
        """
        if self.workspace.in_force() == self._marks:
            return self
        newer = Shop(Workspace.open(self.workspace.path), self._database)
        if "store" in vars(self):
            newer.store = self.store
        return newer

    def refresh(self, *, quick: bool = False, report: Callable[[str], object] = str) -> "Shop":
        """Take up new rows of the source files and feedback, see `refresh`; returns the newest."""
        refresh(self.workspace.path, quick=quick, report=report, database=self._database)
        return self.newest()

    @cached_property
    def store(self) -> Store:
        """Sessions, profiles and feedback."""
        return open_store(self.workspace, self._database)

    @cached_property
    def box(self) -> Toolbox:
        """The agent's tools over this workspace."""
        dataset = self.dataset
        fitted = self.workspace.fitted()
        default = self.workspace.default_engine
        reader, words = self._reader(fitted)
        counts = np.bincount(dataset.interactions.items, minlength=dataset.n_items)
        return Toolbox(
            catalog=dataset.catalog,
            counts=counts.astype(np.float32),
            ranker=self.engine(default) if default in fitted else None,
            reader=reader,
            words=words,
            history=self._history(dataset),
            hidden=Hidden(np.sort(dataset.catalog.nums(self.workspace.waiting))),
            folder=self.workspace.version,
        )

    def _reader(self, fitted: Sequence[str]) -> tuple[Engine | None, frozenset[str]]:
        """Return the best engine that understands words here, and the words its encoder knows."""
        for name, encoder in _READERS.items():
            if name in fitted:
                with suppress(NotInstalled):
                    return self.engine(name), open_encoder(name=encoder, threads=1).words
        return None, frozenset()

    def brain(
        self,
        brain: str | BrainSettings = "",
        *,
        model: ChatModel | None = None,
        key: str = "",
    ) -> Brain:
        """Return a brain over this catalogue: by name, by settings, or as `[brain]` says.

        `model` stands in for the language model that the settings name; `key` is that endpoint's.
        """
        self.box.warm()
        settings = brain if isinstance(brain, BrainSettings) else self.brain_settings(name=brain)
        spent = self._spent_today() if settings.day != Limits() else None
        shown = self._demonstrations if self.box.reader else None
        lexicon = self.box.lexicon
        return open_brain(settings, lexicon, model=model, key=key, spent_today=spent, shown=shown)

    def brain_settings(self, **options: Any) -> BrainSettings:
        """Return `[brain]` of `sommelier.toml` with these options over it; empty ones do nothing.

        Folders that the file names are looked for in the workspace.
        """
        table = dict(self.workspace.settings.brain)
        for key in ("record", "replay"):
            if table.get(key):
                table[key] = self.workspace.path / table[key]
        return BrainSettings.read(table, **options)

    def agent(self, brain: str | BrainSettings | Brain = "") -> Agent:
        """Return the agent with a brain: one that is open, or by name, settings or `[brain]`."""
        found = brain if isinstance(brain, Brain) else self.brain(brain)
        policy = self.policy
        writer = Writer(self.box, simulated="simulated" in self.workspace.label)
        phraser = Phraser(found.model, self.box) if found.model and found.phrases else None
        judge = Judge(found.model) if found.model and found.judges else None
        return Agent(
            box=self.box,
            planner=found.planner,
            store=self.store,
            policy=policy,
            writer=writer,
            phraser=phraser,
            budget=found.budget,
            judge=judge,
            heeds=found.heeds,
        )

    def _demonstrations(self) -> Demonstrations:
        return opened(self.box, open_encoder(), self.workspace.path / "demonstrations")

    def _spent_today(self) -> Usage:
        now = datetime.now(UTC)
        told = self.store.spent_since(now.replace(hour=0, minute=0, second=0).timestamp())
        return Usage.model_validate({k: v for k, v in told.items() if k in Usage.model_fields})

    @staticmethod
    def _history(dataset: Dataset) -> Callable[[str], Nums]:
        log = dataset.interactions

        def history(user_id: str) -> Nums:
            number = log.user_index.get(user_id)
            return np.empty(0, np.int32) if number is None else log.history(number)

        return history


def open(path: str | Path, database: str = "") -> Shop:  # noqa: A001  # sommelier.open("shop") reads best
    """Open a workspace; WorkspaceError says what is missing and how to make it."""
    shop = Shop(Workspace.open(path), database)
    if shop.workspace.settings.policy:  # a wrong rule is no matter for the first conversation
        _ = shop.policy
    return shop


def open_demo(folder: Path | None = None, report: Callable[[str], object] = str) -> Shop:
    """Open the bundled films, prepared once in the user's data folder (or in `folder`).

    The folder above it has the digest of the films as its name: newer films are prepared afresh.
    Engines that another version of the package wrote are fitted again.
    """
    from sommelier.data import demo

    path = (folder or Path(user_data_dir("sommelier")) / "demo") / demo.digest() / "films"
    try:
        shop = open(path)
    except WorkspaceError:
        report("Preparing the bundled films")
        shop = Shop(demo.prepare(path))
    if not all(_readable(shop, name) for name in _DEMO_ENGINES):
        shop.fit(_DEMO_ENGINES, report)
        shop.workspace.set_default_engine(_DEMO_ENGINES[-1])
    if not _readable(shop, "instruct"):
        with suppress(NotInstalled):  # the films are told of without the tuned reader too
            shop.fit(["instruct"], report)
    return shop


def _readable(shop: Shop, name: str) -> bool:
    """Return whether an engine is fitted, and by a version that this one can read."""
    try:
        shop.engine(name)
    except WorkspaceError:
        return False
    return True
