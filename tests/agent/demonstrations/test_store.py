"""Demonstrations are found by what is asked, not by the names in it, and kept on disk whole."""

import json

import pytest

from sommelier.agent.demonstrations import Demonstration, Demonstrations, key, make, opened
from sommelier.agent.demonstrations.masking import Masker
from sommelier.agent.planners.model.frame import Frame
from sommelier.testing.encoder import BagOfWords


@pytest.fixture(scope="module")
def masker(cinema_box):
    return Masker(cinema_box.lexicon)


@pytest.fixture(scope="module")
def held(cinema_box, masker):
    return Demonstrations.of(make(cinema_box), BagOfWords(256), masker, "k")


@pytest.mark.parametrize(
    ("message", "masked"),
    [
        ("French comedies like Nine Umbrellas", "⟨countries⟩ ⟨genres⟩ like ⟨title⟩"),
        ("films by Lucy Park from the 90s", "⟨items⟩ by ⟨directors⟩ ⟨year⟩"),
        ("why the second?", "why the second?"),
        ("", ""),
    ],
)
def test_names_become_placeholders(masker, message, masked):
    assert masker.masked(message) == masked


def test_masking_takes_what_people_may_write(masker):
    for message in ("⟨title⟩ ⟨⟩", "\x00\x1b[31m", "x " * 5_000, "like like like", "🎬 影片"):
        assert isinstance(masker.masked(message), str)


def test_the_nearest_ask_the_same_of_other_names(held):
    [(asked, frame), *_] = held.nearest("how many westerns are there?", 3)
    assert frame.do == "count" and "how many" in asked
    assert held.nearest("show me some others", 1, follows=True)[0][1].do == "more"


def test_several_acts_are_among_the_nearest(held):
    acts = [frame.do for _, frame in held.nearest("show me comedies", 8)]
    assert len(acts) == 8 and len(set(acts)) > 1


def test_there_are_never_more_than_there_are(held, masker):
    assert len(held.nearest("hi", 10_000)) == len(held)
    assert held.nearest("hi", 0) == []
    assert Demonstrations.of([], BagOfWords(8), masker).nearest("hi", 3) == []


def test_what_is_saved_is_read_again(held, masker, tmp_path):
    held.save(tmp_path)
    again = Demonstrations.load(tmp_path, "k", BagOfWords(256), masker)
    assert again is not None and again.pairs == held.pairs
    assert again.nearest("comedies", 4) == held.nearest("comedies", 4)
    assert Demonstrations.load(tmp_path, "other", BagOfWords(256), masker) is None
    assert Demonstrations.load(tmp_path, "k", BagOfWords(8), masker) is None
    assert Demonstrations.load(tmp_path / "none", "k", BagOfWords(256), masker) is None


@pytest.mark.parametrize("text", ["", "{", '{"key": "k"}', '{"key": "k", "pairs": [1]}', "[]"])
def test_a_broken_file_is_made_afresh(held, masker, tmp_path, text):
    held.save(tmp_path)
    (tmp_path / "pairs.json").write_text(text, "utf-8")
    assert Demonstrations.load(tmp_path, "k", BagOfWords(256), masker) is None


def test_saving_again_leaves_no_old_vectors(held, masker, tmp_path):
    held.save(tmp_path)
    pair = Demonstration("hi", "hi", Frame(do="talk", topic="greet"))
    Demonstrations.of([pair], BagOfWords(256), masker, "new").save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pairs.json", "vectors-new.npy"]


def test_they_are_made_once_for_a_workspace(bare_box, cinema_box, tmp_path):
    encoder = BagOfWords(64)
    first = opened(bare_box, encoder, tmp_path)
    told = json.loads((tmp_path / "pairs.json").read_text("utf-8"))
    assert told["key"] == key(bare_box, encoder.name) != key(cinema_box, encoder.name)
    encoded = encoder.encoded
    assert opened(bare_box, encoder, tmp_path).pairs == first.pairs
    assert encoder.encoded == encoded


def test_a_folder_that_cannot_be_written_to_costs_only_time(bare_box, tmp_path):
    (tmp_path / "file").write_text("x", "utf-8")
    assert len(opened(bare_box, BagOfWords(64), tmp_path / "file"))
