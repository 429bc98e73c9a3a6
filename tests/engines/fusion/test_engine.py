"""The engine `fusion`: the contract, and what is its own."""

import numpy as np
import pytest
from pydantic import ValidationError

from sommelier.engines.content import Content, ContentConfig
from sommelier.engines.fusion.engine import Fusion, FusionConfig
from sommelier.engines.fusion.members import make, suited
from sommelier.engines.popularity import Popularity
from sommelier.engines.query import Query
from sommelier.errors import ConfigError, DataError, UnknownName, WorkspaceError
from sommelier.testing import toy
from sommelier.testing.encoder import BagOfWords
from sommelier.testing.engines import EngineContract

MEMBERS = {"ease": {"reg": 10}, "als": {"embedding_size": 8}, "knn": {}, "content": {"meaning": 0}}


class TestContract(EngineContract):
    def make(self):
        return Fusion(FusionConfig(members=MEMBERS, threads=1))


def with_words(name, settings):
    """Make members as the registry does, but with an encoder that needs no model."""
    if name == "content":
        return Content(ContentConfig.model_validate(settings), BagOfWords(64))
    return make(name, settings)


def fitted(dataset=None, **config):
    config = {"threads": 1, **config}
    return Fusion(FusionConfig(**config), with_words).fit(dataset or toy.world().dataset)


@pytest.fixture(scope="module")
def engine():
    return fitted()


def places(engine, world):
    """Return at which place each reader finds the book of the own shelf that is unread."""
    asked = [Query.of(history) for history in world.dataset.interactions.histories()]
    lists = engine.recommend(asked, 16).items
    return np.array([row.tolist().index(world.unread(u)) for u, row in enumerate(lists)])


def test_by_default_those_take_part_who_have_something_to_learn_from(engine):
    assert list(engine.members) == ["ease", "als", "knn", "content", "popularity"]
    assert list(suited(toy.dataset([]))) == ["content", "popularity"]


def test_it_is_not_worse_than_its_best_member(engine):
    world = toy.world()
    best = min(places(member, world).mean() for member in engine.members.values())
    assert places(engine, world).mean() <= best


def test_a_member_of_noise_does_no_harm():
    world = toy.world()
    assert places(fitted(members={"ease": {"reg": 10}, "popularity": {}}), world).max() == 0


def test_words_alone_are_answered_by_those_who_hear_words(engine):
    assert engine.hears.tolist() == [False, False, False, True, False]
    best = engine.recommend([Query(text="starship planet")], 3).items[0]
    assert set(best.tolist()) <= {5, 6, 7, 8, 9}
    alone = engine.members["content"].recommend([Query(text="starship planet")], 16)
    both = engine.recommend([Query(text="starship planet")], 16)
    # weights still depend on how well known an item is
    assert both.items[0, 0] == alone.items[0, 0]


def test_words_beside_a_history_are_heard(engine):
    best = engine.recommend([Query.of([0, 1], text="recipes oven kitchen")], 4).items[0]
    assert set(best.tolist()) & {10, 11, 12, 13, 14}


def test_likes_alone_are_not_drowned_by_fame():
    crowd = [[0, 1, 2, 3, 4]] * 60 + [[10, 11, 12], [11, 12, 13], [12, 13, 14], [10, 13, 14]]
    engine = fitted(toy.dataset(crowd))
    best = engine.recommend([Query.of(liked=[12])], 3).items[0]
    assert set(best.tolist()) <= {10, 11, 13, 14}


def test_a_liked_item_counts_as_history_and_a_disliked_one_does_not(engine):
    whole, _ = engine._by_query([Query.of([0, 1, 2])])
    told, _ = engine._by_query([Query.of([0], liked=[1, 2], disliked=[7])])
    np.testing.assert_array_equal(whole, told)


def test_a_query_with_nothing_in_it_gets_what_is_famous():
    engine = fitted(toy.dataset([[0, 1], [0, 2], [0, 3], [0, 4], [0, 5]]))
    assert engine.recommend([Query()], 1).items.tolist() == [[0]]


def test_a_row_that_is_constant_moves_nothing():
    flat = Popularity().fit(toy.dataset([]))
    engine = fitted(members={"ease": {"reg": 10}, "popularity": {}})
    engine.members["popularity"] = flat
    alone = engine.members["ease"].recommend([Query.of([5, 6])], 16)
    assert engine.recommend([Query.of([5, 6])], 3).items.tolist() == alone.items[:, :3].tolist()


def test_members_learn_from_all_events_unless_told_otherwise():
    world = toy.world().dataset
    kind = {"members": {"popularity": {"half_life": None}}}
    counts = [
        fitted(world, **kind, refit=again).members["popularity"].counts.sum()
        for again in (True, False)
    ]
    assert counts == [120, 90]


def test_without_people_to_ask_all_members_weigh_the_same():
    engine = fitted(people=0)
    np.testing.assert_array_equal(engine.weights.base, 1)
    assert places(engine, toy.world()).max() == 0


def test_the_seed_chooses_whom_the_weights_are_learned_from():
    one, same, other = (fitted(people=9, seed=seed).weights.base for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_what_was_saved_keeps_weights_and_members(tmp_path):
    engine = Fusion(FusionConfig(members=MEMBERS, threads=1)).fit(toy.world().dataset)
    engine.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == sorted(MEMBERS)
    loaded = Fusion.load(tmp_path, toy.world().dataset)
    items = np.arange(16, dtype=np.int32)
    np.testing.assert_array_equal(loaded.similar(items), engine.similar(items))
    assert loaded.contributions(Query.of([0, 1]), 2) == engine.contributions(Query.of([0, 1]), 2)


def test_a_member_that_is_missing_from_the_folder_is_named(tmp_path):
    engine = Fusion(FusionConfig(members=MEMBERS, threads=1)).fit(toy.world().dataset)
    engine.save(tmp_path)
    (tmp_path / "knn" / "engine.json").unlink()
    with pytest.raises(WorkspaceError, match="member 'knn'"):
        Fusion.load(tmp_path, toy.world().dataset)


def test_a_member_that_cannot_learn_is_named():
    with pytest.raises(DataError, match="member 'ease' of the engine 'fusion'") as caught:
        fitted(toy.dataset([]), members={"popularity": {}, "ease": {}})
    assert caught.value.hint


def test_a_wrong_setting_or_name_of_a_member_is_told_before_anything_is_fitted():
    with pytest.raises(ConfigError, match=r"member 'ease'.* reg = -1"):
        fitted(members={"ease": {"reg": -1}})
    with pytest.raises(UnknownName, match="eeze"):
        fitted(members={"popularity": {}, "eeze": {}})


def test_a_fusion_has_members_and_is_none_of_them():
    for members in ({}, {"fusion": {}}):
        with pytest.raises(ValidationError):
            FusionConfig(members=members)


def test_contributions_name_what_lifted_the_item(engine):
    parts = engine.contributions(Query.of([0, 5]), 6)
    assert parts[5] > 0
    assert parts[5] > parts.get(0, 0.0)
