import asyncio
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from sommelier.errors import (
    ModelBadAnswer,
    ModelError,
    ModelTimeout,
    NotRecorded,
    OverBudget,
    StateError,
)
from sommelier.llm.chat.base import ChatModel, Completion, Message
from sommelier.llm.chat.budget import Budget, Limits
from sommelier.llm.chat.replay import ReplayModel
from sommelier.llm.chat.scripted import ScriptedModel


def run(model, colour):
    """Hold one conversation in full; return all that came of it, as bytes."""

    async def held():
        told = []
        for text in ("Something cosy?", "Cheaper.", "Something cosy?", "愉快", "Now in blue"):
            messages = [
                Message(role="system", content="Be brief."),
                Message(role="user", content=text),
            ]
            for schema in (None, colour):
                try:
                    found = await model.complete(messages, schema=schema, max_tokens=50)
                    told.append(found.model_dump_json())
                except ModelError as error:
                    told.append(f"{type(error).__name__}: {error}")
            try:
                async for piece in model.stream(messages, temperature=0.5):
                    told.append(piece if isinstance(piece, str) else piece.model_dump_json())
            except ModelError as error:
                told.append(f"{type(error).__name__}: {error}")
        return "\n".join(told).encode()

    return asyncio.run(held())


def talk(asked):
    """Answer well, wrongly, late, and beyond the budget."""
    said = asked.messages[-1].content
    if said == "Cheaper." and asked.schema:
        return "no JSON at all"
    if said == "愉快":
        return ModelTimeout("too late", hint="wait") if asked.schema else "好的"
    if said == "Now in blue":
        return OverBudget("enough")
    return '{"name": "red", "depth": 2}' if asked.schema else f"You said {said}"


@pytest.mark.parametrize("mode", ["off", "record", "replay", "read-write"])
def test_it_is_itself_a_chat_model(tmp_path, mode):
    model = ReplayModel(ScriptedModel([], name="small"), tmp_path, mode)
    assert isinstance(model, ChatModel)
    assert model.name == "small"


def test_a_recorded_run_replays_with_no_call_and_the_same_bytes(tmp_path, colour):
    recorded = run(ReplayModel(ScriptedModel(talk), tmp_path, "record"), colour)
    assert b"ModelBadAnswer" in recorded
    assert b"ModelTimeout: too late\nwait" in recorded
    silent = ScriptedModel([])
    assert run(ReplayModel(silent, tmp_path, "replay"), colour) == recorded
    assert silent.calls == 0


def test_a_run_against_a_real_server_replays_with_no_request(tmp_path, server, model, colour):
    server.fails(500).says("Red.").says('{"name": "red"}')
    recorded = run(ReplayModel(model(), tmp_path, "record"), colour)
    made = server.calls
    assert made > 3
    assert run(ReplayModel(model(), tmp_path, "replay"), colour) == recorded
    assert server.calls == made


def test_what_is_replayed_says_so_and_takes_nothing_of_a_budget(tmp_path, server, model, ask):
    server.says("Yes.")
    budget = Budget(day=Limits(calls=1))
    one = ReplayModel(model(budget), tmp_path, "read-write")
    first, second = ask(one), ask(one)
    assert (first.replayed, second.replayed) == (False, True)
    assert (first.spent.calls, second.spent.calls) == (1, 0)
    assert first.model_dump_json() == second.model_dump_json()
    assert budget.today.calls == 1


def test_a_miss_names_the_message(tmp_path, ask):
    with pytest.raises(NotRecorded, match="Anything about otters") as told:
        ask(ReplayModel(ScriptedModel(["x"]), tmp_path, "replay"), "Anything about otters?")
    assert "read-write" in told.value.hint


@pytest.mark.parametrize(
    "other",
    [
        {"text": "Something else?"},
        {"max_tokens": 9},
        {"temperature": 0.1},
        {"schema": True},
    ],
)
def test_whatever_changes_the_question_is_another_question(tmp_path, ask, colour, other):
    script = ScriptedModel(lambda asked: '{"name": "red"}')
    model = ReplayModel(script, tmp_path, "read-write")
    ask(model)
    ask(model, **{**other, **({"schema": colour} if "schema" in other else {})})
    ask(model)
    assert script.calls == 2


def test_another_model_has_recordings_of_its_own(tmp_path, ask):
    for name in ("small", "large"):
        assert ask(ReplayModel(ScriptedModel([name], name=name), tmp_path)).text == name


def test_recording_anew_replaces_and_reading_keeps(tmp_path, ask):
    assert ask(ReplayModel(ScriptedModel(["old"]), tmp_path, "record")).text == "old"
    assert ask(ReplayModel(ScriptedModel(["new"]), tmp_path, "read-write")).text == "old"
    assert ask(ReplayModel(ScriptedModel(["new"]), tmp_path, "record")).text == "new"
    assert ask(ReplayModel(ScriptedModel([]), tmp_path, "replay")).text == "new"


def test_off_writes_nothing(tmp_path, ask, read):
    model = ReplayModel(ScriptedModel(["a", "b", "c"]), tmp_path / "none", "off")
    assert [ask(model).text, ask(model).text, read(model)[-1].text] == ["a", "b", "c"]
    assert not (tmp_path / "none").exists()


def test_a_cache_keeps_no_errors(tmp_path, ask):
    model = ReplayModel(ScriptedModel([ModelBadAnswer("bad"), "good"]), tmp_path, "read-write")
    with pytest.raises(ModelBadAnswer):
        ask(model)
    assert ask(model).text == "good"


def test_a_broken_stream_replays_with_its_pieces_and_its_error(tmp_path, server, model, read):
    server.streams(["Here ", "you "], end=False)
    for mode in ("record", "replay"):
        got = []
        with pytest.raises(ModelError, match="broke off"):
            read(ReplayModel(model(), tmp_path, mode), got)
        assert got == ["Here ", "you "]
    assert server.calls == 1


def test_a_broken_recording_is_named(tmp_path, ask):
    ask(ReplayModel(ScriptedModel(["x"]), tmp_path, "record"))
    (place,) = tmp_path.glob("*.json")
    place.write_bytes(place.read_bytes()[:40])
    with pytest.raises(StateError, match=place.name):
        ask(ReplayModel(ScriptedModel([]), tmp_path, "replay"))


def test_a_folder_that_cannot_be_made_is_told(tmp_path, ask):
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError):
        ask(ReplayModel(ScriptedModel(["x"]), tmp_path / "file" / "in", "record"))


def test_the_first_of_two_that_ask_at_once_wins(tmp_path, ask):
    def slow(asked):
        quick = ReplayModel(ScriptedModel(["first"]), tmp_path)
        with ThreadPoolExecutor(1) as other:
            other.submit(ask, quick).result()
        return "second"

    assert ask(ReplayModel(ScriptedModel(slow), tmp_path)).text == "first"


WRITER = """
import asyncio, sys
from pathlib import Path
from sommelier.llm.chat.base import Message
from sommelier.llm.chat.replay import ReplayModel
from sommelier.llm.chat.scripted import ScriptedModel

folder, mode, own = sys.argv[1:]
text = "word " * 2000
script = ScriptedModel(lambda asked: f"{own} {asked.messages[0].content} {text}")
async def main():
    model = ReplayModel(script, Path(folder), mode)
    print("ready", flush=True)
    sys.stdin.read()
    for number in range(40):
        found = await model.complete([Message(role="user", content=str(number))])
        assert found.text.endswith(text)
        print(found.text[:8].strip(), flush=True)
asyncio.run(main())
"""


@pytest.mark.parametrize("mode", ["record", "read-write"])
def test_two_processes_may_record_at_once(tmp_path, mode, ask):
    both = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), mode, own],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for own in ("one", "two")
    ]
    for process in both:  # neither begins before both are there
        assert process.stdout.readline() == "ready\n"
    for process in both:
        process.stdin.close()
    said = [process.stdout.read() for process in both]
    assert [process.wait() for process in both] == [0, 0]
    assert len(list(tmp_path.glob("*.json"))) == len(list(tmp_path.iterdir())) == 40
    for place in tmp_path.glob("*.json"):
        assert json.loads(place.read_text("utf-8"))["end"]["text"]
    silent = ReplayModel(ScriptedModel([]), tmp_path, "replay")
    heard = [ask(silent, str(number), temperature=0.0).text[:8].strip() for number in range(40)]
    if mode == "read-write":  # what each process was told is what the folder holds
        assert said[0] == said[1] == "\n".join(heard) + "\n"


def test_a_completion_does_not_write_how_it_was_come_by():
    assert "replayed" not in Completion(text="x", model="m", replayed=True).model_dump_json()
