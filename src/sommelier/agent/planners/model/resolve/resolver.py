"""From a frame to a plan: the same plan that the rules brain makes of the same wish.

A field that a follow-up names again replaces what it had; to keep both, the frame names both.
Every frame leads to a plan that runs: what cannot be done is said instead.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from sommelier.agent.plan import Ask, Filter, Lookup, Plan, Rank, React, Ref, Say, Similar
from sommelier.agent.planners.base import View
from sommelier.agent.planners.model.frame import Frame
from sommelier.agent.planners.model.resolve.acts import Acts
from sommelier.agent.planners.model.resolve.conditions import Clauses, Sheet
from sommelier.agent.planners.model.resolve.naming import Names
from sommelier.agent.planners.model.resolve.telling import Teller, merged
from sommelier.agent.planners.rules.compose import compose, rerun
from sommelier.agent.planners.rules.draft import Drafter
from sommelier.agent.planners.rules.frames import Frames
from sommelier.agent.planners.rules.joining import Condition
from sommelier.agent.planners.rules.opinions import Opinions
from sommelier.agent.planners.rules.outcomes import Outcomes, after_opinions, reacting, readable
from sommelier.agent.planners.rules.reading.link import Linker
from sommelier.agent.planners.rules.reading.names import Namer
from sommelier.agent.planners.rules.reading.words import words
from sommelier.agent.working import Version
from sommelier.data.predicates import conditions, from_json
from sommelier.data.schema import Kind
from sommelier.tools.lexicon import Lexicon

__all__ = ["Resolver"]

_MOST: Final = 8  # entries of one slot that are read
_LONGEST: Final = 300  # characters of one entry that are read


class Resolver:
    """Makes plans of frames over one catalogue in one language."""

    def __init__(self, lexicon: Lexicon, language: str = "en") -> None:
        known = words(language)
        self._lexicon = lexicon
        self._linker, drafter = Linker(lexicon, known), Drafter(lexicon, known)
        namer = Namer(lexicon, known)
        frames = Frames(lexicon, namer, self._linker, known)
        self._clauses = Clauses(lexicon, self._linker, drafter, known)
        self._names = Names(lexicon, namer)
        opinions = Opinions(lexicon, self._linker, namer, known)
        self._teller = Teller(self._names, self._clauses, opinions, frames)
        self._outcomes = Outcomes(lexicon, self._linker, drafter, namer, known)
        self._acts = Acts(self._names, self._clauses, frames)
        self._makers: dict[str, Callable[[Frame, Sheet, View], Plan]] = {
            "find": self._find,
            "refine": self._refine,
            "more": self._more,
            "pick": self._pick,
            "restart": self._restart,
            "forget": self._forget,
        }

    def plan(self, frame: Frame, message: str, view: View) -> Plan:
        """Return the plan of a frame; the message only lends its words to what is said."""
        frame = _bounded(frame)
        links = self._linker.link(readable(message)[0])
        sheet = Sheet(links, lambda text: self._names.nums(text, view))
        heard = self._teller.read(frame.told, view)
        reactions, told = merged(heard)
        if frame.do == "tell":
            plan = self._told(told, view)
        else:
            maker = self._makers.get(frame.do, self._acts.plan)
            plan = maker(frame, sheet, view)
            if frame.do == "find" and told.updates and _asks_for_a_wish(plan):
                plan = Plan(steps=(Rank(n=frame.n or view.n),))
        if sheet.rejected:
            refs = tuple(Ref(item=item) for item in dict.fromkeys(sheet.rejected))
            reactions = (*reactions, React(items=refs, feedback="reject"))
        plan = reacting(reactions, plan)
        notes = dict.fromkeys((*told.notes, *sheet.notes, *plan.notes))
        kept = {"updates": (*told.updates, *plan.updates), "notes": tuple(notes)}
        return plan.model_copy(update=kept)

    def _told(self, told: Plan, view: View) -> Plan:
        if told.steps:
            return Plan(steps=told.steps)
        return after_opinions(told.updates, view)

    def _find(self, frame: Frame, sheet: Sheet, view: View) -> Plan:
        unclear = self._wishes(frame, sheet, view, follow=False)
        if unclear:
            return unclear
        if sheet.draft.empty:
            return Plan(steps=(Rank(n=frame.n),)) if frame.n else self._outcomes.empty(view)
        return self._outcomes.wished(sheet.draft, view, follow=False)

    def _refine(self, frame: Frame, sheet: Sheet, view: View) -> Plan:
        if not view.working.plan.of(Rank):
            return self._find(frame, sheet, view)
        dropped = self._without(frame.drop, view)
        unclear = self._wishes(frame, sheet, dropped, follow=True)
        if unclear:
            return unclear
        if sheet.draft.empty and (dropped is not view or sheet.rejected):
            return rerun(dropped, frame.n)
        if sheet.draft.empty and not frame.n:
            return Plan(steps=(Say(topic="not_understood", about=frame.text),))
        if sheet.draft.empty:
            return compose(sheet.draft, view, follow=True)
        return self._outcomes.wished(sheet.draft, dropped, follow=True)

    def _more(self, frame: Frame, sheet: Sheet, view: View) -> Plan:
        if frame.like:
            return self._find(frame, sheet, view)
        if frame.must or frame.no or frame.prefer or frame.drop or frame.text or frame.sort:
            return self._refine(frame, sheet, view)
        if view.working.plan.of(Rank):
            return rerun(view, frame.n)
        return self._find(frame, sheet, view)

    def _restart(self, frame: Frame, sheet: Sheet, view: View) -> Plan:
        bare = Frame(do="restart", told=frame.told)
        if frame == bare:
            return Plan(reset=True, steps=(Say(topic="restarted"),))
        return self._find(frame, sheet, view).model_copy(update={"reset": True})

    def _pick(self, frame: Frame, sheet: Sheet, view: View) -> Plan:
        """Return the best of the items shown, or those of them that satisfy a condition."""
        shown = list(view.working.shown)
        if not shown:
            return Plan(steps=(Say(topic="nothing_shown"),))
        unclear = self._wishes(frame, sheet, view, follow=True)
        if unclear:
            return unclear
        drawn = compose(sheet.draft, view, follow=False)
        rank: Rank | None = next(iter(drawn.of(Rank)), None)
        if rank is None:  # two conditions that exclude each other: which one counts is asked
            return drawn
        where = {"field": self._lexicon.schema.id_field, "op": "in", "value": shown}
        n = frame.n or (1 if rank.sort or not drawn.of(Filter) else len(shown))
        best = rank.model_copy(update={"n": min(50, n), "again": True})
        first = [s for s in drawn.steps if isinstance(s, Lookup)]  # conditions refer to their place
        rest = [s for s in drawn.steps if isinstance(s, (Filter, Similar))]
        these = Filter(where=where, said="these")
        return drawn.model_copy(update={"steps": (*first, these, *rest, best)})

    def _forget(self, frame: Frame, sheet: Sheet, view: View) -> Plan:
        return self._acts.forget(frame, view)

    def _wishes(self, frame: Frame, sheet: Sheet, view: View, *, follow: bool) -> Plan | None:
        """Fill the draft from the slots; return what must be cleared up first, if anything."""
        draft = sheet.draft
        for text in frame.must:
            self._clauses.add(text, sheet)
        for text in frame.no:
            self._refuse(text, sheet, view)
        for text in frame.prefer:
            self._clauses.add(text, sheet, soft=True)
        if frame.text.strip():
            self._clauses.add_text(frame.text, sheet)
        if follow:
            draft.conditions = [_as_before(one, view) for one in draft.conditions]
        draft.conditions.sort(key=self._by_kind)
        self._order(frame, sheet)
        draft.n = frame.n
        items = self._names.all(frame.like, view)
        draft.seeds = [self._lexicon.num(item) for item in items.ids]
        draft.guesses += [(said, self._lexicon.label_of(i)) for said, i in items.guessed]
        if items.doubtful is None:
            return None

        def with_seed(item: str) -> tuple[object, ...]:
            seeded = replace(draft, seeds=[*draft.seeds, self._lexicon.num(item)])
            return compose(seeded, view, follow=follow).steps

        return self._names.unclear(items.doubtful, view, with_seed)  # type: ignore[arg-type]

    def _refuse(self, text: str, sheet: Sheet, view: View) -> None:
        """Leave out what satisfies a clause, or an item by its place or title."""
        clause = self._clauses.parsed(text)
        if clause and self._clauses.field(clause.field):
            self._clauses.add(text, sheet, negative=True)
            return
        named = self._names.one(text, view)
        if named.known and set(named.items) <= set(view.working.shown):
            sheet.rejected += named.items
        elif named.known:
            sheet.draft.excluded += [self._lexicon.num(item) for item in named.items]
        elif text.startswith("#"):
            sheet.notes.append(Say(topic="unmeasured", about=text))
        else:
            entries, _ = self._clauses.entries("", text)
            found = f"{entries[0].field}={entries[0].value}" if entries else text
            self._clauses.add(found, sheet, negative=True)

    def _order(self, frame: Frame, sheet: Sheet) -> None:
        """Set the order; "the shortest film" is one, "films, newest first" are several."""
        if not frame.sort:
            return
        down, name = frame.sort.startswith("-"), frame.sort.lstrip("-+")
        field = self._clauses.field(name, Kind.NUMBER, Kind.DATE)
        if field is None:
            sheet.draft.unmeasured.append(name)
            return
        sheet.draft.sort = (field.name, down)
        plural = any(link.plural for link in sheet.links if link.kind in ("noun", "value"))
        most = any(link.kind == "superlative" for link in sheet.links)
        sheet.draft.plural = plural or not most

    def _by_kind(self, condition: Condition) -> bool:
        kinds = {self._lexicon.schema[name].kind for name in condition.fields}
        return bool(kinds & {Kind.CATEGORY, Kind.TAGS})

    def _without(self, names: Sequence[str], view: View) -> View:
        """Return the view with a list on the table that lacks the conditions of some fields."""
        known = [field for name in names if (field := self._clauses.field(name))]
        if not known:
            return view
        gone = {field.name for field in known}
        prose = any(f.kind in (Kind.TEXT, Kind.TITLE) or self._lexicon.loose(f.name) for f in known)
        steps = tuple(
            _without(step, gone, prose=prose) if isinstance(step, Rank) else step
            for step in view.working.plan.steps
            if not (isinstance(step, Filter) and _fields(step.where) & gone)
        )
        last = Version(Plan(steps=steps), view.working.shown)
        working = replace(view.working, versions=(*view.working.versions[:-1], last))
        return replace(view, working=working)


def _as_before(condition: Condition, view: View) -> Condition:
    """Return a condition in the words it had in the list on the table."""
    said = [step.said for step in view.working.plan.of(Filter) if step.where == condition.where]
    return replace(condition, said=said[0]) if said else condition


def _fields(where: dict[str, object]) -> set[str]:
    return {part.field for part in conditions(from_json(where))}


def _without(rank: Rank, gone: set[str], *, prose: bool) -> Rank:
    return rank.model_copy(
        update={
            "prefer": tuple(soft for soft in rank.prefer if not _fields(soft.where) & gone),
            "sort": None if rank.sort in gone else rank.sort,
            "text": "" if prose else rank.text,
        }
    )


def _asks_for_a_wish(plan: Plan) -> bool:
    return any(ask.question == "empty" for ask in plan.of(Ask))


def _bounded(frame: Frame) -> Frame:
    """Return the frame without what nobody wrote on purpose: endless slots, endless entries."""

    def cut(value: object) -> object:
        if isinstance(value, tuple):
            return tuple(dict.fromkeys(str(one)[:_LONGEST] for one in value))[:_MOST]
        return value[:_LONGEST] if isinstance(value, str) else value

    return frame.model_copy(update={name: cut(value) for name, value in frame})
