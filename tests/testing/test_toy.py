"""The toy world is what it says."""

import numpy as np

from sommelier.testing import toy


def test_every_reader_has_read_the_own_shelf_but_for_one_book():
    world = toy.world()
    for user, history in enumerate(world.dataset.interactions.histories()):
        shelf = np.flatnonzero(world.shelves == user // toy.READERS)
        assert sorted([*history.tolist(), world.unread(user)]) == shelf.tolist()


def test_nobody_has_met_the_lonely_book():
    world = toy.world()
    assert toy.LONELY not in world.dataset.interactions.items
    assert world.dataset.n_items == toy.LONELY + 1


def test_smaller_worlds_are_whole():
    assert toy.dataset([[0], []], n_items=1).n_users == 2
    assert len(toy.dataset([]).interactions) == 0
    assert toy.catalog(3).titles[2] == "Ash on the Ledger"
