"""The embedded model through the client path: only where `sommelier models install` has been."""

import asyncio
import json
import os
import socket

import numpy as np
import pytest

from sommelier.errors import ConfigError, ContextTooLong, DataError, ModelUnreachable
from sommelier.llm.chat.base import ChatModel, Completion, Message
from sommelier.llm.chat.budget import Budget
from sommelier.llm.chat.embedded import open_embedded
from sommelier.llm.chat.embedded.llama import Llama
from sommelier.llm.chat.embedded.model import EMBEDDED
from sommelier.llm.chat.probe import probe
from sommelier.llm.chat.schema import Schema
from sommelier.llm.models import Store
from sommelier.testing.servers import served

FRAME = Schema(
    "frame",
    {
        "type": "object",
        "properties": {
            "do": {"enum": ["find", "more", "undo"]},
            "must": {
                "type": "array",
                "items": {
                    "type": "string",
                    "pattern": r"^(genres=(Comedy|Drama)|year[<>][0-9]{4})$",
                },
                "maxItems": 2,
            },
            "n": {"type": "integer", "minimum": 1, "maximum": 50},
        },
        "required": ["do", "must"],
        "additionalProperties": False,
    },
)
PREFIX = "You plan for a catalogue of films. " + "The field genres holds Comedy and Drama. " * 8


@pytest.fixture(scope="session")
def weights():
    found = Store().find(EMBEDDED)
    if found is None:
        pytest.skip("sommelier models install has not been run")
    (file,) = found.files
    return found.folder / file


@pytest.fixture(scope="session")
def adapter(tmp_path_factory, write_gguf):
    """An adapter of random numbers for one layer, large enough to be felt."""
    rng = np.random.default_rng(7)
    side = {"a": (4, 576), "b": (1536, 4)}
    tensors = {
        f"blk.20.ffn_up.weight.lora_{name}": rng.standard_normal(shape)
        for name, shape in side.items()
    }
    settings = {
        "general.architecture": "llama",
        "general.type": "adapter",
        "adapter.type": "lora",
        "adapter.lora.alpha": b"\x06\0\0\0\0\0\x80\x41",  # the float 16
    }
    path = tmp_path_factory.mktemp("adapter") / "noisy.gguf"
    return write_gguf(path, settings, tensors)


@pytest.fixture(scope="session")
def small(weights, adapter):
    with open_embedded(weights, adapter=adapter, context=1024) as model:
        yield model


@pytest.fixture(scope="session")
def plain(small):
    return small.weighted(0)


def asked(llama, text, **how):
    """Ask without the client, to see the server's own figures."""
    messages = [{"role": "system", "content": PREFIX}, {"role": "user", "content": text}]
    told = []
    request = {"messages": messages, "max_tokens": 2, "temperature": 0, **how}
    llama.answer(json.dumps(request), lambda piece: told.append(piece) or False)
    return json.loads(told[0])


def test_it_answers_under_a_schema_and_writes_no_spaces(plain, weights, ask):
    found = ask(plain, "Comedies before 1990, please.", schema=FRAME)
    assert not found.repaired
    assert FRAME.faults(found.data) == []
    assert found.text == json.dumps(found.data, separators=(",", ":"))
    assert found.usage.calls == 1
    assert found.usage.prompt_tokens > 5
    assert found.model == weights.stem


def test_the_same_question_brings_the_same_answer(plain, ask):
    answers = {ask(plain, "Name a colour.", max_tokens=12).text for _ in range(3)}
    assert len(answers) == 1


def test_it_streams_what_it_would_say_at_once(plain, ask, read):
    *pieces, last = read(plain, text="Name a colour.", max_tokens=12)
    assert isinstance(last, Completion)
    assert len(pieces) > 3
    assert "".join(pieces) == last.text == ask(plain, "Name a colour.", max_tokens=12).text
    assert last.usage.completion_tokens > 0
    assert last.finish in ("stop", "length")


def test_a_listener_may_leave_in_the_middle_and_the_slot_is_free_again(plain, ask):
    async def half():
        async for _ in plain.stream([Message(role="user", content="Tell a long story.")]):
            return

    for _ in range(3):
        asyncio.run(half())
    assert ask(plain, "Name a colour.", max_tokens=4).text


def test_the_probe_finds_nothing_wrong(plain):
    assert isinstance(plain, ChatModel)
    assert asyncio.run(probe(plain)).findings == ()


def test_two_are_answered_at_once_and_each_hears_its_own(plain):
    async def both():
        texts = ("Count from one to ten.", "Name the days of the week.")
        asked = [plain.complete([Message(role="user", content=t)], max_tokens=24) for t in texts]
        return await asyncio.gather(*asked)

    one, two = asyncio.run(both())
    assert one.text != two.text
    assert "onday" in two.text


def test_what_was_read_before_is_not_read_again(small):
    asked(small._llama, "A funny one.")
    usage = asked(small._llama, "A sad one.")["usage"]
    assert usage["prompt_tokens_details"]["cached_tokens"] > 0.8 * usage["prompt_tokens"]


def test_one_loaded_model_answers_with_its_adapter_and_without(small, plain, weights, ask):
    told = {model.name: ask(model, "Name a colour.", max_tokens=8).text for model in (small, plain)}
    assert list(told) == [f"{weights.stem}+noisy", f"{weights.stem}+noisy@0"]
    assert len(set(told.values())) == 2
    with open_embedded(weights, context=256, slots=1) as alone:
        assert alone.name == weights.stem
        assert ask(alone, "Name a colour.", max_tokens=8).text == told[plain.name]
        with pytest.raises(ConfigError, match="has no adapter"):
            alone.weighted(0.5)


def test_calls_count_on_the_budget(weights, ask):
    budget = Budget()
    with open_embedded(weights, context=256, slots=1, budget=budget) as model:
        taken = ask(model, "Name a colour.", max_tokens=2).usage
    assert budget.today == taken


def test_more_than_it_can_read_is_told(plain, ask):
    with pytest.raises(ContextTooLong, match="1024 tokens"):
        ask(plain, "word " * 3000)


def test_no_port_is_open_and_nothing_is_printed(weights, ask, capfd):
    with open_embedded(weights, context=256, slots=1) as model:
        ask(model, "Name a colour.", max_tokens=2, schema=None)
        name = model._llama.address.removeprefix("unix://")
    assert name.endswith("unheard.sock")
    assert not os.path.exists(name)  # noqa: PTH110
    assert capfd.readouterr() == ("", "")


def test_a_closed_model_says_so(weights, ask):
    model = open_embedded(weights, context=256, slots=1)
    model.close()
    model.close()
    with pytest.raises(ModelUnreachable, match="was closed") as raised:
        ask(model)
    assert raised.value.hint == "Open it anew."


def test_a_forked_process_is_told_to_open_its_own(small, ask, monkeypatch):
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with pytest.raises(ModelUnreachable, match="forked"):
        ask(small)


def test_files_that_are_no_model_are_told_before_loading(weights, adapter, tmp_path):
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(weights.read_bytes()[:30_000_000])
    with pytest.raises(DataError, match="There is no file"):
        open_embedded(tmp_path / "absent.gguf")
    with pytest.raises(DataError, match="is an adapter"):
        open_embedded(adapter)
    with pytest.raises(DataError, match=r"cannot load .*cut\.gguf"):
        open_embedded(cut)
    with pytest.raises(ConfigError, match="slots is 0"):
        open_embedded(weights, slots=0)


def test_what_the_library_refuses_comes_back_as_a_fault(small):
    fault = asked(small._llama, "?", messages=[{"role": "robot", "content": 3}])["error"]
    assert fault["code"] == 400
    assert fault["message"]


def test_over_http_it_is_an_endpoint_like_any_other(weights, model, ask):
    with served(weights, slots=1, context=512) as endpoint:
        settings = {"base_url": str(endpoint.base_url), "model": endpoint.model}
        key = endpoint.key.get_secret_value()
        there = model(**settings, key=key)
        assert ask(there, "Name a colour.", max_tokens=4).text
        assert not ask(there, "A comedy.", schema=FRAME, max_tokens=200).repaired
        with pytest.raises(Exception, match="401"):
            ask(model(**settings, key="guessed"))
        host, port = endpoint.base_url.host, endpoint.base_url.port
        assert host == "127.0.0.1"
    with pytest.raises(ConnectionRefusedError), socket.create_connection((host, port)):
        pass


def test_a_model_in_a_thread_of_its_own_closes_with_answers_under_way(weights):
    llama = Llama(weights, slots=1, context=256)

    async def closing():
        pieces = []
        loop = asyncio.get_running_loop()
        request = json.dumps(
            {"messages": [{"role": "user", "content": "Tell a story."}], "stream": True}
        )
        under_way = loop.run_in_executor(
            llama.pool, llama.answer, request, lambda piece: pieces.append(piece) or False
        )
        while not pieces:
            await asyncio.sleep(0.01)
        llama.close()
        await under_way
        return pieces

    assert 'finish_reason":"length' not in asyncio.run(closing())[-1]
