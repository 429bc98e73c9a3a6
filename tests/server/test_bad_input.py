"""What arrives broken, too large, too slow or twice: a documented status, and nothing half done."""

import json
import socket
import time

import httpx2 as httpx
import pytest

JSON = {"Content-Type": "application/json"}
LONG = "/v1/items/" + "a" * 600
EVENT = {"event_id": "a", "item_id": "book-01", "feedback_type": "x", "user_id": "u"}


def raw(url, head, *parts, pause=0.0):
    """Send bytes as they are; return the status line."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as wire:
        wire.sendall(head)
        for part in parts:
            time.sleep(pause)
            wire.sendall(part)
        return wire.recv(200).split(b"\r\n")[0].decode()


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"message": "x"', 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"message": "\\ud800"}', 422),
        (b'{"message": NaN}', 422),
        (b"3", 422),
        (b"", 422),
    ],
)
def test_a_broken_body_is_told_so(shared, content, status):
    answer = shared.post("/v1/chat", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == status, answer.text
    assert answer.json()["status"] == status and answer.json()["title"]


def test_a_body_of_another_type_is_422(shared):
    answer = shared.post("/v1/chat", content=b"message=x", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 422


def test_ten_megabytes_are_413_announced_or_not(shared):
    large = b'{"message": "' + b"x" * 10_000_000 + b'"}'
    kind = {"Content-Type": "application/json"}
    assert shared.post("/v1/chat", content=large, headers=kind).status_code == 413

    def chunks():
        for at in range(0, len(large), 65_536):
            yield large[at : at + 65_536]

    answer = shared.post("/v1/chat", content=chunks(), headers=kind)
    assert answer.status_code == 413 and answer.json()["status"] == 413


def test_a_slow_body_is_408_and_holds_nobody_up(books, serve):
    head = b"POST /v1/chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    head += b"Content-Length: 50\r\n\r\n"
    with serve(books, body_seconds=0.3) as url:
        assert raw(url, head, b'{"mess', pause=0.1).startswith("HTTP/1.1 408")
        assert httpx.get(f"{url}/health/live").status_code == 200


def test_an_answer_that_takes_too_long_is_504(books, serve):
    with serve(books, answer_seconds=0.001) as url:
        answer = httpx.post(f"{url}/v1/chat", json={"message": "crime books"})
        assert answer.status_code == 504 and answer.json()["status"] == 504


def test_strange_bytes_in_addresses_break_nothing(shared):
    for path in (
        "/v1/recommend/%00",
        "/v1/recommend/%ff",
        "/v1/items/%F0%9F%90%99",
        LONG,
    ):
        assert shared.get(path).status_code in (200, 404, 422), path
    assert raw(str(shared.base_url), b"GET /v1/items?filter=%ZZ HTTP/1.1\r\nHost: x\r\n\r\n")


@pytest.mark.parametrize("path", ["/v1/items", "/v1/sessions", "/v1/users"])
def test_a_forged_cursor_is_422(shared, path):
    for cursor in ("x", "bnVsbA", "W251bGwsbnVsbF0", "é"):
        whose = {"user_id": "z"} if path == "/v1/sessions" else {}
        assert shared.get(path, params={"cursor": cursor, **whose}).status_code == 422


def test_numbers_beyond_all_bounds_are_422(shared):
    for value in ("1e400", "Infinity", "9" * 400):
        body = json.dumps(EVENT)[:-1] + f', "value": {value}}}'
        assert shared.post("/v1/feedback", content=body, headers=JSON).status_code == 422, value
    far = "/v1/users/u/profile/99999999999999999999"
    assert shared.patch(far, json={"weight": 1}).status_code == 422
    for stamp in (1e18, -1e18, "9999-12-31T23:59:59Z"):
        answer = shared.post("/v1/feedback", json={**EVENT, "timestamp": stamp})
        assert answer.status_code == 422


def test_an_answer_never_tells_what_was_in_the_service(shared):
    answer = shared.get("/v1/items/book-99")
    assert answer.status_code == 404
    assert "Traceback" not in answer.text and "/" not in answer.json()["detail"]
