"""The package's own templates are clean, and the linter finds each fault that one can have."""

from dataclasses import replace

import pytest

from sommelier.engines.instruct.form import Form, Intention, Preference
from sommelier.engines.instruct.templates import Template, lint, templates

GOOD = Template(
    name="good",
    number=1,
    preference=Preference.IMPLICIT,
    intention=Intention.SPECIFIC,
    form=Form.RERANKING,
    text="Had: {history}\nWanted: {wish}\nOf these {nouns}:\n{candidates}\nGive the letters.",
    spoken="I want this: {wish}",
)
PAIR = replace(
    GOOD,
    form=Form.PAIRWISE,
    text="Had: {history}\nWanted: {wish}\nA. {first}\nB. {second}\nSay A or B.",
)


def swapped(before, after):
    assert before in GOOD.text
    return replace(GOOD, text=GOOD.text.replace(before, after))


def test_all_templates_of_the_package_are_clean():
    assert lint(templates()) == []


def test_what_is_good_has_no_fault():
    assert lint([GOOD]) == lint([PAIR]) == []


FAULTS = {
    "an unknown slot": (swapped("{nouns}", "{things}"), "unknown slot: {things}"),
    "a slot of another kind": (
        swapped("Wanted:", "Likes: {liking}\nWanted:"),
        "has a slot that kind P1-I2-T3 does not fill: {liking}",
    ),
    "a slot of another form": (
        swapped("Give", "Or: {item}\nGive"),
        "has a slot that kind P1-I2-T3 does not fill: {item}",
    ),
    "a context without the flag": (
        swapped("Wanted:", "When: {context}\nWanted:"),
        "has a slot that kind P1-I2-T3 does not fill: {context}",
    ),
    "the flag without a context": (
        replace(GOOD, context=True),
        "the text lacks a slot that kind P1-I2-T3 with a context fills: {context}",
    ),
    "a missing slot": (swapped("Had: {history}\n", ""), "lacks a slot that kind P1-I2-T3 fills"),
    "no candidates": (swapped("{candidates}\n", ""), "fills: {candidates}"),
    "a slot twice": (
        swapped("Wanted: {wish}", "Wanted: {wish}\nSure: {wish}"),
        "the same slot twice: {wish}",
    ),
    "a stray brace": (swapped("Of these", "Of { these"), "a brace that belongs to no slot"),
    "a slot with a format": (swapped("{nouns}", "{nouns!r}"), "a brace that belongs to no slot"),
    "an empty text": (replace(GOOD, text=" \n"), "the text is empty"),
    "the target": (swapped("Give", "Hint: {target}\nGive"), "would tell the answer: {target}"),
    "the answer": (swapped("Give the letters.", "Letters: {answer}"), "would tell the answer"),
    "an answer at the end": (replace(PAIR, text=f"{PAIR.text}\nA"), "does not say how to answer"),
    "no way to answer": (swapped("Give the letters.", "Sort."), "does not say how to answer"),
    "data at the end": (
        replace(GOOD, text="Give the letters of:\n{candidates}\nHad: {history}\nletters: {wish}"),
        "does not say how to answer",
    ),
    "one answer of two": (
        replace(PAIR, text=PAIR.text.replace("A or B", "A")),
        "it should name A and B",
    ),
    "the second as A": (
        replace(PAIR, text=PAIR.text.replace("A. {first}\nB. {second}", "{second}\n{first}")),
        "“A. {first}” and then “B. {second}”",
    ),
    "a wish in a sentence": (
        swapped("Wanted: {wish}", "They want {wish}"),
        "has {wish} inside a sentence",
    ),
    "a wish with words after it": (
        swapped("Wanted: {wish}", "Wanted: {wish} for tonight"),
        "has {wish} inside a sentence",
    ),
    "a title in a sentence": (
        swapped("Had: {history}", "They had {history}"),
        "has {history} inside a sentence",
    ),
    "an article before a noun": (
        swapped("Of these {nouns}", "Which is a {noun}"),
        "an article before {noun}",
    ),
    "nothing spoken": (replace(GOOD, spoken=""), "the spoken part is empty"),
    "speech without a speaker": (
        replace(GOOD, intention=Intention.NONE, text=GOOD.text.replace("Wanted: {wish}\n", "")),
        "the spoken part should be empty",
    ),
    "a history spoken": (
        replace(GOOD, spoken="{wish}\nHad: {history}"),
        "the spoken part has a slot that kind P1-I2-T3 does not fill: {history}",
    ),
    "a noun spoken": (
        replace(GOOD, spoken="Some {nouns} like this: {wish}"),
        "the spoken part has a slot that kind P1-I2-T3 does not fill: {nouns}",
    ),
    "a wish unspoken": (replace(GOOD, spoken="Hm."), "the spoken part lacks a slot"),
    "a spoken sentence": (
        replace(GOOD, spoken="I want {wish} now"),
        "the spoken part has {wish} inside a sentence",
    ),
    "nothing to say": (
        replace(GOOD, preference=Preference.NONE, intention=Intention.NONE),
        "says nothing",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_the_linter_finds(name):
    template, told = FAULTS[name]
    faults = lint([template])
    assert any(told in fault and fault.startswith("good/1: ") for fault in faults), faults
    assert all(fault.endswith(".") for fault in faults)


def test_a_wording_that_stands_twice_is_found_whatever_its_spaces_and_capitals():
    other = replace(GOOD, number=2, text=GOOD.text.replace("Had:", "HAD: "))
    assert "good/2: the same wording as good/1." in lint([GOOD, other])


def test_a_name_that_two_templates_have_is_found():
    other = replace(GOOD, text=GOOD.text.replace("Had", "Chose"))
    assert lint([GOOD, other]) == ["good/1: another template has this name."]


def test_a_held_out_wording_that_an_encoder_knows_from_training_is_found():
    other = replace(GOOD, number=2, text=f"Hello.\n{GOOD.text}", held_out=True)
    assert lint([GOOD, other]) == [
        "good/2: held out, but good/1, which is not, has the same spoken part."
    ]
    assert lint([GOOD, replace(other, spoken="Now: {wish}")]) == []


@pytest.mark.parametrize("kept", [{"held_out": True}, {"context": True}])
def test_a_kind_without_a_wording_that_training_can_use_is_found(kept):
    faults = lint([replace(GOOD, **kept)])
    assert "P1-I2-T3: no wording that training may see and that needs no context." in faults
