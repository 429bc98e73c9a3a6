"""Feedback, profiles, login: told once, counted at once, erased for good."""

import time

import pytest


def event(number, item, kind="like", **more):
    told = {"event_id": str(number), "item_id": item, "feedback_type": kind, **more}
    return told if "session_id" in more else {"user_id": "ann", **told}


def recommended(client, user, n=16):
    return [i["item_id"] for i in client.get(f"/v1/recommend/{user}?n={n}").json()["items"]]


def test_an_event_counts_once_however_often_it_comes(client):
    assert client.post("/v1/feedback", json=event(1, "book-05")).json() == {"stored": 1, "known": 0}
    assert client.post("/v1/feedback", json=event(1, "book-05")).json() == {"stored": 0, "known": 1}
    told = [event(1, "book-05"), event(2, "book-06")]
    assert client.post("/v1/feedback", json=told).json() == {"stored": 1, "known": 1}


def test_a_known_id_with_another_body_is_409_and_stores_nothing(client):
    client.post("/v1/feedback", json=event(1, "book-05"))
    answer = client.post("/v1/feedback", json=[event(2, "book-06"), event(1, "book-07")])
    assert answer.status_code == 409
    assert client.post("/v1/feedback", json=event(2, "book-06")).json()["stored"] == 1


def test_a_like_moves_the_very_next_list(client):
    before = recommended(client, "ann", 3)
    client.post("/v1/feedback", json=[event(1, "book-05"), event(2, "book-06")])
    after = recommended(client, "ann", 3)
    assert after != before and set(after) == {"book-07", "book-08", "book-09"}


@pytest.mark.parametrize("kind", ["like", "dislike", "reject", "seen", "purchase", "read"])
def test_what_was_met_is_left_out(client, kind):
    assert "book-05" in recommended(client, "ann")
    client.post("/v1/feedback", json=event(1, "book-05", kind))
    assert "book-05" not in recommended(client, "ann")


def test_a_mere_view_changes_nothing(client):
    client.post("/v1/feedback", json=event(1, "book-05", "view", value=0.3))
    assert "book-05" in recommended(client, "ann")


def test_feedback_taken_by_one_worker_counts_in_another(client, books, serve):
    with serve(books) as other:
        for number, item in enumerate(["book-05", "book-06", "book-07", "book-08"]):
            client.post("/v1/feedback", json=event(number, item))
            items = client.get(f"{other}/v1/recommend/ann?n=16").json()["items"]
            assert item not in [one["item_id"] for one in items]


def test_an_unknown_item_is_404_and_named(client):
    answer = client.post("/v1/feedback", json=[event(1, "book-05"), event(2, "book-55")])
    assert answer.status_code == 404 and "book-55" in answer.json()["detail"]
    assert client.post("/v1/feedback", json=event(1, "book-05")).json()["stored"] == 1


def test_clocks_may_be_five_minutes_ahead_and_no_more(client):
    now = time.time()
    near = event(1, "book-05", timestamp=now + 200)
    far = event(2, "book-06", timestamp=now + 900)
    old = event(3, "book-07", timestamp="1999-12-31T23:59:59+02:00")
    assert client.post("/v1/feedback", json=[near, old]).json()["stored"] == 2
    answer = client.post("/v1/feedback", json=[event(4, "book-08"), far])
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "body.1.timestamp", "rule": "is more than 5 minutes ahead of this clock"}
    ]


@pytest.mark.parametrize(
    "broken",
    [
        {"event_id": "1", "item_id": "book-05", "feedback_type": "like"},
        event(1, "book-05", value="much"),
        event(1, "book-05", colour="red"),
        event(1, "book-05", timestamp="soon"),
        event("", "book-05"),
        event(1, "book-05", "no words"),
        [],
        [event(n, "book-05") for n in range(1001)],
        "like",
        None,
    ],
)
def test_broken_feedback_is_422(client, broken):
    answer = client.post("/v1/feedback", json=broken)
    assert answer.status_code == 422 and answer.json()["errors"]


def test_a_profile_is_seen_changed_exported_and_erased(client):
    told = [event(1, "book-05"), event(2, "book-06", "dislike"), event(3, "book-07", "seen")]
    client.post("/v1/feedback", json=told)
    profile = client.get("/v1/users/ann/profile").json()
    assert {e["item_id"]: e["polarity"] for e in profile["entries"]} == {
        "book-05": "like",
        "book-06": "dislike",
    }
    assert profile["seen"] == ["book-05", "book-06", "book-07"]
    entry = profile["entries"][0]
    assert entry["title"] == "The Salt Orchards of Mars"
    changed = client.patch(f"/v1/users/ann/profile/{entry['id']}", json={"polarity": "dislike"})
    assert changed.json()["polarity"] == "dislike" and changed.json()["item_id"] == "book-05"
    assert (
        client.patch(f"/v1/users/bob/profile/{entry['id']}", json={"weight": 2}).status_code == 404
    )
    assert client.patch(f"/v1/users/ann/profile/{entry['id']}", json={}).status_code == 422
    assert len(client.get("/v1/users/ann/export").json()["feedback"]) == 3
    erased = client.delete("/v1/users/ann/profile").json()["erased"]
    assert erased["feedback"] == 3
    assert client.get("/v1/users/ann/profile").json()["entries"] == []
    assert "book-05" in recommended(client, "ann")


def test_an_anonymous_session_becomes_the_users_at_login(client):
    client.post("/v1/feedback", json=event(1, "book-05", session_id="s-1"))
    first = client.post("/v1/session/recommend", json={"session_id": "s-1", "n": 16}).json()
    assert "book-05" not in [item["item_id"] for item in first["items"]]
    assert "book-05" in recommended(client, "ann")
    answer = client.post("/v1/sessions/s-1/login", json={"user_id": "ann"})
    assert answer.json()["merged"]["feedback"] == 1
    assert "book-05" not in recommended(client, "ann")
    assert client.post("/v1/sessions/s-1/login", json={"user_id": "ann"}).status_code == 200
    assert client.post("/v1/sessions/s-1/login", json={"user_id": "bob"}).status_code == 404


def test_the_list_that_an_event_answers_may_be_of_the_longest_session_id(client):
    session = "s" * 500
    turn = client.post("/v1/chat", json={"message": "space books", "session_id": session}).json()
    listed = turn["recommendation_id"]
    assert listed == f"{session}:1"
    shown = [item["item_id"] for item in turn["items"]]
    told = event(1, shown[0], session_id=session, recommendation_id=listed, impression=shown)
    assert client.post("/v1/feedback", json=told).json() == {"stored": 1, "known": 0}
    stored = client.get(f"/v1/sessions/{session}").json()["turns"][0]
    assert stored["recommendation_id"] == listed
