"""What requests and answers have in common. The names are a promise to callers."""

import base64
import hashlib
import json
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic import Field as Setting

from sommelier.errors import UsageError
from sommelier.shop.lists import Listed, Wanted

__all__ = [
    "Cursor",
    "Filter",
    "Identifier",
    "ItemIds",
    "ListAnswer",
    "ListRequest",
    "ListedItem",
    "RecommendationId",
    "Shape",
    "Words",
    "cursor",
    "list_json",
    "resumed",
]

_LONGEST: Final = 500
_TURN: Final = 20  # what names a turn behind the id of its session
_NAME: Final = r"^[^\x00-\x1f\x7f]+$"


def _readable(text: str) -> str:
    """Return a text without the character that databases cannot hold."""
    return text.replace("\x00", " ")


Identifier = Annotated[str, Setting(min_length=1, max_length=_LONGEST, pattern=_NAME)]
RecommendationId = Annotated[
    str,
    Setting(
        description="of the list that the item stood in",
        min_length=1,
        max_length=_LONGEST + _TURN,
        pattern=_NAME,
    ),
]
Words = Annotated[str, AfterValidator(_readable)]
Filter = Annotated[
    Words,
    Setting(
        description="a SQL WHERE string over the catalogue's fields",
        max_length=10_000,
        examples=["year >= 1990 AND genres CONTAINS 'Comedy'"],
    ),
]
ItemIds = Annotated[tuple[Identifier, ...], Setting(max_length=10_000)]
Cursor = Annotated[str, Setting(description="`next_cursor` of the page before", max_length=2_000)]


class Shape(BaseModel):
    """Base of all requests: what is not known is refused, so that a typo is found."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class ListRequest(Shape):
    """What a list should be like."""

    n: Annotated[int, Setting(description="how many", ge=1, le=100)] = 10
    filter: Filter = ""
    instruction: Annotated[
        Words,
        Setting(
            description="what the order should follow, in words",
            max_length=2_000,
            examples=["something quiet about the sea"],
        ),
    ] = ""
    explain: Annotated[bool, Setting(description="give reasons")] = False
    exclude: Annotated[ItemIds, Setting(description="item_ids to leave out")] = ()

    def wanted(self, history: tuple[str, ...] = ()) -> Wanted:
        """Return what the shop is asked."""
        return Wanted(
            n=self.n,
            where=self.filter,
            instruction=self.instruction,
            exclude=self.exclude,
            history=history,
            explain=self.explain,
        )


class ListedItem(BaseModel):
    """One item of a list."""

    item_id: str
    title: str
    score: float
    rank: Annotated[int, Setting(description="from 1")]
    reasons: list[str] = []


class ListAnswer(BaseModel):
    """A list and where it came from."""

    recommendation_id: Annotated[str, Setting(description="name it in feedback")]
    engine: Annotated[str, Setting(examples=["ease"])]
    fallback: Annotated[
        str | None, Setting(description="what stood in where the engine knew nothing of the person")
    ] = None
    items: list[ListedItem]


def list_json(recommendation_id: str, listed: Listed) -> dict[str, Any]:
    """Return a `ListAnswer` as plain JSON; made by hand because it is made very often."""
    return {
        "recommendation_id": recommendation_id,
        "engine": listed.engine,
        "fallback": listed.fallback or None,
        "items": [item.to_json() for item in listed.items],
    }


def cursor(last: str, *about: object) -> str:
    """Return an opaque cursor behind the row `last` of the list that `about` describes."""
    told = json.dumps([_digest(about), last], ensure_ascii=True)
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def resumed(text: str, *about: object) -> str:
    """Return the row that a cursor stands behind; UsageError if it is of another list."""
    try:
        read = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        read = None
    match read:
        case [digest, str(last)] if digest == _digest(about):
            return last
    raise UsageError(
        "The cursor is not one of this list.",
        hint="Take `next_cursor` as it came, and keep filter, search and fields as they were.",
    )


def _digest(about: tuple[object, ...]) -> str:
    return hashlib.blake2s(json.dumps(about, default=str).encode(), digest_size=6).hexdigest()
