"""Likeness to named items."""

import numpy as np
import pytest

from sommelier.errors import UnknownName
from sommelier.testing import agents, worlds
from sommelier.tools.similar import likeness, shared, similar


def test_an_item_is_never_among_those_like_it(cinema_box):
    for item in cinema_box.catalog.ids:
        found = similar(cinema_box, item, 19)
        assert len(found) == 19
        assert item not in [other for other, _ in found]
        scores = [score for _, score in found]
        assert scores == sorted(scores, reverse=True)


def test_what_shares_kind_and_company_is_near():
    box = agents.small_toolbox(worlds.books(200))
    book = box.catalog.ids[0]
    genre = box.rows([book])[0]["genre"]
    near = box.rows([item for item, _ in similar(box, book, 10)])
    share = sum(row["genre"] == genre for row in near) / 10
    among_all = sum(g == genre for g in box.catalog.table["genre"]) / 200
    assert share > 2 * among_all


def test_likeness_of_a_part_is_standardised_over_that_part(cinema_box):
    pool = np.asarray([1, 3, 5, 8], np.int32)
    scores = likeness(cinema_box, np.asarray([0], np.int32), pool)
    assert scores.shape == (4,)
    assert abs(scores.mean()) < 1e-5


def test_without_engines_everything_is_equally_like(bare_box):
    assert not likeness(bare_box, np.asarray([0], np.int32), None).any()


def test_an_unknown_item_is_refused(cinema_box):
    with pytest.raises(UnknownName):
        similar(cinema_box, "no-such-film")


def test_shared_values_stand_in_both_rows(cinema_box, ids):
    rows = cinema_box.rows([ids["The Last Beekeeper"], ids["The Lost Beekeeper"]])
    assert shared(cinema_box, rows[0], [rows[1]]) == {"genres": ["Drama"], "keywords": ["bees"]}
    assert shared(cinema_box, rows[0], []) == {}
