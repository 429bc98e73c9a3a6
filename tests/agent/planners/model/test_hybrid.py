"""The cascade asks a model but for short messages that the rules brain is sure of."""

import asyncio

import pytest

from sommelier.agent.planners.model.hybrid import HybridPlanner
from sommelier.agent.planners.model.planner import ModelPlanner
from sommelier.agent.planners.rules import RulesPlanner
from sommelier.errors import ModelTimeout
from sommelier.llm.chat.scripted import ScriptedModel


@pytest.fixture
def cascade(cinema_box, stranger):
    def planned(message, *answers):
        model = ScriptedModel(answers, name="embedded")
        brain = HybridPlanner(
            RulesPlanner(cinema_box.lexicon), ModelPlanner(cinema_box.lexicon, model)
        )
        assert brain.name == "rules+embedded"
        return asyncio.run(brain.plan(message, stranger)), model.calls

    return planned


@pytest.mark.parametrize(
    "message", ["comedies from the nineties", "hello", "how many dramas are there?", "go back"]
)
def test_what_the_rules_are_sure_of_needs_no_model(cascade, message):
    planned, calls = cascade(message)
    assert (planned.brain, calls) == ("rules", 0)


@pytest.mark.parametrize(
    "message",
    [
        "asdf qwerty",
        "films by Zorg Blimp",
        "something like Nine Umbrelas",
        "recommend me something",
        "what would my grandfather enjoy on a rainy evening after a long walk",
        "comedies from the nineties please, and no horror films",
    ],
)
def test_what_they_doubt_is_put_to_the_model(cascade, message):
    planned, calls = cascade(message, '{"do":"find","must":["genres=Drama"]}')
    assert (planned.brain, calls) == ("embedded", 1)


def test_a_model_that_fails_leaves_the_plan_of_the_rules(cascade):
    planned, calls = cascade("asdf qwerty", ModelTimeout("Too slow."))
    assert (planned.brain, planned.fell_back, calls) == ("rules", "it took too long", 1)
