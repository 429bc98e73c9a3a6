"""Every error that Sommelier raises on purpose, in one tree.

SommelierError
├── UsageError               the person's mistake: a wrong name, option or value
│   ├── UnknownName          a name that is not among the known ones
│   ├── Conflict             something else was stored already, or meanwhile
│   ├── TooMany              more requests than the limits allow; says for how long
│   ├── PredicateError       a condition that does not fit the schema
│   └── ConfigError          a setting that breaks its own rule
├── DataError                a file or a row that cannot be read as it stands
│   └── RowError             one row of one file: file, line, column, rule
├── WorkspaceError           a workspace that is missing, unfinished or of another version
├── NotInstalled             an optional library or model file that is not here yet
├── NotFitted                an engine that is asked before it has learned
├── StateError               the state store cannot be read or written
└── ModelError               a language model that gave no answer one can use
    ├── ModelUnreachable     nobody answers at its address                  may be retried
    ├── ModelTimeout         no whole answer within the time                may be retried
    ├── ModelFault           the server fails, or breaks off                may be retried
    ├── ModelRateLimited     too many requests; says for how long           may be retried
    ├── ModelUnauthorised    the key is refused, or its account is empty
    ├── ModelRejected        the server does not take the request as it stands
    ├── ModelRefused         the model declines to answer
    ├── ModelBadAnswer       an answer that is not what was asked for, repaired once in vain
    ├── ContextTooLong       more text than the model can read at once
    ├── OverBudget           a call that was not made: it would pass a limit
    └── NotRecorded          a replayed run asks what was never recorded

Each message says what was wrong, where, which rule it broke and what to do next. Each class knows
the exit code of the command line and the HTTP status of the service.
"""

from collections.abc import Iterable
from typing import ClassVar

__all__ = [
    "ConfigError",
    "Conflict",
    "ContextTooLong",
    "DataError",
    "ModelBadAnswer",
    "ModelError",
    "ModelFault",
    "ModelRateLimited",
    "ModelRefused",
    "ModelRejected",
    "ModelTimeout",
    "ModelUnauthorised",
    "ModelUnreachable",
    "NotFitted",
    "NotInstalled",
    "NotRecorded",
    "OverBudget",
    "PredicateError",
    "RowError",
    "SommelierError",
    "StateError",
    "TooMany",
    "UnknownName",
    "UsageError",
    "WorkspaceError",
    "nearest",
]


class SommelierError(Exception):
    """Base of all; `hint` is the next step, printed on its own line."""

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UsageError(SommelierError):
    """The person's mistake; nothing was changed."""

    exit_code = 2
    http_status = 422


class UnknownName(UsageError):
    """A name that is not among the known ones; suggests the nearest."""

    http_status = 404

    def __init__(self, kind: str, name: str, known: Iterable[str], *, hint: str = "") -> None:
        names = list(known)
        close = nearest(name, names)
        if close:
            hint = hint or f"Did you mean {' or '.join(repr(c) for c in close)}?"
        elif names and len(names) <= 40:
            hint = hint or f"Known: {', '.join(sorted(names))}."
        super().__init__(f"There is no {kind} {name!r}.", hint=hint)
        self.name = name
        self.close = close


class Conflict(UsageError):
    """What was asked does not go with what is stored already, or was stored meanwhile."""

    http_status = 409


class TooMany(UsageError):
    """More requests than the limits allow; `retry_after` is in seconds."""

    http_status = 429

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PredicateError(UsageError):
    """A condition that does not fit the schema, or a WHERE string that cannot be read."""


class ConfigError(UsageError):
    """A setting that breaks its own rule."""


class DataError(SommelierError):
    """A file that cannot be read as it stands."""

    exit_code = 3
    http_status = 422


class RowError(DataError):
    """One bad row: file, line (from 1, the header counts), column and the rule it breaks."""

    def __init__(self, file: str, line: int, column: str, rule: str, *, hint: str = "") -> None:
        where = f"{file}, line {line}" + (f", column {column!r}" if column else "")
        super().__init__(
            f"{where}: {rule}",
            hint=hint or "Mend the row, or import with --on-bad-row skip to set such rows aside.",
        )
        self.file, self.line, self.column, self.rule = file, line, column, rule


class WorkspaceError(SommelierError):
    """A workspace that is missing, unfinished, or written by another version."""

    exit_code = 4
    http_status = 404


class NotInstalled(SommelierError):
    """An optional library or model file that is not here; the hint names the command."""

    exit_code = 5
    http_status = 503


class NotFitted(SommelierError):
    """An engine that is asked before it has learned anything."""

    exit_code = 4
    http_status = 409


class StateError(SommelierError):
    """The state store cannot be read or written."""

    exit_code = 6
    http_status = 503


class ModelError(SommelierError):
    """A language model that gave no answer one can use.

    `may_retry` says whether the same call may succeed later; `retry_after` is how many seconds the
    server asked to wait, None if it did not say.
    """

    exit_code = 7
    http_status = 502
    may_retry: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class ModelUnreachable(ModelError):
    """Nobody answers at the model's address."""

    http_status = 503
    may_retry = True


class ModelTimeout(ModelError):
    """No whole answer within the time."""

    http_status = 504
    may_retry = True


class ModelFault(ModelError):
    """The model's server fails, or breaks off in the middle of an answer."""

    may_retry = True


class ModelRateLimited(ModelError):
    """Too many requests for now."""

    http_status = 503
    may_retry = True


class ModelUnauthorised(ModelError):
    """The key is refused, or its account is empty."""


class ModelRejected(ModelError):
    """The server does not take the request as it stands: an unknown model or option."""


class ModelRefused(ModelError):
    """The model, or a filter before it, declines to answer."""

    http_status = 422


class ModelBadAnswer(ModelError):
    """An answer that is not what was asked for, nor after one repair."""


class ContextTooLong(ModelError):
    """More text than the model can read at once."""

    http_status = 413


class OverBudget(ModelError):
    """A call that was not made, because it would pass a limit."""

    http_status = 429


class NotRecorded(ModelError):
    """A replayed run asks the model something that was never recorded."""

    http_status = 404


def nearest(name: str, known: Iterable[str], *, limit: int = 2) -> list[str]:
    """Return up to `limit` known names that a person may have meant by `name`."""
    from rapidfuzz import fuzz, process

    found = process.extract(
        name, list(known), scorer=fuzz.WRatio, processor=str.casefold, limit=limit, score_cutoff=75
    )
    return [text for text, _, _ in found]
