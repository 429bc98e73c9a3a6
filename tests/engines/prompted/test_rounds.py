"""Orders drawn anew, and one ranking of several."""

from hypothesis import given
from hypothesis import strategies as st

from sommelier.engines.prompted.rounds import borda, shown_orders


@given(st.integers(1, 40), st.integers(1, 24), st.integers(0, 99))
def test_every_round_is_a_real_permutation_and_the_same_seed_draws_the_same(n, rounds, seed):
    orders = shown_orders(n, rounds, [seed])
    assert len(orders) == rounds
    assert all(sorted(order) == list(range(n)) for order in orders)
    assert orders == shown_orders(n, rounds, [seed])


@given(st.integers(5, 40), st.integers(2, 24), st.integers(0, 99))
def test_no_two_rounds_show_the_same_order(n, rounds, seed):
    assert len(set(shown_orders(n, rounds, [seed]))) == rounds


def test_few_candidates_are_shown_in_all_their_orders():
    assert sorted(shown_orders(2, 4, [1])) == [(0, 1), (0, 1), (1, 0), (1, 0)]
    assert shown_orders(1, 3, [1]) == [(0,)] * 3


def test_another_seed_draws_other_orders():
    assert shown_orders(20, 4, [1]) != shown_orders(20, 4, [2])


def test_one_round_shows_the_order_as_it_is():
    assert shown_orders(4, 1, [7]) == [(0, 1, 2, 3)]


@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 99), st.booleans())
def test_what_only_the_place_decided_cancels_out_over_an_even_number_of_rounds(
    n, pairs, seed, backwards
):
    orders = shown_orders(n, 2 * pairs, [seed])
    ranked = [order[::-1] if backwards else order for order in orders]
    assert borda(ranked, n) == list(range(n))


def test_mean_ranks_decide_and_ties_rise():
    assert borda([(2, 0, 1), (2, 1, 0)], 3) == [2, 0, 1]
    assert borda([], 3) == [0, 1, 2]
