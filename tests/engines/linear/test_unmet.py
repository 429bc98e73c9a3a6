"""Who speaks for items that no event taught."""

import numpy as np
import pytest

from sommelier.engines.linear.unmet import heard_through

TAUGHT = np.array([[1, 0], [0.8, 0.6], [-1, 0]], np.float32)
ASKED = np.array([[1, 0], [0, 1], [0, 0], [0.6, 0.8]], np.float32)


def weights(count, untaught=(True, True, True, True)):
    return heard_through(ASKED, np.array(untaught), TAUGHT, count, threads=1).toarray()


def test_the_nearest_speak_by_the_square_of_how_alike_they_are():
    found = weights(2)
    assert found[0].tolist() == pytest.approx([1 / 1.64, 0.64 / 1.64, 0])
    assert found[1].tolist() == pytest.approx([0, 1, 0])
    assert weights(1)[3].tolist() == [0, 1, 0]


def test_nobody_speaks_for_what_is_taught_or_like_nothing():
    found = weights(2, (False, True, True, True))
    assert not found[0].any()
    assert not found[2].any()
    assert found[3].sum() == pytest.approx(1)


@pytest.mark.parametrize("count", [0, 3, 50])
def test_any_number_of_speakers_will_do(count):
    found = weights(count)
    assert found.shape == (4, 3)
    assert np.isin(np.round(found.sum(axis=1), 5), [0, 1]).all()
    assert (found >= 0).all()


def test_without_texts_or_taught_items_nobody_speaks():
    some = np.ones(4, bool)
    assert not heard_through(ASKED[:, :0], some, TAUGHT[:, :0], 5, threads=1).nnz
    assert not heard_through(ASKED, some, TAUGHT[:0], 5, threads=1).nnz
