"""Words that every room shares: column names and array types. Imports nothing of ours but errors.

`item_id` and `user_id` are the shop's own strings. `item_num` and `user_num` are our contiguous
int32 numbers from 0: the row of the catalogue, the row of the user list.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "EVENT_TYPE",
    "ITEM_ID",
    "RANK",
    "SCORE",
    "TIMESTAMP",
    "USER_ID",
    "VALUE",
    "Bools",
    "Floats",
    "Ints",
    "Json",
    "Nums",
]

USER_ID: Final = "user_id"
ITEM_ID: Final = "item_id"
TIMESTAMP: Final = "timestamp"  # int64, seconds since 1970 UTC
EVENT_TYPE: Final = "event_type"  # a word: "rating", "purchase", "view", ...
VALUE: Final = "value"  # float32: stars, counts, amounts
SCORE: Final = "score"
RANK: Final = "rank"  # from 1

Nums = NDArray[np.int32]  # item_nums or user_nums
Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Json = dict[str, Any]  # a decoded JSON object, not yet validated
