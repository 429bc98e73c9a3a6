"""From a draft to an example: rough the message, copy what is copied, and prove the frame.

A frame must fit the catalogue's schema, agree with what the message is linked to, resolve to a plan
and run. What does not is dropped and counted by reason.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any, Final

from sommelier.agent.planners.base import View
from sommelier.agent.planners.model.frame import Frame
from sommelier.agent.planners.model.view import linked
from sommelier.agent.planners.rules.reading.link import Linker
from sommelier.agent.planners.rules.reading.words import words
from sommelier.data.schema import Kind
from sommelier.state.profiles import Profile
from sommelier.tools.base import Toolbox
from sommelier.tools.text import normal
from sommelier.tuning.planner.examples.acts import Draft
from sommelier.tuning.planner.examples.parts import Part
from sommelier.tuning.planner.examples.rough import Rough

__all__ = ["Checker", "Made"]

_WISHING: Final = ("find", "refine", "restart", "count", "mean", "most")
_PLACE: Final = re.compile(r"#\d+")
_SLOTS: Final = ("told", "items", "fields", "like", "must", "no", "prefer", "drop", "text", "sort")


@dataclass(frozen=True)
class Made:
    """A finished example: what was said, in which view, what it means."""

    message: str
    frame: Frame
    view: View
    hints: list[str]


class Checker:
    """Finishes and proves drafts over one catalogue."""

    def __init__(self, box: Toolbox, rng: Random, dropped: Counter[str]) -> None:
        self._box, self._rng, self._dropped = box, rng, dropped
        self._lexicon = box.lexicon
        self.linker = Linker(box.lexicon, words())

    def finish(self, draft: Draft) -> Made | None:
        """Return the example, or None where it does not hold."""
        rough = Rough.drawn(draft.message, self._rng)
        said = " ".join(draft.message.split())
        message = rough.message(said, polite=draft.do not in ("talk", "answer"))
        view = View(self._lexicon, draft.working, Profile())
        hints = linked(message, view, self.linker)
        frame = self._frame(draft, rough, hints)
        fault = self._fault(frame, draft, rough, hints, message)
        if fault:
            self._dropped[fault] += 1
            return None
        return Made(message, frame, view, hints)

    # --- the frame --------------------------------------------------------------------------

    def _frame(self, draft: Draft, rough: Rough, hints: list[str]) -> Frame:
        slots: dict[str, list[str]] = {name: [] for name in _SLOTS}
        low = draft.message.lower()  # sentences may begin with a capital
        placed = sorted(draft.parts, key=lambda part: low.find(part.text.lower()))
        for part in placed:
            if part.slot not in slots:
                continue
            subject = self._subject(part, draft, rough, hints)
            for one in subject.split(";") if part.item < 0 and part.slot != "text" else [subject]:
                entry = f"{part.stance} {one}".strip()
                if entry not in slots[part.slot]:
                    slots[part.slot].append(entry)
        data: dict[str, Any] = {name: slots[name] for name in _SLOTS if slots[name]}
        if "text" in data:
            data["text"] = " ".join(data["text"])
        if "sort" in data:
            data["sort"] = data["sort"][0]
        extra = {"n": draft.n, "topic": draft.topic or None}
        return Frame.from_json({"do": draft.do, **data, **{k: v for k, v in extra.items() if v}})

    def _subject(self, part: Part, draft: Draft, rough: Rough, hints: list[str]) -> str:
        if part.item >= 0:
            return self._item(part, draft, rough, hints)
        if part.slot == "text" or (
            part.stance and not part.field and not part.gold.startswith("#")
        ):
            return rough.copied(part.gold)
        return self._person(part, rough, hints)

    def _item(self, part: Part, draft: Draft, rough: Rough, hints: list[str]) -> str:
        """Return a place in the list or a title, as linked; else the words as they were said.

        A year that was said stays with the title.
        """
        label = self._lexicon.label(part.item)
        item = self._lexicon.item_id(part.item)
        shown = draft.working.shown
        if label in hints:
            return label if label in part.text else self._box.catalog.titles[part.item]
        if item in shown and f"#{shown.index(item) + 1} {label}" in hints:
            return f"#{shown.index(item) + 1}"
        return rough.copied(part.text).strip('"')

    def _person(self, part: Part, rough: Rough, hints: list[str]) -> str:
        """Return a person as linked; a name that is not linked stays as it was said."""
        name, _, value = part.gold.partition("=")
        known = value and name in self._lexicon.schema and self._lexicon.schema[name].people
        if not known or part.gold in hints:
            return part.gold
        said = value.split()[-1] if value not in part.text else value
        return f"{name}={rough.copied(said)}"

    # --- proof ------------------------------------------------------------------------------

    def _fault(
        self, frame: Frame, draft: Draft, rough: Rough, hints: list[str], message: str
    ) -> str:
        if len(frame.told) > 6 or any(len(getattr(frame, s)) > 6 for s in ("must", "no", "prefer")):
            return "too long"
        told = {entry.split(" ", 1)[1] for entry in frame.told if " " in entry}
        if told & {*frame.must, *frame.prefer, *frame.no} or set(frame.must) & set(frame.no):
            return "says a thing twice"
        if frame.text and not _copied(frame.text, message):
            return "text not in message"
        return self._disagrees(frame, rough, hints, draft)

    def _disagrees(self, frame: Frame, rough: Rough, hints: list[str], draft: Draft) -> str:
        """Return why a frame and the links of its message cannot both be right."""
        gold = {*frame.must, *frame.prefer, *frame.no}
        people = [h.split("=", 1) for h in hints if self._names_people(h)]
        if len({value.split()[-1] for _, value in people}) < len(people):
            return "links see several of a name"
        gold |= {entry.split(" ", 1)[1] for entry in frame.told if " " in entry}
        for clause in (*frame.must, *frame.prefer):
            name = _field(clause)
            if name not in self._lexicon.schema:
                return "unknown field"
            told = [h for h in hints if _field(h) == name and not h.startswith("#")]
            measured = self._lexicon.schema[name].kind in (Kind.NUMBER, Kind.DATE)
            if "#" in clause:
                if told and f"{name}{clause[len(name)]}#" not in told:
                    return "links disagree on a comparison"
            elif measured and told and clause not in told:
                return "links disagree on numbers"
            elif (
                not measured
                and told
                and not rough.slips
                and not any(h.split("=")[-1] in clause for h in told)
            ):
                return "links disagree on a value"
        if frame.sort:
            told = [h for h in hints if h.startswith("sort ")]
            if told and f"sort {frame.sort}" not in told:
                return "links disagree on the order"
        extra = [h for h in hints if self._measures(h) and h not in gold and "#" not in h]
        if extra and draft.do in _WISHING and not draft.told_around:
            return "links see another number"
        return self._titles(frame, hints, draft)

    def _measures(self, hint: str) -> bool:
        name = _field(hint)
        return name in self._lexicon.schema and self._lexicon.schema[name].kind in (
            Kind.NUMBER,
            Kind.DATE,
        )

    def _names_people(self, hint: str) -> bool:
        name = _field(hint)
        return name in self._lexicon.schema and self._lexicon.schema[name].people

    def _titles(self, frame: Frame, hints: list[str], draft: Draft) -> str:
        """Return a fault where a link names an item that is not meant."""
        meant = {self._lexicon.label(part.item) for part in draft.parts if part.item >= 0}
        pointed = set(_PLACE.findall(frame.to_text()))
        wrong = [
            hint
            for hint in hints
            if hint.partition(" ")[0] not in pointed
            and hint.partition(" ")[2 if hint.startswith("#") else 0] not in meant
            and hint not in meant
            and (hint.startswith("#") or hint in self._labels)
        ]
        return "links see another title" if wrong else ""

    @cached_property
    def _labels(self) -> frozenset[str]:
        return frozenset(map(self._lexicon.label, range(len(self._box.catalog))))


def _field(clause: str) -> str:
    for at, letter in enumerate(clause):
        if letter in "=<>~":
            return clause[:at]
    return ""


def _copied(text: str, message: str) -> bool:
    said = set(normal(message).split())
    return all(word in said for word in normal(text).split())
