"""The hand-written cinema and a generated shop, with engines that need no model."""

import pytest

from sommelier.testing import agents, cinema, worlds


@pytest.fixture(scope="session")
def cinema_box():
    return agents.small_toolbox(cinema.dataset())


@pytest.fixture(scope="session")
def shop_box():
    return agents.small_toolbox(worlds.products(400))


@pytest.fixture(scope="session")
def bare_box():
    return agents.toolbox(worlds.bare(50))


@pytest.fixture(scope="session")
def ids(cinema_box):
    """Title -> item_id; of two films of one title the later one in the list."""
    return dict(zip(cinema_box.catalog.titles, cinema_box.catalog.ids, strict=True))
