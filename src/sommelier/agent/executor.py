"""Runs a plan over the tools, without asking any model.

The operator's policy and the person's standing refusals join the plan's own conditions here, so
they hold whatever brain wrote the plan. When nothing fits, it finds out which conditions stand in
the way, and asks.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations
from typing import Any

import numpy as np

from sommelier.agent.guard import Demands, age_question, another_question, first_question
from sommelier.agent.guard.questions import due
from sommelier.agent.memory import avoided, leanings, longings
from sommelier.agent.outcome import Card, Explained, Facts, Outcome
from sommelier.agent.plan import (
    Ask,
    Compare,
    Explain,
    Filter,
    Lookup,
    Option,
    Plan,
    Rank,
    React,
    Ref,
    Say,
    Similar,
    Undo,
)
from sommelier.agent.policy import Policy
from sommelier.agent.situation import Situation
from sommelier.data.predicates import All, Not, Predicate, conditions, from_json
from sommelier.data.schema import Kind
from sommelier.errors import PredicateError, UsageError
from sommelier.tools.base import Toolbox
from sommelier.tools.candidates import Candidates
from sommelier.tools.explain import explain
from sommelier.tools.filter import filter_items
from sommelier.tools.lookup import aggregate, lookup
from sommelier.tools.rank import Wishes, rank
from sommelier.types import Json

__all__ = ["Executor"]

_RELAXED = 3  # ways out that are offered when nothing fits


class Executor:
    """Runs plans on one toolbox under one policy."""

    def __init__(self, box: Toolbox, policy: Policy, demands: Demands | None = None) -> None:
        """`demands` is the policy fitted to the box, where that was done before."""
        self._box, self._policy = box, policy
        self._demands = demands or Demands(policy, box)

    def run(self, plan: Plan, at: Situation) -> Outcome:
        """Return what comes of a plan; PredicateError for a condition that does not fit."""
        done = Outcome(plan=plan)
        results: list[list[dict[str, Any]]] = []  # rows of each step, for references
        hard: list[Filter] = []
        seeds: tuple[str, ...] = ()
        steps: list[Any] = []
        for planned in plan.steps:
            step: Any = planned
            rows: list[dict[str, Any]] = []
            match step:
                case Lookup():
                    rows = self._look_up(step, plan, at, done)
                case Filter():
                    step = step.model_copy(update={"where": _resolved(step.where, results)})
                    hard.append(step)
                case Similar():
                    seeds = self._items(step.to, at, results)
                    step = Similar(to=tuple(Ref(item=item) for item in seeds))
                case Rank():
                    kept = tuple(
                        s for s in (*steps, step) if s.kind in ("filter", "similar", "rank")
                    )
                    self._rank(step, hard, seeds, at, done, Plan(steps=kept))
                    rows = [card.row for card in done.cards]
                case _:
                    self._other(step, at, done, results)
            steps.append(step)
            results.append(rows)
        done.plan = plan.model_copy(update={"steps": tuple(steps)})
        self._ask(done, at)
        return done

    def _ask(self, done: Outcome, at: Situation) -> None:
        """Ask what the operator wants asked, and note what is paid for."""
        rule = self._policy.age
        due_now = done.asked is not None and done.asked.question == "before"
        if rule is not None and done.for_adults and not due_now:
            if "age" not in at.working.questioned:
                kept = ("lookup", "filter", "similar", "rank", "explain", "compare")
                steps = tuple(s for s in done.plan.steps if s.kind in kept)
                done.asked = age_question(rule.over, Plan(steps=steps))
            elif not done.cards:
                done.said.append(Say(topic="age_withheld", about=str(rule.over)))
        if self._policy.one_at_a_time and done.listed and done.cards and done.asked is None:
            steps = tuple(s for s in done.plan.steps if s.kind in ("filter", "similar", "rank"))
            if not done.again:
                done.asked = another_question(Plan(steps=steps))
        key = self._box.schema.id_field
        told = [row[key] for facts in (*done.facts, *done.compared) for row in facts.rows]
        told += [one.card.item_id for one in done.explained]
        told += [answer.item_id for answer, _ in done.answers if answer.item_id]
        done.sponsored = self._demands.paid_for(dict.fromkeys([*done.item_ids, *told]))

    def _allowed(self, items: Sequence[str], at: Situation, done: Outcome) -> tuple[str, ...]:
        """Return the items without those that wait for the person's age."""
        gone = self._demands.restricted(items, grown=at.working.grown is True)
        done.for_adults += len(gone)
        return tuple(item for item in items if item not in gone)

    def _other(self, step: Any, at: Situation, done: Outcome, results: list[list[Any]]) -> None:
        match step:
            case Explain():
                for item in self._allowed(self._items((step.item,), at, results), at, done):
                    plan = at.working.plan_of(item)
                    done.explained.append(Explained(self._cards_of([item], plan, at)[0]))
            case Compare():
                named = self._items(step.items, at, results)
                rows = self._box.rows(self._allowed(named, at, done))
                if not rows:
                    return
                done.compared.append(Facts(tuple(rows)))
            case Undo():
                before = at.working.back(step.count)
                done.again = done.listed = True
                shown = self._allowed(before.shown, at, done)
                done.cards = self._cards_of(shown, before.plan, at) if shown else []
                done.n_fit = len(done.cards)
            case React():
                items = self._items(step.items, at, results)
                done.reactions += [(item, step.feedback) for item in items]
            case Ask():
                done.asked = step
            case Say():
                done.said.append(step)

    def _look_up(
        self, step: Lookup, plan: Plan, at: Situation, done: Outcome
    ) -> list[dict[str, Any]]:
        if step.aggregate:
            where = self._counted(step, at)
            answer = aggregate(self._box, step.aggregate, next(iter(step.fields), ""), where)
            done.answers.append((answer, step.where))
            return self._box.rows([answer.item_id]) if answer.item_id else []
        items = self._items(step.items, at, [])
        if plan.of(Rank):  # the facts are only there for a later step
            return lookup(self._box, items, step.fields)
        rows = lookup(self._box, self._allowed(items, at, done), step.fields)
        if rows:
            done.facts.append(Facts(tuple(rows), step.fields))
        return rows

    def _counted(self, step: Lookup, at: Situation) -> Predicate | None:
        """Return over which items an answer is taken: what names an item shows it."""
        grown = at.working.grown is True
        adult = self._demands.adult if not grown else None
        kept: Predicate | None = Not(adult) if adult is not None else None
        if step.aggregate in ("min", "max"):
            kept = self._demands.shown(grown=grown)
        parts = ([from_json(step.where)] if step.where else []) + ([kept] if kept else [])
        return All(tuple(parts)) if len(parts) > 1 else next(iter(parts), None)

    def _items(
        self, refs: Sequence[Ref], at: Situation, results: list[list[dict[str, Any]]]
    ) -> tuple[str, ...]:
        found: list[str] = []
        for ref in refs:
            if ref.item is not None:
                self._box.catalog.num(ref.item)  # UnknownName for what is not in the catalogue
                found.append(ref.item)
            elif ref.shown is not None:
                if ref.shown > len(at.working.shown):
                    raise UsageError(f"There is no item {ref.shown} in the list shown.")
                found.append(at.working.shown[ref.shown - 1])
            else:
                key, step = self._box.schema.id_field, ref.step or 1
                if step > len(results):
                    raise UsageError(f"Step {step} has no result yet.")
                found += [row[key] for row in results[step - 1]]
        return tuple(dict.fromkeys(found))

    def _wishes(self, step: Rank, seeds: Sequence[str], at: Situation) -> Wishes:
        if step.sort:
            self._box.schema.require(step.sort, Kind.NUMBER, Kind.DATE)
        return Wishes(
            query=at.person.query,
            text=step.text,
            seeds=self._box.catalog.nums(seeds),
            soft=tuple(self._fitting(soft.where) for soft in step.prefer),
            leanings=leanings(at.profile),
            longings=longings(at.profile, step.text),
            sort=(step.sort, step.descending) if step.sort else None,
        )

    def _fitting(self, where: Json) -> Predicate:
        return self._box.check(from_json(where))

    def _rank(
        self,
        step: Rank,
        hard: Sequence[Filter],
        seeds: Sequence[str],
        at: Situation,
        done: Outcome,
        plan: Plan,
    ) -> None:
        field = due(self._demands, plan, at)
        if field is not None:
            done.asked = first_question(self._demands, field, plan)
            return
        wishes = self._wishes(step, seeds, at)
        whole = self._narrowed(hard, at)
        pool = self._of_age(whole, at)
        done.for_adults += len(whole) - len(pool)
        n = 1 if self._policy.one_at_a_time else step.n
        met = at.person.known if not self._policy.show_consumed else at.person.refused
        shown = self._box.catalog.nums(() if step.again else sorted(at.working.met))
        ranked = rank(self._box, pool, wishes, n, leave_out=at.person.joined(met, shown))
        if not len(ranked) and len(pool) and plan.steps != at.working.plan.steps:
            # A narrower wish may lead to what was on the table: saying "seen" would be no answer.
            ranked = rank(self._box, pool, wishes, n, leave_out=met)
            done.repeated = len(ranked) > 0
        done.avoided = avoided(at.profile, (f.where for f in hard))
        done.listed, done.n_fit, done.candidates = True, len(pool), ranked
        conditions_ = [from_json(f.where) for f in hard]
        done.cards = _cards(self._box, ranked, explain(self._box, ranked, wishes, conditions_))
        soft = [f"soft{i}" for i, w in enumerate(wishes.soft) if not self._hint(w) and len(ranked)]
        done.unmet = sum(any(ranked.parts[s][i] == 0 for s in soft) for i in range(len(ranked)))
        if not len(ranked):
            done.withheld = len(pool)
            if len(pool):
                done.asked = self._once_more(plan, step)
            elif self._policy.relax:
                done.asked = self._way_out(plan, hard, at)

    def _of_age(self, pool: Candidates, at: Situation) -> Candidates:
        """Return the candidates without those that wait for the person's age."""
        if self._demands.adult is None or at.working.grown is True:
            return pool
        return filter_items(self._box, pool, Not(self._demands.adult))

    def _once_more(self, plan: Plan, step: Rank) -> Ask:
        """Return the question whether to show again what was shown before."""
        again = step.model_copy(update={"again": True})
        steps = tuple(again if one is step else one for one in plan.steps)
        return Ask(question="again", options=(Option(label="", plan=Plan(steps=steps)),))

    def _hint(self, wish: Predicate) -> bool:
        """Return whether a wish is about free keywords only: lacking one proves nothing."""
        return all(self._box.lexicon.loose(c.field) for c in conditions(wish))

    def _narrowed(self, hard: Sequence[Filter], at: Situation) -> Candidates:
        pool = self._box.everything()
        if self._demands.required is not None:
            pool = filter_items(self._box, pool, self._demands.required)
        for refused in avoided(at.profile, (step.where for step in hard)):
            pool = self._without(pool, refused)
        for step in hard:
            pool = filter_items(self._box, pool, from_json(step.where))
        return pool

    def _without(self, pool: Candidates, refused: Predicate) -> Candidates:
        try:
            return filter_items(self._box, pool, ~refused)
        except PredicateError:  # the catalogue no longer has that value: nothing to leave out
            return pool

    def _way_out(self, plan: Plan, hard: Sequence[Filter], at: Situation) -> Ask | None:
        """Return the question which condition to let go, the one that keeps most items first."""
        ways: list[tuple[int, Option]] = []
        for size in (1, 2):  # the fewest conditions first
            for left_out in combinations(hard, size) if size < len(hard) and not ways else ():
                kept = self._narrowed([s for s in hard if s not in left_out], at)
                n_left = len(self._of_age(kept, at))
                if n_left:
                    steps = tuple(step for step in plan.steps if step not in left_out)
                    said = " + ".join(step.said or "one condition" for step in left_out)
                    label = f"{said}|{n_left}"
                    ways.append((n_left, Option(label=label, plan=Plan(steps=steps))))
        ways.sort(key=lambda way: -way[0])
        options = tuple(option for _, option in ways[:_RELAXED])
        return Ask(question="relax", options=options) if options else None

    def _cards_of(self, items: Sequence[str], plan: Plan, at: Situation) -> list[Card]:
        """Return cards of items already shown, with the reasons that their plan gave them."""
        step: Rank = next(iter(plan.of(Rank)), Rank())
        seeds = [ref.item for s in plan.of(Similar) for ref in s.to if ref.item]
        wishes = replace(self._wishes(step, [], at), seeds=self._box.catalog.nums(seeds))
        nums = self._box.catalog.nums(items)
        everything = Candidates.everything(len(self._box.catalog))
        whole = rank(
            self._box,
            everything.narrowed(nums, "shown", {}, 0.0),
            replace(wishes, sort=None),
            len(nums),
        )
        conditions_ = [from_json(f.where) for f in plan.of(Filter)]
        cards = _cards(self._box, whole, explain(self._box, whole, wishes, conditions_, alone=True))
        by_id = {card.item_id: card for card in cards}
        rows = dict(zip(items, self._box.rows(items), strict=True))
        return [
            replace(by_id.get(item, Card(item, rows[item], place, 0.0)), rank=place)
            for place, item in enumerate(items, 1)
        ]


def _cards(box: Toolbox, ranked: Candidates, reasons: Sequence[Sequence[Any]]) -> list[Card]:
    scores = np.zeros(len(ranked)) if ranked.scores is None else ranked.scores
    rows = box.catalog.rows(ranked.nums)
    ids = box.ids(ranked.nums)
    return [
        Card(item_id, row, place, round(float(score), 4), tuple(why))
        for place, (item_id, row, score, why) in enumerate(
            zip(ids, rows, scores, reasons, strict=True), 1
        )
    ]


def _resolved(where: Any, results: list[list[dict[str, Any]]]) -> Any:
    """Return a condition with references to earlier steps replaced by their values."""
    match where:
        case {"step": int(step), "field": str(field_name), **more}:
            rows = results[step - 1] if step <= len(results) else []
            values = [_amount(row[field_name]) for row in rows if row.get(field_name) is not None]
            if not values:
                raise UsageError(f"Step {step} gives no value of {field_name!r} to compare with.")
            match more.get("of", "mean"):
                case "min":
                    return min(values)
                case "max":
                    return max(values)
                case _:
                    mean = sum(values) / len(values)
                    whole = all(value.is_integer() for value in values)
                    return float(round(mean)) if whole else mean
        case dict():
            return {key: _resolved(value, results) for key, value in where.items()}
        case list():
            return [_resolved(value, results) for value in where]
        case _:
            return where


def _amount(value: Any) -> float:
    """Return a number, or a day as days since 1970, as conditions hold them."""
    return float((value - date(1970, 1, 1)).days if isinstance(value, date) else value)
