"""The agent: message in, grounded turn out. Knows planners, tools and state; no engine, no surface.

A turn is: view -> plan -> run -> verify -> reply -> commit. It is returned only after its commit,
so killing the process loses nothing that anybody was told.
"""

import asyncio
import time
from dataclasses import dataclass, replace

from sommelier.agent.critic import verify
from sommelier.agent.executor import Executor
from sommelier.agent.memory import (
    avoided,
    entries_of,
    events_of,
    fitting,
    forgotten,
    preview,
    situation,
    sound,
)
from sommelier.agent.outcome import Outcome
from sommelier.agent.plan import Ask, Filter, Plan, Rank, Say, Undo
from sommelier.agent.planners.base import Planner, View
from sommelier.agent.policy import Policy
from sommelier.agent.replies import Writer
from sommelier.agent.situation import Situation
from sommelier.agent.turn import Item, Turn, Usage
from sommelier.agent.working import Working
from sommelier.data.where import parse
from sommelier.errors import PredicateError, UnknownName, UsageError
from sommelier.state.profiles import Profile
from sommelier.state.sessions import Session
from sommelier.state.store import Store
from sommelier.tools.base import Toolbox

__all__ = ["Agent", "Chat"]


@dataclass(frozen=True, eq=False)
class Agent:
    """Everything that conversations over one workspace share."""

    box: Toolbox
    planner: Planner
    store: Store
    policy: Policy
    writer: Writer

    def chat(self, user_id: str | None = None, session_id: str | None = None) -> "Chat":
        """Begin a conversation, or take up the one with `session_id` where it stood."""
        if session_id is not None:
            try:
                session = self.store.session(session_id)
            except UnknownName:
                session = Session.new(user_id=user_id, session_id=session_id)
            if user_id not in (None, session.user_id):
                raise UsageError(f"The session {session_id!r} is not one of {user_id!r}.")
            last = self.store.turns(session_id, last=1)
            working = Working.from_json(last[0].state) if last else Working()
            working = working.keeping(self.box.catalog.index)
            return Chat(self, session, working)
        return Chat(self, Session.new(user_id=user_id), Working())


class Chat:
    """One conversation. Messages are answered one after the other."""

    def __init__(self, agent: Agent, session: Session, working: Working) -> None:
        self.session = session
        self.working = working
        self._agent = agent
        self._executor = Executor(agent.box, agent.policy)
        self._lock = asyncio.Lock()

    async def say(self, message: str) -> Turn:
        """Return the turn that answers a message. It is stored before it is returned."""
        async with self._lock:
            start = time.perf_counter()
            profile = await asyncio.to_thread(self._profile)
            plan = await self._agent.planner.plan(message, self._view(profile))
            return await asyncio.to_thread(self._finish, message, plan, profile, start)

    def profile(self) -> Profile:
        """Return what counts for this person now."""
        return self._profile()

    def _profile(self) -> Profile:
        stored = self._agent.store.profile(self.session.user_id, self.session.id)
        return fitting(self._agent.box, stored)

    def _view(self, profile: Profile) -> View:
        box = self._agent.box
        history = box.history(self.session.user_id) if self.session.user_id else ()
        known = bool(len(history)) or any(p.weight > 0 for p in profile.preferences)
        return View(box.lexicon, self.working, profile, known, self._agent.policy.list_length)

    def _finish(self, message: str, plan: Plan, profile: Profile, start: float) -> Turn:
        """Run, verify, word and store a plan."""
        now, number = time.time(), self.working.turns + 1
        plan = sound(self._agent.box, plan)
        working = Working(turns=self.working.turns) if plan.reset else self.working
        expected = preview(profile, plan, (), now)
        outcome = self._run(plan, expected, working)
        events = events_of(outcome.reactions, self.session.id, number, now)
        if events and plan.of(Rank):  # a reaction counts for the list that answers it
            expected = preview(profile, plan, events, now)
            outcome = self._run(plan, expected, working)
        at = situation(self._agent.box, expected, working, self.session.user_id)
        outcome = self._verified(outcome, at)
        reply = self._agent.writer.write(outcome, expected, number)
        after = self._next(outcome, working, number)
        turn = self._turn(message, outcome, reply.text, reply.reasons, number, start)
        self._agent.store.commit_turn(
            self.session,
            message,
            turn.to_json(),
            state=after.to_json(),
            entries=entries_of(outcome.plan.updates, now),
            retract=forgotten(profile, plan),
            feedback=events,
        )
        self.working = after  # only now: a turn that could not be stored never happened
        return turn

    def _run(self, plan: Plan, profile: Profile, working: Working) -> Outcome:
        at = situation(self._agent.box, profile, working, self.session.user_id)
        try:
            self._agent.writer.check(plan)
            return self._executor.run(plan, at)
        except (PredicateError, UsageError) as error:
            # A plan that does not fit the catalogue is a brain's mistake, not the person's.
            said = Say(topic="not_understood", about=error.message)
            return Outcome(plan=Plan(steps=(said,), updates=plan.updates), said=[said])

    def _verified(self, outcome: Outcome, at: Situation) -> Outcome:
        policy, box = self._agent.policy, self._agent.box
        filters = [step.where for step in outcome.plan.of(Filter)]
        refused: frozenset[str] = frozenset()
        if not outcome.again:
            nums = at.person.refused if policy.show_consumed else at.person.known
            again = outcome.repeated or any(step.again for step in outcome.plan.of(Rank))
            refused = frozenset(box.ids(nums)) | (frozenset() if again else at.working.met)
        required = box.check(parse(policy.require)) if policy.require else None
        unwanted = () if outcome.again else avoided(at.profile, filters)
        return verify(outcome, box.schema, refused=refused, required=required, avoided=unwanted)

    def _next(self, outcome: Outcome, working: Working, number: int) -> Working:
        after = replace(working, turns=number)
        if outcome.again:
            count = next((step.count for step in outcome.plan.of(Undo)), 1)
            after = replace(after.back(count), turns=number)
        elif outcome.cards:
            steps = tuple(s for s in outcome.plan.steps if s.kind in ("filter", "similar", "rank"))
            after = after.showing(Plan(steps=steps), outcome.item_ids)
        elif outcome.reactions or outcome.facts or outcome.compared or outcome.explained:
            after = replace(after, focus=self._about(outcome))
        asked: Ask | None = outcome.asked
        return replace(after, asked=asked)

    def _about(self, outcome: Outcome) -> tuple[str, ...]:
        key = self._agent.box.schema.id_field
        rows = [row for facts in (*outcome.facts, *outcome.compared) for row in facts.rows]
        ids = [item for item, _ in outcome.reactions]
        ids += [one.card.item_id for one in outcome.explained] + [row[key] for row in rows]
        return tuple(dict.fromkeys(ids))

    def _turn(
        self,
        message: str,
        outcome: Outcome,
        reply: str,
        reasons: tuple[tuple[str, ...], ...],
        number: int,
        start: float,
    ) -> Turn:
        box = self._agent.box
        items = tuple(
            Item(c.item_id, box.lexicon.label_of(c.item_id), c.rank, c.score, why, c.row)
            for c, why in zip(outcome.cards, reasons, strict=True)
        )
        return Turn(
            number=number,
            message=message,
            plan=outcome.plan,
            funnel=outcome.candidates.funnel_json() if outcome.candidates else (),
            items=items,
            reply=reply,
            usage=Usage(ms=(time.perf_counter() - start) * 1e3),
            brain=self._agent.planner.name,
            asked=outcome.asked,
            faults=tuple(outcome.faults),
        )
