"""A plan: what to do about one message, as a frozen tuple of typed steps.

Planners write it, the executor runs it without asking a model again. Steps may refer to items
already shown (`{"shown": 2}`), to items by id, and, inside a condition, to the result of an earlier
step (`{"step": 1, "field": "price"}`). Order and repeats are kept.
"""

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)
from pydantic import Field as Setting

from sommelier.errors import UsageError
from sommelier.types import Json

__all__ = [
    "Ask",
    "Compare",
    "Explain",
    "Filter",
    "Lookup",
    "Option",
    "Plan",
    "Rank",
    "React",
    "Ref",
    "Say",
    "Similar",
    "Soft",
    "Step",
    "Undo",
    "Update",
]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Ref(_Model):
    """One item: by id, by its place in the list last shown, or as the result of a step."""

    item: str | None = None
    shown: Annotated[int, Setting(ge=1)] | None = None
    step: Annotated[int, Setting(ge=1)] | None = None

    def model_post_init(self, _context: Any) -> None:
        """Check that it points at one thing."""
        if sum(part is not None for part in (self.item, self.shown, self.step)) != 1:
            raise ValueError("a reference is exactly one of item, shown and step")


class Lookup(_Model):
    """Facts of items, or an aggregate over the items that satisfy `where`."""

    kind: Literal["lookup"] = "lookup"
    items: tuple[Ref, ...] = ()
    fields: tuple[str, ...] = ()  # none: the main ones
    aggregate: Literal["count", "mean", "min", "max", "most", "values"] | None = None
    where: Json | None = None


class Filter(_Model):
    """One hard condition: keep the candidates that satisfy it."""

    kind: Literal["filter"] = "filter"
    where: Json
    said: str = ""  # the words it came from


class Similar(_Model):
    """Rank by likeness to these items."""

    kind: Literal["similar"] = "similar"
    to: tuple[Ref, ...]


class Soft(_Model):
    """A condition to meet if possible."""

    where: Json
    said: str = ""


class Rank(_Model):
    """Order the candidates and show the best."""

    kind: Literal["rank"] = "rank"
    n: Annotated[int, Setting(ge=1, le=50)] = 5
    text: str = ""  # free words, matched by meaning
    prefer: tuple[Soft, ...] = ()
    sort: str | None = None  # a number or date field
    descending: bool = True
    again: bool = False  # items shown before may come again


class Explain(_Model):
    """Why an item was shown."""

    kind: Literal["explain"] = "explain"
    item: Ref


class Compare(_Model):
    """Set items side by side."""

    kind: Literal["compare"] = "compare"
    items: tuple[Ref, ...]


class Undo(_Model):
    """Go back to an earlier list."""

    kind: Literal["undo"] = "undo"
    count: Annotated[int, Setting(ge=1)] = 1


class React(_Model):
    """Note what a person did with an item: like, dislike, seen, accept, reject."""

    kind: Literal["react"] = "react"
    items: tuple[Ref, ...]
    feedback: Literal["like", "dislike", "seen", "accept", "reject"]


class Option(_Model):
    """One way to answer a question, and the plan it leads to."""

    label: str
    plan: "Plan"


class Ask(_Model):
    """Ask back instead of guessing. `question` names a text of the reply files."""

    kind: Literal["ask"] = "ask"
    question: str
    about: str = ""
    options: tuple[Option, ...] = ()


class Say(_Model):
    """Say something that needs no items. `topic` names a text of the reply files."""

    kind: Literal["say"] = "say"
    topic: str
    about: str = ""


Step = Annotated[
    Lookup | Filter | Similar | Rank | Explain | Compare | Undo | React | Ask | Say,
    Discriminator("kind"),
]


class Update(_Model):
    """Something heard about the person: exactly one of item, condition and wish."""

    polarity: Literal["like", "dislike", "want", "avoid"]
    item: str | None = None
    condition: Json | None = None
    wish: str | None = None
    scope: Literal["session", "lasting"] = "lasting"


class Plan(_Model):
    """All steps for one message, what was heard about the person, and what to forget."""

    steps: tuple[Step, ...] = ()
    updates: tuple[Update, ...] = ()
    forget: tuple[str, ...] = ()  # subjects of profile entries; "*" is all of them
    reset: bool = False  # the list on the table and the way to it are put away first
    notes: tuple[Say, ...] = ()  # openly said beside the answer: "I took X as Y"

    def of(self, kind: type) -> list[Any]:
        """Return the steps of one type, in order."""
        return [step for step in self.steps if isinstance(step, kind)]

    def to_json(self) -> Json:
        """Return the plan without empty parts; `from_json` reads it back to an equal plan."""
        return {"steps": []} | self.model_dump(mode="json", exclude_defaults=True)

    @model_serializer(mode="wrap")
    def _kinds_stay(self, plain: SerializerFunctionWrapHandler) -> Json:
        """Keep the kind of every step, in the plans of options too: only by it they are read."""
        data: Json = plain(self)
        if "steps" in data:
            told = zip(self.steps, data["steps"], strict=True)
            data["steps"] = [{"kind": step.kind} | parts for step, parts in told]
        return data

    @classmethod
    def from_json(cls, data: Json) -> "Plan":
        """Read a plan; UsageError says which part breaks which rule."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise UsageError(f"This plan is not valid at {where}: {first['msg']}") from error
