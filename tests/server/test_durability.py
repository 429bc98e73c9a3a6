"""What happens to the service when its state cannot be written, or not even be reached.

Whatever was acknowledged is there afterwards, once; whatever was refused says so and may be sent
again; and nothing needs a restart.
"""

import contextlib
import shutil
import sqlite3
import subprocess
from pathlib import Path

import httpx2 as httpx
import pytest
import sqlalchemy as sa

from sommelier.shop import open as open_shop

_NEWS = "something about space"


class Sender:
    """Somebody who notes what was acknowledged, and sends again what was not."""

    def __init__(self, url):
        self.http = httpx.Client(base_url=url, timeout=60)
        self.acknowledged, self.refused, self.turns = set(), [], 0

    def feedback(self, *numbers, shown=()):
        told = [
            {
                "event_id": f"e{number}",
                "user_id": "ann",
                "item_id": f"book-{number % 16:02d}",
                "feedback_type": "view",
                "impression": list(shown),
            }
            for number in numbers
        ]
        answer = self.http.post("/v1/feedback", json=told)
        if answer.status_code == 200:
            self.acknowledged |= {one["event_id"] for one in told}
        else:
            self.refused.append(told)
        return answer

    def say(self, message=_NEWS, **more):
        told = {"message": message, "user_id": "ann", "session_id": "s" * 32, **more}
        answer = self.http.post("/v1/chat", json=told)
        if answer.status_code == 200 and not more:
            self.turns += 1
            assert answer.json()["turn"] == self.turns
        return answer

    def again(self):
        for told in self.refused:
            answer = self.http.post("/v1/feedback", json=told)
            assert answer.status_code == 200, answer.text
            self.acknowledged |= {one["event_id"] for one in told}
        self.refused.clear()

    def settled(self):
        """Compare what is stored with what was acknowledged."""
        kept = self.http.get("/v1/users/ann/export").json()
        ids = [event["event_id"] for event in kept["feedback"]]
        assert len(ids) == len(set(ids)) and set(ids) == self.acknowledged
        turns = [turn["number"] for one in kept["sessions"] for turn in one["turns"]]
        assert turns == list(range(1, self.turns + 1))

    def status(self, path):
        return self.http.get(path).status_code


@pytest.fixture
def sender():
    made = []

    def make(url):
        made.append(Sender(url))
        return made[-1]

    yield make
    for one in made:
        one.http.close()


def unavailable(answer, said):
    """Check that an answer is the documented one: later, and in the shape of every problem."""
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    told = answer.json()
    assert said in told["detail"] and told["hint"] and told["status"] == 503


@contextlib.contextmanager
def listening(target, name, listener):
    sa.event.listen(target, name, listener)
    try:
        yield
    finally:
        sa.event.remove(target, name, listener)


@pytest.fixture
def disk():
    """A disk that is full while `disk.full` is true, as far as SQLite can tell."""

    class Disk:
        full = False

    def bound(connection):
        if connection.dialect.name == "sqlite":
            pages = 1 if Disk.full else 2**31  # the least that SQLite takes is what it has
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    with listening(sa.Engine, "begin", bound):
        yield Disk


def until_refused(ask):
    answer = next(answer for _ in range(500) if (answer := ask()).status_code != 200)
    return answer


def test_a_full_disk_refuses_what_it_cannot_keep_and_goes_on_when_there_is_room(
    books, serve, sender, disk
):
    with serve(books) as url:
        ann, numbers = sender(url), iter(range(10_000))
        ann.feedback(*(next(numbers) for _ in range(10)))
        ann.say()
        disk.full = True
        shown = [f"book-{n:02d}" for n in range(16)] * 20
        batch = lambda: ann.feedback(*(next(numbers) for _ in range(5)), shown=shown)  # noqa: E731
        unavailable(until_refused(batch), "no room left")
        unavailable(until_refused(ann.say), "no room left")
        error = ann.say(stream=True).text
        assert '"status":503' in error and "event: done" not in error
        spoken = ann.http.post(
            "/v1/chat/completions",
            json={"model": "books", "messages": [{"role": "user", "content": _NEWS}]},
        )
        assert spoken.status_code == 503 and spoken.json()["error"]["code"] == "unavailable"
        assert ann.status("/v1/recommend/ann") == ann.status("/health/ready") == 200  # reads go on
        ann.settled()
        disk.full = False
        assert len(ann.refused) == 1
        ann.again()
        assert ann.say().status_code == 200
        ann.settled()


def test_a_file_that_somebody_has_locked_is_told_and_found_free_again(books, serve, sender):
    impatient = lambda raw, _: raw.execute("PRAGMA busy_timeout = 50")  # noqa: E731
    with listening(sa.pool.Pool, "connect", impatient), serve(books) as url:
        ann = sender(url)
        ann.feedback(1)
        other = sqlite3.connect(books / "state.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        unavailable(ann.feedback(2), "locked by another")
        unavailable(ann.say(), "locked by another")
        assert ann.status("/v1/recommend/ann") == ann.status("/health/ready") == 200
        other.execute("ROLLBACK")
        other.close()
        ann.again()
        assert ann.say().status_code == 200
        ann.settled()


def test_a_file_that_is_moved_away_takes_nothing_until_it_is_back(books, serve, sender, tmp_path):
    with serve(books) as url:
        ann = sender(url)
        ann.feedback(1, 2)
        ann.say()
        parts = sorted(books.glob("state.db*"))
        for part in parts:
            part.rename(tmp_path / part.name)
        for path in ("/health/ready", "/v1/recommend/ann", "/v1/users/ann/export"):
            unavailable(ann.http.get(path), "not there any more")
        unavailable(ann.feedback(3), "not there any more")
        unavailable(ann.say(), "not there any more")
        assert ann.status("/health/live") == 200
        assert not list(books.glob("state.db*"))  # nothing empty in its stead
        for part in parts:
            (tmp_path / part.name).rename(part)
        assert ann.status("/health/ready") == 200
        ann.settled()
        ann.again()
        assert ann.say().status_code == 200
        ann.settled()


def test_a_file_that_replaces_another_is_the_one_that_counts(books, serve, sender, tmp_path):
    with serve(books) as url:
        ann = sender(url)
        ann.feedback(1)
        with open_shop(books).store as store:
            saved = store.save(tmp_path)
        before = set(ann.acknowledged)
        ann.feedback(2)
        met = {**_event(3), "feedback_type": "seen"}
        assert ann.http.post("/v1/feedback", json=met).status_code == 200
        assert "book-03" not in _listed(ann)
        for part in books.glob("state.db*"):
            part.unlink()
        shutil.copy(saved, books / "state.db")
        assert "book-03" in _listed(ann)  # at once, although somebody had asked before
        ann.acknowledged = before
        ann.settled()
        ann.feedback(4)
        ann.settled()
    with open_shop(books).store as store:
        assert {event.event_id for event in store.feedback("ann")} == {"e1", "e4"}


def _event(number):
    return {"event_id": f"e{number}", "user_id": "ann", "item_id": f"book-{number:02d}"}


def _listed(ann):
    return [one["item_id"] for one in ann.http.get("/v1/recommend/ann?n=16").json()["items"]]


@pytest.mark.slow
def test_a_postgresql_that_goes_away_and_comes_back_needs_no_restart(
    books, serve, sender, postgres, tmp_path
):
    shop = books.rename(tmp_path / "gone and back")
    with serve(shop, database=postgres.get_uri(driver="psycopg")) as url:
        ann = sender(url)
        ann.feedback(1, 2)
        ann.say()
        ann.settled()
        postgres.stop()
        try:
            for path in ("/health/ready", "/v1/recommend/ann", "/v1/users/ann/export"):
                unavailable(ann.http.get(path), "The state in postgresql")
            unavailable(ann.feedback(3, 4), "The state in postgresql")
            unavailable(ann.say(), "The state in postgresql")
            streamed = ann.say(stream=True)
            assert streamed.status_code == 503 or '"status":503' in streamed.text
            assert ann.status("/health/live") == 200
        finally:
            postgres.ensure_postgres_running()
        assert ann.status("/health/ready") == 200
        ann.settled()
        ann.again()
        assert ann.say().status_code == 200
        ann.settled()


@pytest.mark.slow
def test_a_postgresql_that_goes_away_in_a_storm_loses_nothing(
    books, serve, sender, postgres, tmp_path
):
    shop = books.rename(tmp_path / "storm")
    with serve(shop, database=postgres.get_uri(driver="psycopg")) as url:
        ann = sender(url)
        for number in range(60):
            if number == 20:
                postgres.stop()
            if number == 40:
                postgres.ensure_postgres_running()
            ann.feedback(number)
        assert [told[0]["event_id"] for told in ann.refused] == [f"e{n}" for n in range(20, 40)]
        ann.again()
        ann.settled()


@pytest.mark.slow
def test_a_disk_that_is_really_full_loses_nothing_either(books, program, sender, tmp_path):
    """The same on a file system of 12 MB of its own, where user namespaces are allowed."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = (
        'mount -t tmpfs -o size=12m tmpfs "$1" && cp -r "$2" "$1/books" && cat "$3" > "$1/ballast"'
        ' && shift 3 && exec "$@"'
    )
    ballast = tmp_path / "ballast"
    ballast.write_bytes(bytes(8_000_000))
    inside = ("unshare", "-Urm", "sh", "-c", mounted, "sh", disk, books, ballast)
    if subprocess.run(["unshare", "-Urm", "true"], check=False, capture_output=True).returncode:
        pytest.skip("no user namespaces here")
    with program(disk / "books", before=inside) as (url, process):
        ann, numbers = sender(url), iter(range(100_000))
        ann.say()
        shown = [f"book-{n:02d}" for n in range(16)] * 60
        batch = lambda: ann.feedback(*(next(numbers) for _ in range(50)), shown=shown)  # noqa: E731
        unavailable(until_refused(batch), "state.db")
        unavailable(until_refused(ann.say), "state.db")
        assert ann.status("/v1/recommend/ann") == 200
        Path(f"/proc/{process.pid}/root/{disk}/ballast").unlink()
        ann.again()
        assert ann.say().status_code == 200
        ann.settled()
