"""Hiding last events and letting members guess them."""

import numpy as np

from sommelier.engines.fusion.rehearsal import hide, rehearse, scales
from sommelier.engines.popularity import Popularity
from sommelier.engines.query import Query
from sommelier.testing import toy


def test_the_last_event_of_each_person_is_hidden_and_nothing_else():
    log = toy.world().dataset.interactions
    hidden = hide(log, people=1000, seed=0)
    assert len(hidden.rest) == len(log) - log.n_users
    for user, (query, item) in enumerate(zip(hidden.queries, hidden.items, strict=True)):
        assert [*query.history, item] == log.history(user).tolist()
        assert len(query.times) == len(query.history)


def test_people_with_one_event_or_a_repeated_last_one_are_not_asked():
    log = toy.dataset([[1], [], [2, 3, 2], [4, 5]]).interactions
    hidden = hide(log, people=10, seed=0)
    assert hidden.items.tolist() == [5]
    assert len(hidden.rest) == len(log) - 1


def test_the_seed_chooses_the_people():
    log = toy.world().dataset.interactions
    one, same, other = (hide(log, people=8, seed=seed) for seed in (1, 1, 2))
    assert len(one.queries) == 8
    np.testing.assert_array_equal(one.rest.items, same.rest.items)
    assert one.rest.users.tolist() != other.rest.users.tolist()


def test_candidates_are_what_members_list_and_never_what_was_seen():
    world = toy.dataset([[0, 1], [0, 2], [0, 1, 2], [1, 3]], n_items=5)
    hidden = hide(world.interactions, people=10, seed=0)
    members = [Popularity().fit(world.with_interactions(hidden.rest))]
    lesson = rehearse(members, hidden, np.ones(1, np.float32))
    sizes = np.diff([*lesson.starts, len(lesson.scores)])
    assert sizes.tolist() == [5 - len(query.history) for query in hidden.queries]
    assert np.isfinite(lesson.scores).all()
    assert (lesson.lengths == [len(query.history) for query in hidden.queries]).all()


def test_a_scale_is_the_usual_height_of_the_favourite_and_1_for_a_flat_member():
    world = toy.dataset([[0], [0], [0], [1]], n_items=4)
    famous, flat = Popularity().fit(world), Popularity().fit(toy.dataset([], n_items=4))
    np.testing.assert_allclose(scales([famous, flat], [Query(), Query()]), [2, 1])
