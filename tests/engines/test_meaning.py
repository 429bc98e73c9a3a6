"""Meaning: unit vectors of texts, and how far whitening evens out what they differ by."""

import numpy as np
import pytest

from sommelier.engines.meaning import Meaning
from sommelier.errors import WorkspaceError

TEXTS = [f"text {number}" for number in range(500)]


class Lopsided:
    """Gives vectors that share one large part and differ mostly along a first direction."""

    name, size = "lopsided", 8

    def encode(self, texts):
        rng = np.random.default_rng(0)
        known = rng.standard_normal((len(TEXTS), self.size)) * [4, 1, 1, 1, 1, 1, 1, 1] + 3
        known /= np.linalg.norm(known, axis=1, keepdims=True)
        return known[[int(text[5:] or 0) for text in texts]].astype(np.float32)


def centred():
    vectors = Lopsided().encode(TEXTS)
    vectors = vectors - vectors.mean(axis=0)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_whitening_evens_out_the_directions_and_a_round_covariance_leaves_the_cosines():
    widest = []
    for round_ in (0.0, 0.3, 0.999):
        vectors = Meaning.of(TEXTS, Lopsided(), threads=1, round_=round_).vectors
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        values = np.linalg.eigvalsh(vectors.T @ vectors)
        widest.append(values[-1] / values.mean())
    assert widest[0] < widest[1] < widest[2]
    np.testing.assert_allclose(vectors @ vectors.T, centred() @ centred().T, atol=1e-2)


def test_what_is_said_lies_among_the_items_and_nothing_said_nowhere():
    meaning = Meaning.of([*TEXTS, ""], Lopsided(), threads=1)
    said = meaning.said(["text 7", "  "], Lopsided(), "")
    np.testing.assert_allclose(said[0], meaning.vectors[7], atol=1e-5)
    assert not said[1].any()
    assert not meaning.vectors[-1].any()
    again = Meaning.restored(meaning.arrays())
    np.testing.assert_array_equal(again.said(["text 7"], Lopsided(), ""), said[:1])


def test_another_encoder_is_refused_with_the_hint():
    meaning, other = Meaning.of(TEXTS, Lopsided(), threads=1), Lopsided()
    other.name = "upright"
    with pytest.raises(WorkspaceError, match="upright") as caught:
        meaning.said(["text 1"], other, "Fit it again.")
    assert caught.value.hint == "Fit it again."
