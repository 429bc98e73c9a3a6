"""A text is encoded once; what an interrupted run finished is kept."""

import subprocess
import sys

import numpy as np
import pytest

from sommelier.errors import StateError
from sommelier.llm.cache import CachedEncoder
from sommelier.llm.encoder import Encoder
from sommelier.testing.encoder import BagOfWords

TEXTS = [f"film number {number}" for number in range(3000)]


class Stops(BagOfWords):
    """Gives up after so many texts."""

    def encode(self, texts):
        if self.encoded:
            raise KeyboardInterrupt
        return super().encode(texts)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "vectors.sqlite"


def test_the_second_time_nothing_is_encoded_and_the_vectors_are_the_same(path):
    bag = BagOfWords(16)
    cached = CachedEncoder(bag, path)
    assert isinstance(cached, Encoder)
    first = cached.encode(TEXTS)
    assert bag.encoded == len(TEXTS)
    assert np.array_equal(CachedEncoder(bag, path).encode(TEXTS[::-1])[::-1], first)
    assert bag.encoded == len(TEXTS)
    np.testing.assert_allclose(first, BagOfWords(16).encode(TEXTS), atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1, atol=1e-6)


def test_repeated_texts_are_encoded_once_and_stay_in_place(path):
    bag = BagOfWords(16)
    vectors = CachedEncoder(bag, path).encode(["a", "b", "a", ""])
    assert bag.encoded == 3
    assert np.array_equal(vectors[0], vectors[2])
    assert CachedEncoder(bag, path).encode([]).shape == (0, 16)


def test_encoders_of_other_names_share_nothing(path):
    CachedEncoder(BagOfWords(16), path).encode(["a"])
    other = BagOfWords(16)
    other.name = "other"
    CachedEncoder(other, path).encode(["a"])
    assert other.encoded == 1


def test_an_interrupted_run_resumes_where_it_stopped(path):
    with pytest.raises(KeyboardInterrupt):
        CachedEncoder(Stops(16), path).encode(TEXTS)
    bag, seen = BagOfWords(16), []
    CachedEncoder(bag, path, progress=lambda *step: seen.append(step)).encode(TEXTS)
    assert bag.encoded < len(TEXTS)
    assert seen[0] == (len(TEXTS) - bag.encoded, len(TEXTS))
    assert seen[-1] == (len(TEXTS), len(TEXTS))


FILL = """
import sys
from pathlib import Path
from sommelier.llm.cache import CachedEncoder
from sommelier.testing.encoder import BagOfWords
start = int(sys.argv[2])
texts = [line for line in Path(sys.argv[3]).read_text("utf-8").split("\\0")]
CachedEncoder(BagOfWords(16), Path(sys.argv[1])).encode(texts[start : start + 2000])
"""


def test_two_processes_may_fill_one_file(path, tmp_path):
    listed = tmp_path / "texts"
    listed.write_text("\0".join(TEXTS), "utf-8")
    workers = [
        subprocess.Popen([sys.executable, "-c", FILL, str(path), str(start), str(listed)])
        for start in (0, 1000)
    ]
    assert [worker.wait(60) for worker in workers] == [0, 0]
    bag = BagOfWords(16)
    CachedEncoder(bag, path).encode(TEXTS)
    assert bag.encoded == 0


def test_a_file_that_is_no_cache_is_an_error_that_says_what_to_do(path):
    path.parent.mkdir()
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(StateError, match=r"vectors\.sqlite") as raised:
        CachedEncoder(BagOfWords(16), path).encode(["a"])
    assert "deleted" in raised.value.hint
