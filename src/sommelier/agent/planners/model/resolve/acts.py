"""The acts that make no list: facts, explanations, comparisons, aggregates, answers, small talk."""

from collections.abc import Callable

from sommelier.agent.plan import Compare, Explain, Lookup, Plan, Rank, Ref, Say, Undo
from sommelier.agent.planners.base import View
from sommelier.agent.planners.model.frame import Frame
from sommelier.agent.planners.model.resolve.conditions import Clauses, Sheet
from sommelier.agent.planners.model.resolve.naming import Items, Names
from sommelier.agent.planners.rules.asking import looked_up
from sommelier.agent.planners.rules.compose import rerun
from sommelier.agent.planners.rules.frames import Frames
from sommelier.data.schema import Kind
from sommelier.types import Json

__all__ = ["Acts"]

_EXPLAINED, _COMPARED = 5, 4  # items explained, or set side by side, where none is named
_WORDS = (Kind.TAGS, Kind.CATEGORY)


class Acts:
    """Makes plans of these acts over one catalogue."""

    def __init__(self, names: Names, clauses: Clauses, frames: Frames) -> None:
        self._names, self._clauses, self._frames = names, clauses, frames
        self._makers: dict[str, Callable[[Frame, Sheet, View], Plan]] = {
            "undo": self._undo,
            "facts": self._facts,
            "explain": self._explain,
            "compare": self._compare,
            "count": self._aggregate,
            "mean": self._aggregate,
            "most": self._aggregate,
            "values": self._aggregate,
            "answer": self._answer,
            "talk": self._talk,
        }

    def plan(self, frame: Frame, sheet: Sheet, view: View) -> Plan:
        """Return the plan of a frame with one of these acts."""
        return self._makers[frame.do](frame, sheet, view)

    def _undo(self, _frame: Frame, _sheet: Sheet, view: View) -> Plan:
        if len(view.working.versions) < 2:
            return Plan(steps=(Say(topic="no_earlier"),))
        return Plan(steps=(Undo(),))

    def _facts(self, frame: Frame, _sheet: Sheet, view: View) -> Plan:
        clauses = [c for text in frame.must if (c := self._clauses.parsed(text))]
        named = [*frame.fields, *(clause.field for clause in clauses)]
        fields = [field.name for name in named if (field := self._clauses.field(name))]
        fields = list(dict.fromkeys(fields))
        items = self._names.all(frame.items or frame.like, view)
        if items.doubtful:
            return self._names.unclear(items.doubtful, view, looked_up(tuple(fields)))
        ids = items.ids or view.working.focus[:1] or view.working.shown[:1]
        if not ids:
            return Plan(steps=(Say(topic="nothing_shown"),))
        if named and not fields:
            return Plan(steps=(Say(topic="no_field", about=named[0]),))
        refs = tuple(Ref(item=item) for item in (ids if fields else ids[:3]))
        return Plan(steps=(Lookup(items=refs, fields=tuple(fields)),), notes=items.notes)

    def _explain(self, frame: Frame, _sheet: Sheet, view: View) -> Plan:
        items = self._names.all(frame.items, view)
        if items.doubtful:
            return self._names.unclear(items.doubtful, view)
        ids = items.ids or view.working.focus or view.working.shown
        if not ids:
            return Plan(steps=(Say(topic="nothing_shown"),))
        met = [item for item in ids if item in view.working.met or not items.ids]
        if not met:
            return Plan(steps=(Say(topic="no_place", about=frame.items[0]),))
        steps = tuple(Explain(item=Ref(item=item)) for item in met[:_EXPLAINED])
        return Plan(steps=steps, notes=items.notes)

    def _compare(self, frame: Frame, _sheet: Sheet, view: View) -> Plan:
        named = frame.items or frame.like
        items = self._names.all(named, view) if named else Items(view.working.shown[:_COMPARED])
        if items.doubtful:
            return self._names.unclear(items.doubtful, view)
        others = [item for item in view.working.shown if item not in items.ids]
        ids = items.ids if len(items.ids) > 1 else (*items.ids, *others[:1])
        if len(ids) < 2:
            return Plan(steps=(Say(topic="nothing_shown"),))
        return Plan(steps=(Compare(items=tuple(Ref(item=i) for i in ids)),), notes=items.notes)

    def _aggregate(self, frame: Frame, sheet: Sheet, view: View) -> Plan:
        operation = frame.do
        kinds = (Kind.NUMBER,) if operation == "mean" else _WORDS
        fields = [f for name in frame.fields if (f := self._clauses.field(name, *kinds))]
        if operation != "count" and not fields:
            about = next(iter(frame.fields), "")
            return Plan(steps=(Say(topic="no_field", about=about),))
        where = self._where(frame, sheet)
        if sheet.draft.unknown:
            unknown = ", ".join(sheet.draft.unknown)
            return Plan(steps=(Say(topic="unknown_name", about=unknown),))
        names = () if operation == "count" else (fields[0].name,)
        step = {"aggregate": operation, "fields": names, "where": where}
        guesses = [Say(topic="guessed", about=f"{s}|{t}") for s, t in sheet.draft.guesses]
        lost = [Say(topic="unmeasured", about=said) for said in sheet.draft.unmeasured]
        return Plan(steps=(Lookup.model_validate(step),), notes=(*guesses, *lost))

    def _where(self, frame: Frame, sheet: Sheet) -> Json | None:
        """Return what the slots demand; words that no field holds cannot be counted by."""
        for text in frame.must:
            self._clauses.add(text, sheet)
        for text in frame.no:
            self._clauses.add(text, sheet, negative=True)
        if frame.text.strip():
            self._clauses.add_text(frame.text, sheet)
        draft = sheet.draft
        if not draft.conditions:
            draft.unmeasured += draft.words
        else:
            draft.unmeasured += [note.about for note in sheet.notes]
        sheet.notes.clear()
        parts = list({str(c.where): c.where for c in draft.conditions}.values())
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else {"all": parts}

    def _answer(self, frame: Frame, _sheet: Sheet, view: View) -> Plan:
        """Return the plan of the option that was chosen; no number means none of them."""
        asked = view.working.asked
        if asked is None or (frame.n or 0) > len(asked.options):
            return Plan(steps=(Say(topic="not_understood", about=frame.text),))
        return asked.options[frame.n - 1].plan if frame.n else Plan(steps=(Say(topic="fine"),))

    def _talk(self, frame: Frame, _sheet: Sheet, _view: View) -> Plan:
        return Plan(steps=(Say(topic=frame.topic or "fine"),))

    def forget(self, frame: Frame, view: View) -> Plan:
        """Forget profile entries or conditions that are named; everything where nothing is."""
        clauses = [c for text in frame.must if (c := self._clauses.parsed(text))]
        said = [value for clause in clauses for value in clause.values]
        said += [view.lexicon.label_of(i) for i in self._names.all(frame.items, view).ids]
        said += [name.replace("_", " ") for name in (*frame.fields, *frame.drop)]
        said += [frame.text] if frame.text.strip() else []
        slots = (frame.must, frame.no, frame.items, frame.fields, frame.drop, frame.text)
        if not any(slots):
            return Plan(forget=("*",), steps=(Say(topic="forgot_all"),))
        each = [self._frames.forgotten(one, view) for one in said]
        subjects = tuple(dict.fromkeys(subject for plan in each for subject in plan.forget))
        if subjects:
            follow = rerun(view).steps if view.working.plan.of(Rank) else ()
            return Plan(forget=subjects, steps=follow or (Say(topic="forgot"),))
        about = ", ".join(said or frame.must or frame.items or frame.no)
        lost = Plan(steps=(Say(topic="nothing_to_forget", about=about),))
        return next((plan for plan in each if not plan.of(Say)), lost)
