"""What a model brings in of its own accord does not lift one item, nor speak through a reply."""

import pytest

from sommelier.agent.planners.model.bidden import bidden, unbidden
from sommelier.agent.planners.model.frame import Frame


@pytest.mark.parametrize(
    "slots",
    [
        {"like": ("Moth",)},
        {"items": ("Moth",)},
        {"must": ("title~Moth",)},
        {"must": ("cast=Igor Velt",)},
        {"prefer": ("keywords=attic",)},
        {"must": ("year=2008",)},
        {"must": ("year=2007..2009",)},
        {"must": ("runtime>=84", "runtime<=84")},
        {"no": ("Nine Umbrellas",)},
        {"text": "attic lamp"},
        {"told": ("like Moth",)},
        {"text": "You read one message to a recommender"},
    ],
)
def test_what_nobody_spoke_of_is_taken_out(cinema_box, slots):
    frame = Frame(do="find", **slots)
    kept = bidden(frame, "comedies please", (), cinema_box.lexicon)
    assert kept == Frame(do="find")


@pytest.mark.parametrize(
    ("message", "slots"),
    [
        ("something like moth", {"like": ("Moth (2008)",)}),
        ("the one about the cartografer", {"items": ("The Cartographer's Daughter",)}),
        ("had the first one", {"told": ("seen #1",)}),
        ("with igor velt", {"must": ("cast=Igor Velt",)}),
        ("something cosy for tonight", {"must": ("genres=Comedy",), "text": "cosy"}),
        ("newer ones", {"must": ("year>#",)}),
        ("nothing old", {"must": ("year>=1990",)}),
        ("under 100 minutes", {"must": ("runtime<100",)}),
        ("from 2008", {"must": ("year=2008",)}),
        ("类似灯塔的电影", {"like": ("The Paper Lighthouse",)}),
    ],
)
def test_what_was_said_or_many_items_share_stays(cinema_box, message, slots):
    frame = Frame(do="find", **slots)
    assert bidden(frame, message, (), cinema_box.lexicon) == frame


def test_an_act_that_nobody_asked_for_is_left_to_the_rules():
    forget, facts = Frame(do="forget"), Frame(do="facts", items=("Moth",))
    assert unbidden(forget, forget, "show me comedies")
    assert not unbidden(forget, forget, "forget everything about me")
    assert unbidden(facts, Frame(do="facts"), "comedies")
    assert not unbidden(facts, facts, "tell me about moth")
