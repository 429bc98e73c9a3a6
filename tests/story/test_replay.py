"""A recorded conversation comes back to the letter, with the model's server gone."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sommelier.agent.planners.model.frame import Frame
from sommelier.cli import app

SAID = {
    "something funny": Frame(do="find", must=("genres=Comedy",)),
    "under two hours": Frame(do="refine", must=("runtime<120",)),
    "I loved Night Ferry": Frame(do="tell", told=("like Night Ferry (1958)",)),
    "more": Frame(do="more"),
    "why the first?": Frame(do="explain", items=("#1",)),
    "how many dramas?": Frame(do="count", must=("genres=Drama",)),
    "what next": Frame(do="find"),
    "thanks": Frame(do="talk", topic="thanks"),
}
PLANTS = {
    "something for the border": Frame(do="find", must=("price<30",), text="border"),
    "cheaper": Frame(do="refine", must=("price<#",)),
    "I hate annuals": Frame(do="tell", told=("dislike category=Annuals",)),
    "the cheapest": Frame(do="find", sort="price", n=1),
}
UNKNOWN = "no frame"  # what no brain can read


def model(frames):
    """Play a model: frames for what was said, and a wording that is partly invented."""

    def answer(request):
        said = request["messages"][-1]["content"]
        if "response_format" not in request:
            return "Here are a few that might please you. The best is Moonlight Over Vienna."
        last = next((m for m in frames if said.endswith(m)), "")
        return frames[last].to_text() if last else UNKNOWN

    return answer


def bare(told):
    """Return a turn's JSON as bytes, without times and without what it took."""
    kept = {key: value for key, value in told.items() if key != "usage"}
    kept["funnel"] = [{k: v for k, v in step.items() if k != "ms"} for step in kept["funnel"]]
    return json.dumps(kept, ensure_ascii=False).encode()


def test_a_recorded_conversation_replays_without_a_call_and_to_the_byte(
    server, served, agent_of, tmp_path, talk
):
    server.answers(model(SAID))
    messages = [*SAID, "gibberish xyzzy", "something funny"]
    first = talk(served(phrase=True, record=tmp_path / "tape").chat("v1"), *messages)
    assert sum(turn.usage.calls for turn in first) == server.calls > len(SAID)
    assert any(turn.phrased for turn in first)
    assert any(turn.fell_back for turn in first)
    server.close()
    again = agent_of(
        "other.db",
        base_url=server.url,
        model="small",
        phrase=True,
        replay=tmp_path / "tape",
    )
    second = talk(again.chat("v1"), *messages)
    assert [bare(turn.to_json()) for turn in second] == [bare(turn.to_json()) for turn in first]
    assert sum(turn.usage.calls for turn in second) == 0


def test_what_was_never_recorded_is_said_to_be_missing(server, served, agent_of, tmp_path, talk):
    server.answers(model(SAID))
    talk(served(record=tmp_path / "tape").chat(), "something funny")
    again = agent_of("o.db", base_url=server.url, model="small", replay=tmp_path / "tape")
    [turn] = talk(again.chat(), "under two hours")
    assert turn.fell_back == "this was never recorded"
    assert server.calls == 1


@pytest.fixture(scope="module")
def garden(tmp_path_factory):
    folder = tmp_path_factory.mktemp("garden")
    items = Path(__file__).parent / "garden.csv"
    events = folder / "events.csv"
    events.write_text("customer_id,sku,timestamp\n" + "ann,g01,1\nann,g03,2\nbea,g01,3\n", "utf-8")
    run("init", folder / "shop", "--items", items, "--events", events)
    return folder / "shop"


def run(*words):
    done = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})
    assert done.exit_code == 0, (words, done.output, done.exception)
    return done.stdout


def test_the_command_line_records_and_replays(garden, server, tmp_path):
    server.answers(model(PLANTS))
    script = tmp_path / "said.txt"
    script.write_text("\n".join(PLANTS), "utf-8")
    chat = ["chat", garden, "--script", script, "--jsonl", "--model", "m", "--phrase"]
    chat += ["--base-url", server.url]
    first = [json.loads(line) for line in run(*chat, "--record", tmp_path / "t").splitlines()]
    assert {turn["brain"] for turn in first} == {"m"}
    server.close()
    second = [json.loads(line) for line in run(*chat, "--replay", tmp_path / "t").splitlines()]
    assert [bare(turn) for turn in second] == [bare(turn) for turn in first]
    assert {turn["usage"]["calls"] for turn in second} == {0}
