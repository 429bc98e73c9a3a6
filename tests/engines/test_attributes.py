"""Sparse vectors of categories and tags; the engine `content` shows the rest of it."""

import numpy as np
from scipy import sparse

from sommelier.engines.attributes import SKETCH, sketch, unit


def test_products_of_sketches_are_about_those_of_the_rows():
    rows = sparse.random(200, 5_000, 0.004, format="csr", dtype=np.float32, random_state=1)
    rows = sparse.csr_matrix(rows.multiply(1 / np.sqrt(rows.power(2).sum(axis=1))))
    short = sketch(rows)
    wrong = short @ short.T - (rows @ rows.T).toarray()
    assert short.dtype == np.float32
    assert np.sqrt((wrong**2).mean()) < 1 / 11


def test_rows_of_nothing_stay_nothing():
    rows = np.array([[3.0, 4.0], [0.0, 0.0]], np.float32)
    np.testing.assert_allclose(unit(rows), [[0.6, 0.8], [0.0, 0.0]])
    assert not sketch(sparse.csr_matrix((2, 0), dtype=np.float32)).any()
    assert sketch(sparse.csr_matrix((2, 0), dtype=np.float32)).shape == (2, SKETCH)
