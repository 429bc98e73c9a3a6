"""The agent: message in, grounded turn out. Knows planners, tools and state; no engine, no surface.

A turn is: view -> plan -> run -> verify -> reply -> commit. It is returned only after its commit,
so killing the process loses nothing that anybody was told.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from sommelier.agent.critic import Judge, PlanCritic, Reviewed, kept, reviewed
from sommelier.agent.digest.summary import LOOKED_AT, summary
from sommelier.agent.executor import Executor
from sommelier.agent.guard import Answered, Demands, read_answer
from sommelier.agent.memory import (
    entries_of,
    events_of,
    fitting,
    forgotten,
    preview,
    situation,
    sound,
)
from sommelier.agent.outcome import Outcome
from sommelier.agent.plan import Ask, Plan, Rank, Say, Undo
from sommelier.agent.planners.base import Planned, Planner, View
from sommelier.agent.policy import Policy
from sommelier.agent.replies import Writer
from sommelier.agent.replies.phrase import Phrased, Phraser
from sommelier.agent.replies.write import Reply
from sommelier.agent.turn import Item, Turn, Usage
from sommelier.agent.working import Version, Working
from sommelier.errors import PredicateError, UnknownName, UsageError
from sommelier.hostile import harmless
from sommelier.llm.chat.budget import Budget
from sommelier.llm.language import guess
from sommelier.state.feedback import Event
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
    phraser: Phraser | None = None
    budget: Budget = field(default_factory=Budget)
    judge: Judge | None = None  # looks at plans that the critic finds nothing wrong with
    heeds: bool = False  # whether the brain reads advice and summaries

    @cached_property
    def demands(self) -> Demands:
        """The policy fitted to this catalogue; ConfigError where it names what there is not."""
        return Demands(self.policy, self.box)

    @cached_property
    def critic(self) -> PlanCritic:
        """What looks at the plans of a brain that heeds advice."""
        return PlanCritic(self.box)

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
            working = working.keeping(self.box)
            return Chat(self, session, working)
        return Chat(self, Session.new(user_id=user_id), Working())


@dataclass(frozen=True, eq=False)
class _Answer:
    """A turn that is worked out, but neither worded by a model nor stored yet."""

    planned: Planned
    outcome: Outcome
    reply: Reply
    after: Working
    events: Sequence[Event]
    forget: Sequence[int]
    time: float


class Chat:
    """One conversation. Messages are answered one after the other."""

    def __init__(self, agent: Agent, session: Session, working: Working) -> None:
        self.session = session
        self.working = working
        self._agent = agent
        self._executor = Executor(agent.box, agent.policy, agent.demands)
        self._lock = asyncio.Lock()

    async def say(self, message: str) -> Turn:
        """Return the turn that answers a message. It is stored before it is returned."""
        async with self._lock:
            start = time.perf_counter()
            with self._agent.budget.turn() as tally:
                profile = await asyncio.to_thread(self._profile)
                answer = await self._reviewed(message, profile, self._language(message))
                said = await self._phrased(message, answer)
            told = answer.planned.spent + said.usage
            # The budget counts failures too, but sees only the models that ask it.
            spent = max(tally.spent, told, key=lambda usage: usage.calls)
            usage = Usage.of(spent, (time.perf_counter() - start) * 1e3)
            return await asyncio.to_thread(self._commit, message, answer, said, usage)

    def profile(self) -> Profile:
        """Return what counts for this person now."""
        return self._profile()

    def _profile(self) -> Profile:
        stored = self._agent.store.profile(self.session.user_id, self.session.id)
        return fitting(self._agent.box, stored)

    def _language(self, message: str) -> str:
        """Return the language of a message; where it cannot be told, of the talk or catalogue."""
        spoken = "zh" if self._agent.box.lexicon.chinese else "en"
        return guess(message) or self.working.language or spoken

    def _view(self, profile: Profile, language: str) -> View:
        box = self._agent.box
        history = box.history(self.session.user_id) if self.session.user_id else ()
        known = bool(len(history)) or any(p.weight > 0 for p in profile.preferences)
        told = ""
        if self._agent.heeds and self.working.turns:
            turns = self._agent.store.turns(self.session.id, last=LOOKED_AT)
            told = summary(turns, box.lexicon)
        n = self._agent.policy.length
        return View(box.lexicon, self._table(), profile, known, n, told, language)

    def _table(self) -> Working:
        """Return the conversation as brains see it: a list that waits for an answer is on it."""
        asked = self.working.asked
        if asked is None or asked.question != "before":
            return self.working
        waiting = Version(asked.options[-1].plan, ())
        return replace(self.working, versions=(*self.working.versions, waiting), asked=None)

    async def _reviewed(self, message: str, profile: Profile, language: str) -> _Answer:
        """Let the brain plan and the critic look, until nothing is wrong or the rounds are over."""
        agent = self._agent

        async def work(planned: Planned, grown: bool | None = None) -> _Answer:
            return await asyncio.to_thread(self._answer, planned, profile, language, grown)

        answered: Answered | None = read_answer(message, self.working, agent.demands)
        if answered is not None:  # an answer to the operator is read by no brain
            return await work(Planned(answered.plan, "rules"), answered.grown)
        done: Reviewed[_Answer] = await reviewed(
            message,
            await asyncio.to_thread(self._view, profile, language),
            planner=agent.planner,
            work=work,
            critic=agent.critic,
            judge=agent.judge,
            rounds=agent.policy.reviews if agent.heeds else 0,
        )
        return replace(done.tried, planned=replace(done.tried.planned, spent=done.spent))

    def _answer(
        self, planned: Planned, profile: Profile, language: str, grown: bool | None = None
    ) -> _Answer:
        """Run, verify and word a plan; `grown` is what the message said of the person's age."""
        now, number = time.time(), self.working.turns + 1
        plan = sound(self._agent.box, planned.plan)
        working = self.working.afresh() if plan.reset else self.working
        working = working if grown is None else replace(working, grown=grown)
        expected = preview(profile, plan, (), now)
        outcome = self._run(plan, expected, working)
        events = events_of(outcome.reactions, self.session.id, number, now)
        if events and plan.of(Rank):  # a reaction counts for the list that answers it
            expected = preview(profile, plan, events, now)
            outcome = self._run(plan, expected, working)
        at = situation(self._agent.box, expected, working, self.session.user_id)
        agent = self._agent
        outcome = kept(outcome, agent.box, agent.policy, at, agent.demands)
        reply = agent.writer.speaking(language).write(outcome, expected, number)
        forget = forgotten(profile, plan)
        after = replace(self._next(outcome, working, number), language=language)
        return _Answer(planned, outcome, reply, after, events, forget, now)

    async def _phrased(self, message: str, answer: _Answer) -> Phrased:
        """Let a model word the reply, where there is one and it has not just failed."""
        phraser = self._agent.phraser
        if phraser is None or answer.planned.fell_back:
            return Phrased(answer.reply.text)
        return await phraser.phrase(message, answer.reply, answer.outcome)

    def _commit(self, message: str, answer: _Answer, said: Phrased, usage: Usage) -> Turn:
        """Store the turn; it is told only then."""
        turn = self._turn(message, answer, said, usage)
        self._agent.store.commit_turn(
            self.session,
            message,
            turn.to_json(),
            state=answer.after.to_json(),
            after=self.working.turns,
            entries=entries_of(answer.outcome.plan.updates, answer.time),
            retract=answer.forget,
            feedback=answer.events,
        )
        self.working = answer.after  # only now: a turn that could not be stored never happened
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
        if asked is not None and asked.question in ("age", "before"):
            once = asked.about if asked.question == "before" else "age"
            after = replace(after, questioned=(*after.questioned, once))
        return replace(after, asked=asked)

    def _about(self, outcome: Outcome) -> tuple[str, ...]:
        key = self._agent.box.schema.id_field
        rows = [row for facts in (*outcome.facts, *outcome.compared) for row in facts.rows]
        ids = [item for item, _ in outcome.reactions]
        ids += [one.card.item_id for one in outcome.explained] + [row[key] for row in rows]
        return tuple(dict.fromkeys(ids))

    def _turn(self, message: str, answer: _Answer, said: Phrased, usage: Usage) -> Turn:
        box, planned, outcome = self._agent.box, answer.planned, answer.outcome
        items = tuple(
            Item(
                c.item_id,
                box.lexicon.label_of(c.item_id),
                c.rank,
                c.score,
                why,
                c.row,
                c.item_id in outcome.sponsored,
            )
            for c, why in zip(outcome.cards, answer.reply.reasons, strict=True)
        )
        return Turn(
            number=answer.after.turns,
            message=message,
            plan=outcome.plan,
            funnel=outcome.candidates.funnel_json() if outcome.candidates else (),
            items=items,
            reply=harmless(said.text),
            usage=usage,
            brain=planned.brain,
            fell_back=planned.fell_back,
            phrased=said.by_model,
            asked=outcome.asked,
            faults=tuple(outcome.faults),
            language=answer.reply.language,
        )
