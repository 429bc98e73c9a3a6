"""How a log becomes a task: what to learn from, whom to ask about, what counts as right.

Full ranking: every item that is not in the person's history competes. The same model moves several
fold between protocols, so a protocol can say itself in one sentence, and every table prints it.
Knows no engine and no measure.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Setting
from scipy import sparse

from sommelier.data import splits
from sommelier.data.dataset import Dataset
from sommelier.data.interactions import Interactions
from sommelier.engines.query import Query
from sommelier.errors import DataError
from sommelier.types import Ints, Nums

__all__ = ["Protocol", "Task", "make_task"]


class Protocol(BaseModel):
    """What is asked, declared once; the same settings and data give the same task everywhere."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[
        Literal["leave-last-out", "time"], Setting(description="how events are held out")
    ] = "leave-last-out"
    k: Annotated[int, Setting(description="length of the lists", ge=1, le=1000)] = 10
    stage: Annotated[
        Literal["validation", "test"],
        Setting(description="choose settings on validation, report on test"),
    ] = "test"
    fit_validation: Annotated[
        bool, Setting(description="test only: engines also learn from the validation events")
    ] = False
    users: Annotated[int | None, Setting(description="ask about so many users only", ge=1)] = None
    share: Annotated[
        float, Setting(description="time only: share of events in each held-out part", gt=0, lt=0.5)
    ] = 0.1
    seed: Annotated[int, Setting(description="of the user sample and the intervals", ge=0)] = 0

    def sentence(self) -> str:
        """Say the protocol in words, as printed beside every number."""
        if self.name == "leave-last-out":
            held = "each user's last event is test, the one before is validation"
        else:
            held = (
                f"the last {self.share:.0%} of all events in time are test, "
                f"the {self.share:.0%} before are validation"
            )
        learned = "train and validation" if self.fit_validation else "train only"
        whom = "all users" if self.users is None else f"{self.users:,} users at random"
        return (
            f"{self.name}: {held}; measured on {self.stage}, engines fitted on {learned}; "
            f"full ranking of all items not in the history; {whom} with something to find, a user "
            f"without a list counts as zero; k = {self.k}, seed = {self.seed}"
        )


@dataclass(frozen=True, eq=False)
class Task:
    """A question to every engine alike. Row i of `relevant` is for `users[i]`."""

    protocol: Protocol
    train: Dataset  # what engines may learn from
    past: Interactions  # the histories that the queries show
    users: Nums  # user_nums asked about, rising
    relevant: sparse.csr_matrix  # [n_users asked, n_items], ones at what counts as right

    def __len__(self) -> int:
        return len(self.users)

    @cached_property
    def queries(self) -> list[Query]:
        """One query a user: the whole history before the held-out part, with times if known."""
        starts, times = self.past.starts, self.past.times
        return [
            Query(
                self.past.items[starts[user] : starts[user + 1]],
                times=None if times is None else times[starts[user] : starts[user + 1]],
            )
            for user in self.users.tolist()
        ]

    @cached_property
    def counts(self) -> Ints:
        """Training events per item [n_items], for novelty and popularity."""
        log = self.train.interactions
        return np.bincount(log.items, minlength=log.n_items).astype(np.int64)

    def facts(self) -> dict[str, int]:
        """Return the sizes that belong beside the numbers."""
        cold = np.diff(self.past.starts)[self.users] == 0
        return {
            "users": self.train.n_users,
            "items": self.train.n_items,
            "train_events": len(self.train.interactions),
            "evaluated_users": len(self),
            "evaluated_users_without_history": int(cold.sum()),
            "relevant_events": int(self.relevant.nnz),
            "relevant_without_training_events": int(
                (self.counts[self.relevant.indices] == 0).sum()
            ),
        }


def make_task(dataset: Dataset, protocol: Protocol) -> Task:
    """Split a dataset by a protocol; DataError if nothing is left to learn from or to ask about."""
    log = dataset.interactions
    if protocol.name == "leave-last-out":
        split = splits.leave_last_out(log)
    else:
        split = splits.by_time(log, share=protocol.share)
    testing = protocol.stage == "test"
    earlier = _joined(split.train, split.validation)
    past = earlier if testing else split.train
    learned = earlier if testing and protocol.fit_validation else split.train
    users, relevant = _relevant(past, split.test if testing else split.validation)
    if not len(users) or not len(learned):
        raise DataError(
            f"Nothing can be measured by {protocol.name} on these {len(log):,} events.",
            hint="It needs people with at least three events, and times for the protocol 'time'.",
        )
    chosen = np.arange(len(users))
    if protocol.users is not None and protocol.users < len(users):
        rng = np.random.default_rng(protocol.seed)
        chosen = np.sort(rng.choice(len(users), protocol.users, replace=False))
    return Task(
        protocol=protocol,
        train=dataset.with_interactions(learned),
        past=past,
        users=users[chosen],
        relevant=relevant[chosen],
    )


def _joined(one: Interactions, later: Interactions) -> Interactions:
    """Return the events of both parts; a user's events of the later part come last."""
    users = np.concatenate([one.users, later.users])
    order = np.argsort(users, kind="stable")

    def both(name: str) -> Any:
        parts = (getattr(one, name), getattr(later, name))
        return None if parts[0] is None else np.concatenate(parts)[order]

    names = ("users", "items", "times", "values", "events")
    return replace(one, **{name: both(name) for name in names})


def _relevant(past: Interactions, wanted: Interactions) -> tuple[Nums, sparse.csr_matrix]:
    """Return who has something to find, and what: held-out items that are not in the history."""
    found = wanted.matrix()
    found = found - found.multiply(past.matrix())
    found.eliminate_zeros()
    users = np.flatnonzero(np.diff(found.indptr)).astype(np.int32)
    return users, found[users].astype(np.float32)
