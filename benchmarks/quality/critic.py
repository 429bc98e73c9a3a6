"""How many planted faults the critic finds, and how often it objects to what is right.

    .venv/bin/python benchmarks/quality/critic.py [--n 400] [--seed 1] [--json FILE]

Conversations as in `conversations.py`, over the same worlds, by the rules brain. A turn is clean
where the judge of those conversations finds no broken promise; each clean turn is looked at as it
is (false alarms), and once more with every fault that can be planted in it:

- wrong field: a condition names a field that does not exist, or another one that does;
- missed condition: one that was said in this very message is dropped from the plan;
- contradicted profile: a condition or a model item that the person avoids, and nobody asked for;
- seen item: something from the log, refused, or shown before, that meets every condition;
- unsupported reason: a reason of each kind whose evidence does not hold for its item;
- over-long list: the plan asks for more than was said, or the list is longer than its plan.

"Clean, frame first" are demonstrations: a frame is drawn, said by a pattern, and its plan looked
at; no brain read the sentence.

A fault of the plan counts as found if the critic objects to the plan; one of the answer if exactly
what was planted is gone. No language model takes part. The critic reads messages with the rules
brain's own linker, so "missed condition" says whether what was linked is checked, not how much of
English is linked.
"""

import argparse
import asyncio
import json
import math
import platform
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sommelier.agent.agent import Agent
from sommelier.agent.critic import PlanCritic, holds, kept
from sommelier.agent.demonstrations import make
from sommelier.agent.executor import Executor
from sommelier.agent.memory import preview, situation
from sommelier.agent.outcome import Card, Outcome
from sommelier.agent.plan import Filter, Plan, Rank, Ref, Similar
from sommelier.agent.planners.base import Planned, View
from sommelier.agent.planners.model.resolve import Resolver
from sommelier.agent.planners.rules import RulesPlanner
from sommelier.agent.policy import Policy
from sommelier.agent.situation import Situation
from sommelier.agent.working import Working
from sommelier.data.dataset import Dataset
from sommelier.data.predicates import Compare, from_json
from sommelier.data.schema import Kind
from sommelier.data.where import parse
from sommelier.errors import UsageError
from sommelier.state.profiles import Entry, Preference, Profile
from sommelier.testing import agents, cinema, worlds
from sommelier.testing.judge import Judge
from sommelier.testing.talk import Talker
from sommelier.tools.base import Toolbox
from sommelier.tools.explain import Reason

POLICIES = {"products": Policy(require="in_stock = true", list_length=4)}
KINDS = (
    "wrong field",
    "missed condition",
    "contradicted profile",
    "seen item",
    "unsupported reason",
    "over-long list",
)
CLEAN = ("clean, plan", "clean, answer", "clean, frame first")
SHOWN = 12  # examples that are kept of what went wrong


class Watched:
    """The rules brain, with its last plan and what it looked at."""

    name = "rules"

    def __init__(self, box: Toolbox) -> None:
        self._brain = RulesPlanner(box.lexicon)
        self.view: View | None = None
        self.plan_made = Plan()

    async def plan(self, message: str, view: View) -> Planned:
        planned = await self._brain.plan(message, view)
        self.view, self.plan_made = view, planned.plan
        return planned


@dataclass
class World:
    name: str
    dataset: Dataset
    box: Toolbox
    policy: Policy
    brain: Watched
    agent: Agent
    critic: PlanCritic

    @classmethod
    def of(cls, name: str, dataset: Dataset, folder: Path) -> "World":
        box, policy = agents.small_toolbox(dataset), POLICIES.get(name, Policy())
        brain = Watched(box)
        agent = agents.agent(box, folder / f"{name}.db", policy, brain)
        return cls(name, dataset, box, policy, brain, agent, PlanCritic(box))


@dataclass
class Case:
    """One clean turn: what was said, what was seen, what was planned."""

    world: World
    message: str
    view: View
    plan: Plan
    user_id: str | None

    def objects(self, plan: Plan | None = None, view: View | None = None) -> list[str]:
        critic = self.world.critic
        found = critic.findings(self.message, view or self.view, plan or self.plan)
        return [f"{one.kind}: {one.what}" for one in found]

    def situation(self) -> Situation:
        working = self.view.working
        working = Working(turns=working.turns) if self.plan.reset else working
        profile = preview(self.view.profile, self.plan, (), time.time())
        return situation(self.world.box, profile, working, self.user_id)

    def outcome(self, at: Situation) -> Outcome:
        return Executor(self.world.box, self.world.policy).run(self.plan, at)

    def verified(self, outcome: Outcome, at: Situation) -> Outcome:
        return kept(outcome, self.world.box, self.world.policy, at)


class Score:
    def __init__(self) -> None:
        self.n: Counter[str] = Counter()
        self.hit: Counter[str] = Counter()
        self.examples: dict[str, list[Any]] = {}

    def note(self, kind: str, hit: bool, example: Any, *, keep: bool) -> None:
        self.n[kind] += 1
        self.hit[kind] += hit
        listed = self.examples.setdefault(kind, [])
        if keep and len(listed) < SHOWN:
            listed.append(example)

    def rate(self, kind: str) -> dict[str, Any]:
        n, hit = self.n[kind], self.hit[kind]
        low, high = interval(hit, n)
        return {"n": n, "hit": hit, "rate": round(hit / n, 4) if n else None, "ci95": [low, high]}


def interval(hit: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return Wilson's interval of a share."""
    if not n:
        return 0.0, 1.0
    share, square = hit / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)


def with_filters(plan: Plan, change: Callable[[Filter], Filter | None]) -> Plan:
    steps = (change(step) if isinstance(step, Filter) else step for step in plan.steps)
    return plan.model_copy(update={"steps": tuple(step for step in steps if step is not None)})


def own_filters(case: Case) -> list[Filter]:
    """Return the conditions that this message brought, not those of the list before."""
    before = {str(step.where) for step in case.view.working.plan.of(Filter)}
    plain = [
        s for s in case.plan.of(Filter) if "value" in s.where and s.where["field"] != "item_id"
    ]
    fresh = [
        s for s in plain if str(s.where) not in before and not isinstance(s.where["value"], dict)
    ]
    return fresh if not case.view.working.asked else []


def wrong_field(case: Case, rng: random.Random) -> Iterator[Plan]:
    for step in own_filters(case)[:1]:
        schema, name = case.world.box.schema, step.where["field"]
        kinds = {schema[name].kind}
        kinds = max({Kind.TAGS, Kind.CATEGORY}, kinds)
        others = [f.name for f in schema if f.kind in kinds and f.name != name]
        wrong = [
            f"{name}_{rng.choice(['kind', 'name', 'of', 'x'])}",
            *rng.sample(others, min(1, len(others))),
        ]
        for other in wrong:
            where = {**step.where, "field": other}
            if other in schema and schema[other].kind is Kind.CATEGORY:
                where["op"] = "=" if where["op"] == "contains" else where["op"]
            changed = step.model_copy(update={"where": where})
            yield with_filters(case.plan, lambda s, old=step, new=changed: new if s is old else s)


def missed(case: Case, rng: random.Random) -> Iterator[Plan]:
    fresh = own_filters(case)
    if fresh and case.plan.of(Rank):
        gone = rng.choice(fresh)
        yield with_filters(case.plan, lambda s: None if s is gone else s)


def against_profile(case: Case, rng: random.Random) -> Iterator[tuple[Plan, View]]:
    ranks = case.plan.of(Rank)
    if not ranks:
        return
    box, low = case.world.box, case.message.lower()
    facets = [f for f in box.lexicon.value_fields if not f.people]
    if facets:
        field = rng.choice(facets)
        value = rng.choice(box.lexicon.postings(field.name).words)
        where = {"field": field.name, "op": "=", "value": value}
        said = any(word[:4] in low for word in value.lower().split())
        if not said and str(where) not in str(case.view.working) and value not in str(case.plan):
            entry = Entry(polarity="avoid", source="said", time=0.0, condition=where)
            plan = case.plan.model_copy(update={"steps": (Filter(where=where), *case.plan.steps)})
            yield plan, disliking(case.view, entry)
    item = box.catalog.ids[rng.randrange(len(box.catalog))]
    title = box.catalog.titles[box.catalog.index[item]].lower()
    if title not in low and item not in case.view.working.focus and not case.plan.of(Similar):
        entry = Entry(polarity="dislike", source="said", time=0.0, item_id=item)
        steps = (Similar(to=(Ref(item=item),)), *case.plan.steps)
        yield case.plan.model_copy(update={"steps": steps}), disliking(case.view, entry)


def disliking(view: View, entry: Entry) -> View:
    held = [p for p in view.profile.preferences if p.entry.subject != entry.subject]
    profile = Profile((*held, Preference(entry, -1.0)), view.profile.seen)
    return replace(view, profile=profile)


def seen_item(case: Case, outcome: Outcome, at: Situation, rng: random.Random) -> str | None:
    """Put an item in that meets every condition but was met or shown before."""
    box = case.world.box
    again = outcome.repeated or any(step.again for step in outcome.plan.of(Rank))
    met = {*box.ids(at.person.known)} | (set() if again else at.working.met)
    demands = [from_json(step.where) for step in outcome.plan.of(Filter)]
    able = [
        item
        for item in sorted(met - set(outcome.item_ids))
        if all(holds(demand, box.rows([item])[0], box.schema) for demand in demands)
    ]
    if not able or not outcome.cards or outcome.again:
        return None
    item, cards = rng.choice(able), list(outcome.cards)
    place = rng.randrange(len(cards))
    cards[place] = Card(item, box.rows([item])[0], place + 1, 1.0)
    outcome.cards = cards
    return item


def false_reasons(case: Case, card: Card, at: Situation, rng: random.Random) -> Iterator[Reason]:
    """Yield a reason of every kind that does not hold for this card."""
    box = case.world.box
    for field in rng.sample(box.lexicon.value_fields, min(1, len(box.lexicon.value_fields))):
        held = card.row[field.name] or []
        own = {v.lower() for v in (held if isinstance(held, list) else [held])}
        words = [w for w in box.lexicon.postings(field.name).words if w.lower() not in own]
        if words:
            value, items = rng.choice(words), (rng.choice(box.catalog.ids),)
            condition = Compare(field.name, "=", value)
            yield Reason("meets", condition=condition)
            yield Reason("shares", field=field.name, values=(value,), items=items)
            yield Reason("leaning", condition=condition)
    strangers = set(box.catalog.ids) - set(box.ids(at.person.known))
    yield Reason("history", items=(rng.choice(sorted(strangers)),))
    yield Reason("text", values=("something nobody said",))
    yield Reason("like", items=("no such item",))
    events = float(box.counts[box.catalog.num(card.item_id)])
    yield Reason("known", amount=events + rng.randint(1, 99))
    held = [r.condition for r in card.reasons if r.kind == "meets" and r.condition is not None]
    for condition in held[:1]:
        yield Reason("misses", condition=condition)


def plant(case: Case, rng: random.Random, score: Score) -> None:
    def told(kind: str, name: str, hit: bool, what: Any) -> None:
        score.note(kind, hit, [case.world.name, case.message, what], keep=not hit)
        score.note(f"{kind}: {name}", hit, None, keep=False)

    for number, plan in enumerate(wrong_field(case, rng)):
        name = "another field" if number else "no such field"
        told("wrong field", name, bool(case.objects(plan)), plan.to_json())
    for plan in missed(case, rng):
        told("missed condition", "dropped", bool(case.objects(plan)), plan.to_json())
    for plan, view in against_profile(case, rng):
        name = "value" if isinstance(plan.steps[0], Filter) else "item"
        told("contradicted profile", name, bool(case.objects(plan, view)), plan.to_json())
    for rank in case.plan.of(Rank)[:1]:
        most = max([rank.n, case.view.n, *(r.n for r in case.view.working.plan.of(Rank))])
        longer = rank.model_copy(update={"n": min(50, most + rng.randint(1, 20))})
        steps = tuple(longer if s is rank else s for s in case.plan.steps)
        plan = case.plan.model_copy(update={"steps": steps})
        told("over-long list", "plan", bool(case.objects(plan)), plan.to_json())
    plant_outcome(case, rng, told)


def plant_outcome(case: Case, rng: random.Random, told: Callable[..., None]) -> None:
    at = case.situation()
    outcome = case.outcome(at)
    planted = copy(outcome)
    planted.faults = []
    item = seen_item(case, planted, at, rng)
    if item is not None:
        after = case.verified(planted, at)
        told("seen item", "shown", item not in after.item_ids and len(after.faults) == 1, item)
    if outcome.cards and not outcome.again:
        place = rng.randrange(len(outcome.cards))
        reasons = list(false_reasons(case, outcome.cards[place], at, rng))
        for reason in rng.sample(reasons, min(2, len(reasons))):
            planted, cards = copy(outcome), list(outcome.cards)
            planted.faults = []
            cards[place] = replace(cards[place], reasons=(*cards[place].reasons, reason))
            planted.cards = cards
            after = case.verified(planted, at)
            hit = after.cards[place].reasons == outcome.cards[place].reasons
            told("unsupported reason", reason.kind, hit and len(after.faults) == 1, str(reason))
    if len(outcome.cards) > 1 and not outcome.again:
        n = rng.randrange(1, len(outcome.cards))
        planted = copy(outcome)
        steps = (
            s.model_copy(update={"n": n}) if s.kind == "rank" else s for s in outcome.plan.steps
        )
        planted.plan = outcome.plan.model_copy(update={"steps": tuple(steps)})
        planted.faults = []
        after = case.verified(planted, at)
        told("over-long list", "shown", after.item_ids == outcome.item_ids[:n], n)


async def converse(world: World, rng: random.Random, score: Score) -> None:
    users, talker = world.dataset.interactions.user_ids, Talker(world.dataset.catalog)
    user_id = rng.choice(users) if rng.random() < 0.5 else None
    chat = world.agent.chat(user_id=user_id)
    require = parse(world.policy.require) if world.policy.require else None
    judge = Judge(world.dataset, user_id, require, world.policy.list_length, chat.profile())
    for _ in range(rng.randint(5, 10)):
        _, message = talker.say(rng.randrange(2**31))
        turn = await chat.say(message)
        broken = judge.broken(turn)
        view = world.brain.view
        if view is None or (broken and {one.kind for one in broken} != {"fault"}):
            continue
        case = Case(world, message, view, world.brain.plan_made, user_id)
        start = time.perf_counter()
        found = case.objects()
        score.n["microseconds"] += int((time.perf_counter() - start) * 1e6)
        example = [world.name, message, found]
        score.note("clean, plan", bool(found), example, keep=bool(found))
        at = case.situation()
        try:
            faults = case.verified(case.outcome(at), at).faults
        except UsageError:
            continue
        score.note("clean, answer", bool(faults), [world.name, message, faults], keep=bool(faults))
        if not found and not faults:
            plant(case, rng, score)


def by_frame(world: World, seed: int, score: Score) -> None:
    """Look at plans of frames that were there before their sentence, so no rules brain read it."""
    resolver = Resolver(world.box.lexicon)
    for pair in make(world.box, seed=seed):
        if not pair.follows:
            view = View(world.box.lexicon, Working(), Profile())
            plan = resolver.plan(pair.frame, pair.message, view)
            found = Case(world, pair.message, view, plan, None).objects()
            score.note("clean, frame first", bool(found), [pair.message, found], keep=bool(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=400, help="conversations")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=300, help="items of each generated world")
    parser.add_argument("--json", type=Path, help="write the result here, and a table beside it")
    options = parser.parse_args()
    start, score = time.perf_counter(), Score()
    with TemporaryDirectory() as folder:
        made = {name: world(options.size) for name, world in worlds.WORLDS.items()}
        made["cinema"] = cinema.dataset()
        places = [World.of(name, dataset, Path(folder)) for name, dataset in made.items()]
        for number in range(options.n):
            rng = random.Random(options.seed * 1_000_003 + number)
            asyncio.run(converse(places[number % len(places)], rng, score))
        for number in range(options.n // 8):
            by_frame(places[number % len(places)], options.seed + number // len(places), score)
    result = {
        "command": f"python benchmarks/quality/critic.py --n {options.n} --seed {options.seed} "
        f"--size {options.size}",
        "machine": f"{platform.machine()}, 2 cores, Python {platform.python_version()}",
        "planted": {kind: score.rate(kind) for kind in KINDS},
        "parts": {
            k: score.rate(k) for k in sorted(score.n) if k.split(": ")[0] in KINDS and ": " in k
        },
        "false_alarms": {kind: score.rate(kind) for kind in CLEAN},
        "ms_a_plan": round(score.n["microseconds"] / 1e3 / max(1, score.n["clean, plan"]), 2),
        "seconds": round(time.perf_counter() - start),
        "examples": {kind: kept for kind, kept in score.examples.items() if kept},
    }
    print(table(result))
    if options.json:
        text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
        options.json.write_text(text, "utf-8")
        options.json.with_suffix(".md").write_text(table(result), "utf-8")


def table(result: dict[str, Any]) -> str:
    lines = [
        "# The critic: planted faults and false alarms",
        "",
        f"`{result['command']}` ({result['machine']}, {result['seconds']} s; "
        f"{result['ms_a_plan']} ms to look at a plan). What each line means stands at the top of "
        "`critic.py`. No language model took part.",
        "",
        "| planted | n | found | 95 % interval |",
        "|---|---|---|---|",
    ]
    named = [*result["planted"].items(), *((f"– {k}", v) for k, v in result["parts"].items())]
    lines += [row(name, one) for name, one in named]
    lines += ["", "| right turns | n | objected to | 95 % interval |", "|---|---|---|---|"]
    lines += [row(name, one) for name, one in result["false_alarms"].items()]
    return "\n".join(lines) + "\n"


def row(name: str, one: dict[str, Any]) -> str:
    share = "–" if one["rate"] is None else f"{one['rate']:.1%}"
    low, high = one["ci95"]
    return f"| {name} | {one['n']:,} | {share} | {low:.1%} – {high:.1%} |"


if __name__ == "__main__":
    main()
