"""A backup taken while others write restores to the same, in either kind of database."""

import subprocess
import sys
import tarfile

import pytest

from sommelier.data.versions import locked
from sommelier.data.workspace import Workspace
from sommelier.engines.query import Query
from sommelier.errors import DataError, UsageError, WorkspaceError
from sommelier.shop import open  # noqa: A004
from sommelier.shop.backup import backup, restore
from sommelier.state import Entry, Event, Session, Store
from sommelier.tools.grams import FILE as GRAMS

_WRITER = """
import sys
from sommelier.state import Event, Session, Store
with Store.open(sys.argv[1]) as store:
    session, number = Session.new(user_id="ann", session_id="busy"), 0
    while True:
        number += 1
        event = Event(event_id=f"w{number}", item_id="book-01", feedback_type="seen",
                      time=float(number), user_id="ann")
        store.commit_turn(session, str(number), {"reply": "x" * 2000}, feedback=[event])
        print(number, flush=True)
"""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "shop.tar"


def fill(store):
    """Store something in every table."""
    session = Session.new(user_id="cay")
    said = [
        Entry(polarity=polarity, source="said", time=time, item_id="book-02", scope="lasting")
        for time, polarity in enumerate(["like", "dislike", "like"])
    ]
    event = Event(
        event_id="e", item_id="book-03", feedback_type="like", time=3.0, user_id="cay",
        impression=("book-03", "book-04"), recommendation_id="r",
    )  # fmt: skip
    store.commit_turn(session, "你好", {"reply": "…"}, entries=said)
    store.add_feedback([event])
    store.put_items([{"item_id": "book-02", "title": "Mended"}])
    store.drop_users(["bob"])
    store.audit("looked", None, {"at": 1})
    return store.create_key(["chat"])[1]


def told(store, secret):
    """Return everything that a store says."""
    return (
        store.export("cay"), store.entries("cay", trail=True), store.edits(), store.audited(),
        store.keys(), store.key_of(secret, now=1.0) is not None, store.turns("busy"),
    )  # fmt: skip


def test_what_is_restored_equals_what_was_backed_up(place, file, tmp_path):
    with Store.open(place / "state.db") as store:
        secret = fill(store)
        store.key_of(secret, now=1.0)
        expected = told(store, secret)
    done = backup(place, file)
    assert done.files > 5
    assert file.stat().st_mode & 0o077 == 0  # for nobody else to read
    former, made = open(place), open(restore(file, tmp_path / "again").path)
    assert made.dataset.catalog.table.equals(former.dataset.catalog.table)
    asked = [Query.of([5, 6])]
    assert (made.engine().score(asked) == former.engine().score(asked)).all()
    assert made.workspace.settings == former.workspace.settings
    assert told(made.store, secret) == expected
    new = made.store.add_entries([Entry(polarity="like", source="said", time=9.0, item_id="x",
                                        scope="lasting", user_id="cay")])  # fmt: skip
    assert new[0].id > max(entry.id for entry in expected[1])


def test_a_backup_while_a_writer_is_busy_holds_one_moment(place, file, tmp_path):
    command = [sys.executable, "-c", _WRITER, str(place / "state.db")]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        while int(writer.stdout.readline()) < 20:
            pass
        backup(place, file)
        before = int(writer.stdout.readline())
        while int(writer.stdout.readline()) < before + 5:  # it was not held up
            pass
    finally:
        writer.kill()
        writer.communicate()
    with open(restore(file, tmp_path / "again").path).store as store:
        turns = [turn.number for turn in store.turns("busy")]
        events = {event.event_id for event in store.feedback("ann")}
    assert turns == list(range(1, len(turns) + 1))
    assert len(turns) >= 20
    assert events == {f"w{number}" for number in turns}


def test_only_the_version_in_force_is_kept(place, file, files, tmp_path):
    files.write(18)
    open(place).refresh()
    assert len(list((place / "versions").iterdir())) == 2
    backup(place, file)
    made = restore(file, tmp_path / "again")
    assert len(list((made.path / "versions").iterdir())) == 1
    assert made.dataset().n_items == 18
    with tarfile.open(file) as tar:
        names = tar.getnames()
    assert names[-1] == "backup.json"
    assert not any(name.endswith(("LOCK", "-wal", "-shm")) for name in names)


def test_nothing_is_overwritten_and_nothing_half_is_left(place, file, tmp_path):
    backup(place, file)
    whole = file.read_bytes()
    with pytest.raises(UsageError, match="already"):
        backup(place, file)
    with pytest.raises(UsageError, match="already"):
        restore(file, place)
    assert file.read_bytes() == whole
    with locked(place), pytest.raises(WorkspaceError, match="Another process"):
        backup(place, tmp_path / "other.tar")
    assert not (tmp_path / "other.tar").exists()
    with pytest.raises(WorkspaceError):
        backup(place, tmp_path / "nowhere" / "other.tar")
    (tmp_path / "empty").mkdir()
    assert restore(file, tmp_path / "empty").path == tmp_path / "empty"
    assert not list(tmp_path.glob(".restoring-*"))
    assert not list(tmp_path.glob("*.new"))


def test_a_file_that_is_damaged_is_refused_whole(place, file, tmp_path):
    backup(place, file)
    whole = file.read_bytes()
    middle = whole.index(b"PAR1") + 100
    changed = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    for broken in (whole[: len(whole) // 2], changed, b"", b"item_id,title\n" * 100):
        file.write_bytes(broken)
        with pytest.raises(DataError):
            restore(file, tmp_path / "again")
        assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("name", ["../evil", "/evil", "workspace/../../evil", "else/x"])
def test_a_file_that_would_stand_elsewhere_is_refused(file, tmp_path, name):
    with tarfile.open(file, "w") as tar:
        tar.addfile(tarfile.TarInfo(name))
    with pytest.raises(DataError, match="no file of a backup"):
        restore(file, tmp_path / "again")


@pytest.mark.parametrize("way", ["to", "from", "within"])
def test_state_moves_between_the_databases(postgres, place, file, tmp_path, way):
    url = postgres.get_uri(driver="psycopg")
    name = f"moved {way}"
    source, target = ("" if way == "to" else url), ("" if way == "from" else url)
    former = place.rename(place.with_name(name + " a"))
    shop = Workspace.open(former)
    store = Store.open(url, shop.name) if source else Store.open(shop.state_path)
    with store:
        secret = fill(store)
        store.key_of(secret, now=1.0)
        expected = told(store, secret)
    backup(former, file, database=source)
    made = restore(file, tmp_path / f"{name} b", database=target)
    store = Store.open(url, made.name) if target else Store.open(made.state_path)
    with store:
        assert told(store, secret) == expected
        new = Entry(polarity="like", source="said", time=9.0, item_id="x", scope="lasting",
                    user_id="cay")  # fmt: skip
        assert store.add_entries([new])[0].id > max(entry.id for entry in expected[1])
        store.audit("again")
    if target:
        assert not made.state_path.exists()
        (made.path / "CURRENT").unlink()
        with pytest.raises(UsageError, match="in the state already"):
            restore(file, tmp_path / "else" / f"{name} b", database=target)


def test_an_index_of_words_is_kept_with_the_version_and_out_of_the_backup(place, file, tmp_path):
    plain = open(place).box.lexicon.grams.score("light")
    assert plain.max() > 0
    assert (open(place).workspace.version / GRAMS).is_file()
    backup(place, file)
    again = open(restore(file, tmp_path / "again").path)
    assert not (again.workspace.version / GRAMS).exists()
    assert again.box.lexicon.grams.score("light").tolist() == plain.tolist()
