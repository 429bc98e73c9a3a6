"""A whole turn with a language model as brain, the critic beside it, and what both took."""

import json
from dataclasses import replace

import pytest

from sommelier.agent.critic import Judge
from sommelier.agent.planners.model.planner import ModelPlanner
from sommelier.agent.policy import Policy
from sommelier.llm.chat.scripted import ScriptedModel
from sommelier.testing import agents

HALF = '{"do":"find","must":["genres=Comedy"]}'
WHOLE = '{"do":"find","must":["genres=Comedy","year=1990..1999"]}'


@pytest.fixture
def conversed(cinema_box, tmp_path, talk):
    """Say messages to an agent whose model plays these answers; returns turns and model."""

    def run(answers, *messages, judge=None, policy=None):
        model = ScriptedModel(answers)
        planner = ModelPlanner(cinema_box.lexicon, model, prompt="full")
        agent = agents.agent(cinema_box, tmp_path / "s.db", policy, planner)
        agent = replace(agent, heeds=True, judge=Judge(ScriptedModel(judge)) if judge else None)
        turns = talk(agent.chat(), *messages)
        agent.store.close()
        return turns, model

    return run


def clauses(turn):
    return json.dumps([step["where"] for step in turn.plan.to_json()["steps"] if "where" in step])


def test_a_condition_that_was_missed_is_there_after_one_more_call(conversed):
    [turn], model = conversed([HALF, WHOLE], "comedies from the 90s")
    assert turn.usage.calls == 2 and turn.brain == "scripted"
    assert "1990" in clauses(turn) and all(1990 <= i.row["year"] <= 1999 for i in turn.items)
    assert "advice: “from the 90s” is left out" in model.asked[1].messages[-1].content


def test_the_operator_may_forbid_a_second_plan(conversed):
    [turn], _ = conversed([HALF], "comedies from the 90s", policy=Policy(reviews=0))
    assert turn.usage.calls == 1 and "1990" not in clauses(turn)


def test_what_the_judge_takes_is_counted(conversed):
    [turn], _ = conversed([WHOLE], "comedies from the 90s", judge=['{"fine": true}'])
    assert turn.usage.calls == 2


def test_only_the_plan_that_stands_leaves_a_trace(conversed):
    told = '{"do":"find","told":["dislike genres=Horror"],"must":["genres=Drama"]}'
    turns, _ = conversed([told, WHOLE, HALF], "comedies from the 90s", "comedies")
    assert all(not turn.plan.updates for turn in turns)
    assert turns[0].number == 1 and turns[1].number == 2


def test_a_brain_that_heeds_is_told_what_was_said_before(conversed):
    _, model = conversed([WHOLE, '{"do":"more"}'], "comedies from the 90s", "more")
    assert "summary:" not in model.asked[0].messages[-1].content
    assert "summary: “comedies from the 90s”" in model.asked[1].messages[-1].content
