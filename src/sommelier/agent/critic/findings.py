"""What the critic finds wrong with a plan, and how it is told to the brain that made it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["Fault", "Finding", "advice"]

Fault = Literal[
    "field",  # names a field, value or item that the catalogue does not have
    "missed",  # a condition or title of the message stands nowhere in the plan
    "against",  # the message refuses what the plan requires
    "profile",  # asks for what the person avoids, unbidden
    "long",  # lists more than asked for
    "short",  # lists fewer than asked for
    "judged",  # what the model judge says
]
_MOST: Final = 4  # findings told at once: a small model heeds few


@dataclass(frozen=True)
class Finding:
    """One fault of a plan, in a sentence that says what to do instead."""

    kind: Fault
    what: str


def advice(findings: Iterable[Finding]) -> str:
    """Return what a brain is told before it plans anew, one line a finding; "" for none."""
    told = dict.fromkeys(finding.what for finding in findings)
    return "\n".join(list(told)[:_MOST])
