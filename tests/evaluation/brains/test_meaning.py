import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.agent.plan import (
    Ask,
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
from sommelier.evaluation.brains.meaning import meaning


def compare(field: str, op: str, value: object) -> dict[str, object]:
    return {"field": field, "op": op, "value": value}


def listed(*wheres: dict[str, object]) -> Plan:
    return Plan(steps=(*(Filter(where=where) for where in wheres), Rank()))


HORROR = compare("genres", "contains", "Horror")
SAME = [
    (listed(compare("year", "between", [1990, 1999])),
     listed(compare("year", ">=", "1990"), compare("year", "<=", 1999.0))),
    (listed(compare("genres", "contains", "Comedy")),
     listed(compare("genres", "contains_any", ["comedy"]))),
    (listed(compare("genres", "contains_any", ["Drama", "War"])),
     listed({"any": [compare("genres", "contains", "War"), compare("genres", "=", "Drama")]})),
    (listed(compare("genres", "contains_all", ["Drama", "War"])),
     listed(compare("genres", "contains", "War"), compare("genres", "contains", "Drama"))),
    (listed({"not": {"any": [compare("a", "=", "x"), compare("b", "=", "y")]}}),
     listed({"not": compare("b", "=", "y")}, compare("a", "!=", "x"))),
    (listed({"not": compare("price", ">", 20)}), listed(compare("price", "<=", 20))),
    (Plan(steps=(Filter(where=compare("a", "=", "x"), said="an x"), Rank()),
          notes=(Say(topic="took"),)),
     listed(compare("a", "=", "x"))),
    (Plan(steps=(Similar(to=(Ref(shown=2),)), Rank())),
     Plan(steps=(Similar(to=(Ref(item="i2"),)), Rank()))),
    (Plan(steps=(Filter(where={"not": HORROR}), Rank()),
          updates=(Update(polarity="avoid", condition=HORROR, scope="session"),)),
     listed({"not": HORROR})),
]  # fmt: skip
OTHER = [
    (listed(compare("year", ">", 1990)), listed(compare("year", ">=", 1990))),
    (listed(compare("a", "=", "x")), listed({"not": compare("a", "=", "x")})),
    (listed(compare("a", "=", "x")),
     Plan(steps=(Rank(prefer=(Soft(where=compare("a", "=", "x")),)),))),
    (Plan(steps=(Rank(sort="price"),)), Plan(steps=(Rank(sort="price", descending=False),))),
    (Plan(steps=(Rank(n=3),)), Plan(steps=(Rank(),))),
    (Plan(steps=(Rank(text="slow river"),)), Plan(steps=(Rank(text="slow"),))),
    (Plan(reset=True, steps=(Rank(),)), Plan(steps=(Rank(),))),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_plans_that_do_the_same_mean_the_same(one: Plan, other: Plan) -> None:
    assert meaning(one, ("i1", "i2")) == meaning(other, ("i1", "i2"))


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_plans_that_do_otherwise_mean_otherwise(one: Plan, other: Plan) -> None:
    assert meaning(one) != meaning(other)


@pytest.mark.parametrize(
    ("plan", "intent"),
    [
        (listed(), "recommend"),
        (Plan(steps=(Lookup(items=(Ref(item="a"),), fields=("price",)), Rank())), "recommend"),
        (Plan(steps=(Lookup(items=(Ref(item="a"),)),)), "facts"),
        (Plan(steps=(Lookup(aggregate="count"),)), "count"),
        (Plan(steps=(Undo(),)), "undo"),
        (Plan(steps=(Ask(question="empty"),)), "ask"),
        (Plan(steps=(React(items=(Ref(item="a"),), feedback="like"), Rank())), "recommend"),
        (Plan(steps=(React(items=(Ref(item="a"),), feedback="like"), Say(topic="fine"))), "tell"),
        (Plan(updates=(Update(polarity="like", item="a"),)), "tell"),
        (Plan(forget=("*",), steps=(Say(topic="forgot_all"),)), "forget"),
        (Plan(reset=True, steps=(Say(topic="restarted"),)), "restart"),
        (Plan(steps=(Say(topic="greet"),)), "say:greet"),
        (Plan(), "nothing"),
    ],
)
def test_the_intent_is_what_the_plan_is_for(plan: Plan, intent: str) -> None:
    assert meaning(plan).intent == intent


def test_a_comparison_with_a_step_is_one_with_its_items() -> None:
    def cheaper(*refs: Ref) -> Plan:
        where = compare("price", "<", {"step": 1, "field": "price", "of": "mean"})
        return Plan(steps=(Lookup(items=refs, fields=("price",)), Filter(where=where), Rank()))

    assert meaning(cheaper(Ref(shown=1)), ["a", "b"]) == meaning(cheaper(Ref(item="a")), ["a", "b"])
    assert meaning(cheaper(Ref(shown=1)), ["a", "b"]) != meaning(cheaper(Ref(item="b")), ["a", "b"])


@given(st.permutations([compare("a", "=", "x"), compare("b", "<", 3), compare("c", "!=", "y")]))
def test_order_means_nothing(wheres: list[dict[str, object]]) -> None:
    plain = listed(compare("a", "=", "x"), compare("b", "<", 3), compare("c", "!=", "y"))
    assert meaning(listed(*wheres)) == meaning(plain)
    assert meaning(listed({"all": wheres})) == meaning(plain)
