"""The real dialogue dev set fits the sets it points into, the schema, and its own sample."""

import re
from collections import Counter

import pytest
from benchmarks.quality.brains.dev.load import cases, labels
from benchmarks.quality.brains.dev.sample import DRAWN, drawn
from benchmarks.quality.brains.dev.sources import present

from sommelier.agent.planners.model.schema import frame_schema
from sommelier.agent.planners.model.view import turn_text
from sommelier.agent.planners.rules.reading.link import Linker
from sommelier.agent.planners.rules.reading.words import words
from sommelier.data.demo import prepare
from sommelier.shop import Shop

WORDS_OF_THE_MESSAGE = re.compile(r"(\{\d+:\d+\} ?)*")
real = pytest.mark.skipif(not present(), reason="the shared data are not here")


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory):
    return Shop(prepare(tmp_path_factory.mktemp("demo") / "films")).box.lexicon


@pytest.fixture(scope="module")
def found(lexicon):
    return list(cases(lexicon))


def test_labels_hold_places_instead_of_the_words_that_people_wrote():
    texts = [frame.get("text", "") for label in labels() for frame in label.get("frames", ())]
    assert all(WORDS_OF_THE_MESSAGE.fullmatch(text) for text in texts)


def test_every_turn_is_labelled_once_or_dropped_for_a_reason():
    ids = [label["id"] for label in labels()]
    assert len(ids) == len(set(ids)) == sum(DRAWN.values())
    assert all(label.get("frames") or label.get("dropped") for label in labels())


@pytest.mark.real
@real
def test_the_labels_are_those_of_the_drawn_sample():
    assert [label["id"] for label in labels()] == [heard.key for heard in drawn()]


@pytest.mark.real
@real
def test_there_are_enough_turns_of_every_set(found):
    counts = Counter(case.source for case in found)
    assert counts["redial"] >= 110
    assert min(counts[source] for source in ("ccpe", "opendialkg")) >= 60
    assert counts["iard"] >= 40
    assert counts["tomt"] >= 50


@pytest.mark.real
@real
def test_every_label_is_one_that_a_model_may_write(found, lexicon):
    schema = frame_schema(lexicon)
    wrong = [
        (case.id, fault)
        for case in found
        for frame in case.frames
        for fault in schema.read(frame.to_text())[1]
    ]
    assert wrong == []


@pytest.mark.real
@real
def test_places_in_a_list_are_of_the_list_on_the_table(found):
    for case in found:
        said = re.findall(r"#(\d+)", " ".join(frame.to_text() for frame in case.frames))
        assert all(int(place) <= len(case.view.working.shown) for place in said), case.id


@pytest.mark.real
@real
def test_a_model_can_read_every_turn(found, lexicon):
    linker = Linker(lexicon, words())
    for case in found:
        told = turn_text(case.message, case.view, linker)
        assert told.endswith(case.message)
        assert told.startswith("list: ") == bool(case.view.working.shown)
