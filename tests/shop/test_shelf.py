"""Edits over what was read: the last word on each row, and who may still be shown."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.agent.guard import Demands
from sommelier.agent.policy import Policy
from sommelier.errors import PredicateError, UnknownName
from sommelier.shop.shelf import Rows, Shelf
from sommelier.state.store import Store
from sommelier.testing import agents, toy

IDS = st.text("abc", min_size=1, max_size=3)


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "state.db") as store:
        yield store


def shelf(since=0, **policy):
    box = agents.small_toolbox(toy.world().dataset)
    users = pl.DataFrame({"user_id": ["b", "a"], "town": ["Hull", None]})
    return box, Shelf(box, Demands(Policy(**policy), box), lambda: users, since)


@given(st.sets(IDS), st.dictionaries(IDS, st.none() | st.just({"x": 1})), st.integers(1, 7))
def test_pages_hold_each_row_once_in_the_order_of_ids(read, edits, limit):
    rows = Rows("row", "id", pl.DataFrame({"id": sorted(read, reverse=True)}, {"id": pl.String}))
    rows = rows.edited(edits)
    found, after = [], ""
    while page := rows.page(after, limit):
        assert len(page) <= limit
        found += [row["id"] for row in page]
        after = found[-1]
    kept = (read | set(edits)) - {name for name, row in edits.items() if row is None}
    assert found == sorted(kept) and all(name in rows for name in kept)


def test_edits_are_taken_up_once_and_deleted_rows_are_hidden(store):
    box, mine = shelf()
    assert not mine.look(store) and not mine.pending
    store.put_items([{"item_id": "book-01", "title": "Ten Alibis", "price": 3}])
    store.drop_items(["book-02", "unheard-of"])
    assert mine.look(store) and not mine.look(store) and mine.pending
    assert mine.items.get("book-01")["title"] == "Ten Alibis"
    assert mine.items.get("book-01")["year"] is None
    with pytest.raises(UnknownName):
        mine.items.get("book-02")
    assert box.hidden.nums.tolist() == [2]


def test_an_edit_outside_the_policy_hides(store):
    box, mine = shelf(require="price < 10", available="genres CONTAINS 'Crime'")
    store.put_items([{"item_id": "book-01", "price": 9, "genres": ["crime"]}])
    store.put_items([{"item_id": "book-02", "price": 11, "genres": ["Crime"]}])
    store.put_items([{"item_id": "book-03", "price": 9, "genres": ["Space"]}])
    mine.look(store)
    assert box.hidden.nums.tolist() == [2, 3]


def test_what_was_learned_lies_over_nothing_but_deletions_stay(store):
    store.put_items([{"item_id": "book-01", "title": "Ten Alibis"}])
    store.drop_items(["book-02"])
    box, mine = shelf(since=2)
    mine.look(store)
    assert mine.items.get("book-01")["title"] == "Nine Alibis" and not mine.pending
    assert box.hidden.nums.tolist() == [2]  # a quick refresh may have left it in the catalogue


def test_conditions_see_edits(store):
    _, mine = shelf()
    store.put_items([{"item_id": "book-01", "title": "Nine Alibis", "year": 2030}])
    store.put_items([{"item_id": "new", "title": "Alibis again", "year": 2031}])
    mine.look(store)
    assert [row["item_id"] for row in mine.found("", 9, "year > 2020")] == ["book-01", "new"]
    assert [row["item_id"] for row in mine.found("book-01", 9, "", "alibis")] == ["new"]
    with pytest.raises(PredicateError):
        mine.found("", 9, "yaer = 1")


def test_users_are_edited_like_items(store):
    _, mine = shelf()
    store.put_users([{"user_id": "c", "age": 3}])
    store.drop_users(["a"])
    mine.look(store)
    assert [row["user_id"] for row in mine.users.page("", 9)] == ["b", "c"]
    assert mine.users.get("b") == {"user_id": "b", "town": "Hull"}
