"""The cascade asks a model but for short messages that the rules brain is sure of."""

import asyncio

import pytest

from sommelier.agent.plan import Ask, Option, Plan
from sommelier.agent.planners.base import View
from sommelier.agent.planners.model.hybrid import HybridPlanner
from sommelier.agent.planners.model.planner import ModelPlanner
from sommelier.agent.planners.rules import RulesPlanner
from sommelier.agent.working import Working
from sommelier.errors import ModelTimeout
from sommelier.llm.chat.scripted import ScriptedModel
from sommelier.llm.language import guess
from sommelier.state.profiles import Profile


@pytest.fixture
def cascade(cinema_box, stranger):
    def planned(message, *answers, view=stranger):
        model = ScriptedModel(answers, name="embedded")
        brain = HybridPlanner(
            RulesPlanner(cinema_box.lexicon), ModelPlanner(cinema_box.lexicon, model)
        )
        assert brain.name == "rules+embedded"
        return asyncio.run(brain.plan(message, view)), model.calls

    return planned


@pytest.mark.parametrize("message", ["nineties comedies", "hello", "how many dramas?", "go back"])
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
        "comedies from the nineties",
    ],
)
def test_what_they_doubt_is_put_to_the_model(cascade, message):
    planned, calls = cascade(message, '{"do":"find","must":["genres=Drama"]}')
    assert (planned.brain, calls) == ("embedded", 1)


def test_while_a_question_waits_the_model_reads_the_answer(cascade, cinema_box):
    asked = Ask(question="which_field", options=(Option(label="year", plan=Plan()),))
    view = View(cinema_box.lexicon, Working(asked=asked), Profile())
    assert cascade("nineties comedies")[1] == 0
    assert cascade("nineties comedies", '{"do":"answer","n":1}', view=view)[1] == 1


def test_a_model_that_fails_leaves_the_plan_of_the_rules(cascade):
    planned, calls = cascade("asdf qwerty", ModelTimeout("Too slow."))
    assert (planned.brain, planned.fell_back, calls) == ("rules", "it took too long", 1)


@pytest.mark.parametrize(
    "said", ["推荐一些安静的关于童年的老电影", "un film de guerre avec des enfants", "ホラー映画"]
)
def test_a_model_that_was_taught_english_is_not_asked_about_other_languages(cinema_box, said):
    model = ScriptedModel([], name="embedded")  # has nothing to answer
    lexicon = cinema_box.lexicon
    brain = HybridPlanner(RulesPlanner(lexicon), ModelPlanner(lexicon, model))
    view = View(lexicon, Working(), Profile(), language=guess(said))
    planned = asyncio.run(brain.plan(said, view))
    assert (planned.brain, planned.fell_back, model.calls) == ("rules", "", 0)
