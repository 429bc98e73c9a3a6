"""The model that settings name: over real HTTP with key, budget and recordings, and embedded."""

import json

import pytest
import stamina

from sommelier.engines.prompted import Prompted, PromptedConfig
from sommelier.engines.query import Query
from sommelier.errors import ConfigError
from sommelier.llm.chat.embedded.model import EMBEDDED
from sommelier.llm.models import Store
from sommelier.testing import toy
from sommelier.testing.servers.misbehaving import ModelServer

QUERIES = [Query.of([n]) for n in range(6)]


@pytest.fixture
def server():
    found = ModelServer()
    yield found
    found.close()


@pytest.fixture(autouse=True)
def _no_waiting_between_attempts():
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


def asking(server, **settings):
    told = {"base": "popularity", "when": "always", "depth": 5, "at_once": 1}
    told |= {"base_url": server.url, "model": "large"}
    return Prompted(PromptedConfig(**told, **settings)).fit(toy.world().dataset)


def backwards(server):
    return server.says('{"order": ["E", "D", "C", "B", "A"]}')


def tops(engine):
    return engine.recommend(QUERIES, 5).items.tolist()


def test_an_endpoint_is_asked_with_its_key_and_a_schema(server, tmp_path):
    (tmp_path / "key").write_text("open-sesame\n")
    engine = asking(backwards(server), key_file=tmp_path / "key")
    turned = [row[::-1] for row in tops(engine)]
    assert turned == engine.base.recommend(QUERIES, 5).items.tolist()
    assert server.calls == len(QUERIES)
    assert server.headers[0]["Authorization"] == "Bearer open-sesame"
    asked = server.requests[0]
    letters = asked["response_format"]["json_schema"]["schema"]["properties"]["order"]
    assert letters["items"]["enum"] == ["A", "B", "C", "D", "E"]
    assert asked["response_format"]["json_schema"]["strict"]
    assert asked["temperature"] == 0


def test_a_second_run_over_the_same_recordings_makes_no_call(server, tmp_path):
    first = tops(asking(backwards(server), recordings=tmp_path))
    again = asking(server, recordings=tmp_path)
    assert tops(again) == first
    assert server.calls == len(QUERIES)
    assert (again.counts.questions, again.counts.spent.calls) == (len(QUERIES), 0)


def test_an_interrupted_run_goes_on_where_it_was(server, tmp_path):
    asking(backwards(server), recordings=tmp_path, calls=2).score(QUERIES)
    assert server.calls == 2
    engine = asking(server, recordings=tmp_path)
    engine.score(QUERIES)
    assert server.calls == len(QUERIES)
    assert engine.counts.kept == 0


def test_the_calls_of_a_day_are_a_limit_beyond_which_lists_stay_as_they_were(server):
    engine = asking(backwards(server), calls=4)
    before = engine.base.recommend(QUERIES, 5).items.tolist()
    changed = [new != old for new, old in zip(tops(engine), before, strict=True)]
    assert sum(changed) == server.calls == 4
    assert engine.counts.kept == 2
    assert "limit of 4 calls" in "".join(engine.counts.notes)


def test_a_server_that_holds_to_no_schema_costs_one_repair_and_nothing_else(server):
    engine = asking(server.says("With pleasure! 1. The Locked Conservatory"))
    assert tops(engine) == engine.base.recommend(QUERIES, 5).items.tolist()
    assert server.calls == 2 * len(QUERIES)
    assert engine.counts.broken == len(QUERIES)


def test_a_server_that_is_not_there_leaves_the_lists_as_they_were(server):
    engine = asking(server)
    server.close()
    assert tops(engine) == engine.base.recommend(QUERIES, 5).items.tolist()
    assert engine.counts.kept == len(QUERIES)
    assert engine.counts.notes


def test_an_endpoint_without_a_model_is_a_setting_that_is_missing(server):
    engine = asking(server)
    engine.config = engine.config.model_copy(update={"model": ""})
    with pytest.raises(ConfigError, match="model"):
        engine.score(QUERIES)


@pytest.mark.slow
def test_the_small_model_that_is_installed_answers_with_letters():
    if Store().find(EMBEDDED) is None:
        pytest.skip("sommelier models install has not been run")
    told = {"base": "popularity", "when": "always", "depth": 3, "at_once": 1, "threads": 1}
    engine = Prompted(PromptedConfig(**told, shape="setwise", places=1, history=2))
    engine.fit(toy.world().dataset)
    ranked = engine.recommend([Query.of([5, 6])], 14).items[0].tolist()
    assert sorted(ranked) == [n for n in range(16) if n not in (5, 6)]
    assert (engine.counts.questions, engine.counts.broken, engine.counts.kept) == (1, 0, 0)
    assert json.loads(engine.config.model_dump_json())["model"] == ""
    engine.close()
