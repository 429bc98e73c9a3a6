"""Who may do what: keys, scopes, the person that a key speaks for, limits and the audit."""

import time

import httpx2 as httpx
import pytest

from sommelier.state.store import Store

LIKE = {"event_id": "1", "item_id": "book-05", "feedback_type": "like"}


@pytest.fixture
def keys(books):
    """Return {name: headers} of one key a scope, one of Ann's, and one that has expired."""
    with Store.open(books / "state.db") as store:
        made = {
            scope: store.create_key([scope])[1] for scope in ("read", "feedback", "chat", "admin")
        }
        everything = ["read", "feedback", "chat"]
        made["ann"] = store.create_key(everything, user_id="ann")[1]
        made["bob"] = store.create_key(everything, user_id="bob")[1]
        past = time.time() - 100
        made["expired"] = store.create_key(["admin"], expires=past + 1, now=past)[1]
    return {name: {"Authorization": f"Bearer {secret}"} for name, secret in made.items()}


def status(client, method, path, headers=None, **more):
    return client.request(method, path, headers=headers, **more).status_code


def test_from_the_first_key_on_each_request_needs_one(keys, client):
    answer = client.get("/v1/recommend/ann")
    assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
    assert status(client, "GET", "/v1/recommend/ann", {"Authorization": "Bearer som_no"}) == 401
    assert status(client, "GET", "/v1/recommend/ann", keys["expired"]) == 401
    assert status(client, "GET", "/v1/recommend/ann", keys["read"]) == 200
    secret = keys["read"]["Authorization"].removeprefix("Bearer ")
    assert status(client, "GET", "/v1/recommend/ann", {"X-API-Key": secret}) == 200
    assert client.get("/health/live").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "scope"),
    [
        ("GET", "/v1/recommend/ann", None, "read"),
        ("GET", "/v1/items", None, "read"),
        ("POST", "/v1/rerank", {"query": "x", "documents": ["x"]}, "read"),
        ("POST", "/v1/feedback", {**LIKE, "user_id": "ann"}, "feedback"),
        ("DELETE", "/v1/users/ann/profile", None, "feedback"),
        ("POST", "/v1/chat", {"message": "crime books"}, "chat"),
        ("GET", "/v1/sessions?user_id=ann", None, "chat"),
        ("PATCH", "/v1/items/book-01", {"price": 5}, "admin"),
        ("PUT", "/v1/users", [{"user_id": "x"}], "admin"),
        ("GET", "/v1/users", None, "admin"),
    ],
)
def test_each_route_takes_its_scope_and_admin(keys, client, method, path, body, scope):
    for name in ("read", "feedback", "chat", "admin"):
        expected = 200 if name in (scope, "admin") else 403
        assert status(client, method, path, keys[name], json=body) == expected, name


def test_a_key_of_one_person_reaches_nobody_else(keys, client):
    ann = keys["ann"]
    told = {"message": "space books"}
    theirs = client.post("/v1/chat", json=told, headers=keys["bob"]).json()["session_id"]
    loose = client.post("/v1/chat", json=told, headers=keys["chat"]).json()["session_id"]
    client.post("/v1/feedback", json={**LIKE, "session_id": "shop-7"}, headers=keys["feedback"])
    for method, path, body in (
        ("GET", "/v1/recommend/bob", None),
        ("GET", "/v1/users/bob", None),
        ("GET", "/v1/users/bob/profile", None),
        ("GET", "/v1/users/bob/export", None),
        ("DELETE", "/v1/users/bob/profile", None),
        ("PATCH", "/v1/users/bob/profile/1", {"weight": 2}),
        ("POST", "/v1/feedback", {**LIKE, "user_id": "bob"}),
        ("POST", "/v1/chat", {**told, "user_id": "bob"}),
        ("GET", "/v1/sessions?user_id=bob", None),
        ("POST", "/v1/rerank", {"query": "x", "documents": ["x"], "user_id": "bob"}),
        ("POST", f"/v1/sessions/{theirs}/login", {"user_id": "bob"}),
    ):
        assert status(client, method, path, ann, json=body) == 403, path
    for session in (theirs, loose, "shop-7"):
        for method, path, body in (
            ("GET", f"/v1/sessions/{session}", None),
            ("DELETE", f"/v1/sessions/{session}", None),
            ("POST", "/v1/chat", {**told, "session_id": session}),
            ("POST", "/v1/feedback", {**LIKE, "session_id": session}),
            ("POST", "/v1/session/recommend", {"session_id": session}),
        ):
            assert status(client, method, path, ann, json=body) == 404, path
    assert (
        status(client, "POST", f"/v1/sessions/{theirs}/login", ann, json={"user_id": "ann"}) == 404
    )


def test_a_key_of_one_person_serves_that_person(keys, client):
    ann = keys["ann"]
    session = client.post("/v1/chat", json={"message": "space books"}, headers=ann).json()
    assert client.get("/v1/sessions", headers=ann).json()["sessions"][0]["user_id"] == "ann"
    assert status(client, "GET", f"/v1/sessions/{session['session_id']}", ann) == 200
    assert status(client, "POST", "/v1/feedback", ann, json={**LIKE, "user_id": "ann"}) == 200
    assert status(client, "GET", "/v1/users/ann/profile", ann) == 200


def test_a_revoked_key_is_refused_within_a_second(keys, client, books):
    assert status(client, "GET", "/v1/items", keys["read"]) == 200
    with Store.open(books / "state.db") as store:
        made = store.keys()
        for key in made:
            store.revoke_key(key.id)
    until = time.monotonic() + 20
    while status(client, "GET", "/v1/items", keys["read"]) == 200:
        assert time.monotonic() < until
        time.sleep(0.1)


def test_calls_of_an_admin_are_audited(keys, client, books):
    client.patch("/v1/items/book-01", json={"price": 5}, headers=keys["admin"])
    client.delete("/v1/items/book-01", headers=keys["read"])
    with Store.open(books / "state.db") as store:
        [act] = store.audited()
        made = store.keys()
        admin = next(key.id for key in made if key.scopes == ("admin",) and not key.expires)
    assert (act.action, act.key_id, act.detail) == ("patch_item", admin, {"item_id": "book-01"})


def test_a_key_and_an_address_have_limits(books, keys, serve):
    limits = {"per_key": "5/minute", "per_address": "3/minute"}
    with serve(books, **limits) as url, httpx.Client(base_url=url) as client:
        got = [client.get("/v1/recommend/ann", headers=keys["read"]) for _ in range(7)]
        assert [answer.status_code for answer in got] == [200] * 5 + [429] * 2
        assert 1 <= int(got[-1].headers["retry-after"]) <= 61
        assert status(client, "GET", "/v1/recommend/ann", keys["ann"]) == 200
        guesses = [{"Authorization": f"Bearer som_{n}"} for n in range(5)]
        assert [status(client, "GET", "/v1/items", guess) for guess in guesses] == [401] * 3 + [
            429
        ] * 2


def test_a_forwarded_address_is_believed_of_proxies_only(books, keys, serve):
    for proxies, expected in (("10.1.1.1", 429), ("127.0.0.1", 401)):
        settings = {"per_address": "2/minute", "proxies": proxies}
        with serve(books, **settings) as url, httpx.Client(base_url=url) as client:
            for n in range(3):
                got = status(client, "GET", "/v1/items", {"X-Forwarded-For": f"9.9.9.{n}"})
            assert got == expected


def test_other_pages_may_not_call_unless_named(books, serve):
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    for cors, allowed in (((), None), (("https://shop.example",), "https://shop.example")):
        with serve(books, cors=cors) as url:
            answer = httpx.request("OPTIONS", f"{url}/v1/chat", headers=asked)
            assert answer.headers.get("access-control-allow-origin") == allowed
