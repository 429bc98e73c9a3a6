"""What the weights of a fusion learn, in made-up worlds whose right weights are known."""

import numpy as np
import pytest

from sommelier.engines.fusion.gates import Lesson, Weights, learn

PEOPLE, ITEMS = 400, 20


def world(knows, lengths, counts=None, seed=0):
    """Return a lesson; member m stands 3 above the noise at the right item where knows[m] is true.

    `knows` is [n_members, n_people]. Where a member does not know, another item stands out.
    """
    rng = np.random.default_rng(seed)
    knows = np.asarray(knows)
    n_members, people = knows.shape
    scores = rng.normal(0, 0.3, (people, ITEMS, n_members))
    right = rng.integers(0, ITEMS, people)
    wrong = (right[:, None] + rng.integers(1, ITEMS, (people, n_members))) % ITEMS
    for member in range(n_members):
        place = np.where(knows[member], right, wrong[:, member])
        scores[np.arange(people), place, member] += 3
    starts = np.arange(people) * ITEMS
    return Lesson(
        scores=scores.reshape(-1, n_members).astype(np.float32),
        starts=starts,
        right=starts + right,
        best=np.ones(people, np.int64),
        lengths=np.asarray(lengths),
        counts=np.full(people * ITEMS, 10) if counts is None else counts,
    )


def taught(lesson):
    return learn(lesson, reg=1e-4, reg_gates=1e-4)


def test_without_people_all_members_weigh_the_same():
    nothing = np.empty(0, np.int64)
    lesson = Lesson(np.empty((0, 3), np.float32), *[nothing] * 5)
    weights = taught(lesson)
    np.testing.assert_array_equal(weights.of_queries(np.array([0, 9])), np.ones((2, 3)))
    np.testing.assert_array_equal(weights.of_items(np.array([0, 9])), np.zeros((2, 3)))


def test_a_member_that_is_right_outweighs_one_that_never_is():
    ones = np.ones(PEOPLE, bool)
    weights = taught(world([ones, ~ones], np.full(PEOPLE, 5)))
    right, wrong = (weights.of_queries(np.array([5])) + weights.of_items(np.array([10])))[0]
    assert right > 1
    assert wrong < right / 3


def test_who_is_right_for_short_histories_and_who_for_long_ones_is_found():
    lengths = np.random.default_rng(1).choice([2, 3, 100, 200], PEOPLE)
    short = lengths < 10
    weights = taught(world([short, ~short], lengths))
    for few in (1, 2, 3):
        first, second = weights.of_queries(np.array([few]))[0]
        assert first > 2 * second
    for many in (100, 200, 100_000):
        first, second = weights.of_queries(np.array([many]))[0]
        assert second > 2 * first


def test_who_is_right_about_cold_items_is_found():
    rng = np.random.default_rng(2)
    counts = np.where(rng.random(PEOPLE * ITEMS) < 0.5, 0, 500)
    lesson = world(np.ones((2, PEOPLE), bool), np.full(PEOPLE, 5), counts)
    cold = counts[lesson.right] == 0
    known = np.stack([cold, ~cold])  # the first knows cold items, the second well-known ones
    lesson = world(known, np.full(PEOPLE, 5), counts)
    weights = taught(lesson)
    by_item = weights.of_queries(np.array([5])) + weights.of_items(np.array([0, 500]))
    assert by_item[0, 0] > by_item[0, 1]
    assert by_item[1, 1] > by_item[1, 0]


def test_no_weight_is_negative_though_a_member_be_always_wrong():
    ones = np.ones(PEOPLE, bool)
    lesson = world([ones, ~ones], np.full(PEOPLE, 5))
    contrary = Lesson(**{**vars(lesson), "scores": -lesson.scores})
    weights = taught(contrary)
    for part in (weights.base, weights.lengths, weights.counts):
        assert (part >= 0).all()


def test_people_whom_all_members_fail_count_less():
    half = np.arange(PEOPLE) % 2 == 0
    lesson = world([half, ~half], np.full(PEOPLE, 5))
    even = taught(lesson).base
    odd = taught(Lesson(**{**vars(lesson), "best": np.where(half, 1, 1000)})).base
    assert even[0] == pytest.approx(even[1], rel=0.2)
    assert odd[0] > 1.25 * odd[1]


def test_learning_twice_gives_the_same_weights():
    lengths = np.random.default_rng(1).integers(1, 300, PEOPLE)
    lesson = world(np.ones((2, PEOPLE), bool), lengths)
    np.testing.assert_array_equal(taught(lesson).base, taught(lesson).base)
    np.testing.assert_array_equal(taught(lesson).counts, taught(lesson).counts)


def test_the_slope_is_the_derivative_of_the_loss(monkeypatch):
    """L-BFGS would hide a wrong slope by stopping early."""
    from scipy import optimize

    seen = {}

    def kept(loss, first, **_):
        seen.update(loss=loss, first=first)
        return optimize.OptimizeResult(x=first)

    monkeypatch.setattr(optimize, "minimize", kept)
    rng = np.random.default_rng(3)
    lesson = world(rng.random((3, 30)) < 0.5, rng.integers(1, 300, 30), rng.integers(0, 900, 600))
    taught(lesson)
    at = seen["first"] + rng.random(len(seen["first"]))
    error = optimize.check_grad(lambda x: seen["loss"](x)[0], lambda x: seen["loss"](x)[1], at)
    assert error < 1e-5


def test_between_two_knots_weights_change_steadily():
    weights = Weights(np.zeros(1), np.array([[0.0, 2.0, 2.0, 2.0, 0.0]]), np.zeros((1, 7)))
    found = weights.of_queries(np.array([1, 2, 3, 4, 64, 100, 256, 1000]))[:, 0]
    assert found[0] == 0
    assert (np.diff(found[:4]) > 0).all()
    assert found[3] == found[4] == 2
    assert 0 < found[5] < 2
    assert found[6] == found[7] == 0
