"""Messages with a known frame: small talk, "more", "why the second?", "compare 1 and 3"."""

from collections.abc import Callable, Iterator, Mapping

from sommelier.agent.plan import (
    Compare,
    Explain,
    Filter,
    Lookup,
    Plan,
    Rank,
    React,
    Ref,
    Say,
    Similar,
    Step,
    Undo,
)
from sommelier.agent.planners.base import View
from sommelier.agent.planners.rules.asking import ask_title
from sommelier.agent.planners.rules.compose import rerun
from sommelier.agent.planners.rules.reading.link import Linker
from sommelier.agent.planners.rules.reading.names import Named, Namer
from sommelier.agent.planners.rules.reading.words import Words
from sommelier.data.predicates import conditions, from_json
from sommelier.tools.lexicon import Lexicon
from sommelier.tools.text import normal, stems

__all__ = ["Frames"]

_Slots = Mapping[str, str]
_TALK = ("greet", "thanks", "bye", "how", "who", "help", "profile", "off_topic")


class Frames:
    """Reads framed messages for one catalogue in one language."""

    def __init__(self, lexicon: Lexicon, namer: Namer, linker: Linker, words: Words) -> None:
        self._lexicon, self._namer, self._linker, self._words = lexicon, namer, linker, words
        self._handlers: dict[str, Callable[[_Slots, View], Plan | None]] = {
            "surprise": lambda _s, view: Plan(steps=(Rank(n=view.n),)),
            "restart": lambda _s, _v: Plan(reset=True, steps=(Say(topic="restarted"),)),
            "back": self._back,
            "more": self._more,
            "more_like": self._more_like,
            "forget_all": lambda _s, _v: Plan(forget=("*",), steps=(Say(topic="forgot_all"),)),
            "forget": self._forget,
            "why": self._why,
            "why_list": self._why_list,
            "compare": self._compare,
            "compare_all": self._compare_all,
            "seen": lambda slots, view: self._react("seen", slots, view),
            "seen_like": self._seen_like,
            "reject": lambda slots, view: self._react("reject", slots, view),
            "reject_named": self._reject_named,
            "accept": lambda slots, view: self._react("accept", slots, view),
            "about": self._about,
        }

    def read(self, text: str, view: View) -> Plan | None:
        """Return the plan of the first frame that fits and whose names are known."""
        for name, slots in self._words.match("frames", text):
            if name in _TALK:
                return Plan(steps=(Say(topic=name),))
            handler = self._handlers.get(name)
            plan = handler(slots, view) if handler else None
            if plan is not None:
                return plan
        return None

    def _back(self, _slots: _Slots, view: View) -> Plan:
        if len(view.working.versions) < 2:
            return Plan(steps=(Say(topic="no_earlier"),))
        return Plan(steps=(Undo(),))

    def _more(self, slots: _Slots, view: View) -> Plan | None:
        n = self._words.number(slots.get("n", "").lower()) if slots.get("n") else None
        count = 1 if slots.get("one") else int(n) if n else None
        return rerun(view, count) if view.working.plan.of(Rank) else None

    def _more_like(self, slots: _Slots, view: View) -> Plan | None:
        named = self._namer.resolve_all(slots["x"], view.working)
        if not named.known:
            return None
        seeds = Similar(to=tuple(Ref(item=item) for item in named.items))
        return Plan(steps=(seeds, Rank(n=view.n)), notes=_took(named))

    def _seen_like(self, slots: _Slots, view: View) -> Plan | None:
        """Read "I have seen Heat, is there anything like it?"."""
        plan = self._more_like(slots, view)
        if plan is None:
            return None
        items = tuple(ref.item for ref in plan.of(Similar)[0].to if ref.item)
        return plan.model_copy(update={"steps": (self._reaction(items, "seen"), *plan.steps)})

    def _why(self, slots: _Slots, view: View) -> Plan | None:
        named = self._namer.resolve_all(slots["x"], view.working)
        items = [item for item in named.items if item in view.working.met]
        if not items:
            place = self._words["ordinals"].keys() & set(slots["x"].lower().split())
            return Plan(steps=(Say(topic="no_place", about=slots["x"]),)) if place else None
        return Plan(steps=tuple(Explain(item=Ref(item=item)) for item in items[:5]))

    def _why_list(self, _slots: _Slots, view: View) -> Plan | None:
        shown = view.working.focus or view.working.shown
        if not shown:
            return Plan(steps=(Say(topic="nothing_shown"),))
        return Plan(steps=tuple(Explain(item=Ref(item=item)) for item in shown[:5]))

    def _compare(self, slots: _Slots, view: View) -> Plan | None:
        named = [self._namer.resolve(slots[key], view.working) for key in ("x", "y")]
        doubtful = next((one for one in named if one.options), None)
        if doubtful:
            return ask_title(doubtful, view)
        items = tuple(dict.fromkeys(item for one in named for item in one.items))
        if len(items) < 2:
            unknown = next((one.said for one in named if not one.known), None)
            if unknown and unknown.strip("# ").isdecimal():
                return Plan(steps=(Say(topic="no_place", about=unknown),))
            return Plan(steps=(Say(topic="unknown_title", about=unknown),)) if unknown else None
        notes = tuple(note for one in named for note in _took(one))
        return Plan(steps=(Compare(items=tuple(Ref(item=i) for i in items)),), notes=notes)

    def _compare_all(self, _slots: _Slots, view: View) -> Plan | None:
        shown = view.working.shown[:4]
        if len(shown) < 2:
            return Plan(steps=(Say(topic="nothing_shown"),))
        return Plan(steps=(Compare(items=tuple(Ref(item=item) for item in shown)),))

    def _react(self, feedback: str, slots: _Slots, view: View) -> Plan | None:
        said = slots.get("at") or slots.get("it") or slots.get("x", "")
        return self.reacted(feedback, self._namer.resolve_all(said, view.working), view)

    def reacted(self, feedback: str, named: Named, view: View) -> Plan | None:
        """Return the plan of a reaction to items; None where it is not known to which."""
        if named.options and feedback == "seen":
            noted = Say(topic="noted_seen")
            return ask_title(named, view, lambda item: (self._reaction((item,), feedback), noted))
        if not named.known:
            return None
        step = self._reaction(named.items, feedback)
        if feedback == "accept":
            return Plan(steps=(step, Say(topic="enjoy", about=named.items[0])))
        follow = rerun(view).steps if view.working.plan.of(Rank) else (Say(topic="noted_seen"),)
        return Plan(steps=(step, *follow), notes=_took(named))

    def _reject_named(self, slots: _Slots, view: View) -> Plan | None:
        """Read "not The Firm" where that stands in the list shown."""
        named = self._namer.resolve_all(slots["x"], view.working)
        shown = bool(named.items) and set(named.items) <= set(view.working.shown)
        return self._react("reject", slots, view) if shown and not named.guessed else None

    def _reaction(self, items: tuple[str, ...], feedback: str) -> Step:
        return React.model_validate({"items": [{"item": i} for i in items], "feedback": feedback})

    def _about(self, slots: _Slots, view: View) -> Plan | None:
        said = slots["x"]
        if self._lexicon.values(said) and not said[:1].isupper():
            return None
        named = self._namer.resolve(said, view.working)
        if named.options:
            return ask_title(named, view)
        if not named.known:
            absent = self._namer.is_place(said) and bool(view.working.shown)
            return Plan(steps=(Say(topic="no_place", about=said),)) if absent else None
        return Plan(
            steps=(Lookup(items=tuple(Ref(item=i) for i in named.items[:3])),), notes=_took(named)
        )

    def _forget(self, slots: _Slots, view: View) -> Plan | None:
        return self.forgotten(slots["x"], view)

    def forgotten(self, said: str, view: View) -> Plan:
        """Forget profile entries that match what is named, else a condition of the current list."""
        for _, inner in self._words.match("opinions", said):
            said = inner.get("x", said)
        subjects = tuple(self._matching(said, view))
        if subjects:
            follow = rerun(view).steps if view.working.plan.of(Rank) else ()
            return Plan(forget=subjects, steps=follow or (Say(topic="forgot"),))
        dropped = self._without(said, view)
        return dropped or Plan(steps=(Say(topic="nothing_to_forget", about=said),))

    def _matching(self, said: str, view: View) -> Iterator[str]:
        key, values = stems(said), {e.value for e in self._lexicon.values(said)}
        named = self._namer.title(said, view.working.shown)
        for preference in view.profile.preferences:
            entry = preference.entry
            held = set()
            if entry.condition is not None:
                for part in conditions(from_json(entry.condition)):
                    several = part.value if isinstance(part.value, tuple) else (part.value,)
                    held |= {str(value) for value in several}
            fits = (
                bool(held & values)
                or any(stems(value) in key.split() or stems(value) == key for value in held)
                or (entry.item_id is not None and entry.item_id in named.items)
                or (entry.wish is not None and normal(entry.wish) in normal(said))
            )
            if fits:
                yield entry.subject

    def _without(self, said: str, view: View) -> Plan | None:
        """Return the current plan without the conditions that were said in these words."""
        plan = view.working.plan
        values = {e.value for e in self._lexicon.values(said)}
        fields = {field.name for field in self._lexicon.fields(said)}
        kept = []
        for step in plan.steps:
            if isinstance(step, Filter):
                parts = list(conditions(from_json(step.where)))
                held = {str(p.value) for p in parts} | {p.field for p in parts}
                if held & (values | fields) or normal(said) in normal(step.said).split():
                    continue
                if normal(said) and normal(said) in normal(step.said):
                    continue
            kept.append(step)
        return Plan(steps=tuple(kept)) if len(kept) < len(plan.steps) else None


def _took(named: Named) -> tuple[Say, ...]:
    return (Say(topic="took", about=f"{named.said}|{named.items[0]}"),) if named.guessed else ()
