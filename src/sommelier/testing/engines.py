"""What every engine promises, as tests to inherit. Needs pytest and hypothesis.

class TestMine(EngineContract):
    def make(self):
        return Mine()
"""

import json
from abc import ABC, abstractmethod
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sommelier.engines.base import Engine, Explains, Similar
from sommelier.engines.online import FitPartial, Grows
from sommelier.engines.query import Query
from sommelier.errors import DataError, NotFitted, WorkspaceError
from sommelier.testing import toy

__all__ = ["EngineContract", "queries"]

_N = 16  # items of the toy world
_GROWN = _N + len(toy.LATER)
_LONG = 100_000

_items = st.lists(st.integers(0, _N - 1), max_size=12)
_said = st.lists(st.integers(0, _N - 1), max_size=3)
_inherited = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow],
)


def queries() -> st.SearchStrategy[Query]:
    """Return a strategy for any request in the toy world."""
    return st.builds(
        lambda history, liked, disliked: Query.of(history, liked=liked, disliked=disliked),
        _items,
        _said,
        _said,
    )


class EngineContract(ABC):
    """Inherit, and say in `make` how an unfitted engine is made."""

    personal: ClassVar[bool] = True  # False: what the person told changes nothing
    reads: ClassVar[bool] = False  # True: items that nobody has met stand by text or attributes

    @abstractmethod
    def make(self) -> Engine:
        """Return a new, unfitted engine."""

    @classmethod
    @cache
    def fitted(cls) -> Engine:
        """Return the engine after learning the toy world; shared by the tests, so only asked."""
        return cls().make().fit(toy.world().dataset)

    def test_an_engine_that_has_not_learned_says_so(self, tmp_path: Path) -> None:
        for ask in (
            lambda: self.make().recommend([Query()], 3),
            lambda: self.make().score([Query()]),
            lambda: self.make().save(tmp_path),
        ):
            with pytest.raises(NotFitted):
                ask()

    def test_fit_returns_the_engine_itself(self) -> None:
        engine = self.make()
        assert engine.fit(toy.world().dataset) is engine
        assert engine.n_items == _N

    def test_scores_are_finite_float32_one_row_a_query_one_column_an_item(self) -> None:
        scores = self.fitted().score([Query.of([0, 1]), Query(), Query.of([7], liked=[3])])
        assert scores.shape == (3, _N)
        assert scores.dtype == np.float32
        assert np.isfinite(scores).all()

    def test_no_queries_give_no_rows(self) -> None:
        assert self.fitted().score([]).shape == (0, _N)
        assert self.fitted().recommend([], 3).items.shape == (0, 3)

    @_inherited
    @given(asked=st.lists(queries(), min_size=1, max_size=4), items=_items)
    def test_scores_of_some_items_are_columns_of_the_whole(
        self, asked: list[Query], items: list[int]
    ) -> None:
        chosen = np.array(items, np.int32)
        whole, part = self.fitted().score(asked), self.fitted().score(asked, chosen)
        assert part.shape == (len(asked), len(items))
        assert part.dtype == np.float32
        np.testing.assert_allclose(part, whole[:, chosen], rtol=1e-4, atol=1e-5)

    @_inherited
    @given(asked=st.lists(queries(), min_size=12, max_size=14))
    def test_a_query_scores_the_same_alone_and_in_company(self, asked: list[Query]) -> None:
        together = self.fitted().score(asked)
        alone = np.concatenate([self.fitted().score([query]) for query in asked])
        np.testing.assert_allclose(together, alone, rtol=1e-3, atol=1e-4)

    @_inherited
    @given(query=queries(), k=st.integers(0, _N + 2), among=st.none() | _items)
    def test_lists_hold_the_best_unseen_candidates_in_order(
        self, query: Query, k: int, among: list[int] | None
    ) -> None:
        candidates = None if among is None else np.array(among, np.int32)
        ranking = self.fitted().recommend([query], k, candidates=candidates)
        pool = set(range(_N) if among is None else among) - set(query.seen.tolist())
        whole = self.fitted().score([query])[0]
        right = sorted(pool, key=lambda item: (-whole[item], item))[:k]
        found = dict(ranking.row(0))
        assert ranking.items.shape == (1, k)
        assert len(found) == len(right)
        assert set(found) <= pool
        assert list(found) == sorted(found, key=lambda item: (-found[item], item))
        np.testing.assert_allclose(list(found.values()), whole[right], rtol=1e-4, atol=1e-5)
        assert (ranking.items[0, len(right) :] == -1).all()
        assert np.isneginf(ranking.scores[0, len(right) :]).all()

    def test_seen_items_come_back_when_asked_for(self) -> None:
        assert len(list(self.fitted().recommend([Query.of([0, 1])], _N, seen=True).row(0))) == _N

    def test_every_reader_gets_the_unread_book_of_the_own_shelf(self) -> None:
        if not self.personal:
            return
        world = toy.world()
        asked = [Query.of(history) for history in world.dataset.interactions.histories()]
        best = self.fitted().recommend(asked, 1).items[:, 0]
        assert best.tolist() == [world.unread(user) for user in range(len(asked))]

    def test_a_stranger_is_served_by_the_same_call(self) -> None:
        best = self.fitted().recommend([Query.of([5, 6])], 3).items[0]
        if self.personal:
            assert set(best.tolist()) == {7, 8, 9}

    def test_a_query_with_nothing_in_it_gets_a_full_list(self) -> None:
        assert (self.fitted().recommend([Query()], 5).items >= 0).all()

    def test_a_liked_item_raises_and_a_disliked_one_lowers_what_is_like_it(self) -> None:
        if not self.personal:
            return
        plain, liked, disliked = self.fitted().score(
            [Query.of([0, 1]), Query.of([0, 1], liked=[11]), Query.of([0, 1], disliked=[11])]
        )[:, [10, 12, 13, 14]]
        assert (liked > plain).all()
        assert (disliked < plain).all()

    def test_a_new_event_changes_the_next_ranking_without_learning_anew(self) -> None:
        if not self.personal:
            return
        others = np.setdiff1d(np.arange(_N, dtype=np.int32), [0, 1, 11])
        before, after = (
            self.fitted().recommend([Query.of(history)], _N, candidates=others).items[0].tolist()
            for history in ([0, 1], [0, 1, 11])
        )
        places = [[ranked.index(item) for item in (10, 12, 13, 14)] for ranked in (before, after)]
        assert sum(places[1]) < sum(places[0])

    def test_items_that_came_later_are_ranked_without_learning_anew(self, tmp_path: Path) -> None:
        engine = self.make().fit(toy.world().dataset)
        if not isinstance(engine, Grows):
            return
        with pytest.raises(DataError):
            engine.grow(toy.dataset([[0]], n_items=1))
        grown = toy.world(_GROWN).dataset
        assert engine.grow(grown) is engine
        asked = [Query.of([5, 6]), Query(), Query.of([16, 17]), Query.of([0], disliked=[16])]
        assert np.isfinite(engine.score(asked)).all()
        ranked = engine.recommend(asked[:1], _GROWN).items[0].tolist()
        assert sorted(ranked[:-2]) == sorted({*range(_GROWN)} - {5, 6})
        if self.reads:
            assert set(ranked[:4]) == {7, 8, 9, toy.LATER[0]}
        elif self.personal:
            assert set(ranked[:3]) == {7, 8, 9}
        engine.save(tmp_path)
        loaded = type(engine).load(tmp_path, grown)
        np.testing.assert_array_equal(loaded.score(asked), engine.score(asked))

    @_inherited
    @given(
        changed=st.dictionaries(
            st.integers(0, 3 * toy.READERS),
            st.lists(st.integers(0, _GROWN - 1), max_size=6),
            max_size=2,
        )
    )
    def test_learning_what_changed_comes_to_learning_all(
        self, changed: dict[int, list[int]]
    ) -> None:
        engine, former = self.make(), toy.world().dataset
        if not isinstance(engine, FitPartial) or not engine.exact:
            return
        histories = [history.tolist() for history in former.interactions.histories()] + [[]]
        now = toy.dataset([changed.get(n, kept) for n, kept in enumerate(histories)], _GROWN)
        engine.fit(former)
        assert engine.fit_partial(now, former) is engine
        asked = [Query.of([0, 1], liked=[7], disliked=[12]), Query.of([16]), Query()]
        right = self.make().fit(now).score(asked)
        np.testing.assert_allclose(engine.score(asked), right, rtol=1e-3, atol=1e-4)

    def test_learning_twice_gives_the_same_scores(self) -> None:
        asked = [Query.of([0, 1], liked=[7]), Query()]
        again = self.make().fit(toy.world().dataset)
        np.testing.assert_array_equal(again.score(asked), self.fitted().score(asked))

    def test_what_was_saved_scores_the_same(self, tmp_path: Path) -> None:
        asked = [Query.of([0, 1]), Query.of([2], liked=[7], disliked=[12]), Query()]
        self.fitted().save(tmp_path)
        loaded = type(self.fitted()).load(tmp_path, toy.world().dataset)
        assert loaded.config == self.fitted().config
        np.testing.assert_array_equal(loaded.score(asked), self.fitted().score(asked))
        assert all("pickle" not in path.suffix for path in tmp_path.iterdir())

    def test_a_folder_of_another_engine_size_or_version_is_refused(self, tmp_path: Path) -> None:
        kind = type(self.fitted())
        with pytest.raises(WorkspaceError):
            kind.load(tmp_path, toy.world().dataset)
        self.fitted().save(tmp_path)
        with pytest.raises(WorkspaceError):
            kind.load(tmp_path, toy.dataset([[0]], n_items=1))
        card = tmp_path / "engine.json"
        good = json.loads(card.read_text("utf-8"))
        for wrong in ({"engine": "other"}, {"format": -1}, {"config": {"no such setting": 1}}):
            card.write_text(json.dumps({**good, **wrong}), "utf-8")
            with pytest.raises(WorkspaceError):
                kind.load(tmp_path, toy.world().dataset)
        card.write_text("[", "utf-8")
        with pytest.raises(WorkspaceError):
            kind.load(tmp_path, toy.world().dataset)

    def test_a_catalogue_of_one_item_works(self) -> None:
        engine = self.make().fit(toy.dataset([[0], [0]], n_items=1))
        assert np.isfinite(engine.score([Query(), Query.of([0])])).all()
        assert engine.recommend([Query()], 2).items.tolist() == [[0, -1]]
        assert engine.recommend([Query.of([0])], 2).items.tolist() == [[-1, -1]]

    def test_a_user_with_one_event_and_items_without_any_work(self) -> None:
        engine = self.make().fit(toy.dataset([[3], [3, 4], []]))
        scores = engine.score([Query.of([3]), Query.of([toy.LONELY]), Query(liked=np.array([9]))])
        assert np.isfinite(scores).all()

    def test_without_any_events_it_says_so_or_answers_soundly(self) -> None:
        try:
            engine = self.make().fit(toy.dataset([]))
        except DataError as error:
            assert error.hint
        else:
            assert np.isfinite(engine.score([Query(), Query.of([1])])).all()

    def test_a_very_long_history_works(self) -> None:
        asked = Query.of(np.arange(_LONG, dtype=np.int32) % 4)
        assert self.fitted().recommend([asked], 1).items[0, 0] >= 0
        assert np.isfinite(self.fitted().score([asked])).all()

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_weights_that_are_no_numbers_are_refused_or_ignored(self, bad: float) -> None:
        asked = Query.of([0, 1], weights=np.array([1.0, bad], np.float32))
        try:
            assert np.isfinite(self.fitted().score([asked])).all()
        except DataError as error:
            assert "weights" in str(error)

    def test_similar_puts_the_item_itself_first_and_its_shelf_next(self) -> None:
        engine = self.fitted()
        if not isinstance(engine, Similar):
            return
        found = engine.similar(np.array([6, 2], np.int32))
        assert found.shape == (2, _N)
        assert found.dtype == np.float32
        for row, item, shelf in ((0, 6, range(5, 10)), (1, 2, range(5))):
            assert found[row, item] == found[row].max()
            assert set(np.argsort(-found[row], kind="stable")[:5].tolist()) == set(shelf)

    @_inherited
    @given(query=queries(), item=st.integers(0, _N - 1))
    def test_contributions_name_only_what_the_query_holds(self, query: Query, item: int) -> None:
        engine = self.fitted()
        if not isinstance(engine, Explains):
            return
        parts = engine.contributions(query, item)
        assert set(parts) <= set(query.seen.tolist())
        assert np.isfinite(list(parts.values())).all()

    def test_contributions_of_a_history_add_up_to_the_score(self) -> None:
        engine = self.fitted()
        if not isinstance(engine, Explains):
            return
        asked = Query.of([5, 6, 8], liked=[0], disliked=[11])
        scores = engine.score([asked])[0]
        for item in range(_N):
            total = sum(engine.contributions(asked, item).values())
            np.testing.assert_allclose(total, scores[item], rtol=1e-3, atol=1e-4)
