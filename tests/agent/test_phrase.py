"""A model may word a reply, but only from its evidence; what it adds is taken out."""

from dataclasses import replace

import pytest

from sommelier.agent.plan import Filter, Plan, Rank
from sommelier.agent.replies.grounded import Evidence, grounded
from sommelier.agent.replies.phrase import Phraser
from sommelier.errors import ModelFault
from sommelier.llm.chat.base import Completion
from sommelier.llm.chat.scripted import ScriptedModel
from sommelier.testing import agents

DRAMAS = Plan(
    steps=(Filter(where={"field": "genres", "op": "contains", "value": "Drama"}), Rank(n=3))
)


@pytest.fixture
def phrased(cinema_box, tmp_path, talk):
    """Return the turn of one list of dramas that a model words, and the model."""

    def made(*answers):
        model = ScriptedModel(answers)
        agent = agents.agent(cinema_box, tmp_path / "s.db", planner=agents.Scripted(DRAMAS))
        agent = replace(agent, phraser=Phraser(model, cinema_box))
        [turn] = talk(agent.chat(), "something sad")
        agent.store.close()
        return turn, model

    return made


def first(box, n=0):
    return box.catalog.titles[n]


def titles(phrased):
    turn, _ = phrased("")
    return [item.row["title"] for item in turn.items]


def test_a_wording_from_the_evidence_replaces_the_written_reply(phrased):
    one = titles(phrased)[0]
    turn, model = phrased(f"Here are three dramas; I would begin with {one}.")
    assert turn.reply == f"Here are three dramas; I would begin with {one}."
    assert turn.phrased
    assert turn.usage.calls == model.calls == 1
    assert turn.usage.prompt_tokens > 0


def test_an_invented_title_is_taken_out_with_its_sentence(phrased):
    one = titles(phrased)[0]
    turn, _ = phrased(f"I would begin with {one}. You could also try Moonlight Over Vienna.")
    assert turn.reply == f"I would begin with {one}."


@pytest.mark.parametrize(
    "invented",
    [
        "It was made in 1871.",
        "It runs 999 minutes.",
        "Zorblax is a gem.",
        "Critics call it “the film of the decade”.",
        "It stars Meryl Streep.",
        "There are seven hundred like it.",
        "It won 11 Oscars.",
        "A western through and through.",
    ],
)
def test_what_the_evidence_does_not_say_is_not_said(phrased, invented):
    one = titles(phrased)[0]
    turn, _ = phrased(f"Do try {one}. {invented}")
    assert turn.reply == f"Do try {one}."


def test_a_fact_of_one_item_cannot_be_told_of_another(cinema_box):
    evidence = Evidence("Two fit:", {"Ash (1990)": "year: 1990", "Elm (2001)": "year: 2001"})
    said = "Ash is from 1990. Elm is from 1990. They are from 1990 and 2001."
    kept = grounded(said, evidence, cinema_box.lexicon)
    assert kept == "Ash is from 1990. They are from 1990 and 2001."


def test_a_number_after_a_title_makes_it_another_title(cinema_box):
    evidence = Evidence("Two fit:", {"Ash": "runtime: 2"})
    assert grounded("Ash 2 is fine.", evidence, cinema_box.lexicon) == ""
    assert grounded("Ash II is fine.", evidence, cinema_box.lexicon) == ""


def test_a_title_with_a_full_stop_does_not_end_its_sentence(cinema_box):
    evidence = Evidence("One fits:", {"Mr. Ash": "genres: Drama"})
    kept = grounded("Do see Mr. Ash, a drama. See Mr. Elm too.", evidence, cinema_box.lexicon)
    assert kept == "Do see Mr. Ash, a drama."


def test_where_nothing_is_left_the_written_reply_stands(phrased):
    written, _ = phrased("")
    turn, _ = phrased("Moonlight Over Vienna won 11 Oscars.")
    assert turn.reply == written.reply
    assert not turn.phrased
    assert turn.usage.calls == 1


def test_a_model_that_fails_leaves_the_written_reply(phrased):
    written, _ = phrased("")
    turn, _ = phrased(ModelFault("down"))
    assert (turn.reply, turn.phrased, turn.usage.calls) == (written.reply, False, 0)


def test_a_wording_that_was_cut_off_ends_with_its_last_whole_sentence(phrased):
    text = "I would begin with these. They are all very"
    turn, _ = phrased(Completion(text=text, model="scripted", finish="length"))
    assert turn.reply == "I would begin with these."


def test_questions_and_small_talk_are_not_reworded(cinema_box, cinema_agent, talk):
    model = ScriptedModel([])
    agent = replace(cinema_agent, phraser=Phraser(model, cinema_box))
    turns = talk(agent.chat(), "hello", "thanks", "something")
    assert model.calls == 0
    assert not any(turn.phrased for turn in turns)


def test_notes_are_never_reworded(cinema_box, cinema_agent, talk):
    plain = talk(cinema_agent.chat(), "like nigt fery")[0]
    assert "nigt fery" in plain.reply
    model = ScriptedModel(lambda _: "These might please you.")
    agent = replace(cinema_agent, phraser=Phraser(model, cinema_box))
    worded = talk(agent.chat(), "like nigt fery")[0]
    if worded.phrased:
        assert worded.reply.endswith("These might please you.")
        assert worded.reply.startswith(plain.reply.split(".")[0])
    else:
        assert worded.asked


def test_the_prompt_holds_the_reply_and_a_few_items_never_the_candidates(phrased):
    _, model = phrased("")
    text = model.asked[0].messages[-1].content
    assert len(text) < 4_000
    assert "written" in text
    assert "user" not in text
