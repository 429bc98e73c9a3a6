"""Measuring who follows instructions, on the toy bookshop with rankers of known skill."""

import json

import numpy as np
import pytest

from sommelier.engines.base import Engine
from sommelier.engines.popularity import Popularity
from sommelier.errors import DataError, RowError
from sommelier.evaluation.instructions.baselines import BM25, Untuned
from sommelier.evaluation.instructions.measure import follow, make_trial
from sommelier.evaluation.instructions.rows import InstructionRow, read_rows
from sommelier.testing import toy
from sommelier.testing.encoder import BagOfWords


def row(target, history=(), said="", preference="P1", split="test", number=0):
    return InstructionRow(
        id=f"toy-{number}",
        set="toy",
        split=split,
        user="reader-00",
        target=f"book-{target:02d}",
        history=tuple(f"book-{item:02d}" for item in history),
        preference=preference,
        intention="I1" if said else "I0",
        form="T2",
        template="t/1",
        wish=said,
        text=said or "next",
        spoken=said,
        answer="x",
    )


@pytest.fixture(scope="module")
def dataset():
    return toy.world().dataset


class Oracle(Engine):
    """Scores one item above all others, or all alike."""

    name = "oracle"

    def __init__(self, right, n_items):
        super().__init__()
        self.right, self.n_items = right, n_items

    def fit(self, dataset):
        return self

    def score(self, queries, items=None):
        scores = np.zeros((len(queries), self.n_items), np.float32)
        if self.right is not None:
            scores[:, self.right] = 1
        return scores if items is None else scores[:, items]

    def arrays(self):
        return {}

    def restore(self, arrays, dataset):
        pass


def test_the_right_item_first_is_one_and_all_alike_is_the_middle(dataset):
    trial = make_trial([row(7, [5, 6])], dataset, wrong=4)
    assert follow(Oracle(7, 16), trial).ndcg.tolist() == [1.0]
    assert follow(Oracle(None, 16), trial).places.tolist() == [2.0]
    beaten = trial.items[0, 1]
    assert follow(Oracle(int(beaten), 16), trial).places.tolist() == [1 + 3 / 2]


def test_wrong_items_are_the_engines_first_ones_and_never_the_target_or_the_history(dataset):
    engine = Popularity().fit(dataset)
    trial = make_trial([row(7, [5, 6])] * 3, dataset, engine, wrong=5)
    first = [item for item in engine.recommend([trial.queries[0]], 6).items[0] if item != 7][:5]
    assert trial.items.tolist() == [[7, *first]] * 3
    assert not set(first) & {5, 6, 7}


def test_where_the_engine_has_too_few_the_rest_is_drawn_alike_every_time(dataset):
    trials = [make_trial([row(7, [5, 6])], dataset, wrong=12, seed=3) for _ in range(2)]
    assert (trials[0].items == trials[1].items).all()
    assert len(set(trials[0].items[0].tolist())) == 13
    with pytest.raises(DataError, match="13 of 14 wrong items"):
        make_trial([row(7, [5, 6])], dataset, wrong=14)


def test_in_the_whole_catalogue_what_was_met_does_not_compete(dataset):
    trial = make_trial([row(7, [5, 6])], dataset)
    assert trial.whole
    assert follow(Oracle(5, 16), trial).places.tolist() == [(16 - 3) / 2]


def test_only_an_implicit_preference_shows_the_history(dataset):
    shown, told = make_trial(
        [row(7, [5, 6]), row(7, [5, 6], "a planet", preference="P0")], dataset
    ).queries
    assert shown.history.tolist() == [5, 6] and shown.text == ""
    assert not len(told.history) and told.text == "a planet"


def test_words_alone_find_who_says_them(dataset):
    trial = make_trial([row(11, said="soups, one pot", preference="P0")], dataset)
    assert follow(BM25().fit(dataset), trial).places.tolist() == [0.0]
    assert follow(Untuned(BagOfWords()).fit(dataset), trial).places[0] < 3


def test_an_untuned_encoder_may_look_at_the_history(dataset):
    [query] = make_trial([row(7, [5, 6])], dataset).queries
    scores = Untuned(BagOfWords(), history=True).fit(dataset).score([query])
    assert scores[0].argsort()[-2:].tolist() in ([5, 6], [6, 5])


def test_without_rows_nothing_is_measured(dataset):
    with pytest.raises(DataError, match="no instructions"):
        make_trial([], dataset)


def test_rows_are_read_as_they_were_written_and_a_bad_line_is_named(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [row(7, [5], number=1), row(8, said="soup", split="dev", number=2)]
    path.write_text("".join(one.model_dump_json() + "\n" for one in rows), "utf-8")
    assert list(read_rows(path)) == rows
    assert list(read_rows(path, split="dev")) == rows[1:]
    path.write_text(json.dumps({"id": "x"}) + "\n", "utf-8")
    with pytest.raises(RowError, match=r"rows.jsonl, line 1"):
        list(read_rows(path))
    with pytest.raises(DataError, match="no instructions at"):
        list(read_rows(tmp_path / "nothing.jsonl"))
