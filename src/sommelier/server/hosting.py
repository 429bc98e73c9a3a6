"""The workspaces that one process serves: each open once, behind every door.

A watcher looks every second whether data or engines were replaced or items edited, and opens the
new beside the old; whoever still works with the old one sees nothing of it. Nothing that must last
stands here: any worker may answer the next message.
"""

import asyncio
import contextlib
import gc
import logging
import threading
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import polars as pl

from sommelier.agent.agent import Agent, Chat
from sommelier.agent.brains.wiring import Brain
from sommelier.agent.guard import Demands
from sommelier.agent.turn import Turn
from sommelier.data.workspace import Workspace
from sommelier.errors import ConfigError, Conflict, SommelierError, UnknownName
from sommelier.server.keyring import Keyring
from sommelier.server.learning import Learner
from sommelier.server.settings import ServerSettings
from sommelier.shop import Shop
from sommelier.shop import open as open_shop
from sommelier.shop.lists import Lists
from sommelier.shop.shelf import Shelf
from sommelier.state.profiles import Profile
from sommelier.state.sessions import Session
from sommelier.state.store import Store
from sommelier.types import Json

__all__ = ["Hosted", "Hosts", "hosting"]

_T = TypeVar("_T")
_LOOK: Final = 1.0  # seconds between two looks for something newer
_FACTS: Final = 200_000  # in the profiles remembered while nobody writes: some 100 MB at most
_log = logging.getLogger("sommelier.server")


@dataclass(frozen=True, eq=False)
class _Opened:
    """One version of a workspace with all that stands on it."""

    shop: Shop
    brain: Brain
    agent: Agent
    lists: Lists
    shelf: Shelf
    others: dict[str, tuple[Brain, Agent]] = field(default_factory=dict)  # asked for by name
    opening: threading.Lock = field(default_factory=threading.Lock)

    def agent_with(self, brain: str) -> Agent:
        """Return the agent with one of the installed brains, opened when first asked for."""
        if not brain:
            return self.agent
        with self.opening:
            if brain not in self.others:
                opened = self.shop.brain(brain)
                self.others[brain] = (opened, self.shop.agent(opened))
            return self.others[brain][1]

    def close(self) -> None:
        """Free what the brains hold."""
        for brain in (self.brain, *(brain for brain, _ in self.others.values())):
            brain.close()


class Hosted:
    """One workspace as every door sees it."""

    def __init__(
        self, shop: Shop, brain: str = "", *, refresh_after: float = 0.0, database: str = ""
    ) -> None:
        """Edits are learned `refresh_after` seconds later, 0 for not by this process."""
        self._brain = brain
        self._opened = self._open(shop)
        self.keyring = Keyring(shop.store)
        self.remote = bool(database)  # whether reading the store waits for a network
        self._learner = Learner(shop.workspace.path, after=refresh_after, database=database)
        self._talks: dict[str, _Queue] = {}
        self._answering: set[asyncio.Task[Any]] = set()
        self._profiles: dict[tuple[str | None, str | None], Profile] = {}
        self._version, self._facts = -1, 0

    @property
    def name(self) -> str:
        """What it is called in addresses."""
        return self.shop.name

    @property
    def shop(self) -> Shop:
        """The workspace as it is now."""
        return self._opened.shop

    @property
    def lists(self) -> Lists:
        """Lists outside conversations."""
        return self._opened.lists

    @property
    def store(self) -> Store:
        """Sessions, profiles, feedback, keys."""
        return self._opened.shop.store

    @property
    def agent(self) -> Agent:
        """Who answers in conversations."""
        return self._opened.agent

    @property
    def brain(self) -> Brain:
        """How it decides."""
        return self._opened.brain

    @property
    def shelf(self) -> Shelf:
        """Items and users as they are, edits included."""
        return self._opened.shelf

    def profile(self, user_id: str | None, session_id: str | None) -> Profile:
        """Return what counts for a person now; remembered until anybody writes anything."""
        version = self.store.version()
        if version != self._version or self._facts > _FACTS:
            self._profiles, self._version, self._facts = {}, version, 0
        kept, key = self._profiles, (user_id, session_id)
        found = kept.get(key)
        if found is None:
            found = kept[key] = self.store.profile(user_id, session_id)
            self._facts += 1 + len(found.preferences) + len(found.seen)
        return found

    @contextlib.asynccontextmanager
    async def talk(
        self, user_id: str | None, session_id: str | None, brain: str = ""
    ) -> AsyncIterator[Chat]:
        """Give a conversation to this caller alone, as it stands in the store.

        Nothing of it stays in the process, so the next message may go to another worker. `brain` is
        one of those that are installed; without it, the one of the settings answers.
        """
        agent = await asyncio.to_thread(self._opened.agent_with, brain) if brain else self.agent
        if session_id is None:
            yield await asyncio.to_thread(agent.chat, user_id)
            return
        queue = self._talks.setdefault(session_id, _Queue())
        queue.waiting += 1
        try:
            async with queue.lock:
                yield await asyncio.to_thread(agent.chat, user_id, session_id)
        finally:
            queue.waiting -= 1
            if not queue.waiting:
                self._talks.pop(session_id, None)

    async def say(
        self, user_id: str | None, session_id: str | None, message: str, brain: str = ""
    ) -> tuple[Session, Turn]:
        """Answer a message; messages of one session are answered one after the other.

        Who goes away meanwhile loses nothing: the turn is stored all the same. Conflict if other
        workers answered the same session twice in the meantime.
        """
        return await self.finished(self._say(user_id, session_id, message, brain))

    async def finished(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Return what comes of work that goes on to its end also where nobody waits any more."""
        task = asyncio.create_task(work)
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)
        return await asyncio.shield(task)

    def begun(self, work: Coroutine[Any, Any, _T]) -> "asyncio.Task[_T]":
        """Begin what a stream will tell; whoever hangs up meanwhile is not told how it failed."""
        task = asyncio.create_task(work)
        task.add_done_callback(_heard)
        return task

    async def _say(
        self, user_id: str | None, session_id: str | None, message: str, brain: str
    ) -> tuple[Session, Turn]:
        async with self.talk(user_id, session_id, brain) as chat:
            try:
                return chat.session, await chat.say(message)
            except Conflict:  # another worker answered meanwhile: once more, after that turn
                agent = self._opened.agent_with(brain)
                again = await asyncio.to_thread(agent.chat, user_id, chat.session.id)
                return again.session, await again.say(message)

    async def edited(self) -> None:
        """Take up edits that this worker has just stored, and have them learned."""
        await asyncio.to_thread(self.shelf.look, self.store)
        self._learner.edited()

    def told(self) -> Json:
        """Return what is served, for those who operate it."""
        return {
            "items": len(self.lists.box.catalog),
            "engine": self.lists.engine,
            "brain": self.brain.planner.name,
            "version": self.shop.workspace.version.name,
            "pending": self.shelf.pending,
        }

    async def warm(self) -> None:
        """Load what the first request would otherwise wait for."""
        await self.brain.warm()

    async def look(self) -> None:
        """Take up what was replaced on disk and edited in the store since."""
        newer = await asyncio.to_thread(self.shop.newest)
        if newer is not self.shop:
            former, self._opened = self._opened, await asyncio.to_thread(self._open, newer)
            await self.warm()
            _log.info("workspace %s: a newer version is in force", self.name)
            asyncio.get_running_loop().call_later(60, former.close)  # its last turns go on
        await asyncio.to_thread(self.shelf.look, self.store)
        await self._learner.look(pending=await asyncio.to_thread(self._pending))

    def _pending(self) -> bool:
        """Return whether edits wait to be learned: a refresh may have found nothing new in them."""
        shelf = self.shelf
        if shelf.pending:
            shelf.since = Workspace.open(self.shop.workspace.path).revision
        return shelf.pending

    async def close(self) -> None:
        """Finish the answers that are being made, and end what was started."""
        await asyncio.gather(*self._answering, return_exceptions=True)
        await self._learner.close()
        self._opened.close()
        self.store.close()

    def _open(self, shop: Shop) -> _Opened:
        brain = shop.brain(self._brain)
        agent = shop.agent(brain)
        demands = Demands(agent.policy, shop.box)
        users = shop.workspace.version / "users.parquet"
        since = shop.workspace.revision
        shelf = Shelf(shop.box, demands, lambda: pl.read_parquet(users), since)
        shelf.look(shop.store)
        return _Opened(shop, brain, agent, Lists(shop.box, demands, agent.writer), shelf)


def _heard(task: "asyncio.Task[Any]") -> None:
    """Take note of how a task failed; a fault of ours is logged even where nobody waits."""
    error = None if task.cancelled() else task.exception()
    if error is not None and not isinstance(error, SommelierError):
        _log.error("an answer failed", exc_info=error)


class _Queue:
    """Who waits to speak in one session."""

    def __init__(self) -> None:
        self.lock, self.waiting = asyncio.Lock(), 0


class Hosts(Mapping[str, Hosted]):
    """All workspaces by name; the first is the one that addresses without a name mean."""

    def __init__(self, hosted: Sequence[Hosted]) -> None:
        if not hosted:
            raise ConfigError("No workspace is named.", hint="sommelier serve WORKSPACE")
        self._hosted = {one.name: one for one in hosted}
        if len(self._hosted) < len(hosted):
            raise ConfigError("Two workspaces have the same folder name; rename one of them.")
        self.first = hosted[0]

    def __getitem__(self, name: str) -> Hosted:
        if name not in self._hosted:
            raise UnknownName("workspace", name, self._hosted)
        return self._hosted[name]

    def __iter__(self):  # type: ignore[no-untyped-def]  # Mapping says it
        return iter(self._hosted)

    def __len__(self) -> int:
        return len(self._hosted)


@contextlib.asynccontextmanager
async def hosting(settings: ServerSettings) -> AsyncIterator[Hosts]:
    """Open the workspaces of the settings, watch them, and close them in the end."""
    database = settings.database.get_secret_value()

    def opened(path: Path) -> Hosted:
        shop, after = open_shop(path, database), settings.refresh_after
        return Hosted(shop, settings.brain, refresh_after=after, database=database)

    hosts = Hosts([await asyncio.to_thread(opened, path) for path in settings.workspaces])
    for hosted in hosts.values():
        await hosted.warm()
    gc.collect()
    gc.freeze()  # what was opened stays: no later collection has to walk through it
    watcher = asyncio.create_task(_watch(hosts))
    try:
        yield hosts
    finally:
        watcher.cancel()
        for hosted in hosts.values():
            await hosted.close()


async def _watch(hosts: Hosts) -> None:
    wrong: dict[str, str] = {}  # what was said of a workspace last: a fault that lasts is told once
    while True:
        await asyncio.sleep(_LOOK)
        for name, hosted in hosts.items():
            try:
                await hosted.look()
                wrong.pop(name, None)
            except (SommelierError, OSError) as error:  # the former version goes on answering
                if wrong.get(name) != str(error):
                    _log.warning("workspace %s: %s", name, error)
                wrong[name] = str(error)
