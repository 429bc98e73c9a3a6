"""How often a key, and an address without one, may ask. Each process counts on its own.

A secret that is no key counts as its address, so that guessing keys is as slow as having none.
"""

import hashlib
import time
from typing import Final

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.exceptions import HTTPException

from sommelier.errors import ConfigError

__all__ = ["Limiter"]

_LOOPBACK: Final = ("127.", "::1", "testclient")


class Limiter:
    """The limits of the settings, and what was asked within the present windows."""

    def __init__(self, per_key: str, per_address: str) -> None:
        """Read limits such as "600/minute"; ConfigError for one that cannot be read."""
        self._per_key, self._per_address = _read(per_key), _read(per_address)
        self._windows = FixedWindowRateLimiter(MemoryStorage())

    def key(self, key_id: str) -> None:
        """Count a request of a key; 429 beyond its limit."""
        self._count(self._per_key, "key", key_id)

    def address(self, host: str, *, own_machine: bool = False) -> None:
        """Count a request without a key; 429 beyond the limit of its address.

        Where the service is open, one's own machine (`own_machine`) is not counted.
        """
        if not (own_machine and host.startswith(_LOOPBACK)):
            self._count(self._per_address, "address", host)

    def _count(self, limit: RateLimitItem, kind: str, who: str) -> None:
        who = hashlib.blake2s(who.encode(), digest_size=12).hexdigest()
        if self._windows.hit(limit, kind, who):
            return
        again = max(
            1, round(self._windows.get_window_stats(limit, kind, who).reset_time - time.time())
        )
        raise HTTPException(
            429,
            f"This {kind} may ask {limit}; the next request is taken in {again} s.",
            headers={"Retry-After": str(again)},
        )


def _read(text: str) -> RateLimitItem:
    try:
        return parse(text)
    except ValueError as error:
        raise ConfigError(
            f"The limit {text!r} cannot be read.", hint="Write limits like 600/minute or 10/second."
        ) from error
