"""The candidate bus and its funnel."""

import dataclasses

import numpy as np
import pytest

from sommelier.tools.candidates import Candidates


def nums(*items):
    return np.asarray(items, np.int32)


def test_everything_is_the_whole_catalogue_with_an_empty_funnel():
    start = Candidates.everything(4)
    assert start.nums.tolist() == [0, 1, 2, 3]
    assert len(start) == 4
    assert start.funnel_json() == []


def test_each_step_is_added_to_the_funnel_with_its_counts():
    one = Candidates.everything(4).narrowed(nums(1, 3), "filter", {"where": "x"}, 1.23456)
    two = one.ordered(nums(3), np.array([2.0]), {"fame": np.array([2.0])}, arguments={}, ms=0.5)
    assert [(s.tool, s.before, s.after) for s in two.funnel] == [("filter", 4, 2), ("rank", 2, 1)]
    assert two.funnel_json()[0]["ms"] == 1.235


def test_narrowing_forgets_scores_and_leaves_the_former_value_alone():
    start = Candidates.everything(3)
    ranked = start.ordered(nums(2, 0), np.array([1.0, 0.5]), {}, arguments={}, ms=0.0)
    narrowed = ranked.narrowed(nums(0), "filter", {}, 0.0)
    assert narrowed.scores is None
    assert narrowed.parts == {}
    assert len(start) == 3
    assert start.funnel == ()
    assert ranked.scores is not None


def test_candidates_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Candidates.everything(1).nums = nums()
