"""Sommelier turns any catalogue and its interaction log into a recommender one can talk to.

`sommelier.open("shop")` opens a workspace; everything else hangs from what it returns.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sommelier.shop import Shop, open

__all__ = ["Shop", "open"]


def __getattr__(name: str) -> Any:
    """Load the shop room when it is first asked for: importing the bare package stays quick."""
    if name in __all__:
        from sommelier import shop

        return getattr(shop, name)
    raise AttributeError(f"module 'sommelier' has no attribute {name!r}")
