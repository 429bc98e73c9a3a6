"""Items over REST: read, searched, edited; and what edits do to lists and talks at once."""

import time

import pytest

NEW = {"item_id": "book-90", "title": "Tides Without Moon", "genres": ["Space"], "year": 2024}


def listed(client, **params):
    answer = client.get("/v1/items", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def recommended(client, user):
    return [i["item_id"] for i in client.get(f"/v1/recommend/{user}?n=16").json()["items"]]


def test_an_item_is_told_with_its_fields(shared):
    row = shared.get("/v1/items/book-06").json()
    assert row["title"] == "Slow Light" and row["genres"] == ["Space"] and row["year"] == 1971


def test_pages_follow_one_another_and_stand_still_while_items_come(client):
    first = listed(client, limit=6)
    assert client.post("/v1/items", json=[{**NEW, "item_id": "book-00a"}]).status_code == 200
    rest = []
    page = first
    while page["next_cursor"]:
        page = listed(client, limit=6, cursor=page["next_cursor"])
        rest += page["items"]
    found = [row["item_id"] for row in [*first["items"], *rest]]
    assert found == sorted(found) and len(found) == len(set(found)) == 16


def test_search_by_title_condition_and_fields(shared):
    found = listed(shared, q="slow LIGHT", fields="title,year")["items"]
    assert found == [{"item_id": "book-06", "title": "Slow Light", "year": 1971}]
    assert len(listed(shared, filter="genres CONTAINS 'Crime'")["items"]) == 5
    assert shared.get("/v1/items", params={"fields": "titel"}).status_code == 422
    assert shared.get("/v1/items", params={"filter": "titel = 'x'"}).status_code == 422


def test_a_cursor_belongs_to_its_list(shared):
    cursor = listed(shared, limit=2)["next_cursor"]
    for told in ({"cursor": cursor, "q": "a"}, {"cursor": "W10"}, {"cursor": "%%%"}):
        answer = shared.get("/v1/items", params=told)
        assert answer.status_code == 422 and "cursor" in answer.json()["detail"]


def test_a_new_item_is_there_at_once(client):
    answer = client.put("/v1/items", json=[NEW])
    assert answer.json() == {"stored": 1, "revision": 1}
    assert client.get("/v1/items/book-90").json()["title"] == NEW["title"]
    assert [r["item_id"] for r in listed(client, q="tides")["items"]] == ["book-90"]
    assert [r["item_id"] for r in listed(client, filter="year > 2020")["items"]] == ["book-90"]
    told = client.post(
        "/v1/feedback",
        json={"event_id": "1", "user_id": "u", "item_id": "book-90", "feedback_type": "like"},
    )
    assert told.status_code == 200


def test_one_bad_row_stores_none_and_names_index_and_field(client):
    rows = [NEW, {**NEW, "year": "soon", "colour": 1}, {"title": "nameless"}]
    answer = client.post("/v1/items", json=rows)
    assert answer.status_code == 422
    fields = {fault["field"] for fault in answer.json()["errors"]}
    assert fields == {"body.1.year", "body.1.colour", "body.2.item_id"}
    assert client.get("/v1/items/book-90").status_code == 404


def test_a_patched_field_changes_and_null_empties(client):
    assert client.patch("/v1/items/book-06", json={"price": 99, "text": None}).status_code == 200
    row = client.get("/v1/items/book-06").json()
    assert row["price"] == 99 and row["text"] is None and row["title"] == "Slow Light"
    assert client.patch("/v1/items/book-06", json={"price": "dear"}).status_code == 422
    assert client.patch("/v1/items/book-06", json={"item_id": "book-07"}).status_code == 422
    assert client.patch("/v1/items/book-66", json={"price": 1}).status_code == 404


def test_a_deleted_item_is_shown_by_no_door(client):
    assert "book-02" in recommended(client, "reader-02")
    assert client.delete("/v1/items/book-02").status_code == 204
    assert client.delete("/v1/items/book-02").status_code == 404
    assert client.get("/v1/items/book-02").status_code == 404
    assert "book-02" not in recommended(client, "reader-02")
    assert "book-02" not in [row["item_id"] for row in listed(client)["items"]]
    assert client.get("/v1/items/book-02/similar").status_code == 404
    similar = client.get("/v1/items/book-01/similar?n=15").json()["items"]
    assert "book-02" not in [item["item_id"] for item in similar]
    turn = client.post("/v1/chat", json={"message": "crime books"}).json()
    assert turn["items"] and "book-02" not in [item["item_id"] for item in turn["items"]]
    body = {"query": "ash", "documents": [{"item_id": "book-02"}]}
    assert client.post("/v1/rerank", json=body).status_code == 404


def test_a_deleted_item_leaves_a_conversation_that_showed_it(client):
    turn = client.post("/v1/chat", json={"message": "crime books"}).json()
    shown = turn["items"][0]
    client.delete(f"/v1/items/{shown['item_id']}")
    said = {"session_id": turn["session_id"]}
    for message in ("go back", "tell me about the first one", "compare the first and the second"):
        again = client.post("/v1/chat", json={**said, "message": message})
        assert again.status_code == 200
        assert shown["title"] not in again.json()["reply"]
        assert shown["item_id"] not in [item["item_id"] for item in again.json()["items"]]


def test_an_edit_that_breaks_the_policy_hides_and_a_later_one_shows_again(client):
    assert recommended(client, "reader-12")[0] == "book-07"
    client.patch("/v1/items/book-07", json={"price": 100})
    assert "book-07" not in recommended(client, "reader-12")
    client.patch("/v1/items/book-07", json={"price": 20})
    assert recommended(client, "reader-12")[0] == "book-07"


def test_every_worker_hides_what_one_deleted(books, serve, client):
    with serve(books) as other:
        assert client.get(f"{other}/v1/recommend/reader-02?n=1").json()["items"]
        client.delete("/v1/items/book-02")
        until = time.monotonic() + 20
        while "book-02" in recommended(client, "reader-02") or "book-02" in [
            item["item_id"]
            for item in client.get(f"{other}/v1/recommend/reader-02?n=16").json()["items"]
        ]:
            assert time.monotonic() < until
            time.sleep(0.1)


@pytest.mark.slow
def test_the_server_learns_edits_by_itself(books, serve):
    import httpx2

    with serve(books, refresh_after=0.2) as url, httpx2.Client(base_url=url, timeout=60) as client:
        client.post("/v1/items", json=[{**NEW, "text": "A starship", "price": 9}])
        client.delete("/v1/items/book-04")
        until = time.monotonic() + 120
        while True:
            items = client.get("/v1/recommend/nobody?n=30").json()["items"]
            ready = client.get("/health/ready").json()["workspaces"]["books"]
            if ready["version"] != "0001" and not ready["pending"]:
                break
            assert time.monotonic() < until, ready
            time.sleep(0.2)
        items = client.get("/v1/recommend/nobody?n=30").json()["items"]
        found = [item["item_id"] for item in items]
        assert "book-90" in found and "book-04" not in found


def test_users_are_read_edited_and_paged(client):
    row = {"user_id": "new", "town": "Hull", "age": 30, "likes": ["rain"]}
    assert client.put("/v1/users", json=[row]).json()["stored"] == 1
    assert client.get("/v1/users/new").json() == row
    assert client.get("/v1/users/reader-00").json()["town"] == "Whitby"
    assert client.patch("/v1/users/reader-00", json={"town": None}).json()["town"] is None
    page = client.get("/v1/users", params={"limit": 20}).json()
    more = client.get("/v1/users", params={"cursor": page["next_cursor"]}).json()
    found = [row["user_id"] for row in [*page["users"], *more["users"]]]
    assert len(found) == len(set(found)) == 31
    assert client.delete("/v1/users/new").status_code == 204
    assert client.get("/v1/users/new").status_code == 404
    bad = client.post("/v1/users", json=[row, {"user_id": "x", "age": {}}])
    assert bad.status_code == 422 and bad.json()["errors"][0]["field"] == "body.1.age"
