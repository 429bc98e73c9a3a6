"""How a query becomes weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.engines.query import Query, likes_nothing, weight_matrix
from sommelier.errors import DataError
from sommelier.testing.engines import queries

_N = 16


def row(query, **more):
    return dict(
        zip(
            *(
                part.tolist()
                for part in (
                    weight_matrix([query], _N, **more).indices,
                    weight_matrix([query], _N, **more).data,
                )
            ),
            strict=True,
        )
    )


def one_by_one(query, decay, liked, disliked):
    found = {}
    for age, item in enumerate(query.history[::-1].tolist()):
        found[item] = max(decay**age, found.get(item, 0.0))
    found.update(dict.fromkeys(query.liked.tolist(), liked))
    found.update(dict.fromkeys(query.disliked.tolist(), disliked))
    return found


@given(asked=st.lists(queries(), max_size=5), decay=st.sampled_from([1.0, 0.6, 0.2]))
def test_weights_are_those_of_the_plain_definition(asked, decay):
    matrix = weight_matrix(asked, _N, decay=decay, liked=0.8, disliked=-0.3)
    assert matrix.shape == (len(asked), _N)
    assert matrix.dtype == np.float32
    assert matrix.has_canonical_format
    for number, query in enumerate(asked):
        right = np.zeros(_N)
        for item, weight in one_by_one(query, decay, 0.8, -0.3).items():
            right[item] = weight
        np.testing.assert_allclose(matrix[number].toarray()[0], right, rtol=1e-5, atol=1e-7)


def test_own_weights_multiply_and_the_largest_of_a_repeated_item_stays():
    query = Query.of([3, 4, 3], weights=np.array([8, 1, 1], np.float32))
    assert row(query, decay=0.5) == {3: 2.0, 4: 0.5}


def test_what_has_faded_below_single_precision_is_dropped():
    query = Query.of(np.arange(100_000) % _N)
    assert row(query, decay=0.05) == pytest.approx({i: 0.05 ** (15 - i) for i in range(10, 16)})


def test_liked_stands_over_history_and_disliked_over_liked():
    assert row(Query.of([1, 2, 3], liked=[2, 3], disliked=[3]), decay=0.5) == {
        1: 0.25,
        2: 1.0,
        3: -0.5,
    }


@pytest.mark.parametrize("weights", [[1.0, np.nan], [1.0, np.inf], [1.0]])
def test_weights_that_do_not_fit_are_a_data_error(weights):
    with pytest.raises(DataError, match="weight"):
        weight_matrix([Query.of([1, 2], weights=np.array(weights, np.float32))], _N)


@pytest.mark.parametrize("query", [Query.of([-1]), Query.of([16]), Query.of([], liked=[99])])
def test_items_that_do_not_exist_are_a_data_error(query):
    with pytest.raises(DataError, match="numbered 0 to 15"):
        weight_matrix([query], _N)


def test_a_row_without_a_positive_weight_likes_nothing():
    asked = [Query(), Query.of([1]), Query.of([], disliked=[1]), Query.of([1], disliked=[2])]
    assert likes_nothing(weight_matrix(asked, _N)).tolist() == [True, False, True, False]


def test_seen_is_everything_that_was_told():
    assert Query.of([5, 1, 5], liked=[2], disliked=[9]).seen.tolist() == [1, 2, 5, 9]
