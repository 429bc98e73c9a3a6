"""Opening, migrating, sharing, surviving; and every failure in our own words."""

import signal
import sqlite3
import subprocess
import sys
import time

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from sommelier.errors import StateError
from sommelier.state import Session, Store, database, tables


@pytest.fixture
def place(path):
    """These look into the file itself."""
    return (path,)


def test_an_empty_file_gets_exactly_the_schema_of_the_tables(store, path):
    with sa.create_engine(f"sqlite:///{path}").connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
        assert context.get_current_revision() == database.HEAD


def test_the_head_is_the_newest_migration():
    config = Config()
    config.set_main_option("script_location", "sommelier.state:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == database.HEAD


def test_the_first_schema_can_be_taken_down_again(path):
    from alembic import command

    engine = database.connect(path)
    database.migrate(engine)
    config = Config()
    config.set_main_option("script_location", "sommelier.state:migrations")
    with database.writing(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with database.reading(engine) as connection:
        assert sa.inspect(connection).get_table_names() == ["alembic_version"]
    database.migrate(engine)
    engine.dispose()


def test_opening_a_migrated_store_does_not_load_alembic(store, path):
    code = (
        "import sys; from sommelier.state import Store; "
        f"Store.open({str(path)!r}).close(); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_what_is_stored_is_there_after_reopening(path):
    session = Session.new(user_id="ann")
    with Store.open(path) as store:
        store.commit_turn(session, "hello", {"reply": "hi"})
    with Store.open(f"sqlite:///{path}") as store:
        assert store.turns(session.id)[0].record == {"reply": "hi"}


_TALKER = """
import os, sys
from sommelier.state import Session, Store
with Store.open(sys.argv[1]) as store:
    for number in range(40):
        session = Session.new(session_id="shared")
        store.commit_turn(session, str(os.getpid()), {"n": number})
"""


def test_two_processes_may_begin_and_share_one_file(path):
    talk = [sys.executable, "-c", _TALKER, str(path)]
    talkers = [subprocess.Popen(talk) for _ in range(2)]
    assert [talker.wait() for talker in talkers] == [0, 0]
    with Store.open(path) as store:
        turns = store.turns("shared")
    assert [turn.number for turn in turns] == list(range(1, 81))
    for talker in talkers:
        own = [turn.record["n"] for turn in turns if turn.message == str(talker.pid)]
        assert own == list(range(40))


_WRITER = """
import sys
from sommelier.state import Entry, Event, Session, Store
store, session = Store.open(sys.argv[1]), Session.new(user_id="ann", session_id="s")
number = len(store.turns("s"))
while True:
    number += 1
    entry = Entry(polarity="like", source="said", time=number, wish=f"w{number}")
    event = Event(event_id=f"e{number}", item_id="i", feedback_type="seen", time=number,
                  user_id="ann")
    turn = store.commit_turn(session, str(number), {"reply": "x" * 5000},
                             entries=[entry], feedback=[event])
    print(turn.number, flush=True)
"""


@pytest.mark.slow
def test_killing_the_program_loses_no_acknowledged_turn_and_leaves_none_half(path):
    acknowledged = 0
    for pause in (0.0, 0.013, 0.031, 0.057, 0.092):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True
        )
        first = writer.stdout.readline()
        time.sleep(pause)
        writer.send_signal(signal.SIGKILL)
        heard = [first, *writer.communicate()[0].splitlines()]
        acknowledged = max([acknowledged, *(int(line) for line in heard if line.strip())])
        with Store.open(path) as store:
            turns = [turn.number for turn in store.turns("s")]
            assert turns == list(range(1, len(turns) + 1))
            assert acknowledged <= len(turns) <= acknowledged + 1
            assert [e.wish for e in store.entries("ann")] == [f"w{n}" for n in turns]
            assert len(store.feedback("ann")) == len(turns)
            acknowledged = len(turns)


def test_a_locked_store_says_so(store, path):
    store.close()
    impatient = Store(database.connect(path))
    sa.event.listen(
        impatient._engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout = 10")
    )
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StateError, match="locked by another"):
        impatient.commit_turn(Session.new(), "hello", {})
    other.execute("ROLLBACK")
    assert impatient.commit_turn(Session.new(), "hello", {}).number == 1
    impatient.close()
    other.close()


def test_a_full_disk_says_so_and_stores_nothing_half(store):
    sa.event.listen(
        store._engine, "begin", lambda c: c.exec_driver_sql("PRAGMA max_page_count = 20")
    )
    with pytest.raises(StateError, match="no room left"):
        store.commit_turn(Session.new(), "hello", {"reply": "x" * 1_000_000})
    assert store.sessions() == []


def test_a_file_that_is_moved_away_is_written_to_no_more(store, path, tmp_path, event):
    store.add_feedback([event()])
    away = [part.rename(tmp_path / f"away{part.name}") for part in tmp_path.glob("state.sqlite*")]
    for ask in (store.check, store.version, lambda: store.add_feedback([event("e2")])):
        with pytest.raises(StateError, match="not there any more"):
            ask()
    assert not list(tmp_path.glob("state.sqlite*"))
    for part in away:
        part.rename(tmp_path / part.name.removeprefix("away"))
    assert [found.event_id for found in store.feedback("ann")] == ["e1"]


def test_a_file_that_takes_another_s_place_is_the_one_that_is_read(store, path, tmp_path, event):
    store.add_feedback([event()])
    saved = store.save(tmp_path)
    store.add_feedback([event("e2")])
    before = store.version()
    for part in tmp_path.glob("state.sqlite*"):
        part.unlink()
    saved.rename(path)
    assert store.version() != before
    store.add_feedback([event("e3")])
    with Store.open(path) as other:
        assert [found.event_id for found in other.feedback("ann")] == ["e1", "e3"]


def test_a_file_that_is_no_database_says_so(path):
    path.write_bytes(b"user_id,item_id\n" * 1000)
    with pytest.raises(StateError, match="is not a state file") as caught:
        Store.open(path)
    assert "Move the file away" in caught.value.hint


def test_a_damaged_file_says_so(store, path):
    for number in range(50):
        store.commit_turn(Session.new(), "hello", {"reply": f"{number}" * 2000})
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\x5a" * (len(whole) - 4096))
    with pytest.raises(StateError, match="is damaged"):
        Store.open(path)


def test_a_store_of_a_newer_version_is_left_alone(store, path):
    store.close()
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    with pytest.raises(StateError, match="newer version") as caught:
        Store.open(path)
    assert "pip install --upgrade" in caught.value.hint


def test_a_folder_that_is_not_there_says_so(tmp_path):
    with pytest.raises(StateError, match="cannot be opened"):
        Store.open(tmp_path / "nowhere" / "state.sqlite")


def test_a_url_that_cannot_be_read_says_so_without_showing_it():
    with pytest.raises(StateError, match="cannot be read"):
        Store.open("post gres://me:secret@")
