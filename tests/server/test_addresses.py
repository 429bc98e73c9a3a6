"""Ids that are awkward in addresses: every letter of them can be percent-encoded."""

import asyncio
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.server.routes.addresses import Addresses, unescaped

AWKWARD = [
    "a/b",
    "/",
    "//",
    "a/",
    "/similar",
    "book-06/similar",
    "a/profile",
    "100%",
    "%2F",
    "%252F/",
    "what?",
    "#1",
    "a b",
    "a+b&c=d;e",
    "ünïcode",
    "流浪地球／二",
    "https://shop.example/p/1?x=%20#top",
    "..a",
    "v1/items",
    '"quoted"',
    "back\\slash",
]


def at(item_id):
    return quote(item_id, safe="")


@pytest.fixture(scope="module")
def stocked(shared):
    rows = [{"item_id": name, "title": f"Called {name}", "genres": ["Space"]} for name in AWKWARD]
    assert shared.put("/v1/items", json=rows).status_code == 200
    people = [{"user_id": name, "town": name} for name in AWKWARD]
    assert shared.put("/v1/users", json=people).status_code == 200
    return shared


@pytest.mark.parametrize("name", AWKWARD)
def test_an_item_is_found_changed_and_deleted_under_its_own_id(stocked, name):
    address = f"/v1/items/{at(name)}"
    assert stocked.get(address).json()["title"] == f"Called {name}"
    changed = stocked.patch(address, json={"price": 7})
    assert (changed.status_code, changed.json()["item_id"]) == (200, name)
    assert stocked.get(f"/workspaces/books{address}").json()["price"] == 7
    similar = stocked.get(f"{address}/similar")  # it is learned with the next refresh
    assert similar.status_code in (200, 404, 409)
    assert similar.request.url.path.endswith("/similar")
    assert stocked.delete(address).status_code == 204
    assert stocked.get(address).status_code == 404


@pytest.mark.parametrize("name", AWKWARD)
def test_a_user_is_found_and_served_under_their_own_id(stocked, name):
    assert stocked.get(f"/v1/users/{at(name)}").json()["town"] == name
    told = {"event_id": f"like of {name}", "item_id": "book-05", "feedback_type": "like"}
    assert stocked.post("/v1/feedback", json={**told, "user_id": name}).json()["stored"] == 1
    profile = stocked.get(f"/v1/users/{at(name)}/profile").json()
    assert (profile["user_id"], profile["seen"]) == (name, ["book-05"])
    for answer in (
        stocked.get(f"/v1/recommend/{at(name)}?n=16"),
        stocked.post(f"/v1/recommend/{at(name)}", json={"n": 16}),
    ):
        shown = [item["item_id"] for item in answer.json()["items"]]
        assert shown and "book-05" not in shown
    assert stocked.get(f"/v1/users/{at(name)}/export").json()["user_id"] == name
    assert stocked.delete(f"/v1/users/{at(name)}/profile").status_code == 200


def test_similar_items_of_an_awkward_id_are_those_of_that_item(books, serve):
    import httpx2 as httpx
    import polars as pl

    from sommelier.data.workspace import Workspace

    version = Workspace.open(books).version
    items = pl.read_parquet(version / "items.parquet")
    renamed = items.with_columns(pl.col("item_id").replace({"book-06": "book-05/similar"}))
    renamed.write_parquet(version / "items.parquet")
    with serve(books) as url, httpx.Client(base_url=url) as client:
        told = client.get("/v1/items/book-05%2Fsimilar/similar?n=3").json()
        plain = client.get("/v1/items/book-05/similar?n=3").json()
        assert client.get("/v1/items/book-05%2Fsimilar").json()["title"] == "Slow Light"
    assert "book-05/similar" in [item["item_id"] for item in plain["items"]]
    assert "book-05" in [item["item_id"] for item in told["items"]]


def test_a_session_of_an_awkward_id_is_read_and_erased(shared):
    for name in ("a talk/of mine?#1", "100%/谈话"):
        said = {"message": "space books", "session_id": name}
        assert shared.post("/v1/chat", json=said).json()["session_id"] == name
        assert len(shared.get(f"/v1/sessions/{at(name)}").json()["turns"]) == 1
        assert shared.delete(f"/v1/sessions/{at(name)}").status_code == 200
        assert shared.get(f"/v1/sessions/{at(name)}").status_code == 404


def test_a_slash_that_is_not_encoded_parts_an_address(shared):
    assert shared.get("/v1/items/book-06/nothing").status_code == 404
    assert shared.get("/v1/items/%00").status_code == 422
    assert shared.get("/v1/items/a%2Fb/").status_code in (307, 404)
    assert shared.get("/v1/items/%ff%2F").status_code == 404


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_any_text_comes_back_from_an_address(text):
    met = []

    async def inner(scope, receive, send):
        met.append(scope["path"])

    raw = f"/v1/items/{at(text)}/similar"
    scope = {"type": "http", "raw_path": raw.encode("ascii"), "path": unquote(raw)}
    asyncio.run(Addresses(inner)(scope, None, None))
    assert [unescaped(part) for part in met[0].split("/")] == ["", "v1", "items", text, "similar"]
