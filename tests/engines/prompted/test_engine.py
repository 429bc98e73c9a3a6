"""The engine `prompted`: the contract, and what is its own."""

import asyncio
import json

import numpy as np
import pytest
from pydantic import ValidationError

from sommelier.engines.base import Engine
from sommelier.engines.linear.ease import EASE
from sommelier.engines.making import usual_engines
from sommelier.engines.popularity import Popularity
from sommelier.engines.prompted import Prompted, PromptedConfig
from sommelier.engines.query import Query
from sommelier.errors import (
    ConfigError,
    DataError,
    ModelTimeout,
    ModelUnreachable,
    OverBudget,
    UnknownName,
    WorkspaceError,
)
from sommelier.llm.chat.replay import ReplayModel
from sommelier.llm.chat.scripted import ScriptedModel
from sommelier.testing import toy
from sommelier.testing.engines import EngineContract

from .models import answer, biased, broken, lettered, shopkeeper, truthful

EASE10 = {"base": "ease", "base_settings": {"reg": 10}}


class Keeper(Prompted):
    """The engine with a model that reads shelves, loaded ones too."""

    def __init__(self, config=None):
        super().__init__(config, model=shopkeeper())


class TestContract(EngineContract):
    def make(self):
        return Keeper(PromptedConfig(**EASE10, when="always", threads=1))


class TestContractOfSomeInTwoRounds(EngineContract):
    """Fewer items than there are, looked at twice."""

    def make(self):
        shown = {"depth": 12, "rounds": 2}
        return Keeper(PromptedConfig(**EASE10, **shown, when="always", threads=1))


def fitted(model, dataset=None, heard=None, base="popularity", **config):
    settings = PromptedConfig(**{"base": base, "when": "always", "threads": 1, **config})
    engine = Prompted(settings, model=model, heard=heard or (lambda ranked: None))
    return engine.fit(dataset or toy.world().dataset)


def ranked(engine, query, k=16):
    return engine.recommend([query], k).items[0].tolist()


PLACES = {title: at for at, title in enumerate(sorted(toy.catalog().titles))}


def scholar():
    """A model to whom a title is worth its place in the alphabet: the last is best."""
    return truthful(PLACES.__getitem__)


def backwards(nums):
    """Return items as a model of this taste puts them."""
    titles = toy.catalog().titles
    return sorted(nums, key=lambda num: -PLACES[titles[num]])


def test_the_model_orders_the_best_and_the_rest_follow_in_the_order_of_the_base():
    engine = fitted(scholar(), depth=6)
    query = Query.of([0, 1])
    base = ranked(engine.base, query, 14)
    assert ranked(engine, query, 14) == backwards(base[:6]) + base[6:]


def test_scores_are_those_of_the_base_dealt_out_anew():
    engine = fitted(scholar(), base="ease", depth=6)
    query = Query.of([0, 1])
    old, new = engine.base.score([query])[0], engine.score([query])[0]
    assert not np.array_equal(old, new)
    np.testing.assert_allclose(np.sort(old), np.sort(new), atol=1e-4)
    np.testing.assert_array_equal(old[[0, 1]], new[[0, 1]])


@pytest.mark.parametrize("shape", ["listwise", "setwise", "pairwise", "pointwise", "graded"])
def test_every_shape_brings_what_the_model_likes_best_to_the_top(shape):
    model = truthful(PLACES.__getitem__, grade=lambda place: 4 if place == 15 else 0)
    assert ranked(fitted(model, shape=shape), Query.of([0]), 1) == backwards(range(16))[:1]


@pytest.mark.parametrize("last", [False, True])
def test_an_even_number_of_rounds_leaves_nothing_of_a_pull_to_one_end(last):
    query = Query.of([0, 1])
    once, often = fitted(biased(last)), fitted(biased(last), rounds=4)
    base = ranked(once.base, query, 14)
    assert ranked(once, query, 14) == (base[::-1] if last else base)
    assert ranked(often, query, 14) == base


def test_rounds_average_a_taste_that_answers_only_half_of_the_time():
    """Half of the answers follow the place; what is liked still comes to the top."""

    def said(asked):
        letters = list(lettered(asked))
        if sum(map(ord, asked.messages[-1].content)) % 2:
            return answer(asked, letters)
        titles = lettered(asked)
        return answer(asked, sorted(letters, key=lambda at: -PLACES[titles[at]]))

    engine = fitted(ScriptedModel(said), rounds=24)
    top = ranked(engine, Query.of([0, 1]), 5)
    assert len({*top} & {*backwards(range(2, 16))[:5]}) >= 4


def test_what_was_shown_and_answered_is_told_and_counted():
    heard = []
    engine = fitted(scholar(), depth=6, rounds=3, heard=heard.append)
    engine.score([Query.of([0]), Query(), Query.of([3])])
    assert [len(one.rounds) for one in heard] == [3, 3]
    assert len({one.shown for one in heard[0].rounds}) == 3
    assert sorted(heard[0].order) == sorted(heard[0].candidates)
    counts = engine.counts
    assert (counts.queries, counts.asked, counts.kept, counts.questions) == (3, 2, 0, 6)
    assert counts.spent.calls == 6
    assert counts.broken == 0


# The gate


@pytest.mark.parametrize(
    ("when", "asked"),
    [
        ("always", [False, True, True, True, True]),
        ("cold", [False, True, False, True, True]),
        ("text", [False, False, False, True, True]),
    ],
)
def test_the_gate_goes_by_words_and_by_the_length_of_the_history(when, asked):
    queries = [
        Query(),
        Query.of([0], liked=[1]),
        Query.of([0, 1, 2]),
        Query.of([0, 1, 2], text="with soup"),
        Query(text="with soup"),
    ]
    engine = fitted(scholar(), when=when, cold_below=3)
    old, new = engine.base.score(queries), engine.score(queries)
    assert [not np.array_equal(*rows) for rows in zip(old, new, strict=True)] == asked


def test_a_history_shorter_than_the_least_is_not_asked_about():
    engine = fitted(scholar(), min_history=3)
    engine.score([Query.of([0, 1]), Query.of([0, 1, 2])])
    assert engine.counts.asked == 1


def test_words_that_are_only_markup_ask_nothing():
    engine = fitted(scholar())
    engine.score([Query(text="<script>alert(1)</script>")])
    assert engine.counts.questions == 0


def test_a_model_that_is_not_needed_is_not_opened():
    engine = Prompted(PromptedConfig(**EASE10, when="text", base_url="http://nowhere.invalid/v1"))
    engine.fit(toy.world().dataset)
    assert ranked(engine, Query.of([0, 1])) == ranked(engine.base, Query.of([0, 1]))


# What goes wrong


@pytest.mark.parametrize("text", ["", "certainly! here they are", '{"order": ["Q", "R"]}'])
def test_a_model_that_answers_nonsense_costs_nothing_but_its_time(text):
    heard = []
    engine = fitted(broken(text), rounds=2, heard=heard.append)
    query = Query.of([0, 1])
    np.testing.assert_array_equal(ranked(engine, query, 14), ranked(engine.base, query, 14))
    assert engine.counts.broken == engine.counts.questions > 0
    assert engine.counts.kept == engine.counts.asked
    assert heard[0].rounds == ()
    assert engine.counts.notes == {"No answer could be used."}


def allowing(calls, error):
    """A model that knows its way about for so many calls, and then has no more to say."""
    inner = scholar()

    def said(asked):
        return inner._answer(asked) if model.calls <= calls else error

    model = ScriptedModel(said)
    return model


@pytest.mark.parametrize(
    "error", [OverBudget("The day is over."), ModelUnreachable("Nobody is there.")]
)
def test_a_budget_that_ends_leaves_the_other_queries_as_they_were(error):
    model = allowing(2, error)
    engine = fitted(model, at_once=1, depth=6)
    queries = [Query.of([n]) for n in range(6)]
    new, old = (e.recommend(queries, 15).items for e in (engine, engine.base))
    changed = [not np.array_equal(*rows) for rows in zip(new, old, strict=True)]
    assert changed == [True, True, False, False, False, False]
    assert model.calls == 3  # nobody else asks in vain
    assert engine.counts.kept == 4
    assert engine.counts.notes == {error.message}


def test_a_query_whose_asking_was_cut_short_keeps_the_order_of_the_base():
    engine = fitted(allowing(3, OverBudget("The day is over.")), shape="setwise", at_once=1)
    query = Query.of([0, 1])
    assert ranked(engine, query, 14) == ranked(engine.base, query, 14)


def test_one_answer_that_fails_does_not_end_the_others():
    inner = scholar()
    model = ScriptedModel(
        lambda asked: ModelTimeout("too slow") if model.calls == 1 else inner._answer(asked)
    )
    engine = fitted(model, at_once=1)
    engine.score([Query.of([0]), Query.of([1])])
    assert (engine.counts.kept, engine.counts.broken, engine.counts.asked) == (1, 1, 2)


def test_no_more_questions_are_under_way_than_allowed():
    class Slow(ScriptedModel):
        running = most = 0

        async def complete(self, messages, **how):
            Slow.running += 1
            Slow.most = max(Slow.most, Slow.running)
            await asyncio.sleep(0)
            Slow.running -= 1
            return await super().complete(messages, **how)

    engine = fitted(Slow(scholar()._answer), at_once=3, shape="graded")
    engine.recommend([Query.of([n]) for n in range(8)], 3)
    assert Slow.most == 3


def test_an_answer_is_bounded_by_its_letters_and_what_a_model_may_think_before():
    models = scholar(), scholar()
    for model, thinking in zip(models, (0, 2000), strict=True):
        fitted(model, thinking=thinking).score([Query.of([0])])
    short, long = (model.asked[0].max_tokens for model in models)
    assert 60 < short < 300
    assert long == short + 2000


def test_it_can_be_asked_where_an_event_loop_is_running():
    engine = fitted(scholar())

    async def served():
        return ranked(engine, Query.of([0, 1]))

    assert asyncio.run(served()) == ranked(engine, Query.of([0, 1]))


def test_recorded_answers_are_not_asked_for_again(tmp_path):
    queries = [Query.of([n], text="") for n in range(4)]
    settings = {"shape": "setwise", "rounds": 2}
    first = fitted(ReplayModel(scholar(), tmp_path), **settings)
    silent = ScriptedModel(iter(()))
    again = fitted(ReplayModel(silent, tmp_path), **settings)
    np.testing.assert_array_equal(first.score(queries), again.score(queries))
    assert silent.calls == 0
    assert again.counts.questions == first.counts.questions > 0
    assert again.counts.spent.calls == 0


# Lists that others bring


def test_a_list_of_ones_own_is_put_in_order_whatever_the_gate_says():
    engine = fitted(scholar(), when="text", depth=4)
    given = np.array([9, 2, 5, 11, 0, 14], np.int32)
    (found,) = engine.rerank([Query.of([7, 8])], [given])
    assert found.tolist() == [*backwards([9, 2, 5, 11]), 0, 14]
    assert found.dtype == np.int32


def test_lists_without_a_choice_or_a_person_come_back_as_they_are():
    engine = fitted(scholar())
    lists = [np.array(nums, np.int32) for nums in ([], [3], [4, 1])]
    asked = [Query.of([0]), Query.of([0]), Query()]
    assert [found.tolist() for found in engine.rerank(asked, lists)] == [[], [3], [4, 1]]
    assert engine.counts.questions == 0


# Settings, the base engine, files


def test_the_base_is_any_registered_engine_with_settings_of_its_own():
    engine = fitted(shopkeeper(), base="ease", base_settings={"reg": 7.0})
    assert isinstance(engine.base, EASE)
    assert engine.base.config.reg == 7.0
    with pytest.raises(UnknownName):
        fitted(shopkeeper(), base="no such engine")
    with pytest.raises(ConfigError):
        fitted(shopkeeper(), base="ease", base_settings={"reg": -1})


@pytest.mark.parametrize(
    "wrong",
    [
        {"base": "prompted"},
        {"window": 5, "step": 5},
        {"shape": "pairwise", "rounds": 2},
        {"shape": "graded", "rounds": 2},
        {"window": 27},
        {"depth": 1},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValidationError):
        PromptedConfig(**wrong)


def test_it_is_never_chosen_unasked():
    assert Prompted.costly
    assert "prompted" not in usual_engines()


def test_the_base_is_kept_inside_and_no_key_beside_it(tmp_path):
    secret = tmp_path / "key"
    secret.write_text("abc-secret-xyz\n")
    engine = fitted(shopkeeper(), base="ease", key_file=secret, base_url="http://h.invalid/v1")
    folder = tmp_path / "engine"
    folder.mkdir()
    engine.save(folder)
    assert json.loads((folder / "base" / "engine.json").read_text())["engine"] == "ease"
    assert not [p for p in folder.rglob("*") if p.is_file() and b"secret" in p.read_bytes()]
    assert Prompted.load(folder, toy.world().dataset).config == engine.config
    (folder / "base" / "engine.json").unlink()
    with pytest.raises(WorkspaceError):
        Prompted.load(folder, toy.world().dataset)


def test_a_key_that_cannot_be_read_says_which_file(tmp_path):
    engine = Prompted(
        PromptedConfig(**EASE10, base_url="http://h.invalid/v1", key_file=tmp_path / "none")
    )
    engine.fit(toy.world().dataset)
    with pytest.raises(ConfigError, match="none"):
        engine.score([Query.of([0])])


def test_a_base_that_cannot_take_up_items_says_so():
    class Fixed(Engine):
        name = "fixed"
        fit, score, arrays, restore = (getattr(Popularity, name) for name in _CONTRACT)

    engine = fitted(shopkeeper())
    engine.base = Fixed()
    with pytest.raises(DataError, match="fixed"):
        engine.grow(toy.world(18).dataset)


_CONTRACT = ("fit", "score", "arrays", "restore")
