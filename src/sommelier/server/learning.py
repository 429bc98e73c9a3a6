"""Lets catalogue edits be learned: starts `sommelier refresh --quick` some seconds after them.

It runs beside the service, at the lowest priority, one at a time; the workspace's lock keeps the
workers of several processes apart. What came into force is taken up by whoever watches.
"""

import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import Final

__all__ = ["Learner"]

_OTHERS: Final = 30.0  # seconds that the worker which took the edits has more than its fellows
_AGAIN: Final = 60.0  # seconds after a refresh that failed
_RUN: Final = "import os; os.nice(19); from sommelier.cli import main; main()"
_log = logging.getLogger("sommelier.server")


class Learner:
    """The refreshes of one workspace as one worker starts them."""

    def __init__(self, path: Path, *, after: float, database: str = "") -> None:
        """`after` is in seconds, 0 for never; `database` is where the state stands, if not here."""
        self._path, self._after, self._database = path, after, database
        self._due: float | None = None
        self._running: asyncio.subprocess.Process | None = None

    def edited(self) -> None:
        """Note that this worker has just taken an edit: more may follow, so it waits a little."""
        self._due = asyncio.get_running_loop().time() + self._after

    async def look(self, *, pending: bool) -> None:
        """Start a refresh if one is due, and see how the last one ended."""
        now = asyncio.get_running_loop().time()
        if self._running is not None:
            if self._running.returncode is not None:
                await self._ended(self._running, now)
            return
        if not self._after or not pending:
            self._due = None
            return
        if self._due is None:
            self._due = now + self._after + _OTHERS
        if now >= self._due:
            self._running = await self._start()

    async def close(self) -> None:
        """End a refresh that runs: what it has not finished was never in force."""
        if self._running is not None and self._running.returncode is None:
            self._running.terminate()
            await self._running.wait()

    async def _start(self) -> asyncio.subprocess.Process:
        told = {"SOMMELIER_DATABASE": self._database} if self._database else {}
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", _RUN, "refresh", str(self._path), "--quick"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **told},
        )

    async def _ended(self, process: asyncio.subprocess.Process, now: float) -> None:
        self._running, self._due = None, now + _AGAIN
        if process.returncode:
            said = await process.stderr.read() if process.stderr else b""
            last = said.decode("utf-8", "replace").strip().splitlines()[-1:]
            _log.warning("workspace %s: the refresh failed: %s", self._path.name, " ".join(last))
