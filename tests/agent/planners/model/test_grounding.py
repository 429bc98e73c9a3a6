"""What a model tells about a person was said by the person; nothing is erased by a slip."""

import pytest

from sommelier.agent.planners.model.frame import Frame
from sommelier.agent.planners.model.grounding import grounded


@pytest.mark.parametrize(
    ("told", "message", "links"),
    [
        ("like Heat", "I loved heat", ()),
        ("dislike genres=Western", "I can't stand westerns", ()),
        ("dislike genres=Western", "I hate westrens", ()),
        ("like genres=Comedy", "I love funny ones", ("genres=Comedy",)),
        ("seen #2", "seen it", ()),
        ("avoid spiders", "nothing with spiders ever", ()),
    ],
)
def test_an_opinion_that_was_said_is_kept(told: str, message: str, links: tuple[str, ...]) -> None:
    frame = Frame(do="tell", told=(told,))
    assert grounded(frame, message, links) == frame


@pytest.mark.parametrize("told", ["like Heat", "dislike genres=Western", "avoid clowns"])
def test_an_opinion_that_nobody_said_is_dropped(told: str) -> None:
    assert grounded(Frame(do="find", told=(told,)), "show me comedies", ()).told == ()


def test_everything_is_forgotten_only_where_it_was_said() -> None:
    frame = Frame(do="forget")
    assert grounded(frame, "forget everything about me", ()) == frame
    assert grounded(frame, "forget the westerns", ()).text == "forget the westerns"


def test_conditions_that_nobody_said_are_dropped_where_a_model_only_reads_links() -> None:
    frame = Frame(do="find", must=("languages=French", "year>=1990"), prefer=("genres=Drama",))
    strict = grounded(frame, "a drama from the nineties or later", (), strict=True)
    assert strict == Frame(do="find", must=("year>=1990",), prefer=("genres=Drama",))
    assert grounded(frame, "a drama from the nineties or later", ()) == frame


def test_a_condition_that_was_made_up_does_not_widen_a_forgetting_to_everything():
    frame = Frame(do="forget", must=("genres=Western",))
    kept = grounded(frame, "forget the thing about animals", (), strict=True)
    assert kept.text == "forget the thing about animals"
