"""POST /chat, whole and streamed, and the sessions that it leaves."""

import asyncio
import json
import time

import httpx2 as httpx
import pytest


def say(client, message, **more):
    answer = client.post("/v1/chat", json={"message": message, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def events(answer):
    parts = [part.split("\n", 1) for part in answer.text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data[6:])) for name, data in parts]


def test_a_turn_tells_its_plan_funnel_items_and_reply(shared):
    turn = say(shared, "space books after 1970")
    assert turn["turn"] == 1 and turn["reply"] and turn["brain"] == "rules"
    assert {item["item_id"] for item in turn["items"]} == {
        "book-06",
        "book-07",
        "book-08",
        "book-09",
    }
    assert [step["tool"] for step in turn["funnel"]][-1] == "rank"
    assert turn["plan"]["steps"]
    assert turn["recommendation_id"] == f"{turn['session_id']}:1"
    assert len(turn["session_id"]) == 32


def test_a_conversation_goes_on_where_it_stood(shared):
    first = say(shared, "space books", user_id="cleo")
    then = say(shared, "older than 1980", user_id="cleo", session_id=first["session_id"])
    assert then["turn"] == 2 and {i["item_id"] for i in then["items"]} <= {"book-05", "book-06"}
    stored = shared.get(f"/v1/sessions/{first['session_id']}").json()
    assert [turn["message"] for turn in stored["turns"]] == ["space books", "older than 1980"]
    assert stored["user_id"] == "cleo" and stored["title"] == "space books"


def test_what_is_said_counts_in_the_plain_lists_too(shared):
    say(shared, "I hate crime", user_id="dora")
    items = shared.get("/v1/recommend/dora?n=16").json()["items"]
    assert items and not {item["item_id"] for item in items} & {f"book-{n:02d}" for n in range(5)}


def test_a_stream_tells_the_same_turn_in_pieces(shared):
    answer = shared.post("/v1/chat", json={"message": "cooking books", "stream": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    told = events(answer)
    names = [name for name, _ in told]
    assert names[:4] == ["start", "plan", "funnel", "items"] and names[-1] == "done"
    assert set(names[4:-1]) == {"text"}
    done = told[-1][1]
    assert "".join(data["text"] for name, data in told if name == "text") == done["reply"]
    assert told[0][1] == {"session_id": done["session_id"]}
    assert told[3][1]["recommendation_id"] == done["recommendation_id"]
    assert done["recommendation_id"] == f"{done['session_id']}:1"
    stored = shared.get(f"/v1/sessions/{done['session_id']}").json()
    assert stored["turns"][0]["reply"] == done["reply"]


def test_a_caller_who_hangs_up_loses_no_turn(shared):
    with shared.stream("POST", "/v1/chat", json={"message": "poetry", "stream": True}) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "event: start"
        session = json.loads(next(lines)[6:])["session_id"]
    until = time.monotonic() + 20
    while shared.get(f"/v1/sessions/{session}").status_code == 404:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert say(shared, "go on", session_id=session)["turn"] == 2


def test_messages_at_once_are_answered_one_after_the_other(shared):
    session = say(shared, "crime books")["session_id"]

    async def all_at_once():
        async with httpx.AsyncClient(base_url=str(shared.base_url), timeout=60) as client:
            body = {"message": "something else", "session_id": session}
            return await asyncio.gather(*(client.post("/v1/chat", json=body) for _ in range(8)))

    answers = asyncio.run(all_at_once())
    assert sorted(answer.json()["turn"] for answer in answers) == list(range(2, 10))


def test_two_workers_never_overwrite_each_other(client, books, serve):
    session = say(client, "crime books")["session_id"]
    with serve(books) as other:

        async def all_at_once():
            async with httpx.AsyncClient(timeout=60) as caller:
                body = {"message": "something else", "session_id": session}
                urls = [str(client.base_url.join("/v1/chat")), f"{other}/v1/chat"]
                said = (caller.post(urls[n % 2], json=body) for n in range(6))
                return await asyncio.gather(*said)

        answers = asyncio.run(all_at_once())
    assert {answer.status_code for answer in answers} <= {200, 409}
    turns = [answer.json()["turn"] for answer in answers if answer.status_code == 200]
    assert len(set(turns)) == len(turns)
    stored = client.get(f"/v1/sessions/{session}").json()["turns"]
    assert len(stored) == 1 + len(turns)


def test_a_session_of_somebody_else_is_not_there(shared):
    mine = say(shared, "crime books", user_id="eve")["session_id"]
    for body in ({"user_id": "fay"}, {"user_id": "fay", "stream": True}):
        told = {"message": "go on", "session_id": mine, **body}
        assert shared.post("/v1/chat", json=told).status_code == 404


def test_sessions_are_listed_paged_and_erased(shared):
    ids = [say(shared, f"crime books {n}", user_id="gus")["session_id"] for n in range(3)]
    page = shared.get("/v1/sessions", params={"user_id": "gus", "limit": 2}).json()
    more = {"user_id": "gus", "cursor": page["next_cursor"]}
    rest = shared.get("/v1/sessions", params=more).json()
    found = [one["session_id"] for one in [*page["sessions"], *rest["sessions"]]]
    assert found == ids[::-1] and rest["next_cursor"] is None
    assert shared.delete(f"/v1/sessions/{ids[0]}").json()["erased"]["turns"] == 1
    assert shared.get(f"/v1/sessions/{ids[0]}").status_code == 404
    assert shared.get("/v1/sessions").status_code == 422


@pytest.mark.parametrize(
    "body", [{}, {"message": ""}, {"message": "x" * 8001}, {"message": 3}, {"message": "a", "b": 1}]
)
def test_a_broken_message_is_422(shared, body):
    assert shared.post("/v1/chat", json=body).status_code == 422
