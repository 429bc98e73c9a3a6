"""GET and POST /recommend, /session/recommend, /items/{id}/similar."""

import pytest


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [item["item_id"] for item in answer.json()["items"]]


def test_a_reader_gets_the_unread_book_of_their_shelf_first(shared):
    answer = shared.get("/v1/recommend/reader-02", params={"n": 3})
    told = answer.json()
    assert ids(answer)[0] == "book-02" and len(told["items"]) == 3
    assert told["engine"] == "ease" and told["fallback"] is None and told["recommendation_id"]
    assert [item["rank"] for item in told["items"]] == [1, 2, 3]


def test_a_stranger_gets_what_most_people_met_and_is_told_so(shared):
    told = shared.get("/v1/recommend/nobody").json()
    assert told["fallback"] == "fame" and len(told["items"]) == 10


def test_conditions_exclusions_and_reasons(shared):
    body = {"n": 5, "filter": "year > 1970", "exclude": ["book-09"], "explain": True}
    answer = shared.post("/v1/recommend/reader-12", json=body)
    assert ids(answer) and "book-09" not in ids(answer)
    assert all(item["reasons"] for item in answer.json()["items"][:1])
    assert ids(shared.get("/v1/recommend/reader-12", params=[("exclude", i) for i in ids(answer)]))


def test_an_instruction_moves_the_order(shared):
    body = {"n": 3, "instruction": "recipes for soup"}
    assert ids(shared.post("/v1/recommend/nobody", json=body)) != ids(
        shared.post("/v1/recommend/nobody", json={"n": 3})
    )


def test_a_bare_history_is_enough(shared):
    body = {"history": ["book-05", "book-06", "book-07"], "n": 2}
    assert set(ids(shared.post("/v1/session/recommend", json=body))) == {"book-08", "book-09"}


def test_similar_items_leave_out_the_item_itself(shared):
    found = ids(shared.get("/v1/items/book-05/similar", params={"n": 4}))
    assert "book-05" not in found and set(found) <= {"book-06", "book-07", "book-08", "book-09"}


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("yaer > 1990", "yaer"),
        ("year >", "cannot be read"),
        ("sleep(10) = 1", "may not hold"),
        ("year > (select 1)", "may not hold"),
        ("year > 'abc'", "year"),
        ("genres CONTAINS 'Krimi'", "Krimi"),
    ],
)
def test_an_unfit_condition_is_422_and_says_why(shared, where, said):
    answer = shared.get("/v1/recommend/reader-00", params={"filter": where})
    assert answer.status_code == 422, answer.text
    assert said in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"


def test_unknown_things_are_404(shared):
    assert shared.get("/v1/items/book-99/similar").status_code == 404
    assert shared.post("/v1/session/recommend", json={"history": ["x"]}).status_code == 404
    assert shared.get("/workspaces/elsewhere/v1/recommend/1").status_code == 404
    assert shared.get("/v1/nothing").json()["status"] == 404
    assert shared.post("/v1/recommend").json()["status"] == 404


def test_every_route_stands_under_the_name_of_its_workspace_too(shared):
    assert ids(shared.get("/workspaces/books/v1/recommend/reader-02"))[0] == "book-02"


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"n": 0}, "query.n"),
        ({"n": "x"}, "query.n"),
        ({"m": 1}, "query.m"),
        ({"n": 101}, "query.n"),
    ],
)
def test_a_broken_parameter_is_named(shared, params, field):
    answer = shared.get("/v1/recommend/reader-00", params=params)
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == field
