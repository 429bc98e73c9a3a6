"""Edits: the newest row per id, in the order of rising revisions."""

import pytest

from sommelier.errors import UsageError
from sommelier.state import Store

HEAT = {"item_id": "heat", "title": "Heat", "genres": ["Crime", "戏剧"], "year": 1995}


def test_the_newest_row_counts_and_revisions_rise_over_both_tables(store):
    assert store.revision() == 0
    assert store.put_items([HEAT, {"item_id": "up"}]) == 1
    assert store.put_users([{"user_id": "ann", "age": 40}]) == 2
    assert store.put_items([{**HEAT, "year": 1996}]) == 3
    assert store.drop_items(["up", "never there"]) == 4
    assert store.drop_users(["bob"]) == 5
    assert store.revision() == 5
    assert store.item_edit("heat").row["year"] == 1996
    assert store.item_edit("heat").row["genres"] == HEAT["genres"]
    assert store.item_edit("up").row is None
    assert store.item_edit("alien") is None
    assert store.user_edit("ann").row["age"] == 40


def test_only_what_came_after_a_revision_is_told(store):
    store.put_items([HEAT])
    store.put_items([{"item_id": "up"}])
    store.put_users([{"user_id": "ann"}])
    assert [edit.id for edit in store.item_edits()] == ["heat", "up"]
    assert [edit.id for edit in store.item_edits(after=1)] == ["up"]
    assert [edit.id for edit in store.user_edits(after=1)] == ["ann"]
    told = store.edits(after=1)
    assert (len(told.items), len(told.users), told.revision) == (1, 1, 3)
    assert store.edits(after=3).revision == 0


@pytest.mark.parametrize("row", [{}, {"item_id": ""}, {"item_id": 5}])
def test_a_row_without_an_id_is_refused_and_with_it_its_whole_delivery(store, row):
    with pytest.raises(UsageError, match="item_id"):
        store.put_items([HEAT, row])
    assert store.revision() == 0
    assert store.put_items([]) == 0


def test_of_a_person_who_is_erased_a_nameless_deletion_stays(store, path):
    store.put_users([{"user_id": "ann", "city": "Ulm"}])
    assert store.export("ann")["user"]["city"] == "Ulm"
    assert store.erase("ann", turns=True)["user_edits"] == 1
    assert store.user_edit("ann") is None
    [left] = store.user_edits()
    assert (left.row, left.revision) == (None, 2)  # so that a refresh sees a change
    assert "ann" not in left.id
    files = path.parent.glob("state.sqlite*")
    assert not any(b"Ulm" in file.read_bytes() for file in files)


def test_the_version_changes_with_every_write_of_anybody(store, place, event):
    with Store.open(*place) as other:
        seen = [store.version()]
        assert store.version() == seen[0]
        for write in (
            lambda: store.add_feedback([event()]),
            lambda: other.add_feedback([event("e2")]),
            lambda: other.put_items([HEAT]),
            lambda: store.audit("looked"),
        ):
            write()
            assert store.version() not in seen
            seen.append(store.version())
    store.check()
