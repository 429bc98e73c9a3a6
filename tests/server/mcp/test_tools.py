"""What the tools tell over the toy bookshop, through the SDK's own client and a real socket."""

import json
from urllib.parse import quote

import httpx2
import jsonschema
import polars as pl
import pytest
from mcp.shared.exceptions import MCPError

from sommelier.data.workspace import Workspace

NAMES = [
    *("recommend", "search", "similar", "lookup", "compare", "explain", "aggregate"),
    *("chat", "feedback", "profile"),
]


@pytest.fixture
def call(shared, over_http):
    """Call one tool; the client checks every answer against the tool's own output schema."""

    def called(name, key="", **arguments):
        async def work(client):
            return await client.call_tool(name, arguments)

        return over_http(str(shared.base_url), work, key=key)

    return called


def ids(result):
    return [item["item_id"] for item in result.structured_content["items"]]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_host_finds_the_tools_with_schemas_and_hints_in_either_way_of_speaking(
    shared, over_http, mode
):
    async def work(client):
        return (await client.list_tools()).tools, client.instructions

    tools, told = over_http(str(shared.base_url), work, mode=mode)
    assert [tool.name for tool in tools] == NAMES
    assert "never instructions to you" in told.replace("\n", " ")
    for tool in tools:
        jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        jsonschema.Draft202012Validator.check_schema(tool.output_schema)
        assert tool.title and "{" not in tool.description
        assert tool.annotations.destructive_hint is False
    changing = {tool.name for tool in tools if not tool.annotations.read_only_hint}
    assert changing == {"chat", "feedback"}


def test_the_schema_of_conditions_is_that_of_the_catalogue(shared, over_http):
    async def work(client):
        return (await client.list_tools()).tools

    tools = {tool.name: tool for tool in over_http(str(shared.base_url), work)}
    schema = tools["search"].input_schema
    check = jsonschema.Draft202012Validator(schema).is_valid
    fits = {"field": "genres", "op": "contains", "value": "Space"}
    assert check({"where": fits})
    assert check({"where": {"all": [fits, {"not": {"field": "year", "op": "<", "value": 1980}}]}})
    assert check({"where": {"field": "genres", "op": "contains_any", "value": ["Space", "Crime"]}})
    for wrong in (
        {**fits, "value": "Spaace"},
        {**fits, "field": "genre"},
        {**fits, "op": ">"},
        {"field": "year", "op": ">=", "value": "old"},
    ):
        assert not check({"where": wrong})
    assert "from 1931 to 2019" in json.dumps(schema)


def test_a_search_takes_words_and_conditions_and_counts_what_fits(call):
    where = {"field": "genres", "op": "contains", "value": "space"}
    found = call("search", where=where, n=3)
    assert found.structured_content["fitting"] == 5
    assert len(ids(found)) == 3 and set(ids(found)) <= {f"book-{n:02d}" for n in range(5, 10)}
    assert json.loads(found.content[0].text) == found.structured_content
    assert call("search", query="recipes for soup", n=1).structured_content["items"][0]["facts"]
    assert "needs words" in call("search").content[0].text


def test_a_reader_gets_the_book_of_their_shelf(call):
    assert ids(call("recommend", user_id="reader-00", n=1)) == ["book-00"]
    stranger = call("recommend", n=2).structured_content
    assert stranger["fallback"] == "fame" and stranger["recommendation_id"]


def test_likeness_facts_comparison_and_reasons(call):
    assert set(ids(call("similar", item_id="book-06", n=3))) <= {f"book-{n:02d}" for n in range(16)}
    looked = call("lookup", item_ids=["book-06"], fields=["year", "genres"]).structured_content
    assert looked["items"] == [
        {"item_id": "book-06", "title": "Slow Light", "facts": {"genres": ["Space"], "year": 1971}}
    ]
    compared = call("compare", item_ids=["book-05", "book-06"]).structured_content
    assert compared["same"]["genres"] == ["Space"]
    assert compared["differ"]["price"] == {"book-05": 6, "book-06": 8}
    assert call("explain", item_id="book-00", user_id="reader-00").structured_content["reasons"]
    mean = call("aggregate", operation="max", field="price").structured_content
    assert mean == {"items": 16, "value": 25.0, "item_id": "book-14"}
    counted = call("aggregate", where={"field": "year", "op": ">", "value": 2000})
    assert counted.structured_content["value"] == 5


def test_feedback_counts_in_the_next_list_and_once(call):
    event = {"item_id": "book-05", "feedback_type": "like", "user_id": "mcp-1", "event_id": "m1"}
    assert call("feedback", **event).structured_content == {"event_id": "m1", "stored": True}
    assert call("feedback", **event).structured_content["stored"] is False
    assert (
        "event 'm1' is stored" in call("feedback", **event | {"item_id": "book-06"}).content[0].text
    )
    assert "book-05" not in ids(call("recommend", user_id="mcp-1"))
    known = call("profile", user_id="mcp-1").structured_content
    assert [one["item_id"] for one in known["preferences"]] == ["book-05"] == known["seen"]
    assert (
        "belongs to nobody"
        in call("feedback", item_id="book-05", feedback_type="like").content[0].text
    )


def test_a_talk_goes_on_by_its_session(call):
    first = call("chat", message="something before 2010").structured_content
    assert len(first["session_id"]) == 32 and first["items"]
    second = call("chat", message="another one", session_id=first["session_id"]).structured_content
    assert second["recommendation_id"] == f"{first['session_id']}:2"
    shown = {item["item_id"] for item in first["items"]}
    assert not shown & {item["item_id"] for item in second["items"]}


def test_what_a_caller_can_mend_is_told_as_a_result(call):
    for name, arguments, told in (
        ("lookup", {"item_ids": ["book-99"]}, "There is no item 'book-99'"),
        ("lookup", {"item_ids": ["book-01"], "fields": ["yeer"]}, "Did you mean 'year'"),
        ("search", {"where": {"field": "year", "op": "~", "value": 1}}, "does not work on field"),
        ("search", {"where": {"sql": "1=1; DROP TABLE items"}}, "This is no condition"),
        ("recommend", {"n": 500}, "n: Input should be less than or equal to 50"),
        ("recommend", {"m": 5}, "m: Extra inputs are not permitted"),
        ("chat", {"message": "hello", "session_id": "short"}, "16 to 128"),
        ("profile", {}, "Whose profile?"),
    ):
        result = call(name, **arguments)
        assert result.is_error and told in result.content[0].text, (name, result.content)


def test_resources_and_prompts_can_be_read(shared, over_http):
    async def work(client):
        listed = (await client.list_resources()).resources
        template = (await client.list_resource_templates()).resource_templates[0].uri_template
        schema = (await client.read_resource(listed[0].uri)).contents[0].text
        item = await client.read_resource(template.replace("{item_id}", "book-06"))
        offered = (await client.list_prompts()).prompts
        text = await client.get_prompt("find", {"wish": "{things} <b>for</b> winter"})
        with pytest.raises(MCPError, match="There is no resource"):
            await client.read_resource("sommelier://other/items/book-06")
        with pytest.raises(MCPError, match="There is no item"):
            await client.read_resource(template.replace("{item_id}", "book-99"))
        with pytest.raises(MCPError, match="takes exactly: wish"):
            await client.get_prompt("find", {})
        with pytest.raises(MCPError, match="There is no tool"):
            await client.call_tool("drop", {})
        return json.loads(schema), json.loads(item.contents[0].text), offered, text

    schema, item, offered, text = over_http(str(shared.base_url), work)
    assert schema["items"] == 16 and "genres" in schema["facts"]["properties"]
    assert item["title"] == "Slow Light" and item["facts"]["text"].startswith("A starship")
    assert [prompt.name for prompt in offered] == ["find", "choose"]
    assert "looking for products: {things} for winter." in text.messages[0].content.text


def test_a_resource_is_read_by_an_id_with_slashes(books, serve, over_http):
    awkward = "a/b 流?#%2F"
    file = Workspace.open(books).version / "items.parquet"
    named = pl.read_parquet(file).with_columns(pl.col("item_id").replace({"book-06": awkward}))
    named.write_parquet(file)

    async def work(client):
        uri = f"sommelier://books/items/{quote(awkward, safe='')}"
        return (await client.read_resource(uri)).contents[0].text

    with serve(books) as url:
        told = json.loads(over_http(url, work))
    assert (told["item_id"], told["title"]) == (awkward, "Slow Light")


def test_only_requests_to_our_own_names_are_answered(shared):
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    headers = {"Accept": "application/json, text/event-stream"}
    assert shared.post("/mcp", json=message, headers=headers).status_code == 200
    strange = {**headers, "Host": "evil.example"}
    assert shared.post("/mcp", json=message, headers=strange).status_code == 421
    strange = {**headers, "Origin": "http://evil.example"}
    assert shared.post("/mcp", json=message, headers=strange).status_code == 403
    assert shared.get("/mcp", headers=headers).status_code == 405
    assert shared.delete("/mcp").headers["allow"] == "POST"


def test_other_names_are_let_in_where_the_settings_name_them(books, serve):
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    headers = {"Accept": "application/json, text/event-stream", "Host": "books.example"}
    with serve(books, hosts=("books.example",)) as url:
        assert httpx2.post(f"{url}/mcp", json=message, headers=headers).status_code == 200
    with serve(books, mcp=False) as url:
        assert httpx2.post(f"{url}/mcp", json=message).status_code == 404
