"""What a message names and a frame lacks is put in; what the frame has right stays as it is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.agent.planners.model.frame import Frame
from sommelier.agent.planners.model.heeding import Heeder
from sommelier.agent.planners.rules.reading.link import Linker
from sommelier.agent.planners.rules.reading.words import words
from sommelier.tools.lexicon import Entry


def over(lexicon):
    """Return what mends the frame of a message and the slots that a model wrote."""
    linker, heeder = Linker(lexicon, words()), Heeder(lexicon, words())

    def mended(message, do="find", **slots):
        return heeder.heeded(Frame(do=do, **slots), message, linker.link(message))

    return mended


@pytest.fixture(scope="module")
def heeded(cinema_box):
    return over(cinema_box.lexicon)


def test_a_value_that_was_left_out_is_a_condition(heeded):
    assert heeded("a short comedy", prefer=("runtime<=95",)).must == ("genres=Comedy",)


def test_what_stands_in_the_frame_is_not_said_twice(heeded):
    frame = heeded("a comedy under 100 minutes", must=("genres=Comedy", "runtime<100"))
    assert frame == Frame(do="find", must=("genres=Comedy", "runtime<100"))


def test_a_refused_value_that_was_left_out_is_refused(heeded):
    frame = heeded("a drama but no horror", must=("genres=Drama",))
    assert (frame.must, frame.no) == (("genres=Drama",), ("genres=Horror",))


def test_a_bound_and_a_comparison_that_were_left_out_are_put_in(heeded):
    frame = heeded("newer and under 90 minutes", do="refine", must=("runtime<90",))
    assert frame.must == ("runtime<90", "year>#")
    assert heeded("comedies under 90 minutes", must=("genres=Comedy",)).must == (
        "genres=Comedy",
        "runtime<90",
    )


def test_what_is_refused_above_a_bound_is_wanted_below(heeded):
    assert heeded("nothing over 90 minutes", must=("runtime>90",)).must == ("runtime<=90",)
    assert heeded("over 90 minutes", must=("runtime>90",)).must == ("runtime>90",)


def test_a_bound_on_a_field_that_nobody_named_moves_to_the_one_named(heeded):
    frame = heeded("comedies under 90 minutes", must=("genres=Comedy", "year<90"))
    assert frame.must == ("genres=Comedy", "runtime<90")


def test_garbled_words_are_copied_from_the_message(heeded):
    assert heeded("something with a rooftop chase", text="roof case").text == "rooftop chase"
    assert heeded("something with a rooftop chase", text="tenderness").text == "tenderness"


@pytest.mark.parametrize(
    ("message", "wrote", "sort"),
    [
        ("films by length, lowest first", "-runtime", "runtime"),
        ("films by length, highest first", "runtime", "-runtime"),
        ("from the lowest to the highest", "-runtime", "-runtime"),
    ],
)
def test_an_order_is_not_turned_round(heeded, message, wrote, sort):
    assert heeded(message, sort=wrote).sort == sort


def test_two_values_of_a_field_that_holds_one_are_a_choice(shop_box, heeded):
    one, other = shop_box.lexicon.postings("brand").words[:2]
    frame = over(shop_box.lexicon)("either", must=(f"brand={one}", f"brand={other}"))
    assert frame.must == (f"brand={one}|{other}",)
    both = ("genres=Comedy", "genres=Drama")
    assert heeded("dramatic comedies", must=both).must == both


def test_one_word_that_two_fields_know_is_one_condition(cinema_box):
    lexicon = cinema_box.lexicon
    links = Linker(lexicon, words()).link("french dramas")
    french = Entry("directors", "French", 1), Entry("countries", "France", 1)
    links[0] = replace(links[0], kind="value", entries=french)
    wrote = Frame(do="find", must=("directors=French", "countries=France", "genres=Drama"))
    mended = Heeder(lexicon, words()).heeded(wrote, "french dramas", links)
    assert mended.must == ("directors=French", "genres=Drama")


def test_free_keywords_count_only_before_what_they_describe(heeded):
    assert heeded("a funny ghost film", text="funny").text == "funny ghost"
    assert heeded("a ghost film, funny", text="funny").text == "ghost funny"
    assert heeded("a ghost of a chance", text="funny").text == "funny"


def test_what_something_is_to_be_is_put_back(heeded):
    assert heeded("something ghost about rivers", text="rivers").text == "ghost rivers"


def test_words_that_ask_for_nothing_stay_out(heeded):
    assert heeded("I enjoyed Coco (2017)", told=("like Coco",)).must == ()
    story = "it was about a man who leaves his village " * 3 + "and a comedy that he saw"
    assert heeded(story, text="leaves his village") == Frame(do="find", text="leaves his village")


def test_only_wishes_are_mended(heeded):
    assert heeded("which comedies did I see", do="tell") == Frame(do="tell")


def test_what_is_counted_has_what_was_said(heeded):
    assert heeded("how many comedies are there", do="count").must == ("genres=Comedy",)


@pytest.mark.parametrize(
    ("message", "sort"),
    [
        ("which of the two is better rated?", "-average_rating"),
        ("the lowest of these", "average_rating"),
    ],
)
def test_the_better_of_two_is_the_one_rated_higher(heeded, message, sort):
    assert heeded(message, do="pick", sort="average_rating").sort == sort


def test_a_day_that_is_in_no_calendar_bounds_nothing(shop_box):
    mended = over(shop_box.lexicon)
    wrote = ("released=2021-01-01..6000-00-00", "price<20")
    assert mended("between 20 and 60", must=wrote).must == ("price<20",)
    assert mended("this year", must=("released>=2026-01-01",)).must == ("released>=2026-01-01",)


@given(message=st.text(max_size=60), do=st.sampled_from(["find", "refine"]))
def test_any_message_leads_to_a_frame_and_a_second_look_adds_nothing(heeded, message, do):
    frame = heeded(message, do=do)
    slots = {name: getattr(frame, name) for name in ("must", "no", "prefer", "text", "sort")}
    assert heeded(message, do=do, **slots) == frame
