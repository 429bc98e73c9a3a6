"""Whatever frame a model writes, its plan runs, on every world and wherever a talk stands."""

import asyncio
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sommelier.agent.executor import Executor
from sommelier.agent.memory import preview, situation, sound
from sommelier.agent.plan import Ask
from sommelier.agent.planners.base import View
from sommelier.agent.planners.model.frame import ACTS, STANCES, TOPICS, Frame
from sommelier.agent.planners.model.resolve import Resolver
from sommelier.agent.planners.model.schema import frame_schema
from sommelier.agent.policy import Policy
from sommelier.agent.replies import Writer
from sommelier.agent.working import Working
from sommelier.data.schema import Kind
from sommelier.testing import agents
from sommelier.testing.worlds import WORLDS

OPENINGS = ("something good", "show me anything", "what do you recommend?", "newest first")
VALUED = (Kind.CATEGORY, Kind.TAGS)
junk = st.text(max_size=30) | st.sampled_from(["#", "#0", "#99", "=", "a=b=c", "..", "genres=|"])


class World:
    """A small shop, and views of conversations with it."""

    def __init__(self, name, folder):
        self.box = agents.small_toolbox(WORLDS[name](60))
        self.resolver = Resolver(self.box.lexicon)
        self.executor = Executor(self.box, Policy())
        self.writer = Writer(self.box)
        agent = agents.agent(self.box, folder / f"{name}.db")
        chat = agent.chat()
        self.views = [View(self.box.lexicon, Working(), chat.profile())]
        for opening in (
            *OPENINGS,
            self.box.catalog.titles[0],
            f"i love {self.box.catalog.titles[1]}",
        ):
            asyncio.run(chat.say(opening))
            self.views.append(View(self.box.lexicon, chat.working, chat.profile(), True))
        agent.store.close()

    def clauses(self):
        fields = [f for f in self.box.schema if not f.hidden]
        return st.sampled_from(fields).flatmap(self.clause)

    def clause(self, field):
        sign = st.sampled_from(["=", "=", "<", "<=", ">", ">=", "~"])
        value = st.sampled_from(["#", "#1", "#2", "#9", "yes", "0", "7.5", "1999", "2001-02-30"])
        cells = [str(one) for one in self.box.catalog.table[field.name].drop_nulls().to_list()[:9]]
        if field.kind in VALUED:
            cells = list(self.box.lexicon.postings(field.name).words)
        value |= st.sampled_from(cells or ["x"])
        value |= st.tuples(value, st.sampled_from(["|", ".."]), value).map("".join)
        return st.tuples(st.just(field.name), sign, value | junk).map("".join)

    def items(self):
        titles = st.sampled_from(self.box.catalog.titles[:20])
        return (
            titles
            | titles.map(str.lower)
            | titles.map(lambda t: t[1:])
            | st.sampled_from(["#1", "#2", "#5", "#6", "it", "Nowhere At All"])
        )

    def frames(self):
        names = st.sampled_from([f.name for f in self.box.schema] + ["nonsense", "length"])
        one, item = self.clauses() | junk, self.items() | junk
        told = st.tuples(st.sampled_from([*STANCES, "adore"]), st.just(" "), one | item)
        slots = {
            "told": several(told.map("".join)),
            "items": several(item),
            "fields": several(names),
            "like": several(item),
            "must": several(one),
            "no": several(one | item),
            "prefer": several(one),
            "drop": several(names),
            "text": st.sampled_from(["", "", "slow space", "shorter than 90", "not sad"]) | junk,
            "sort": st.just("") | names | names.map("-{}".format),
            "n": st.none() | st.integers(1, 50),
            "topic": st.none() | st.sampled_from(TOPICS),
        }
        return st.fixed_dictionaries({"do": st.sampled_from(ACTS)}, optional=slots).map(
            Frame.from_json
        )


def several(one):
    return st.lists(one, max_size=3).map(tuple)


@pytest.fixture(scope="module")
def shops(tmp_path_factory):
    return {name: World(name, tmp_path_factory.mktemp("talks")) for name in WORLDS}


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), name=st.sampled_from(list(WORLDS)))
def test_the_plan_of_any_frame_runs_and_can_be_said(shops, data, name):
    shop = shops[name]
    frame = data.draw(shop.frames(), label="frame")
    view = data.draw(st.sampled_from(shop.views), label="view")
    runs(shop, shop.resolver.plan(frame, data.draw(junk, label="message"), view), view)


def runs(shop, plan, view):
    """Run a plan and word it, and the plans of the answers that it offers."""
    plan = sound(shop.box, plan)
    profile = preview(view.profile, plan, (), 0.0)
    at = situation(shop.box, profile, view.working, None)
    shop.writer.check(plan)
    outcome = shop.executor.run(plan, at)
    assert shop.writer.write(outcome, profile, 1).text
    for ask in plan.of(Ask):
        for option in ask.options:
            runs(shop, option.plan, view)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), name=st.sampled_from(list(WORLDS)))
def test_clauses_of_the_schema_become_conditions_of_their_field(shops, data, name):
    shop = shops[name]
    schema = frame_schema(shop.box.lexicon)
    clause = data.draw(shop.clauses(), label="clause")
    if schema.faults({"do": "count", "must": [clause]}) or "#" in clause:
        return
    plan = shop.resolver.plan(Frame(do="count", must=(clause,)), "", shop.views[0])
    [step] = plan.steps
    told = [note.about for note in plan.notes]
    named = re.match(r"\w+", clause)[0]
    assert step.kind == "say" or named in str(step.where) or told
