"""One conversation through every door; and the page about clients, run as it stands."""

import asyncio
import re
import shutil
import subprocess
from pathlib import Path

import httpx2
import openai
import pytest
from mcp import Client

from sommelier import shop as shops

PAGE = Path(__file__).parents[2] / "docs" / "clients.md"
BLOCKS = re.findall(r"```(bash|python)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
HERE = "http://127.0.0.1:8000"


def of_mcp(url, message, session_id):
    async def said():
        async with Client(f"{url}/mcp") as client:
            told = {"message": message, "session_id": session_id}
            return (await client.call_tool("chat", told)).structured_content

    return asyncio.run(said())


def test_a_talk_goes_on_from_door_to_door(books, serve):
    with serve(books) as url:
        first = httpx2.post(f"{url}/v1/chat", json={"message": "something before 2010"}).json()
        session = first["session_id"]
        sdk = openai.OpenAI(base_url=f"{url}/v1", api_key="none")
        second = sdk.chat.completions.create(
            model="books",
            messages=[{"role": "user", "content": "another one"}],
            metadata={"session_id": session},
        )
        third = of_mcp(url, "two more", session)
        fourth = httpx2.post(
            f"{url}/v1/chat", json={"message": "why the first?", "session_id": session}
        ).json()
    lists = [
        [item["item_id"] for item in items]
        for items in (first["items"], second.choices[0].message.recommendations, third["items"])
    ]
    plain = [told["recommendation_id"] for told in (first, third, fourth)]
    assert plain == [f"{session}:{turn}" for turn in (1, 3, 4)]
    assert second.recommendation_id == f"{session}:2"
    shown = [item for one in lists for item in one]
    assert len(shown) == len(set(shown)) and all(lists)
    assert third["items"][0]["title"] in fourth["reply"]
    store = shops.open(books).store
    assert [turn.message for turn in store.turns(session)] == [
        *("something before 2010", "another one", "two more", "why the first?"),
    ]
    store.close()


def test_a_talk_that_a_chat_window_began_goes_on_at_the_others(books, serve):
    with serve(books) as url:
        sdk = openai.OpenAI(base_url=f"{url}/v1", api_key="none")
        said = [{"role": "user", "content": "I love Slow Light"}]
        sdk.chat.completions.create(model="books", messages=said)
        said += [{"role": "assistant", "content": "…"}, {"role": "user", "content": "recipes"}]
        done = sdk.chat.completions.create(model="books", messages=said)
        told = of_mcp(url, "what do you know about me?", done.session_id)
        turns = httpx2.get(f"{url}/v1/sessions/{done.session_id}").json()
    assert "Slow Light" in told["reply"]
    assert len(turns["turns"]) == 3


@pytest.fixture(scope="module")
def films(tmp_path_factory, serve):
    shop = shops.open_demo(tmp_path_factory.mktemp("films"))
    place = shop.workspace.path.with_name("films")
    shutil.move(shop.workspace.path, place)
    with serve(place) as url:
        yield url


def test_the_code_of_the_page_runs_and_tells_something(films, capsys):
    told = []
    for language, code in BLOCKS:
        here = code.replace(HERE, films)
        if language == "bash":
            done = subprocess.run(
                ["bash", "-c", here], capture_output=True, text=True, timeout=60, check=True
            )
            told.append(done.stdout)
        else:
            exec(compile(here, str(PAGE), "exec"), {"__name__": "__main__"})  # the page's own words
            told.append(capsys.readouterr().out)
    curl, feedback, sdk, mcp = told
    assert feedback == '{"stored":1,"known":0}'
    assert '"a-talk-of-my-own-1"' in curl and curl.count('"item_id"') == 3
    assert "as you asked" in sdk.splitlines()[0]
    assert len(sdk.splitlines()) > 5 and " " not in sdk.splitlines()[-1]
    assert mcp.count("\n") >= 2 and mcp.rstrip().endswith("]")


def test_the_page_has_code_for_every_door():
    assert [language for language, _ in BLOCKS] == ["bash", "bash", "python", "python"]
