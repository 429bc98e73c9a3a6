"""Rows that come one by one, beside the files: checked at the door, merged by a refresh."""

from sommelier.data.edits.check import RowFault, check_item, check_user, item_faults, user_faults
from sommelier.data.edits.merge import edited

__all__ = ["RowFault", "check_item", "check_user", "edited", "item_faults", "user_faults"]
