"""Order: soft wishes first, then everything else; nothing that must stay out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sommelier.data.predicates import Compare
from sommelier.engines.query import Query
from sommelier.testing import agents, worlds
from sommelier.tools.candidates import Candidates
from sommelier.tools.rank import Wishes, rank

FILMS = agents.small_toolbox(worlds.films(150))
N = len(FILMS.catalog)
SOFT = [
    Compare("genres", "contains", "Comedy"),
    Compare("year", ">=", 1990),
    Compare("runtime", "<", 100),
]
items = st.lists(st.integers(0, N - 1), unique=True)


def everything(box=FILMS):
    return Candidates.everything(len(box.catalog))


@settings(max_examples=60, deadline=None)
@given(items, items, items, st.integers(1, 50))
def test_what_is_left_out_and_the_seeds_never_come_back(pool, gone, seeds, n):
    wishes = Wishes(seeds=np.asarray(seeds, np.int32))
    found = rank(
        FILMS, Candidates(np.asarray(pool, np.int32)), wishes, n, leave_out=np.asarray(gone, int)
    )
    allowed = set(pool) - set(gone) - set(seeds)
    assert set(found.nums.tolist()) <= allowed
    assert len(found) == len(set(found.nums.tolist())) == min(n, len(allowed))
    assert found.scores.tolist() == sorted(found.scores.tolist(), reverse=True)


@settings(max_examples=40, deadline=None)
@given(items, st.lists(st.sampled_from(SOFT), unique=True, min_size=1))
def test_items_that_meet_more_soft_wishes_stand_above_those_that_meet_fewer(pool, soft):
    wishes = Wishes(query=Query.of([1, 2, 3]), soft=tuple(soft), text="a quiet tale of a baker")
    found = rank(FILMS, Candidates(np.asarray(pool, np.int32)), wishes, 50)
    met = sum(FILMS.catalog.packed.mask(FILMS.check(wish)).astype(int) for wish in soft)
    assert met[found.nums].tolist() == sorted(met[found.nums].tolist(), reverse=True)


@settings(max_examples=40, deadline=None)
@given(items, st.sampled_from(["year", "runtime"]), st.booleans())
def test_a_sort_is_exact_and_equal_values_are_in_order_of_their_scores(pool, field, descending):
    found = rank(
        FILMS, Candidates(np.asarray(pool, np.int32)), Wishes(sort=(field, descending)), 50
    )
    values = FILMS.catalog.packed.numbers(field)[found.nums]
    assert not np.isnan(values).any()  # what has no value cannot be sorted by it
    keys = [
        (-v if descending else v, -s) for v, s in zip(values.tolist(), found.scores, strict=True)
    ]
    assert keys == sorted(keys)


@pytest.mark.parametrize("descending", [True, False])
def test_averages_of_few_ratings_stand_behind_those_of_enough(descending):
    found = rank(FILMS, everything(), Wishes(sort=("average_rating", descending)), 50)
    enough = (FILMS.counts >= FILMS.support)[found.nums].tolist()
    assert enough == sorted(enough, reverse=True)
    values = FILMS.catalog.packed.numbers("average_rating")[found.nums]
    known = values[: sum(enough)].tolist()
    assert known == sorted(known, reverse=descending)


def test_a_sort_finds_the_same_items_as_the_table():
    found = rank(FILMS, everything(), Wishes(sort=("year", False)), 10)
    table = FILMS.catalog.table.drop_nulls("year").sort("year").head(10)
    assert FILMS.catalog.packed.numbers("year")[found.nums].tolist() == table["year"].to_list()


def test_without_any_wish_the_best_known_come_first():
    found = rank(FILMS, everything(), Wishes(), 5)
    assert FILMS.counts[found.nums].tolist() == sorted(FILMS.counts, reverse=True)[:5]


def test_parts_are_parallel_to_the_items_and_name_what_was_asked():
    wishes = Wishes(
        query=Query.of([4, 9]),
        text="a baker by the sea",
        seeds=np.asarray([7], np.int32),
        soft=(SOFT[0],),
        leanings=((SOFT[1], 1.0),),
    )
    found = rank(FILMS, everything(), wishes, 7)
    assert set(found.parts) == {"fame", "taste", "text", "named", "like", "lean", "soft0"}
    assert {len(scores) for scores in found.parts.values()} == {7}
    [step] = found.funnel
    assert step.arguments["text"] == "a baker by the sea"
    assert (step.before, step.after) == (N, 7)


def test_words_bring_the_items_that_use_them_to_the_top(cinema_box, ids):
    found = rank(cinema_box, everything(cinema_box), Wishes(text="bees on a farm"), 2)
    assert ids["The Last Beekeeper"] in cinema_box.ids(found.nums)
    assert found.parts["text"].min() > 0.5


def test_a_leaning_nudges_and_never_overrules_a_soft_wish():
    lean = ((Compare("genres", "contains", "Horror"), 5.0),)
    found = rank(FILMS, everything(), Wishes(soft=(SOFT[0],), leanings=lean), 10)
    assert all("Comedy" in row["genres"] for row in FILMS.catalog.rows(found.nums))


def test_the_same_request_gives_the_same_order():
    wishes = Wishes(query=Query.of([4, 9]), text="war")
    one, two = (rank(FILMS, everything(), wishes, 20) for _ in range(2))
    assert one.nums.tolist() == two.nums.tolist()


@pytest.mark.parametrize("wishes", [Wishes(), Wishes(text="x"), Wishes(seeds=np.array([3]))])
def test_a_catalogue_without_engines_or_fields_is_ranked_all_the_same(bare_box, wishes):
    assert len(rank(bare_box, Candidates.everything(50), wishes, 5)) == 5


def test_an_empty_pool_gives_an_empty_list():
    assert len(rank(FILMS, Candidates(np.empty(0, np.int32)), Wishes(text="x"), 5)) == 0


def test_a_sorted_list_holds_only_what_the_words_are_about():
    titles = FILMS.catalog.titles
    word = max(titles[0].split(), key=len)
    found = rank(FILMS, everything(), Wishes(text=word, sort=("year", True)), 5)
    assert all(word.lower() in titles[int(num)].lower() for num in found.nums)
    assert len(found)
