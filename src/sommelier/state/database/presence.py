"""Whether a SQLite file is still the one at its path.

A program that has a file open does not notice when it is moved away or another is put in its place:
it would go on writing to what nobody will ever read again, and call it stored. So every connection
that is taken is compared with what stands at the path now. One to another file is replaced; where
there is none, nothing is made in its stead.
"""

from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import exc

from sommelier.errors import StateError

__all__ = ["Presence"]

_INFO: Final = "sommelier_file"


class Presence:
    """The file of one engine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = False  # whether it has been opened: from then on it must be there

    def now(self) -> tuple[int, int]:
        """Return which file stands at the path; StateError if none does."""
        try:
            found = self._path.stat()
        except OSError as error:
            raise StateError(
                f"The state in {self._path} is not there any more.",
                hint="Put the file back; no restart is needed.",
            ) from error
        return found.st_dev, found.st_ino

    def _connecting(self, *_told: Any) -> None:
        """Before a connection is opened, which would make a file where there is none."""
        if self._known:
            self.now()

    def _connected(self, _connection: Any, record: Any) -> None:
        """Note which file a connection has opened."""
        record.info[_INFO] = self.now()
        self._known = True

    def _taken(self, _connection: Any, record: Any, _proxy: Any) -> None:
        """Before a connection is used: one to another file is replaced."""
        if record.info[_INFO] != self.now():
            raise exc.InvalidatePoolError

    def guard(self, engine: sa.Engine) -> None:
        """Let an engine notice what becomes of its file."""
        sa.event.listen(engine, "do_connect", self._connecting)
        sa.event.listen(engine, "connect", self._connected)
        sa.event.listen(engine, "checkout", self._taken)
