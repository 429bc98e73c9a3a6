"""Categories and tags as sparse vectors: their lengths, products and sketches."""

from functools import lru_cache
from typing import Any

import numpy as np
from scipy import sparse

from sommelier.data.catalog import Catalog
from sommelier.data.schema import Kind
from sommelier.types import Floats

__all__ = ["SKETCH", "attribute_rows", "lengths", "overlap", "sketch", "unit"]

SKETCH = 128  # length of the vectors that stand for attributes in a graph

_CELLS = 16_000_000  # attribute weights of queries held at once: 64 MB


def attribute_rows(catalog: Catalog) -> sparse.csr_matrix:
    """Return TF-IDF of every category and tag [n_items, n_words], rows of length one or zero.

    A word that every item carries weighs nothing.
    """
    n_items, blocks = len(catalog), [sparse.csc_matrix((len(catalog), 0), dtype=np.float32)]
    for field in catalog.schema.of(Kind.CATEGORY, Kind.TAGS):
        if not field.hidden:
            postings = catalog.packed.postings(field.name)
            counts = np.diff(postings.starts)
            rarity = np.log(max(n_items, 1) / np.maximum(counts, 1)).astype(np.float32)
            parts = (np.repeat(rarity, counts), postings.items, postings.starts)
            blocks.append(sparse.csc_matrix(parts, shape=(n_items, len(counts))))
    rows = sparse.hstack(blocks, format="csr", dtype=np.float32)
    return sparse.csr_matrix(sparse.diags((1.0 / lengths(rows)).astype(np.float32)) @ rows)


def lengths(rows: Any) -> Floats:
    """Return the length of each row, dense or sparse; 1 for a row of nothing."""
    squares = rows.multiply(rows).sum(axis=1) if sparse.issparse(rows) else (rows**2).sum(axis=1)
    found = np.sqrt(np.asarray(squares, np.float32).ravel())
    found[found < 1e-6] = 1.0
    return found


def unit(rows: Floats) -> Floats:
    """Return rows of length one; rows of nothing stay so."""
    return np.asarray(rows / lengths(rows)[:, None])


def sketch(rows: sparse.csr_matrix) -> Floats:
    """Return short vectors [n_rows, 128] whose products are about those of `rows` (count sketch).

    Each word adds to one place or is taken from it, both by lot (Charikar, Chen & Farach-Colton
    2002); the error is about an eleventh of the product of the lengths.
    """
    return np.asarray((rows @ _lots(rows.shape[1])).toarray(), np.float32)


@lru_cache(maxsize=4)
def _lots(n_words: int) -> sparse.csr_matrix:
    rng = np.random.default_rng(0)
    place, sign = rng.integers(0, SKETCH, n_words), rng.choice([-1.0, 1.0], n_words)
    cells = (sign.astype(np.float32), (np.arange(n_words), place))
    return sparse.csr_matrix(cells, (n_words, SKETCH))


def overlap(queries: sparse.csr_matrix, rows: sparse.csr_matrix) -> Floats:
    """Return the products float32 [n_queries, n_rows], in blocks of bounded memory."""
    products = np.zeros((queries.shape[0], rows.shape[0]), np.float32)
    step = max(1, _CELLS // max(1, rows.shape[1]))
    for start in range(0, queries.shape[0], step):
        block = queries[start : start + step].toarray().astype(np.float32)
        products[start : start + step] = (rows @ block.T).T
    return products
