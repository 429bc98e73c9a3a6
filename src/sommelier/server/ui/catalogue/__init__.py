"""The catalogue browser: search, conditions made from the schema, pages, and single items."""

from sommelier.server.ui.catalogue.item import build_item
from sommelier.server.ui.catalogue.page import build

__all__ = ["build", "build_item"]
