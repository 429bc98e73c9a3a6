"""Ways to put candidates in order: right with a model that knows, harmless with any other."""

import asyncio
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.engines.prompted.desk import Desk, Line
from sommelier.engines.prompted.settings import PromptedConfig
from sommelier.engines.prompted.shapes import SHAPES
from sommelier.llm.chat.base import Message
from sommelier.llm.chat.scripted import ScriptedModel

from .models import biased, broken, truthful

WAYS = ["listwise", "setwise", "pairwise", "pointwise", "graded"]


def question(task, shown):
    """Candidates are called by their numbers."""
    lines = [f'{chr(65 + at)}: "{one}"' for at, one in enumerate(shown)]
    return [Message(role="user", content="\n".join(lines))]


def ordered(model, shown, at_once=4, **config):
    """Return the order that a model gives, and the desk."""

    async def asked():
        desk = Desk(Line(model, at_once), question)
        settings = PromptedConfig(**config)
        return await SHAPES[settings.shape](desk, shown, settings), desk

    return asyncio.run(asked())


def knows(best_first):
    """A model that knows the right order of numbers."""
    return truthful(lambda title: -best_first.index(int(title)))


@pytest.mark.parametrize("window, step", [(20, 10), (10, 5), (4, 2), (2, 1)])
def test_a_window_that_moves_forward_brings_the_best_of_a_hundred_to_the_top(window, step):
    right = [99, 57, *(n for n in range(100) if n not in (99, 57))]
    found, desk = ordered(knows(right), range(100), window=window, step=step)
    assert found[0] == 99
    assert found[: window - step] == right[: window - step]
    assert desk.asked == math.ceil((100 - window) / step) + 1
    assert sorted(found) == list(range(100))
    assert desk.broken == 0


@given(st.permutations(range(12)), st.integers(2, 8))
def test_a_heap_of_sets_fills_the_first_places_rightly(right, choices):
    config = {"shape": "setwise", "choices": choices, "places": 5}
    found, _ = ordered(knows(right), range(12), **config)
    assert found[:5] == right[:5]
    assert found[5:] == sorted(right[5:])


@given(st.permutations(range(9)), st.sampled_from([0, 9]))
def test_pairs_asked_both_ways_sort_whether_all_of_them_or_some(right, all_pairs):
    found, desk = ordered(knows(right), range(9), shape="pairwise", all_pairs=all_pairs)
    assert found == right
    assert desk.asked % 2 == 0


def test_a_sort_asks_n_log_n_pairs_and_not_all_of_them():
    right = list(range(64))[::-1]
    _, desk = ordered(knows(right), range(64), shape="pairwise")
    assert desk.asked <= 2 * 64 * 6


@pytest.mark.parametrize("n", [5, 16])
@pytest.mark.parametrize("backwards", [False, True])
def test_pairs_in_which_the_place_decides_are_ties_and_ties_keep_the_base_order(n, backwards):
    shown = [*range(n)][::-1]
    assert ordered(biased(backwards), shown, shape="pairwise")[0] == list(range(n))


def test_grades_put_in_order_and_equal_ones_keep_the_base_order():
    model = truthful(lambda title: int(title) % 5, grade=lambda worth: worth)
    graded, _ = ordered(model, range(10), shape="graded")
    assert graded == [4, 9, 3, 8, 2, 7, 1, 6, 0, 5]
    yes_or_no, _ = ordered(model, range(10), shape="pointwise")
    assert yes_or_no == [3, 4, 8, 9, 0, 1, 2, 5, 6, 7]


NONSENSE = [
    "",
    "I like the first one best.",
    "{}",
    '{"order": []}',
    '{"order": ["7"], "best": "7", "grade": 9}',
    '{"order": "A"}',
    '{"best": ["A"]}',
    '{"grade": true}',
    '{"order": ["A", "B", "Z"]}',
]


@pytest.mark.parametrize("shape", WAYS)
@pytest.mark.parametrize("text", NONSENSE)
def test_nonsense_leaves_the_base_order_and_is_counted(shape, text):
    found, desk = ordered(broken(text), range(14), shape=shape, window=14)
    assert found == list(range(14))
    assert desk.broken == desk.asked > 0
    assert not desk.answered


@pytest.mark.parametrize(
    "said, right",
    [
        ('{"order": ["C", "A"]}', [2, 0, 1, 3]),  # B and D are missing
        ('{"order": ["D", "D", "B", "D"]}', [3, 1, 0, 2]),  # D stands three times
    ],
)
def test_what_a_partial_answer_leaves_out_follows_in_the_base_order(said, right):
    found, desk = ordered(broken(said), range(4))
    assert found == right
    assert (desk.asked, desk.broken, desk.answered) == (1, 1, True)


@given(
    st.sampled_from(WAYS),
    st.integers(1, 15),
    st.integers(0, 4),
    st.randoms(use_true_random=False),
)
def test_no_answer_whatever_loses_a_candidate_or_doubles_one(shape, n, settings, random):
    def said(asked):
        letters = [chr(65 + random.randrange(n)) for _ in range(random.randrange(n + 2))]
        return json_of(asked.schema.name, letters, random.randrange(-1, 6))

    config = {"window": 2 + settings, "step": 1, "choices": 2 + settings, "places": 3}
    found, _ = ordered(ScriptedModel(said), range(n), shape=shape, **config)
    assert sorted(found) == list(range(n))


def json_of(task, letters, number):
    said = {"listwise": ("order", letters), "graded": ("grade", number)}
    said["pointwise"] = ("glad", "yes" if number % 2 else "no")
    key, value = said.get(task, ("best", letters[0] if letters else ""))
    return json.dumps({key: value})
