"""What items are before they have codes. Needs no torch."""

import numpy as np

from sommelier.engines.semantic_id.vectors import company, item_vectors
from sommelier.testing import toy


def test_items_that_the_same_people_met_lie_together_and_strangers_nowhere():
    found = company(toy.world().dataset.interactions, 8)
    alike = found @ found.T
    assert found.shape == (16, 8)
    assert alike[:5, :5].min() > alike[:5, 5:].max()
    assert not found[toy.LONELY].any()
    np.testing.assert_allclose(np.diag(alike)[:15], 1.0, rtol=1e-5)


def test_it_is_the_same_every_time_and_any_shape_will_do():
    log = toy.world().dataset.interactions
    np.testing.assert_array_equal(company(log, 3), company(log, 3))
    assert company(log, 40).shape == (16, 40)
    assert not company(toy.dataset([]).interactions, 4).any()
    assert company(toy.dataset([[0]], n_items=1).interactions, 4).shape == (1, 4)


def test_the_leading_directions_are_those_of_the_whole_decomposition():
    log = toy.dataset([[0, 1, 2, 3], [0, 1], [4, 5], [5, 6, 7], [1, 2]]).interactions
    matrix = log.matrix().toarray()
    people, items = (np.maximum(matrix.sum(axis=axis, keepdims=True), 1) for axis in (1, 0))
    _, values, right = np.linalg.svd(matrix / np.sqrt(people * items), full_matrices=False)
    whole = right.T * values
    whole /= np.maximum(np.linalg.norm(whole, axis=1, keepdims=True), 1e-9)
    whole[matrix.sum(axis=0) == 0] = 0
    found = company(log, 5)
    np.testing.assert_allclose(found @ found.T, whole @ whole.T, atol=1e-4)


def test_text_and_company_stand_side_by_side():
    log, text = toy.world().dataset.interactions, np.ones((16, 2), np.float32)
    both = item_vectors(text, log, directions=4, weight=0.5)
    assert both.shape == (16, 6)
    np.testing.assert_array_equal(both[:, :2], text)
    np.testing.assert_allclose(both[:, 2:], 0.5 * company(log, 4))
