"""The files hold every kind of instruction, some of it kept out of training; bad ones are named."""

import dataclasses
from itertools import product

import pytest

from sommelier.engines.instruct.form import Form, Intention, Preference
from sommelier.engines.instruct.templates import templates
from sommelier.engines.instruct.templates.template import context_sentences, read
from sommelier.errors import DataError

KINDS = {
    f"{preference}-{intention}-{form}"
    for preference, intention, form in product(Preference, Intention, Form)
} - {f"P0-I0-{form}" for form in Form}
GOOD = """
[[template]]
name = "a-name"
kind = "P0-I2-T2"

[[template.wording]]
text = "Find: {wish}\\nAnswer with a title."
spoken = "{wish}"
"""


def names(chosen):
    return {one.name for one in chosen}


def test_there_are_44_templates_or_more_each_in_three_wordings():
    every = templates()
    assert len(names(every)) >= 44
    wordings = {name: [one for one in every if one.name == name] for name in names(every)}
    assert {name: len(those) for name, those in wordings.items() if len(those) < 3} == {}
    assert len(every) >= len(wordings) + 88  # each has two paraphrases or more


def test_every_kind_has_a_template_that_training_sees_and_that_needs_no_context():
    assert len(KINDS) == 32
    assert {one.kind for one in templates() if not one.held_out and not one.context} == KINDS


def test_every_kind_can_be_tried_on_a_wording_never_seen_in_training():
    assert {one.kind for one in templates() if one.held_out and not one.context} == KINDS


def test_about_a_quarter_is_held_out_as_a_whole_and_of_others_one_wording():
    every = templates()
    touched = names(one for one in every if one.held_out)
    whole = touched - names(one for one in every if not one.held_out)
    assert 0.2 <= len(whole) / len(names(every)) <= 0.3
    for name in touched - whole:
        assert sum(one.held_out for one in every if one.name == name) == 1


def test_context_has_templates_of_its_own_seen_and_unseen():
    own = [one for one in templates() if one.context]
    assert len(names(own)) >= 8
    assert {one.held_out for one in own} == {True, False}
    assert {one.form for one in own} == set(Form)


def test_the_sentences_for_a_context_have_its_slot_once_and_nothing_else():
    assert len(set(context_sentences())) == len(context_sentences()) >= 3
    for sentence in context_sentences():
        assert sentence.endswith(": {context}.")
        assert sentence.count("{") == 1


def test_a_wording_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        templates()[0].text = "other"


def test_a_template_knows_its_kind_and_key():
    (one,) = read("own.toml", GOOD)
    assert (one.kind, one.key) == ("P0-I2-T2", "a-name/1")
    assert not one.held_out
    assert not one.context


def test_a_template_held_out_holds_out_all_its_wordings():
    more = '\n[[template.wording]]\ntext = "x"\n'
    both = read("own.toml", GOOD.replace("kind =", "held_out = true\nkind =") + more)
    assert [one.held_out for one in both] == [True, True]
    one, other = read("own.toml", GOOD + more + "held_out = true\n")
    assert (one.held_out, other.held_out) == (False, True)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("P0-I2-T2", "P0-I2-T9", "kind"),
        ('kind = "P0-I2-T2"', "", "kind"),
        ("spoken", "speech", "wording.0.speech"),
        ("text = ", "text = 3 # ", "wording.0.text"),
        ("[[template.wording]]", "[template.other]", "wording"),
    ],
)
def test_a_bad_template_is_told_with_its_file_name_and_place(before, after, told):
    with pytest.raises(DataError, match=rf"^own\.toml, template 'a-name', {told}"):
        read("own.toml", GOOD.replace(before, after))


def test_a_template_without_a_name_is_told_by_its_number():
    with pytest.raises(DataError, match=r"own\.toml, template 'number 2', name"):
        read("own.toml", GOOD + GOOD.replace('name = "a-name"', ""))


@pytest.mark.parametrize("text", ["[[template", 'a = "b"\n', 'template = "x"\n'])
def test_a_file_that_holds_no_templates_is_told_by_its_name(text):
    with pytest.raises(DataError, match=r"^own\.toml"):
        read("own.toml", text)
