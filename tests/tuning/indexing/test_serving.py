"""Only items are written, with the probability they have: checked against writing all of them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs sommelier[train]")

from sommelier.data.dataset import Dataset  # noqa: E402
from sommelier.engines.query import Query  # noqa: E402
from sommelier.errors import DataError, UsageError, WorkspaceError  # noqa: E402
from sommelier.testing import toy  # noqa: E402
from sommelier.tuning.indexing import serving  # noqa: E402
from sommelier.tuning.indexing.growing import begun, grown  # noqa: E402
from sommelier.tuning.indexing.serving import IndexLM  # noqa: E402
from sommelier.tuning.indexing.vocabulary import Vocabulary  # noqa: E402
from sommelier.tuning.lora.base import load_base  # noqa: E402

QUERIES = [
    Query.of(),
    Query.of([1]),
    Query.of([7, 6, 9, 5, 12, 0]),
    Query.of([3, 4], text="a detective"),
    Query.of(text="verses on stones, with <a_1> and <|im_end|> in them"),
    Query.of([2], liked=[11], disliked=[14]),
]


@pytest.fixture(params=[True, False], ids=["tied", "untied"])
def model(
    request: pytest.FixtureRequest, bases: Callable[[bool], Path], made: Path, shop: Dataset
) -> IndexLM:
    vocabulary = Vocabulary.load(made)
    base = grown(load_base(bases(request.param), precision="float32", device="cpu"), vocabulary)
    begun(base, vocabulary, shop.catalog.texts())
    torch.manual_seed(2)
    with torch.no_grad():  # a random model prefers nothing, so it gets likes and dislikes
        for part in (base.model.get_input_embeddings(), base.model.get_output_embeddings()):
            part.weight[torch.tensor(base.words)] += torch.randn(len(base.words), 64) * 0.3
    return IndexLM(base, vocabulary, shop.catalog, beams=shop.n_items)


def brute_force(model: IndexLM, queries: Sequence[Query]) -> np.ndarray:
    """Every item's probability, from the whole model on the whole text, one item at a time."""
    found = np.empty((len(queries), model.n_items))
    codes, starts = model.vocabulary.codes, model.vocabulary.starts
    ids = np.array(model.base.words)
    for row, prompt in enumerate(model._prompts(queries)):
        for item in range(model.n_items):
            total = 0.0
            for level in range(codes.shape[1]):
                same = (codes[:, :level] == codes[item, :level]).all(axis=1)
                may = np.unique(codes[same, level])
                written = ids[starts[:level] + codes[item, :level]].tolist()
                with torch.no_grad():
                    logits = model.base.model(torch.tensor([[*prompt, *written]])).logits[0, -1]
                shares = logits[ids[starts[level] + may]].log_softmax(0)
                total += float(shares[may.tolist().index(codes[item, level])])
            found[row, item] = total
    return found


def test_scores_are_those_of_writing_every_item_out(model: IndexLM) -> None:
    scores = model.score(QUERIES)
    np.testing.assert_allclose(scores, brute_force(model, QUERIES), atol=2e-4)
    np.testing.assert_allclose(np.exp(scores).sum(axis=1), 1, atol=1e-4)
    assert scores.std(axis=1).min() > 0.1


def test_lists_hold_items_of_the_catalogue_each_once_and_none_that_was_met(model: IndexLM) -> None:
    model.beams = 2
    scores = brute_force(model, QUERIES)
    found = model.recommend(QUERIES, 10)
    for row, query in enumerate(QUERIES):
        items = found.items[row].tolist()
        assert len(set(items)) == 10 and set(items) <= set(range(model.n_items))
        assert not set(items) & set(query.seen.tolist())
    wide = model.recommend(QUERIES, 16, seen=True)
    order = np.argsort(-scores, axis=1, kind="stable")
    np.testing.assert_array_equal(wide.items, order)


@pytest.mark.parametrize("beams", [1, 3, 7])
def test_a_narrow_search_gives_what_it_wrote_its_probability_and_the_rest_less(
    model: IndexLM, beams: int
) -> None:
    exact = brute_force(model, QUERIES)
    scores = model.score(QUERIES, beams=beams)
    written = np.isclose(scores, exact, atol=2e-4)
    assert written.sum(axis=1).min() >= beams
    for values, is_written in zip(scores, written, strict=True):
        guesses = values[~is_written]  # of items whose beginnings were given up
        assert not len(guesses) or np.sort(values)[-beams] >= guesses.max() - 2e-4


def test_a_batch_says_what_each_query_alone_says(
    model: IndexLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = model.score(QUERIES)
    alone = np.vstack([model.score([query]) for query in QUERIES])
    np.testing.assert_allclose(whole, alone, atol=2e-4)
    monkeypatch.setattr(serving, "_CELLS", 1)  # one beginning at a time
    np.testing.assert_allclose(model.score(QUERIES), whole, atol=2e-4)


def test_candidates_and_columns_are_those_asked_for(model: IndexLM) -> None:
    few = np.array([0, 5, 9], np.int32)
    assert model.score(QUERIES, few).shape == (len(QUERIES), 3)
    found = model.recommend([Query.of([5])], 3, candidates=few)
    assert set(found.items[0].tolist()) == {0, 9, -1}


def test_what_does_not_fit_is_refused(model: IndexLM) -> None:
    with pytest.raises(DataError, match="names item 99"):
        model.score([Query.of([99])])
    with pytest.raises(WorkspaceError, match="another catalogue"):
        IndexLM(model.base, model.vocabulary, toy.catalog(18))
    with pytest.raises(UsageError, match="At least one"):
        IndexLM(model.base, model.vocabulary, toy.catalog(), beams=0)
    model.base.model.config.max_position_embeddings = 40
    with pytest.raises(DataError, match="reads 40"):
        model.score([Query.of([1])])


def test_a_wish_of_any_length_is_read_in_part(model: IndexLM) -> None:
    long = Query.of(text="moss " * 20_000)
    assert np.isfinite(model.score([long])).all()
