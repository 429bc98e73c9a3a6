"""What is particular to PostgreSQL: schemas, races, and a server that goes away and comes back."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from sommelier.errors import Conflict, StateError, UsageError
from sommelier.state import Entry, Session, Store, database, rows, tables


@pytest.fixture
def place(postgres_place):
    return postgres_place


def test_an_empty_schema_gets_exactly_the_tables(store):
    with database.reading(store._engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
        assert context.get_current_revision() == database.HEAD


def test_two_workspaces_in_one_database_know_nothing_of_each_other(postgres_place, event):
    url, schema = postgres_place
    with Store.open(url, schema) as one, Store.open(url, f'{schema} · 电影 "x" \\y') as other:
        one.add_feedback([event()])
        assert other.feedback("ann") == []
        assert other.add_feedback([event(item_id="alien")]) == 1


@pytest.mark.parametrize("name", ["", "x" * 64, "pg_films", "a\nb"])
def test_a_name_that_postgresql_refuses_is_refused_first(name):
    with pytest.raises(UsageError, match="schema"):
        database.connect("postgresql://localhost/x", name)


def test_many_may_open_a_new_schema_at_once(postgres_place):
    def opened(_):
        with Store.open(*postgres_place) as store:
            return store.revision()

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(opened, range(6))) == [0] * 6


def test_of_entries_that_contradict_at_once_one_stays_active(store):
    def say(number):
        polarity = "like" if number % 2 else "dislike"
        heat = Entry(
            polarity=polarity, source="said", time=1.0, item_id="heat", scope="lasting",
            user_id="ann",
        )  # fmt: skip
        store.add_entries([heat])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(say, range(40)))
    trail = store.entries("ann", trail=True)
    assert len(trail) == 40
    assert [entry.id for entry in trail if entry.active] == [trail[-1].id]
    assert all(entry.superseded_by for entry in trail[:-1])


def test_events_that_arrive_many_times_at_once_count_once(store, event):
    def deliver(turn):
        events = [event(f"e{n}", item_id=f"i{n}") for n in range(20)]
        return store.add_feedback(events[::-1] if turn % 2 else events)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(deliver, range(16))) == 20
    assert len(store.feedback("ann")) == len(store.entries("ann", trail=True)) == 20


def test_of_two_workers_that_answer_one_session_one_is_told_to_look_again(store):
    session = Session.new(user_id="ann")

    def answer(_):
        try:
            return store.commit_turn(session, "hello", {}, after=0).number
        except Conflict:
            return None

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(answer, range(8)))
    assert sorted(numbers, key=str) == [1] + [None] * 7
    assert len(store.turns(session.id)) == 1


def test_edits_come_into_sight_in_the_order_of_their_revisions(store):
    with ThreadPoolExecutor(8) as pool:
        rows = ([{"item_id": f"i{n}"}] for n in range(40))
        assert sorted(pool.map(store.put_items, rows)) == list(range(1, 41))


_TALKER = """
import sys
from sommelier.state import Session, Store
with Store.open(*sys.argv[1:]) as store:
    for number in range(20):
        store.commit_turn(Session.new(session_id="shared"), "x", {"n": number})
"""


def test_two_processes_may_begin_and_share_one_schema(postgres_place):
    talk = [sys.executable, "-c", _TALKER, *postgres_place]
    talkers = [subprocess.Popen(talk) for _ in range(2)]
    assert [talker.wait() for talker in talkers] == [0, 0]
    with Store.open(*postgres_place) as store:
        assert [turn.number for turn in store.turns("shared")] == list(range(1, 41))


@pytest.mark.slow
def test_a_database_that_goes_away_and_comes_back_needs_no_restart(postgres, store, event):
    store.add_feedback([event()])
    postgres.stop()
    try:
        for ask in (store.check, store.version, lambda: store.profile("ann"), store.revision):
            with pytest.raises(StateError, match=r"does not answer|shutting down") as caught:
                ask()
            assert "no restart" in caught.value.hint
        with pytest.raises(StateError):
            store.add_feedback([event("e2")])
    finally:
        postgres.ensure_postgres_running()
    assert [found.event_id for found in store.feedback("ann")] == ["e1"]
    assert store.add_feedback([event("e2")]) == 1


def test_a_connection_that_was_cut_is_replaced(store, event):
    store.add_feedback([event()])
    with database.reading(store._engine) as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> {}"
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        connection.exec_driver_sql(others.format(pid) + " AND backend_type = 'client backend'")
    assert store.feedback("ann")
    assert store.version()


def test_a_lock_that_somebody_holds_is_told_after_a_while(postgres_place, store):
    impatient = database.connect(*postgres_place)
    sa.event.listen(
        impatient, "begin", lambda c: c.exec_driver_sql("SET LOCAL lock_timeout = '20ms'")
    )
    with (
        database.writing(store._engine, ("user", "ann")),
        pytest.raises(StateError, match="locked by another"),
        database.writing(impatient, ("user", "ann")),
    ):
        pass
    impatient.dispose()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://me:secret@127.0.0.1:1/shop", "does not answer"),
        ("postgresql://me:secret@no-such-host.invalid/shop", "does not answer"),
        ("mysql://me:secret@localhost/shop", "cannot be kept"),
    ],
)
def test_a_server_that_is_not_there_is_told_without_the_password(url, said):
    with pytest.raises(StateError, match=said) as caught:
        Store.open(url, "shop")
    assert "secret" not in str(caught.value)


def test_a_database_that_is_not_there_is_told(postgres):
    url = postgres.get_uri(database="nowhere", driver="psycopg")
    with pytest.raises(StateError, match="is not there") as caught:
        Store.open(url, "shop")
    assert "createdb" in caught.value.hint


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("53100", "no room left"),
        ("53300", "no more connections"),
        ("40P01", "being written"),
        ("25006", "may not be written"),
        ("42501", "may not be used"),
        ("XX001", "is damaged"),
        ("P0001", "cannot be used"),
    ],
)
def test_what_the_server_complains_of_is_told_in_our_words(store, event, code, said):
    raised = f"DO $$ BEGIN RAISE EXCEPTION 'oh' USING ERRCODE = '{code}'; END $$"
    with (
        pytest.raises(StateError, match=said),
        database.writing(store._engine) as connection,
    ):
        connection.execute(sa.insert(tables.feedback).values(**vars(event())))
        connection.exec_driver_sql(raised)
    assert store.feedback("ann") == []


def test_a_newer_schema_is_left_alone(store, postgres_place):
    with database.writing(store._engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StateError, match="newer version"):
        Store.open(*postgres_place)


@pytest.mark.parametrize("name", ["entries", "feedback", "sessions"])
def test_what_somebody_owns_is_found_without_reading_everybody_s(store, name):
    fill = {
        "sessions": "(id, user_id, created, updated, title)"
        " SELECT 's' || n, 'u' || n % 999, n, n, '' FROM generate_series(1, 20000) n",
        "entries": "(user_id, session_id, subject, polarity, source, scope, weight, time, active)"
        " SELECT 'u' || n % 999, 's' || n, '', 'like', 'said', 'lasting', 1, n, true"
        " FROM generate_series(1, 20000) n",
        "feedback": "(event_id, user_id, session_id, item_id, feedback_type, time)"
        " SELECT 'e' || n, 'u' || n % 999, 's' || n, 'heat', 'like', n"
        " FROM generate_series(1, 20000) n",
    }
    with database.writing(store._engine) as connection:
        for table, told in fill.items():
            connection.exec_driver_sql(f"INSERT INTO {table} {told}".replace("%", "%%"))
        connection.exec_driver_sql("ANALYZE")
        table = tables.metadata.tables[name]
        for user, session in (("u1", None), (None, "s1"), ("u1", "s2")):
            asked = sa.select(table).where(rows.owned(table, user, session))
            query = asked.compile(connection, compile_kwargs={"literal_binds": True})
            plan = connection.exec_driver_sql(f"EXPLAIN {query}").scalars().all()
            assert not [line for line in plan if "Seq Scan" in line]
