"""Rows edited one by one are taken in by a refresh; what is edited later waits for the next."""

import polars as pl
import pytest

from sommelier.data.workspace import Workspace
from sommelier.shop import open, refresh  # noqa: A004
from sommelier.state import Event, Store

OLD, NEW, TAG = "book-03", "book-new", "A Tag Of Its Own"


@pytest.fixture
def store(place):
    with Store.open(place / "state.db") as opened:
        yield opened


def whole(place, item_id):
    catalog = Workspace.open(place).catalog()
    return catalog.rows(catalog.nums([item_id]))[0]


def people(place, item_id):
    """Return who met an item by the log."""
    data = Workspace.open(place).dataset()
    num, log = data.catalog.num(item_id), data.interactions
    return {
        log.user_ids[user] for user, item in zip(log.users, log.items, strict=True) if item == num
    }


def test_edited_rows_replace_those_of_the_source_and_new_ones_are_added(place, store):
    before = Workspace.open(place).dataset()
    row = {"item_id": OLD, "title": "Mended", "genres": [TAG, "Space"]}
    store.put_items([row, {"item_id": NEW, "title": "Quite New"}])
    assert refresh(place, quick=True).items == 1
    after = Workspace.open(place).dataset()
    assert whole(place, OLD)["title"] == "Mended"
    assert whole(place, OLD)["genres"] == [TAG, "Space"]
    new = whole(place, NEW)
    assert new["title"] == "Quite New"
    assert all(new[f.name] in (None, [], 0.0) for f in after.catalog.schema if f.name not in row)
    assert after.catalog.ids == [*before.catalog.ids, NEW]
    assert [field.kind for field in after.catalog.schema] == [
        field.kind for field in before.catalog.schema
    ]
    assert len(after.interactions) == len(before.interactions)
    assert open(place).engine().n_items == 17


def test_the_workspace_knows_which_edits_it_holds(place, store):
    assert Workspace.open(place).revision == 0
    revision = store.put_items([{"item_id": NEW, "title": "New"}])
    refresh(place)
    assert Workspace.open(place).revision == revision
    assert store.item_edits(after=revision) == []
    assert refresh(place) is None
    again = store.put_items([{"item_id": NEW, "title": "New"}])  # says nothing new
    version = Workspace.open(place).version
    assert refresh(place) is None
    assert (Workspace.open(place).revision, Workspace.open(place).version) == (again, version)


def test_edits_outlast_the_next_refresh_and_the_loss_of_the_source(place, files, store):
    store.put_items([{"item_id": OLD, "title": "Mended", "genres": ["Space"]}])
    refresh(place)
    files.write(18)
    refresh(place)
    assert whole(place, OLD)["title"] == "Mended"
    (files.folder / "items.csv").unlink()
    store.put_items([{"item_id": NEW, "title": "New"}])
    refresh(place)
    assert whole(place, OLD)["title"] == "Mended"
    assert whole(place, NEW)["title"] == "New"


def test_a_deleted_item_vanishes_with_its_events_until_it_is_put_again(place, store):
    [fan, *_] = people(place, OLD)
    events = len(Workspace.open(place).dataset().interactions)
    store.add_feedback(
        [Event(event_id="e", item_id=OLD, feedback_type="like", time=2e9, user_id="cay")]
    )
    store.drop_items([OLD, "never there"])
    done = refresh(place)
    assert (done.items, set(done.engines.values())) == (-1, {"was fitted anew"})
    data = Workspace.open(place).dataset()
    assert OLD not in data.catalog.index
    assert len(data.interactions) < events
    store.put_items([{"item_id": OLD, "title": "Back"}])
    refresh(place)
    assert {fan, "cay"} <= people(place, OLD)


def test_where_a_costly_engine_would_be_fitted_anew_deleted_items_wait_hidden(place, store):
    open(place).fit(["fusion"])
    store.drop_items([OLD])
    said = []
    assert refresh(place, quick=True, report=said.append) is None
    assert any("wait" in step for step in said)
    shop = open(place)
    assert shop.workspace.waiting == (OLD,)
    assert shop.workspace.revision == store.revision()
    assert OLD not in shop.box
    assert refresh(place).items == -1
    assert open(place).workspace.waiting == ()
    assert OLD not in open(place).dataset.catalog.index


def test_users_are_put_changed_and_deleted_with_their_events(place, store):
    store.put_users([{"user_id": "cay", "age": 40, "likes": ["space"]}, {"user_id": "reader-00"}])
    store.drop_users(["reader-01"])
    store.add_feedback(
        [Event(event_id="e", item_id=OLD, feedback_type="like", time=2e9, user_id="reader-01")]
    )
    assert refresh(place).events < 0
    data = Workspace.open(place).dataset()
    assert "reader-01" not in data.interactions.user_ids
    assert data.users.filter(pl.col("user_id") == "cay").to_dicts() == [
        {"user_id": "cay", "age": 40.0, "likes": ["space"]}
    ]
    store.put_users([{"user_id": "cay", "age": 41}])
    refresh(place)
    [cay] = Workspace.open(place).dataset().users.filter(pl.col("user_id") == "cay").to_dicts()
    assert cay["age"] == 41.0
    store.put_users([{"user_id": "reader-01"}])
    refresh(place)
    assert "reader-01" in Workspace.open(place).dataset().interactions.user_ids


def test_what_an_erased_person_was_known_by_is_forgotten_by_the_next_refresh(place, store):
    store.put_users([{"user_id": "cay", "city": "Ulm"}])
    refresh(place)
    store.erase("cay", turns=True)
    refresh(place)
    users = Workspace.open(place).dataset().users
    assert users is None or "Ulm" not in users.write_csv()
