"""Two workers over one PostgreSQL, started as people start them: whichever answers, it is one shop.

The kernel gives each new connection to one of them, so clients connect until they have met both.
"""

import contextlib
import re
import time

import httpx2 as httpx
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def workers(program, books, postgres, tmp_path):
    """Give clients of two different workers."""
    shop = books.rename(tmp_path / "two workers")
    told = {"SOMMELIER_DATABASE": postgres.get_uri(driver="psycopg")}
    with program(shop, "--workers", 2, **told) as (url, _), contextlib.ExitStack() as open_:
        first = open_.enter_context(httpx.Client(base_url=url, timeout=60))
        for _ in range(100):
            other = open_.enter_context(httpx.Client(base_url=url, timeout=60))
            if strangers(first, other):
                yield first, other
                return
        pytest.fail("one worker took a hundred connections")


def strangers(one, other):
    """Return whether two clients are at different workers, each of which counts for itself."""
    counts = []
    for client in (one, other):
        one.get("/nowhere")
        told = re.search(
            r'^sommelier_requests_total\{.*route="none".*\} (\S+)',
            client.get("/metrics").text,
            re.M,
        )
        counts.append(float(told[1]) if told else 0.0)
    return counts[1] <= counts[0]


def listed(client, user):
    return [item["item_id"] for item in client.get(f"/v1/recommend/{user}?n=16").json()["items"]]


def say(client, message, session, **more):
    told = {"message": message, "session_id": session, **more}
    answer = client.post("/v1/chat", json=told)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_two_workers_are_one_shop(workers):
    one, other = workers
    assert strangers(one, other) and not strangers(one, one)
    for number, item in enumerate(("book-05", "book-06", "book-07", "book-08")):
        teller, hearer = workers if number % 2 else workers[::-1]
        assert item in listed(hearer, "ann")  # it has this profile at hand
        event = {"event_id": f"w{number}", "user_id": "ann", "item_id": item}
        told = teller.post("/v1/feedback", json=event | {"feedback_type": "seen"})
        assert told.json() == {"stored": 1, "known": 0}
        until = time.monotonic() + 1.0
        while item in listed(hearer, "ann"):
            assert time.monotonic() < until, "a second later the other worker does not know"
        again = hearer.post("/v1/feedback", json=event | {"feedback_type": "seen"})
        assert again.json() == {"stored": 0, "known": 1}

    session = say(one, "space books", None)["session_id"]
    for turn, message in enumerate(("older than 1980", "something else", "why the first?"), 2):
        told = say(workers[turn % 2], message, session)
        assert told["turn"] == turn
        if turn == 2:
            assert {item["item_id"] for item in told["items"]} <= {"book-05", "book-06"}
    for client in workers:
        turns = client.get(f"/v1/sessions/{session}").json()["turns"]
        assert [turn["turn"] for turn in turns] == [1, 2, 3, 4]
    said = say(other, "I hate crime", "t" * 32, user_id="ben")
    assert said["turn"] == 1
    assert not {f"book-{n:02d}" for n in range(5)} & set(listed(one, "ben"))
