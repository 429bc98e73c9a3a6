"""Plans are run as written, under the operator's rules, whatever brain wrote them."""

import pytest

from sommelier.agent.plan import (
    Ask,
    Compare,
    Explain,
    Filter,
    Lookup,
    Plan,
    Rank,
    React,
    Ref,
    Say,
    Similar,
    Soft,
    Undo,
    Update,
)
from sommelier.agent.policy import Policy
from sommelier.errors import ConfigError, UsageError
from sommelier.testing import agents

COMEDY = {"field": "genres", "op": "contains", "value": "Comedy"}
HORROR = {"field": "genres", "op": "contains", "value": "Horror"}
RECENT = {"field": "year", "op": ">=", "value": 1990}


@pytest.fixture
def run(cinema_box, tmp_path, talk):
    """Run plans in one conversation; returns the turns."""

    def played(*plans, policy=None, user_id=None):
        brain = agents.Scripted(*plans)
        agent = agents.agent(cinema_box, tmp_path / "state.db", policy, brain)
        turns = talk(agent.chat(user_id=user_id), *["…"] * len(plans))
        agent.store.close()
        return turns if len(turns) > 1 else turns[0]

    return played


@pytest.fixture
def ids(cinema_box):
    return dict(zip(cinema_box.catalog.titles, cinema_box.catalog.ids, strict=True))


def titles(turn):
    return {item.row["title"] for item in turn.items}


def wish(*steps, **more):
    return Plan(steps=(*steps, Rank(**more)))


def test_every_filter_holds_and_the_funnel_tells_of_each(run):
    turn = run(wish(Filter(where=COMEDY), Filter(where=RECENT), n=10))
    assert titles(turn) == {
        "The Paper Lighthouse",
        "Nine Umbrellas",
        "Marzipan Street",
        "Saturn for Beginners",
        "Penguin Parade",
        "My Cousin the Senator",
    }
    assert [(s["tool"], s["before"], s["after"]) for s in turn.funnel] == [
        ("filter", 20, 6),
        ("filter", 6, 6),
        ("rank", 6, 6),
    ]


def test_what_the_operator_requires_holds_in_every_list(run):
    policy = Policy(require="year >= 2000 AND NOT genres CONTAINS 'Horror'")
    for plan in (wish(n=20), wish(Filter(where=COMEDY), n=20), wish(Filter(where=HORROR))):
        turn = run(plan, policy=policy)
        assert all(i.row["year"] >= 2000 and "Horror" not in i.row["genres"] for i in turn.items)
        assert turn.faults == ()
    assert not turn.items


def test_what_a_person_has_met_is_not_shown_unless_the_operator_says_so(run):
    seen = {"Seven Doors Down", "Night Ferry"}
    thrillers = wish(Filter(where={"field": "genres", "op": "contains", "value": "Crime"}), n=9)
    assert titles(run(thrillers, user_id="v0")) == {"My Cousin the Senator"}
    assert titles(run(thrillers)) == {*seen, "My Cousin the Senator"}
    shown = run(thrillers, user_id="v0", policy=Policy(show_consumed=True))
    assert titles(shown) == {*seen, "My Cousin the Senator"}


def test_a_lasting_refusal_holds_in_every_later_list(run):
    told = Plan(steps=(Rank(n=3),), updates=(Update(polarity="avoid", condition=HORROR),))
    for turn in run(told, wish(n=9), wish(Filter(where=RECENT), n=9)):
        assert all("Horror" not in item.row["genres"] for item in turn.items)


def test_asking_for_it_outright_outweighs_an_old_refusal(run):
    told = Plan(steps=(Rank(n=3),), updates=(Update(polarity="avoid", condition=HORROR),))
    *_, turn = run(told, wish(Filter(where=HORROR), n=9))
    assert titles(turn) == {"Night Ferry", "Moth", "Harvest of Crows"}


def test_a_disliked_item_never_comes_again(run, ids):
    told = Plan(
        steps=(Rank(n=1),), updates=(Update(polarity="dislike", item=ids["Nine Umbrellas"]),)
    )
    turns = run(told, wish(Filter(where=COMEDY), n=9))
    assert "Nine Umbrellas" not in titles(turns[0]) | titles(turns[1])


def test_what_was_shown_before_stays_out_unless_asked_again(run):
    comedies = Filter(where=COMEDY)
    one, two, three = run(wish(comedies, n=3), wish(comedies, n=9), wish(comedies, n=9, again=True))
    assert not titles(one) & titles(two)
    assert len(titles(one) | titles(two)) == 6
    assert len(titles(three)) == 6


def test_a_reaction_counts_for_the_list_that_answers_it(run):
    first = wish(Filter(where=COMEDY), n=2)
    react = Plan(
        steps=(
            React(items=(Ref(shown=1),), feedback="reject"),
            Filter(where=COMEDY),
            Rank(n=9, again=True),
        )
    )
    one, two = run(first, react)
    again = {item.item_id for item in two.items}
    assert one.items[0].item_id not in again
    assert one.items[1].item_id in again


def test_a_condition_may_refer_to_the_result_of_a_step(run, ids):
    lookup = Lookup(items=(Ref(item=ids["Marzipan Street"]),), fields=("runtime",))
    shorter = Filter(
        where={"field": "runtime", "op": "<", "value": {"step": 1, "field": "runtime"}}
    )
    turn = run(wish(lookup, Filter(where=COMEDY), shorter, n=9))
    assert turn.items
    assert all(item.row["runtime"] < 121 for item in turn.items)
    assert turn.plan.steps[2].where["value"] == 121.0  # resolved in the plan as it was run


@pytest.mark.parametrize(("of", "bound"), [("min", 81.0), ("max", 151.0), ("mean", 106.0)])
def test_a_reference_takes_the_least_the_most_or_the_mean(run, ids, of, bound):
    three = [ids[t] for t in ("Penguin Parade", "The Iron Orbit")] + [ids["Moth"]]
    items = tuple(Ref(item=item) for item in (three if of == "mean" else three[:2]))
    value = {"step": 1, "field": "runtime", "of": of}
    where = {"field": "runtime", "op": "<=", "value": value}
    turn = run(wish(Lookup(items=items, fields=("runtime",)), Filter(where=where)))
    assert turn.plan.steps[1].where["value"] == pytest.approx(bound, abs=1)


def test_days_can_be_referred_to(shop_box, tmp_path, talk):
    item = next(row for row in shop_box.catalog.rows(range(20)) if row["released"] is not None)
    plan = wish(
        Lookup(items=(Ref(item=item["item_id"]),), fields=("released",)),
        Filter(where={"field": "released", "op": ">", "value": {"step": 1, "field": "released"}}),
        n=20,
    )
    agent = agents.agent(shop_box, tmp_path / "s.db", planner=agents.Scripted(plan))
    [turn] = talk(agent.chat(), "newer")
    assert turn.items
    assert all(i.row["released"] > item["released"] for i in turn.items)


def test_likeness_to_the_second_one_shown_leaves_it_out(run):
    one, two = run(wish(n=3), wish(Similar(to=(Ref(shown=2),)), n=5))
    second = one.items[1].item_id
    assert two.plan.of(Similar)[0].to == (Ref(item=second),)
    assert second not in {item.item_id for item in two.items}


def test_when_nothing_fits_the_way_out_names_the_condition_that_stands_in_it(run):
    turn = run(
        wish(
            Filter(where=COMEDY, said="comedy"),
            Filter(where={"field": "year", "op": "<", "value": 1950}, said="before 1950"),
        )
    )
    assert not turn.items
    assert turn.asked.question == "relax"
    offered = [option.label.split("|") for option in turn.asked.options]
    assert {said: int(left) for said, left in offered} == {"comedy": 1, "before 1950": 6}
    counts = [int(left) for _, left in offered]
    assert counts == sorted(counts, reverse=True)
    for option, left in zip(turn.asked.options, counts, strict=True):
        assert len(run(option.plan.model_copy(update={"steps": _all(option.plan)})).items) == left


def _all(plan):
    return tuple(
        step.model_copy(update={"n": 20}) if step.kind == "rank" else step for step in plan.steps
    )


def test_when_two_conditions_must_go_both_are_named(run):
    where = [
        Filter(where={"field": "genres", "op": "contains", "value": "Western"}, said="western"),
        Filter(where={"field": "year", "op": ">", "value": 2000}, said="after 2000"),
        Filter(where={"field": "runtime", "op": "<", "value": 50}, said="under 50 minutes"),
    ]
    turn = run(wish(*where))
    assert not turn.items
    assert all(" + " in option.label for option in turn.asked.options)


def test_an_item_that_misses_a_soft_wish_is_counted_and_said(run):
    soft = Soft(where={"field": "year", "op": ">=", "value": 2015}, said="recent")
    turn = run(wish(Filter(where=COMEDY), n=9, prefer=(soft,)))
    assert len(turn.items) == 6  # none is from 2015 or later, and none is hidden for that
    assert all(any("rather" in reason for reason in item.reasons) for item in turn.items)


def test_facts_comparisons_and_reasons_come_in_one_turn(run, ids):
    moth, tram = ids["Moth"], ids["The Little Tram"]
    turn = run(
        Plan(
            steps=(
                Lookup(items=(Ref(item=moth),), fields=("directors",)),
                Lookup(aggregate="count", where=COMEDY),
                Compare(items=(Ref(item=moth), Ref(item=tram))),
                Explain(item=Ref(item=tram)),
                Say(topic="thanks"),
                Ask(question="empty"),
            )
        )
    )
    assert "Dana Whitcombe" in turn.reply
    assert "6 films" in turn.reply
    assert "Moth (2008) / The Little Tram (1989)" in turn.reply
    assert not turn.items


def test_undo_shows_the_earlier_list_in_its_order(run):
    one, _, three = run(wish(Filter(where=COMEDY)), wish(n=3), Plan(steps=(Undo(),)))
    assert [i.item_id for i in three.items] == [i.item_id for i in one.items]


@pytest.mark.parametrize(
    "plan",
    [
        wish(Filter(where={"field": "colour", "op": "=", "value": "red"})),
        wish(Filter(where={"field": "genres", "op": "contains", "value": "Nonsense"})),
        wish(Filter(where={"strange": 1})),
        wish(Filter(where={"field": "year", "op": "<", "value": {"step": 9, "field": "year"}})),
        wish(Similar(to=(Ref(item="no-such-film"),))),
        wish(Similar(to=(Ref(shown=4),))),
        wish(sort="colour"),
        wish(sort="genres"),
        Plan(steps=(Lookup(aggregate="mean", fields=("genres",)),)),
        Plan(steps=(Lookup(aggregate="mean"),)),
        Plan(steps=(Lookup(items=(Ref(item="no-such-film"),)),)),
        Plan(steps=(Explain(item=Ref(shown=1)),)),
        Plan(steps=(Compare(items=(Ref(step=7),)),)),
        Plan(steps=(React(items=(Ref(item="no-such-film"),), feedback="like"),)),
        Plan(steps=(Undo(count=3),)),
        Plan(steps=(Say(topic="no_such_topic"),)),
        Plan(steps=(Say(topic="enjoy", about="no-such-film"),)),
        Plan(notes=(Say(topic="took", about="heat|no-such-film"),)),
        Plan(steps=(Ask(question="no_such_question"),)),
        Plan(updates=(Update(polarity="like", item="no-such-film"),)),
        Plan(updates=(Update(polarity="avoid", condition={"field": "colour", "op": "is_null"}),)),
        Plan(),
    ],
)
def test_a_plan_that_does_not_fit_never_breaks_the_conversation(run, plan):
    turn, after = run(plan, wish(n=3))
    assert not turn.items
    assert turn.reply
    assert len(after.items) == 3


def test_a_policy_that_does_not_fit_the_catalogue_is_told_at_once(cinema_box, tmp_path):
    with pytest.raises(UsageError):
        agents.agent(cinema_box, tmp_path / "s.db", Policy(require="colour = 'red'")).chat()


@pytest.mark.parametrize("table", [{"list_length": 0}, {"requires": "x"}, {"show_consumed": "?"}])
def test_a_broken_policy_table_names_the_key(table):
    with pytest.raises(ConfigError, match=next(iter(table))):
        Policy.from_toml(table)
