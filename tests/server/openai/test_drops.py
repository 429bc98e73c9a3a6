"""Clients that hang up in the middle of a stream: no half turn, no error, and the talk goes on."""

import contextlib
import gc
import json
import logging
import socket
import sqlite3
import struct
import time
from functools import partial

import httpx2 as httpx
import pytest
import sqlalchemy as sa

from sommelier.shop import open as open_shop

_PLACE = "a-session-of-my-own"


class Log(logging.Handler):
    """Everything that was complained of, wherever."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.said = []

    def emit(self, record):
        self.said.append(record.getMessage())


@pytest.fixture
def log():
    """What the service logs while a test runs."""
    heard = Log()
    loggers = [logging.getLogger(name) for name in (None, "uvicorn", "uvicorn.error")]
    for logger in loggers:
        logger.addHandler(heard)
    yield heard.said
    for logger in loggers:
        logger.removeHandler(heard)


@pytest.fixture
def dropped():
    """Ask for a stream and hang up rudely: after its first chunk, or before any of it."""

    def drop(client, said, *, after=b"data: ", path="/v1/chat/completions", **more):
        told = {"stream": True, **more}
        if "message" not in told:
            told["model"] = "books"
            told["messages"] = [{"role": "user", "content": text} for text in said]
        body = json.dumps(told).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: me\r\nContent-Length: {len(body)}\r\n"
        where = (client.base_url.host, client.base_url.port)
        with socket.create_connection(where, timeout=60) as line:
            line.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + body)
            heard = b""
            while after not in heard:
                heard += line.recv(16)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return drop


@pytest.fixture
def drop(client, dropped):
    """Do so at a service of one's own."""
    return partial(dropped, client)


def complete(client, *said, **more):
    """Say the last of these after the others, and wait for the whole answer."""
    messages = [{"role": "assistant", "content": "Well."}] * (2 * len(said) - 1)
    messages[::2] = [{"role": "user", "content": text} for text in said]
    told = {"model": "books", "messages": messages, **more}
    return client.post("/v1/chat/completions", json=told).raise_for_status().json()


def settled(client, session, turns):
    """Wait for the turn that nobody listens to any more; return what is stored then."""
    until = time.monotonic() + 60
    while True:
        answer = client.get(f"/v1/sessions/{session}")
        found = answer.json()["turns"] if answer.status_code == 200 else []
        if len(found) == turns:
            return found
        assert len(found) < turns and time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize("after", [b"", b"data: "], ids=["before any of it", "half way"])
def test_a_named_session_has_the_whole_turn_and_goes_on(client, drop, log, after):
    drop(["something before 2010"], after=after, metadata={"session_id": _PLACE})
    [turn] = settled(client, _PLACE, 1)
    assert turn["reply"] and turn["items"]
    again = complete(client, "another one", metadata={"session_id": _PLACE})
    assert again["recommendation_id"] == f"{_PLACE}:2"
    shown = {item["item_id"] for item in again["choices"][0]["message"]["recommendations"]}
    assert shown and not shown & {item["item_id"] for item in turn["items"]}
    assert [turn["turn"] for turn in settled(client, _PLACE, 2)] == [1, 2]
    assert not log


def test_a_stream_that_is_dropped_while_its_turn_is_made_ends_well(client, books, drop, log):
    """The turn waits for the lock of the state until well after the client has gone."""
    client.post("/v1/chat", json={"message": "hello", "session_id": _PLACE})
    other = sqlite3.connect(books / "state.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    drop(["something before 2010"], metadata={"session_id": _PLACE})
    time.sleep(0.3)
    assert len(settled(client, _PLACE, 1)) == 1
    other.execute("ROLLBACK")
    other.close()
    assert settled(client, _PLACE, 2)[1]["items"]
    assert not log


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/chat"])
def test_a_turn_that_fails_after_its_client_has_gone_leaves_no_noise(
    books, serve, dropped, log, path
):
    def impatient(raw, _record):
        raw.execute("PRAGMA busy_timeout = 500")

    sa.event.listen(sa.pool.Pool, "connect", impatient)
    try:
        with serve(books) as url, httpx.Client(base_url=url, timeout=60) as client:
            other = sqlite3.connect(books / "state.db", isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            named = {"session_id": _PLACE, "message": "hello"}
            more = {"metadata": {"session_id": _PLACE}}
            dropped(client, ["hello"], path=path, **named if path == "/v1/chat" else more)
            time.sleep(2)
            gc.collect()
            other.execute("ROLLBACK")
            other.close()
            assert client.get(f"/v1/sessions/{_PLACE}").status_code == 404
            assert complete(client, "hello", **more)["recommendation_id"] == f"{_PLACE}:1"
    finally:
        sa.event.remove(sa.pool.Pool, "connect", impatient)
    gc.collect()
    assert not log


def test_a_history_whose_stream_was_dropped_goes_on_in_the_same_session(client, books, drop, log):
    drop(["something before 2010"], user="ann")
    until = time.monotonic() + 60
    with contextlib.closing(sqlite3.connect(books / "state.db")) as state:
        while not (found := state.execute("SELECT session_id, number FROM histories").fetchall()):
            assert time.monotonic() < until
            time.sleep(0.05)
    [(session, turns)] = found
    again = complete(client, "something before 2010", "another one", user="ann")
    assert turns == 1 and again["recommendation_id"] == f"{session}:2"
    assert len(client.get("/v1/sessions?user_id=ann").json()["sessions"]) == 1
    assert not log


def test_many_that_hang_up_leave_nothing_waiting(client, books, drop, log):
    for number in range(20):
        drop([f"recipes {number}"], user="ben", after=[b"", b"data: "][number % 2])
    until = time.monotonic() + 60
    with open_shop(books).store as store:
        while len(store.sessions("ben")) < 20:
            assert time.monotonic() < until
            time.sleep(0.05)
        assert all(len(store.turns(one.id)) == 1 for one in store.sessions("ben"))
    assert not log
