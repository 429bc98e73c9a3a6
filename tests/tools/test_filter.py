"""Hard conditions."""

import numpy as np
import pytest

from sommelier.data.predicates import Compare
from sommelier.data.where import parse
from sommelier.errors import PredicateError, UnknownName
from sommelier.tools.candidates import Candidates
from sommelier.tools.filter import filter_items


def test_only_items_that_satisfy_the_condition_stay(cinema_box):
    everything = Candidates.everything(len(cinema_box.catalog))
    kept = filter_items(cinema_box, everything, parse("year >= 1990 AND genres CONTAINS 'comedy'"))
    titles = [cinema_box.catalog.titles[n] for n in kept.nums]
    assert titles == [
        "The Paper Lighthouse",
        "Nine Umbrellas",
        "Marzipan Street",
        "Saturn for Beginners",
        "Penguin Parade",
        "My Cousin the Senator",
    ]
    [step] = kept.funnel
    assert (step.tool, step.before, step.after) == ("filter", 20, 6)
    assert step.arguments["where"]["all"][1]["value"] == "Comedy"  # in its stored spelling


def test_a_second_filter_narrows_the_first(cinema_box):
    everything = Candidates.everything(len(cinema_box.catalog))
    one = filter_items(cinema_box, everything, Compare("genres", "contains", "War"))
    two = filter_items(cinema_box, one, Compare("year", "<", 1950))
    assert [cinema_box.catalog.titles[n] for n in two.nums] == ["Goodnight, Captain"]
    assert len(two.funnel) == 2


def test_the_order_of_ranked_candidates_is_kept(cinema_box):
    everything = Candidates.everything(20)
    turned = everything.ordered(everything.nums[::-1], np.arange(20.0), {}, arguments={}, ms=0)
    kept = filter_items(cinema_box, turned, Compare("runtime", ">", 0))
    assert kept.nums.tolist() == sorted(kept.nums.tolist(), reverse=True)


@pytest.mark.parametrize(
    ("condition", "error"),
    [
        (Compare("colour", "=", "red"), UnknownName),
        (Compare("genres", "<", 3), PredicateError),
        (Compare("genres", "contains", "Comedi"), PredicateError),
        (Compare("year", "=", "soon"), PredicateError),
    ],
)
def test_a_condition_that_does_not_fit_is_refused(cinema_box, condition, error):
    with pytest.raises(error):
        filter_items(cinema_box, Candidates.everything(20), condition)
