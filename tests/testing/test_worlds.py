"""The worlds are what they say, whatever their size."""

import numpy as np
import pytest

from sommelier.data.catalog import DTYPES
from sommelier.testing import cinema, worlds
from sommelier.testing.talk import Talker, kinds


@pytest.mark.parametrize("name", sorted(worlds.WORLDS))
@pytest.mark.parametrize("n", [3, 40, 4_000])
def test_a_world_has_the_size_asked_distinct_titles_and_known_types(name, n):
    dataset = worlds.WORLDS[name](n)
    table = dataset.catalog.table
    assert len(dataset.catalog) == table["title"].n_unique() == n
    assert all(table[f.name].dtype == DTYPES[f.kind] for f in dataset.catalog.schema)
    assert len(dataset.interactions) == 20 * n
    assert np.all(np.diff(dataset.interactions.users) >= 0)


@pytest.mark.parametrize("name", sorted(worlds.WORLDS))
def test_a_world_is_the_same_every_time_and_another_with_another_seed(name):
    make = worlds.WORLDS[name]
    one, two, other = make(50), make(50), make(50, seed=99)
    assert one.catalog.table.equals(two.catalog.table)
    assert one.interactions.items.tolist() == two.interactions.items.tolist()
    assert not one.catalog.table.equals(other.catalog.table)


def test_tags_of_one_item_differ_and_some_values_are_missing():
    table = worlds.films(2_000).catalog.table
    for field in ("genres", "cast", "countries"):
        assert (table[field].list.n_unique() == table[field].list.len()).all()
    assert 0 < table["year"].null_count() < 200


@pytest.mark.slow
def test_a_million_rows_are_made_with_distinct_titles():
    dataset = worlds.products(1_000_000, n_events=1_000)
    assert dataset.catalog.table["title"].n_unique() == 1_000_000


def test_people_of_the_log_keep_mostly_to_one_kind():
    dataset = worlds.books(300)
    genre = dataset.catalog.table["genre"].to_physical().to_list()
    home = []
    for history in dataset.interactions.histories():
        kinds = [genre[item] for item in history]
        home.append(max(kinds.count(kind) for kind in set(kinds)) / len(kinds) if kinds else 1)
    assert np.mean(home) > 0.6


def test_the_cinema_has_what_its_users_rely_on():
    dataset = cinema.dataset()
    titles = dataset.catalog.titles
    assert len(titles) == 20
    assert titles.count("Night Ferry") == 2
    log = dataset.interactions
    assert [titles[i] for i in log.history(log.user_index["v0"])] == [
        "Seven Doors Down",
        "Night Ferry",
    ]


@pytest.mark.parametrize("name", sorted(worlds.WORLDS))
def test_a_talker_says_something_of_every_kind_and_the_same_for_one_seed(name):
    talker = Talker(worlds.WORLDS[name](40).catalog)
    for kind in kinds():
        for seed in range(30):
            assert talker.say(seed, kind) == talker.say(seed, kind)
            assert "«" not in talker.say(seed, kind)[1]
    assert {talker.say(seed)[0] for seed in range(2_000)} == set(kinds())


def test_slips_change_one_word_and_can_be_left_out():
    talker = Talker(worlds.films(40).catalog)
    plain = [talker.say(seed, "title", slips=0.0)[1] for seed in range(40)]
    slipped = [talker.say(seed, "title", slips=1.0)[1] for seed in range(40)]
    for one, two in zip(plain, slipped, strict=True):
        words = list(zip(one.split(), two.split(), strict=True))
        assert sum(a != b for a, b in words) <= 1
    assert sum(a != b for a, b in zip(plain, slipped, strict=True)) > 30
