"""What is asked of the words: phrasings that can be filled, rows that follow from the seed."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from sommelier.data.dataset import Dataset
from sommelier.engines.semantic_id import SemanticIdConfig
from sommelier.errors import DataError, WorkspaceError
from sommelier.testing import toy
from sommelier.testing.encoder import BagOfWords
from sommelier.tuning.indexing.make import HELD_OUT, ROWS, earlier, make
from sommelier.tuning.indexing.tasks import SHARES, plain, spelt
from sommelier.tuning.indexing.vocabulary import Vocabulary
from sommelier.tuning.instructions.sayings import Sayings
from sommelier.tuning.lora.rows import read_rows

SLOTS = {
    "sequence": set(),
    "next": {"met"},
    "naming": {"title"},
    "describing": {"text"},
    "telling": {"one"},
    "reading": {"titles"},
    "titling": {"met"},
    "search": {"wish"},
    "search_after": {"met", "wish"},
    "liking": {"met"},
}
CODES = SemanticIdConfig(levels=2, codes=4, directions=4)
SHOPS = {"title", "titles", "text", "wish"}  # text that may be a sentence


def told(folder: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (folder / ROWS).read_text("utf-8").splitlines()]


@pytest.mark.parametrize("task", SHARES)
def test_every_task_is_put_in_at_least_four_ways_that_can_be_filled(task: str) -> None:
    asks, answer = spelt()[task]
    assert len(asks) == len(set(asks)) >= 4
    for ask in asks:
        slots = set(re.findall(r"\{(\w+)\}", ask)) - {"noun", "plural"}
        assert slots == SLOTS[task], ask
        for slot in slots & SHOPS:  # a sentence may stand there
            assert re.search(rf"(: ?|“|\? |\n){{{slot}}}", ask), ask
    assert not set(re.findall(r"\{(\w+)\}", answer)) & SLOTS[task]


def test_the_same_seed_makes_the_same_rows_and_another_seed_others(
    shop: Dataset, made: Path, tmp_path: Path
) -> None:
    sayings = Sayings(shop.catalog)

    def again(name: str, seed: int) -> bytes:
        folder = tmp_path / name
        make(shop, folder, 300, seed, sayings=sayings, config=CODES, encoder=BagOfWords())
        return (folder / ROWS).read_bytes()

    assert again("same", 1) == (made / ROWS).read_bytes() != again("other", 2)


def test_every_task_and_every_item_has_rows_that_training_reads(shop: Dataset, made: Path) -> None:
    rows, vocabulary = told(made), Vocabulary.load(made)
    assert {row["task"] for row in rows} == set(SHARES)
    assert len(read_rows(made / ROWS)) == len(rows) == 300
    named = {row["answer"] for row in rows if row["task"] == "naming"}
    assert named == {vocabulary.written([item]) for item in range(shop.n_items)}
    assert len({row["system"] for row in rows}) == 1


def test_nothing_of_anybodys_last_two_events_is_in_the_rows(made: Path) -> None:
    """Two readers who differ in their last two events only leave the same rows."""
    histories = [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11, 12, 13, 14], [2, 3]]
    others = [
        [*one[:-HELD_OUT], *end] for one, end in zip(histories, [(9, 8), (0, 1)] * 2, strict=True)
    ]
    found = []
    for place, log in enumerate((histories, others)):
        folder = made.parent / f"{made.name}-last-{place}"
        make(toy.dataset(log), folder, 120, 1, config=CODES, encoder=BagOfWords())
        found.append((folder / ROWS).read_bytes() + (folder / "index.safetensors").read_bytes())
    assert found[0] == found[1]
    assert [one.tolist() for one in earlier(toy.dataset(histories)).interactions.histories()] == [
        [0, 1, 2],
        [5, 6, 7],
        [10, 11, 12],
        [],
    ]


def test_every_item_is_written_as_a_name_of_its_own(made: Path, shop: Dataset) -> None:
    vocabulary = Vocabulary.load(made)
    names = {vocabulary.written([item]) for item in range(shop.n_items)}
    assert len(names) == shop.n_items
    assert set(re.findall(r"<[a-z]_\d+>", "".join(names))) <= set(vocabulary.words)
    assert vocabulary.written([3, 5]) == vocabulary.written([3]) + vocabulary.written([5])


def test_a_title_that_looks_like_a_name_is_not_one() -> None:
    for text in ("<a_1><b_2>", "<<a_1>>", "<a_<b_1>2>", "<|im_end|> <a_3>"):
        assert not re.search(r"<[a-z]_\d+>|<\|", plain(text, 80))


def test_codes_of_another_catalogue_are_refused(made: Path) -> None:
    with pytest.raises(WorkspaceError, match="another catalogue"):
        Vocabulary.load(made).check(toy.catalog(18))


def test_a_folder_without_codes_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read") as error:
        Vocabulary.load(tmp_path)
    assert "make" in error.value.hint


def test_a_log_without_a_past_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing to learn from"):
        make(toy.dataset([[1, 2], [3]]), tmp_path, 100, 1, config=CODES, encoder=BagOfWords())


def test_a_catalogue_without_words_is_taught_by_its_sequences_alone(
    shop: Dataset, tmp_path: Path
) -> None:
    bare = Dataset(_bare(shop), shop.interactions)
    card = make(bare, tmp_path, 200, 1, config=CODES, encoder=BagOfWords())
    assert set(card["tasks"]) == {"sequence", "next"}
    assert np.array_equal(np.unique(Vocabulary.load(tmp_path).codes, axis=0).shape[:1], [16])


def _bare(shop: Dataset):  # type: ignore[no-untyped-def]
    from sommelier.data.catalog import Catalog
    from sommelier.data.schema import Kind, Schema

    schema = shop.catalog.schema
    fields = tuple(field for field in schema.fields if field.kind is Kind.ID)
    return Catalog(shop.catalog.table, Schema(noun="book", plural="books", fields=fields))
