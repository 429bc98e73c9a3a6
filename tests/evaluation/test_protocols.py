"""A protocol hides the right events, shows the right histories, and says what it did."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sommelier.errors import DataError, UsageError
from sommelier.evaluation import Protocol, make_task

HISTORIES = [[0, 1, 2, 3], [4, 5], [1, 0, 4], []]


def wanted(task):
    return [row.indices.tolist() for row in task.relevant]


def test_the_last_event_is_asked_for_and_all_before_it_are_shown(dataset_of):
    task = make_task(dataset_of(HISTORIES), Protocol())
    assert task.users.tolist() == [0, 2]
    assert wanted(task) == [[3], [4]]
    assert [query.history.tolist() for query in task.queries] == [[0, 1, 2], [1, 0]]
    assert task.train.interactions.items.tolist() == [0, 1, 4, 5, 1]


def test_validation_asks_for_the_event_before_and_never_shows_the_last(dataset_of):
    task = make_task(dataset_of(HISTORIES), Protocol(stage="validation", fit_validation=True))
    assert wanted(task) == [[2], [0]]
    assert [query.history.tolist() for query in task.queries] == [[0, 1], [1]]
    assert task.train.interactions.items.tolist() == [0, 1, 4, 5, 1]


def test_engines_may_learn_from_validation_when_that_is_asked_and_said(dataset_of):
    protocol = Protocol(fit_validation=True)
    task = make_task(dataset_of(HISTORIES), protocol)
    assert task.train.interactions.items.tolist() == [0, 1, 2, 4, 5, 1, 0]
    assert "fitted on train and validation" in protocol.sentence()
    assert "fitted on train only" in Protocol().sentence()


def test_by_time_one_moment_divides_everybody(dataset_of):
    times = [[1, 2, 9, 10], [3, 4], [5, 6, 8], []]
    task = make_task(dataset_of(HISTORIES, times=times), Protocol(name="time", share=0.2))
    assert wanted(task) == [[2, 3]]
    assert [query.history.tolist() for query in task.queries] == [[0, 1]]
    assert task.queries[0].times.tolist() == [1, 2]


def test_what_is_in_the_history_already_is_not_asked_for(dataset_of):
    task = make_task(dataset_of([[0, 1, 2, 0], [0, 1, 2, 3]]), Protocol())
    assert task.users.tolist() == [1]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 9), max_size=7, unique=True), min_size=1, max_size=8),
    st.sampled_from(["validation", "test"]),
    st.booleans(),
)
def test_nothing_asked_for_is_ever_shown_or_learned(dataset_of, histories, stage, fit_validation):
    protocol = Protocol(stage=stage, fit_validation=fit_validation)
    data = dataset_of([*histories, [0, 1, 2, 3]], 10)
    task = make_task(data, protocol)
    learned = task.train.interactions
    for user, query, items in zip(task.users.tolist(), task.queries, wanted(task), strict=True):
        assert not set(items) & set(query.history.tolist())
        assert not set(items) & set(learned.history(user).tolist())
        assert len(items) == 1
    assert len(learned) + int(task.relevant.nnz) <= len(data.interactions)


def test_a_sample_of_users_repeats_with_its_seed(clubs):
    one, same, other = (
        make_task(clubs, Protocol(users=10, seed=seed)).users.tolist() for seed in (1, 1, 2)
    )
    assert one == same != other
    assert len(one) == 10 == len(set(one))
    assert len(make_task(clubs, Protocol(users=1000))) == 60


def test_facts_count_what_cannot_be_found(dataset_of):
    facts = make_task(dataset_of([[0, 1, 2], [0, 1, 3]]), Protocol()).facts()
    assert facts["evaluated_users"] == 2
    assert facts["relevant_without_training_events"] == 2


def test_nothing_to_ask_or_no_times_is_an_error(dataset_of):
    with pytest.raises(DataError, match="Nothing can be measured"):
        make_task(dataset_of([[0, 1], [2]]), Protocol())
    with pytest.raises(UsageError, match="no times"):
        make_task(dataset_of(HISTORIES), Protocol(name="time"))


@pytest.mark.parametrize("wrong", [{"k": 0}, {"name": "random"}, {"share": 0.6}, {"users": 0}])
def test_a_setting_that_breaks_its_rule_is_refused(wrong):
    with pytest.raises(ValidationError):
        Protocol(**wrong)


def test_training_counts_are_those_of_the_training_part(clubs):
    task = make_task(clubs, Protocol())
    assert task.counts.sum() == len(task.train.interactions)
    assert np.array_equal(
        task.counts, np.bincount(task.train.interactions.items, minlength=clubs.n_items)
    )
