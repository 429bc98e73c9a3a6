"""POST /rerank, in the shape that Jina and Cohere clients expect."""


def rerank(client, **body):
    answer = client.post("/v1/rerank", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_items_are_put_in_order_for_a_query(shared):
    documents = [{"item_id": "book-00"}, {"item_id": "book-11"}, {"item_id": "book-06"}]
    told = rerank(shared, query="seven soups", documents=documents, model="any")
    assert told["model"] == "any" and told["id"] and told["usage"]["total_tokens"] == 2
    assert told["results"][0]["index"] == 1
    scores = [result["relevance_score"] for result in told["results"]]
    assert scores == sorted(scores, reverse=True) and all(0 <= score <= 1 for score in scores)


def test_taste_decides_where_words_do_not(shared):
    documents = [{"item_id": "book-02"}, {"item_id": "book-07"}, {"item_id": "book-12"}]
    for user, first in (("reader-02", 0), ("reader-12", 1), ("reader-22", 2)):
        results = rerank(shared, query="", documents=documents, user_id=user)["results"]
        assert results[0]["index"] == first


def test_free_texts_and_items_stand_in_one_list(shared):
    documents = ["a murder and a detective", {"text": "bread"}, {"item_id": "book-01"}]
    told = rerank(
        shared, query="a detective hunts a murderer", documents=documents, return_documents=True
    )
    assert len(told["results"]) == 3 and told["results"][-1]["index"] == 1
    assert {"item_id": "book-01"} in [result["document"] for result in told["results"]]


def test_top_n_cuts_and_what_the_policy_hides_is_left_out(client):
    documents = [{"item_id": f"book-{n:02d}"} for n in range(6)]
    assert len(rerank(client, query="x", documents=documents, top_n=2)["results"]) == 2
    client.patch("/v1/items/book-03", json={"price": 500})
    indices = [r["index"] for r in rerank(client, query="x", documents=documents)["results"]]
    assert sorted(indices) == [0, 1, 2, 4, 5]


def test_unknown_items_and_empty_lists_are_refused(shared):
    body = {"query": "x", "documents": [{"item_id": "book-99"}]}
    assert shared.post("/v1/rerank", json=body).status_code == 404
    for broken in ([], [{}], [{"item_id": "book-01", "text": "both"}], [3]):
        answer = shared.post("/v1/rerank", json={"query": "x", "documents": broken})
        assert answer.status_code == 422
