"""Squeezed vectors keep what tells items apart, and their codes are balanced."""

import numpy as np
import pytest

from sommelier.engines.semantic_id import SemanticIdConfig
from sommelier.engines.semantic_id.squeeze import learn_squeeze, squeezed, unsqueezed
from sommelier.engines.semantic_id.training import quantise

NONE_MET = np.zeros(60, np.int64)


def groups(noise=0.3):
    """Twelve groups of five items alike."""
    rng = np.random.default_rng(0)
    vectors = np.repeat(rng.standard_normal((12, 20)), 5, axis=0)
    return (vectors + noise * rng.standard_normal(vectors.shape)).astype(np.float32)


def test_without_layers_vectors_stay_as_they_are():
    np.testing.assert_array_equal(squeezed(groups(), *unsqueezed()), groups())


def test_it_is_the_same_every_time_and_leaves_torch_as_it_was():
    torch = pytest.importorskip("torch", reason="needs sommelier[train]")
    before = torch.get_rng_state()
    one, again, other = (learn_squeeze(groups(), 2, 4, seed) for seed in (0, 0, 1))
    assert all(map(np.array_equal, one, again))
    assert not np.array_equal(one[0], other[0])
    assert torch.equal(torch.get_rng_state(), before)


def test_codes_of_squeezed_vectors_are_balanced_unique_and_alike_for_items_alike():
    pytest.importorskip("torch", reason="needs sommelier[train]")
    config = SemanticIdConfig(quantiser="vae", levels=2, codes=12)
    found = quantise(groups(), NONE_MET, config)
    assert found.centres.shape == (2, 12, 64)
    assert np.bincount(found.codes[:, 0]).max() <= 5
    assert len(np.unique(found.codes, axis=0)) == 60
    first = found.codes[:, 0].reshape(12, 5)
    assert sum(len(set(row)) == 1 for row in first.tolist()) >= 8
