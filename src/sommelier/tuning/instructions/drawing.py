"""One row after the other: a person, a moment of their log, and what they might have said then.

Whoever trains and whoever is asked about are different people: `split_of` parts them by a hash, so
every run parts them alike. Of those trained on, the last two events are never a target.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

import numpy as np

from sommelier.engines.instruct.form import Form, Instruction, Intention
from sommelier.engines.instruct.templates import Template, letter, render, spoken, templates
from sommelier.engines.query import Query
from sommelier.errors import DataError
from sommelier.evaluation.instructions.rows import InstructionRow, Split
from sommelier.tuning.instructions.sayings import Said, context, rationale
from sommelier.tuning.instructions.source import Source
from sommelier.types import Nums

__all__ = ["Drawer", "split_of"]

_HISTORY: Final = 20  # newest items of a history that a row keeps
_CONTEXT: Final = 0.25  # share of the rows that are said in a situation
_HARD: Final = 4  # wrong answers of an engine that a row keeps
_DEEP: Final = 30  # of its best so many
_ASKED: Final = 10  # candidates of a list to be put in order
_TRIES: Final = 30  # draws for each row before the catalogue is given up
_KINDS: Final = {  # how often each kind is drawn
    **{("P0", "I1"): 4, ("P0", "I2"): 3, ("P1", "I0"): 2, ("P1", "I1"): 6, ("P1", "I2"): 4},
    **{("P2", "I0"): 2, ("P2", "I1"): 3, ("P2", "I2"): 2},
}
_FORMS: Final = {Form.POINTWISE: 2, Form.PAIRWISE: 2, Form.MATCHING: 4, Form.RERANKING: 3}


@dataclass(frozen=True)
class _Moment:
    """A person just before an event: what they had met, and what came next."""

    user: int
    history: Nums
    target: int


def split_of(name: str, user_id: str) -> Split:
    """Return the part a person belongs to: eight of ten train, one dev, one test."""
    tenth = int(hashlib.sha256(f"{name}/{user_id}".encode()).hexdigest(), 16) % 10
    return "test" if tenth == 0 else "dev" if tenth == 1 else "train"


@dataclass
class Drawer:
    """Draws rows of one source and split; `block` k of a seed is the same in every run."""

    source: Source
    split: Split
    dropped: Counter[str] = field(default_factory=Counter)
    _people: list[int] = field(init=False)

    def __post_init__(self) -> None:
        log, least = self.source.dataset.interactions, 4 if self.split == "train" else 3
        name, sizes = self.source.name, np.diff(log.starts)
        self._people = [
            user
            for user in np.flatnonzero(sizes >= least).tolist()
            if split_of(name, log.user_ids[user]) == self.split
        ]

    def block(self, number: int, size: int, seed: int) -> list[InstructionRow]:
        """Return `size` rows; DataError where the catalogue or the log says too little."""
        name = f"{self.source.name}-{self.split}"
        rng = Random(f"{seed} {name} {number}")
        drafts = list[tuple[_Moment, Instruction, str]]()
        for _ in range(_TRIES * size):
            if len(drafts) == size or not self._people:
                break
            moment = self._moment(rng)
            drafts += [(moment, *said) for said in self._said(moment, rng)]
        if len(drafts) < size:
            raise DataError(
                f"Only {len(drafts)} of {size} instructions could be made of {self.source.name!r}.",
                hint="It needs people with four events or more, and items with texts or tags.",
            )
        hard = self._hard([moment for moment, _, _ in drafts])
        return [
            self._row(f"{name}-{number * size + place}", *draft, wrong, rng)
            for place, (draft, wrong) in enumerate(zip(drafts, hard, strict=True))
        ]

    def _moment(self, rng: Random) -> _Moment:
        log = self.source.dataset.interactions
        user = rng.choice(self._people)
        first, last = int(log.starts[user]), int(log.starts[user + 1])
        at = {"dev": last - 2, "test": last - 1}.get(self.split) or rng.randrange(first, last - 2)
        met = log.items[first:at]
        return _Moment(user, met, int(log.items[at]))

    def _said(self, moment: _Moment, rng: Random) -> Iterator[tuple[Instruction, str]]:
        """Yield one instruction without candidates, and its strategy; nothing if it failed."""
        sayings, fresh = self.source.sayings, moment.target not in moment.history
        preference, intention = rng.choices(list(_KINDS), list(_KINDS.values()))[0]
        wish, liking = Said("", ""), Said("", "")
        if intention != "I0":
            said = sayings.vague if intention == "I1" else sayings.specific
            wish = said(moment.target, rng) or wish
        if preference == "P2":
            liking = sayings.liking(moment.history, rng) or liking
        fault = (
            (not fresh and "met before")
            or (intention != "I0" and not wish.text and "no wish, or it named the target")
            or (preference == "P2" and not liking.text and "no liking")
            or (preference == "P1" and not len(moment.history) and "no history")
            or (sayings.names(moment.target, liking.text) and "the liking named the target")
        )
        if fault:
            self.dropped[fault] += 1
            return
        titles = self.source.dataset.catalog.titles
        met = moment.history[-_HISTORY:].tolist() if preference == "P1" else []
        yield (
            Instruction(
                form=Form.MATCHING,
                history=tuple(titles[item] for item in met),
                liking=liking.text,
                wish=wish.text,
                intention=Intention(intention),
                context=context(rng) if rng.random() < _CONTEXT else "",
            ),
            wish.strategy or liking.strategy,
        )

    def _hard(self, moments: Sequence[_Moment]) -> list[list[int]]:
        """Return the items that the proposer ranks first for each moment, but not the target."""
        if self.source.proposer is None:
            return [[] for _ in moments]
        queries = [Query(moment.history) for moment in moments]
        ranked = self.source.proposer.recommend(queries, _DEEP).items.tolist()
        return [
            [item for item in row if item >= 0 and item != moment.target]
            for row, moment in zip(ranked, moments, strict=True)
        ]

    def _row(
        self,
        name: str,
        moment: _Moment,
        said: Instruction,
        strategy: str,
        hard: list[int],
        rng: Random,
    ) -> InstructionRow:
        form = rng.choices(list(_FORMS), list(_FORMS.values()))[0]
        wrong = rng.sample(hard, min(_HARD, len(hard)))
        candidates, answer = self._asked(form, moment, wrong, rng)
        catalog = self.source.dataset.catalog
        titles = tuple(catalog.titles[item] for item in candidates)
        whole = Instruction(**{**vars(said), "form": form, "candidates": titles})
        template = self._template(whole, rng)
        return InstructionRow(
            id=name,
            set=self.source.name,
            split=self.split,
            user=self.source.dataset.interactions.user_ids[moment.user],
            target=catalog.ids[moment.target],
            history=tuple(catalog.ids[item] for item in moment.history[-_HISTORY:].tolist()),
            preference=whole.preference,
            intention=whole.intention,
            form=form,
            template=template.key,
            seen=not template.held_out,
            strategy=strategy,
            liking=said.liking,
            wish=said.wish,
            context=said.context,
            hard=tuple(catalog.ids[item] for item in wrong),
            candidates=tuple(catalog.ids[item] for item in candidates),
            text=render(template, whole, catalog.schema.noun, catalog.schema.plural),
            spoken=spoken(template, whole),
            answer=answer or catalog.titles[moment.target],
            rationale=rationale(self.source.sayings, moment.target, moment.history, said.wish),
        )

    def _asked(
        self, form: Form, moment: _Moment, wrong: Sequence[int], rng: Random
    ) -> tuple[list[int], str]:
        """Return the candidates of a form, and the answer; nothing for a title."""
        others = list(wrong)
        while len(others) < _ASKED - 1:
            item = rng.randrange(self.source.dataset.n_items)
            if item not in (*others, moment.target) and item not in moment.history:
                others.append(item)
            elif len(others) + len(moment.history) + 1 >= self.source.dataset.n_items:
                break  # a tiny catalogue that the person has met whole
        match form:
            case Form.MATCHING:
                return [], ""
            case Form.POINTWISE:
                right = rng.random() < 0.5 or not others
                return [moment.target if right else others[0]], "yes" if right else "no"
            case Form.PAIRWISE:
                asked = [moment.target, *others[:1]]
            case Form.RERANKING:
                asked = [moment.target, *others]
        rng.shuffle(asked)
        first = asked.index(moment.target)
        if form is Form.PAIRWISE:
            return asked, letter(first)
        rest = [letter(place) for place in range(len(asked)) if place != first]
        return asked, ", ".join([letter(first), *rest])

    def _template(self, said: Instruction, rng: Random) -> Template:
        fit = [
            one
            for one in _by_kind(said.kind)
            if one.fits(said) and not (self.split == "train" and one.held_out)
        ]
        return rng.choice(fit)


def _by_kind(kind: str) -> list[Template]:
    return [one for one in templates() if one.kind == kind]
