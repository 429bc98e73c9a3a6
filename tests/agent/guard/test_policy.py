"""What an operator may demand is checked when the shop is opened, and said plainly."""

import pytest

from sommelier.agent.guard import Demands
from sommelier.agent.policy import Policy
from sommelier.data.settings import TEMPLATE
from sommelier.errors import ConfigError
from sommelier.testing import cinema

BAD = {
    "an unknown key": ({"requires": "year > 1"}, "requires", "Known keys"),
    "a wrong type": ({"list_length": 0}, "list_length", "Known keys"),
    "a field that is not there": ({"require": "yeer > 1990"}, "require", "'year'"),
    "a stock that is not there": ({"available": "in_stock = true"}, "available", "Known"),
    "a payer that is not there": ({"sponsored": "sponsored = true"}, "sponsored", "Known"),
    "no condition at all": ({"require": "DROP TABLE films"}, "require", "Write conditions"),
    "an operator that does not fit": ({"require": "year CONTAINS 'x'"}, "require", "It takes"),
    "an age in no field": ({"age": {"field": "ratng"}}, "age.field", "Known"),
    "an age in prose": ({"age": {"field": "description"}}, "age.field", "number, flag"),
    "an age in words without them": ({"age": {"field": "genres"}}, "age", "values"),
    "an age below one": ({"age": {"field": "year", "over": 0}}, "age.over", "Known keys"),
    "a question about nothing": ({"ask_before": ["bugdet"]}, "ask_before", "Known"),
    "two words for one thing": ({"abstain": True, "relax": True}, "abstain", "Known keys"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_rule_that_cannot_be_followed_names_key_and_way_out(name):
    table, key, hint = BAD[name]
    with pytest.raises(ConfigError) as caught:
        Policy.from_toml(table, cinema.SCHEMA)
    assert "[policy]" in caught.value.message
    assert key in str(caught.value)
    assert hint in caught.value.hint


def test_every_rule_of_the_template_is_a_known_key():
    keys = {
        line.removeprefix("# ").split(" =")[0]
        for line in TEMPLATE.split("[policy]")[1].split("# [brain]")[0].splitlines()
        if line.startswith("# ") and " = " in line
    }
    assert {k.strip() for k in keys if k.strip() in Policy.model_fields} == (
        set(Policy.model_fields) - {"reviews"}
    )


def test_a_question_may_name_a_field_by_another_word_for_it(cinema_box):
    demands = Demands(Policy(ask_before=("rating", "genre", "genres")), cinema_box)
    assert demands.ask_before == ("average_rating", "genres")


def test_the_mask_is_what_lists_outside_a_conversation_go_by(cinema_box):
    policy = Policy.from_toml(
        {
            "require": "year >= 1990",
            "available": "runtime <= 140",
            "age": {"field": "genres", "values": ["Horror", "Splatter"]},
            "sponsored": "directors CONTAINS 'Paul Okafor'",
        },
        cinema.SCHEMA,
    )
    demands = Demands(policy, cinema_box)
    rows = cinema_box.catalog.rows(range(len(cinema_box.catalog)))
    fits = [
        bool(r["year"] and r["year"] >= 1990 and r["runtime"] and r["runtime"] <= 140) for r in rows
    ]
    assert demands.mask(grown=True).tolist() == fits
    assert demands.mask().tolist() == [
        fit and "Horror" not in row["genres"] for fit, row in zip(fits, rows, strict=True)
    ]
    assert demands.sponsored.tolist() == ["Paul Okafor" in row["directors"] for row in rows]
    assert demands.mask() is demands.mask()


def test_unrated_items_may_need_the_confirmation_too(cinema_box):
    rule = {"field": "average_rating", "over": 8}
    for unrated in (False, True):
        policy = Policy.from_toml({"age": {**rule, "unrated": unrated}})
        shown = Demands(policy, cinema_box).mask()
        senator = cinema_box.catalog.titles.index("My Cousin the Senator")
        assert bool(shown[senator]) is not unrated
        assert not shown[cinema_box.catalog.titles.index("The Last Beekeeper")]


def test_a_policy_without_rules_shows_everything(cinema_box):
    demands = Demands(Policy(), cinema_box)
    assert demands.mask().all()
    assert not demands.sponsored.any()
