"""Names as people write them."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sommelier.testing import worlds
from sommelier.tools.phrases import Phrases
from sommelier.tools.text import normal

TITLES = worlds.films(1500).catalog.titles
INDEX = Phrases(TITLES)
LONG = [n for n, title in enumerate(TITLES) if len(normal(title)) >= 18]


@given(st.integers(0, len(TITLES) - 1))
def test_an_exact_title_is_always_found(number):
    assert INDEX.exact(TITLES[number]) == [number]
    assert INDEX.find(TITLES[number], limit=1) == [(number, 100.0)]


@given(st.integers(0, len(TITLES) - 1), st.sampled_from([str.lower, str.upper, str.title]))
def test_case_articles_marks_and_spaces_do_not_matter(number, change):
    bare = change(TITLES[number].removeprefix("The "))
    assert number in INDEX.exact(f"  the   {bare}! ")


@settings(max_examples=200)
@given(st.sampled_from(LONG), st.data())
def test_one_wrong_letter_in_a_long_title_is_forgiven(number, data):
    title = normal(TITLES[number])
    at = data.draw(st.integers(0, len(title) - 1).filter(lambda at: title[at] != " "))
    letter = data.draw(st.sampled_from(string.ascii_lowercase))
    change = data.draw(st.sampled_from(["replace", "drop", "double", "insert"]))
    typed = {
        "replace": title[:at] + letter + title[at + 1 :],
        "drop": title[:at] + title[at + 1 :],
        "double": title[:at] + title[at] + title[at:],
        "insert": title[:at] + letter + title[at:],
    }[change]
    found = dict(INDEX.find(typed, limit=4))
    assert number in found  # "acho of the valley" may be nearer to the anchor than to the echo
    assert found[number] > max(found.values()) - 4


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_any_text_gives_likenesses_in_order(text):
    found = INDEX.find(text)
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)
    assert all(60 <= score <= 100 for score in scores)
    assert len({number for number, _ in found}) == len(found)


NAMES = [
    "The Lord of the Rings: The Fellowship of the Ring",
    "Dr. Strangelove or: How I Learned to Stop Worrying",
    "Amélie",
    "2001: A Space Odyssey",
    "Heat",
    "Heat",
    "Fast & Furious",
    "七人の侍",
    "The The",
    "",
    "A",
    "Ocean's Eleven",
]
SMALL = Phrases(NAMES, [0, 0, 0, 0, 1, 5, 0, 0, 0, 9, 0, 0])


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("fellowship of the ring", 0),
        ("the felowship of the rings", 0),
        ("dr strangelove", 1),
        ("amelie", 2),
        ("2001 space odyssey", 3),
        ("fast and furious", 6),
        ("七人の侍", 7),
        ("ocean eleven", 11),
        ("oceans eleven", 11),
        ("oceans elevn", 11),
    ],
)
def test_titles_are_found_as_people_write_them(said, meant):
    assert SMALL.find(said)[0][0] == meant


def test_of_equal_titles_the_better_known_comes_first():
    assert SMALL.exact("heat") == [5, 4]
    assert [number for number, _ in SMALL.find("heat")][:2] == [5, 4]


def test_a_part_of_a_long_title_is_a_guess_and_never_certain():
    [(_, likeness), *_] = SMALL.find("fellowship of the ring")
    assert likeness < 88  # below what is taken without asking


@pytest.mark.parametrize("text", ["", "   ", "?!", "zzzz qqqq"])
def test_nothing_is_found_for_nothing(text):
    assert SMALL.find(text) == []
    assert SMALL.exact(text) == []


def test_an_empty_list_of_names_finds_nothing():
    empty = Phrases([])
    assert empty.find("heat") == []
    assert empty.exact("heat") == []
    assert empty.with_word("heat").tolist() == []


def test_words_lead_to_the_names_that_hold_them():
    assert SMALL.with_word("heat").tolist() == [4, 5]
