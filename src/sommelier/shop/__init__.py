"""The front door: one open workspace with everything wired, and what keeps it up to date."""

from sommelier.shop.refresh import Refreshed, refresh
from sommelier.shop.shop import Shop, open, open_demo  # noqa: A004  # sommelier.open reads best

__all__ = ["Refreshed", "Shop", "open", "open_demo", "refresh"]
