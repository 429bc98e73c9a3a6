"""The second pair of eyes sees the same as the packed scan, and catches planted faults."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sommelier.agent.critic import holds, verify
from sommelier.agent.outcome import Card, Outcome
from sommelier.agent.plan import Filter, Plan, Rank
from sommelier.data.predicates import Compare, from_json, to_json
from sommelier.testing import cinema, worlds
from sommelier.testing.judge import expression

CATALOGS = {name: make(60).catalog for name, make in worlds.WORLDS.items()}
CATALOGS["cinema"] = cinema.dataset().catalog
ROWS = {name: catalog.rows(range(len(catalog))) for name, catalog in CATALOGS.items()}


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(CATALOGS)), st.data())
def test_three_evaluators_agree_on_every_row(trees, name, data):
    catalog = CATALOGS[name]
    tree = catalog.packed.check(data.draw(trees(catalog)))
    mask = catalog.packed.mask(tree).tolist()
    assert [holds(tree, row, catalog.schema) for row in ROWS[name]] == mask
    kept = set(catalog.table.filter(expression(tree, catalog.schema))["item_id"])
    assert [item in kept for item in catalog.ids] == mask
    again = from_json(to_json(tree))
    assert [holds(again, row, catalog.schema) for row in ROWS[name]] == mask


FILMS = CATALOGS["cinema"]


def outcome(*titles, where=None, n=5):
    cards = []
    for place, title in enumerate(titles, 1):
        num = FILMS.titles.index(title)
        cards.append(Card(FILMS.ids[num], ROWS["cinema"][num], place, 1.0))
    steps = (Filter(where=where), Rank(n=n)) if where else (Rank(n=n),)
    return Outcome(plan=Plan(steps=steps), cards=cards, listed=True)


COMEDY = {"field": "genres", "op": "contains", "value": "Comedy"}


def titles(seen):
    return [card.row["title"] for card in seen.cards]


def test_what_breaks_a_hard_condition_is_taken_out_and_noted():
    seen = verify(outcome("Nine Umbrellas", "Moth", "Penguin Parade", where=COMEDY), FILMS.schema)
    assert titles(seen) == ["Nine Umbrellas", "Penguin Parade"]
    assert [card.rank for card in seen.cards] == [1, 2]
    [fault] = seen.faults
    assert fault.startswith(FILMS.ids[FILMS.titles.index("Moth")])


def test_what_was_refused_stands_twice_or_is_too_much_is_taken_out():
    moth = FILMS.ids[FILMS.titles.index("Moth")]
    planted = outcome("Moth", "Nine Umbrellas", "Nine Umbrellas", "Penguin Parade", n=1)
    seen = verify(planted, FILMS.schema, refused=frozenset([moth]))
    assert titles(seen) == ["Nine Umbrellas"]
    assert len(seen.faults) == 3


def test_the_operators_condition_and_the_persons_refusals_hold_without_a_plan():
    planted = outcome("Moth", "Nine Umbrellas", "Goodnight, Captain")
    seen = verify(
        planted,
        FILMS.schema,
        required=Compare("year", ">=", 1990.0),
        avoided=[Compare("genres", "contains", "Horror")],
    )
    assert titles(seen) == ["Nine Umbrellas"]


def test_an_earlier_list_shown_again_is_not_held_against_the_plan():
    planted = outcome("Moth", "Nine Umbrellas", where=COMEDY, n=1)
    planted.again = True
    assert verify(planted, FILMS.schema).faults == []


def test_a_good_list_is_left_alone():
    good = outcome("Nine Umbrellas", "Penguin Parade", where=COMEDY)
    before = list(good.cards)
    assert verify(good, FILMS.schema).cards == before


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        (Compare("year", ">", 0.0), False),
        (Compare("year", "!=", 1990.0), False),
        (Compare("year", "is_null"), True),
        (Compare("cast", "is_null"), True),
        (Compare("cast", "contains", "Tom Harker"), False),
        (Compare("genres", "contains", "DOCUMENTARY"), True),
    ],
)
def test_a_missing_value_satisfies_nothing_but_is_null(condition, kept):
    row = ROWS["cinema"][FILMS.titles.index("A Short History of Rain")]
    assert holds(condition, row, FILMS.schema) is kept
