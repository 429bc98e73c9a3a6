"""What a conversation stands on between two messages: the list shown, its plan, and the way here.

Plain and JSON-able, so a session can be put down and taken up again. Immutable: to undo is to go
back to an earlier value.
"""

from collections.abc import Container
from dataclasses import dataclass, replace
from typing import Self

from sommelier.agent.plan import Ask, Plan
from sommelier.types import Json

__all__ = ["Version", "Working"]

_DEPTH = 20  # lists one can go back to


@dataclass(frozen=True)
class Version:
    """One list that was shown, and the plan that made it."""

    plan: Plan
    shown: tuple[str, ...]  # item_ids, first place first

    def to_json(self) -> Json:
        """Return the version as a JSON object."""
        return {"plan": self.plan.to_json(), "shown": list(self.shown)}


@dataclass(frozen=True)
class Working:
    """The state of one conversation after a turn."""

    versions: tuple[Version, ...] = ()  # the newest last
    met: frozenset[str] = frozenset()  # every item shown, or named as already known
    focus: tuple[str, ...] = ()  # items the last turn was about, for "it" and "that one"
    asked: Ask | None = None  # the question that waits for an answer
    turns: int = 0
    language: str = ""  # of the message last answered
    grown: bool | None = None  # whether the person confirmed the operator's age; None: not yet
    questioned: tuple[str, ...] = ()  # what the operator's policy has asked: "age", fields

    @property
    def shown(self) -> tuple[str, ...]:
        """The list last shown."""
        return self.versions[-1].shown if self.versions else ()

    @property
    def plan(self) -> Plan:
        """The plan of the list last shown; an empty one before the first."""
        return self.versions[-1].plan if self.versions else Plan()

    def plan_of(self, item_id: str) -> Plan:
        """Return the plan of the latest list that held an item; an empty one if none did."""
        held = [version.plan for version in self.versions if item_id in version.shown]
        return held[-1] if held else Plan()

    def showing(self, plan: Plan, shown: tuple[str, ...]) -> Self:
        """Return the state after a new list."""
        versions = (*self.versions, Version(plan, shown))[-_DEPTH:]
        return replace(self, versions=versions, met=self.met | set(shown), focus=shown, asked=None)

    def back(self, count: int) -> Self:
        """Return the state `count` lists earlier; the first list is the furthest."""
        kept = self.versions[: max(1, len(self.versions) - count)]
        return replace(self, versions=kept, focus=kept[-1].shown if kept else (), asked=None)

    def afresh(self) -> Self:
        """Return a state without any list; what was asked and said of the person stays."""
        return type(self)(
            turns=self.turns, language=self.language, grown=self.grown, questioned=self.questioned
        )

    def keeping(self, known: Container[str]) -> Self:
        """Return the state without the items that the catalogue has lost since."""
        versions = (
            replace(version, shown=tuple(i for i in version.shown if i in known))
            for version in self.versions
        )
        return replace(
            self,
            versions=tuple(version for version in versions if version.shown),
            met=frozenset(item for item in self.met if item in known),
            focus=tuple(item for item in self.focus if item in known),
        )

    def to_json(self) -> Json:
        """Return everything `from_json` needs."""
        return {
            "versions": [version.to_json() for version in self.versions],
            "met": sorted(self.met),
            "focus": list(self.focus),
            "asked": self.asked.model_dump(mode="json") if self.asked else None,
            "turns": self.turns,
            "language": self.language,
            "grown": self.grown,
            "questioned": list(self.questioned),
        }

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Read a state back; an empty object is a fresh conversation."""
        return cls(
            versions=tuple(
                Version(Plan.from_json(v["plan"]), tuple(v["shown"]))
                for v in data.get("versions", ())
            ),
            met=frozenset(data.get("met", ())),
            focus=tuple(data.get("focus", ())),
            asked=Ask.model_validate(data["asked"]) if data.get("asked") else None,
            turns=data.get("turns", 0),
            language=data.get("language", ""),
            grown=data.get("grown"),
            questioned=tuple(data.get("questioned", ())),
        )
