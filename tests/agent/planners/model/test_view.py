"""What a model reads is short, tells what is on the table, and links the message's words."""

import asyncio
from pathlib import Path

import pytest

from sommelier.agent.planners.base import View
from sommelier.agent.planners.model.clauses import written
from sommelier.agent.planners.model.schema import frame_schema
from sommelier.agent.planners.model.view import catalogue_text, linked, turn_text
from sommelier.agent.planners.rules.reading.link import Linker
from sommelier.agent.planners.rules.reading.words import words
from sommelier.agent.working import Working
from sommelier.state.profiles import Profile
from sommelier.testing.agents import agent, small_toolbox
from sommelier.testing.worlds import WORLDS, films
from sommelier.tools.base import Toolbox


@pytest.fixture(scope="module")
def box() -> Toolbox:
    return small_toolbox(films(200))


def view_of(box: Toolbox, working: Working | None = None) -> View:
    return View(box.lexicon, working or Working(), Profile())


def test_the_catalogue_takes_one_line_a_field(box: Toolbox) -> None:
    lines = catalogue_text(box.lexicon).splitlines()
    assert lines[0] == "films"
    assert any(line.startswith("runtime (length): number") and "minutes" in line for line in lines)
    assert any(line.startswith("directors (director): people") for line in lines)
    assert not any(line.startswith("item_id") for line in lines)


def test_a_message_alone_stands_alone(box: Toolbox) -> None:
    assert turn_text("hello", view_of(box), Linker(box.lexicon, words())) == "hello"


def test_words_are_linked_to_values_ranges_and_orders(box: Toolbox) -> None:
    linker = Linker(box.lexicon, words())
    said = "comedies from the nineties under two hours, newest first"
    found = linked(said, view_of(box), linker)
    assert {"genres=Comedy", "year=1990..1999", "runtime<120", "sort -year"} <= set(found)


def test_comparatives_are_linked_to_what_was_shown(box: Toolbox) -> None:
    linker = Linker(box.lexicon, words())
    assert linked("shorter", view_of(box), linker) == ["runtime<#"]
    assert linked("these are too long", view_of(box), linker) == ["runtime<#"]
    (short,) = linked("something not too long", view_of(box), linker)
    assert short.startswith("runtime<=")


def test_a_title_after_like_is_linked(box: Toolbox) -> None:
    title = box.catalog.titles[3]
    found = linked(f"something like {title.lower()}", view_of(box), Linker(box.lexicon, words()))
    assert found[0].startswith(title)


def test_the_list_on_the_table_is_told_in_clauses(box: Toolbox, tmp_path: Path) -> None:
    chat = agent(box, tmp_path / "state.db").chat()
    asyncio.run(chat.say("comedies after 1960, no horror"))
    text = turn_text("shorter", view_of(box, chat.working), Linker(box.lexicon, words()))
    first = text.splitlines()[0]
    assert first.startswith("list: ")
    for told in ("genres=Comedy", "year>1960", "no genres=Horror", "5 shown"):
        assert told in first


@pytest.mark.parametrize("world", WORLDS)
def test_every_condition_that_a_brain_makes_can_be_written(world: str, tmp_path: Path) -> None:
    box = small_toolbox(WORLDS[world](120))
    schema = frame_schema(box.lexicon)
    for field in box.schema:
        if field.hidden or field.kind not in ("category", "tags"):
            continue
        for value in box.lexicon.postings(field.name).words[:5]:
            op = "=" if field.kind == "category" else "contains"
            (clause,) = written({"field": field.name, "op": op, "value": value}, box.schema)
            assert schema.faults({"do": "find", "must": [clause]}) == []
            negated = {"not": {"field": field.name, "op": op, "value": value}}
            assert written(negated, box.schema) == [f"no {clause}"]


def test_the_schema_knows_this_catalogue_only(box: Toolbox) -> None:
    schema = frame_schema(box.lexicon)
    right = {"do": "find", "must": ["genres=Comedy|War", "year=1990..1999", "runtime<#2"], "n": 3}
    assert schema.faults(right) == []
    for wrong in (
        {"do": "find", "must": ["genres=Nonsense"]},
        {"do": "find", "must": ["colour=red"]},
        {"do": "find", "must": ["year=soon"]},
        {"do": "find", "sort": "genres"},
        {"do": "facts", "fields": ["price"]},
        {"do": "find", "n": 99},
    ):
        assert schema.faults(wrong), wrong


def test_a_relative_condition_is_written_with_a_hash(box: Toolbox) -> None:
    where = {"field": "year", "op": ">", "value": {"step": 1, "field": "year", "of": "mean"}}
    assert written(where, box.schema) == ["year>#"]
