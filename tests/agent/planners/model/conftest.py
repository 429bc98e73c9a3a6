"""Frames resolved over small worlds, and conversations that stand somewhere already."""

import pytest

from sommelier.agent.planners.base import View
from sommelier.agent.planners.model.frame import Frame
from sommelier.agent.planners.model.resolve import Resolver
from sommelier.agent.working import Working
from sommelier.state.profiles import Profile
from sommelier.testing import agents


@pytest.fixture
def chat(cinema_box, tmp_path):
    """A conversation over the cinema, planned by rules, to be taken further by frames."""
    agent = agents.agent(cinema_box, tmp_path / "state.db")
    yield agent.chat()
    agent.store.close()


@pytest.fixture(scope="session")
def resolver(cinema_box):
    return Resolver(cinema_box.lexicon)


@pytest.fixture(scope="session")
def stranger(cinema_box):
    return View(cinema_box.lexicon, Working(), Profile())


@pytest.fixture
def view(cinema_box):
    """Return the view of a conversation as it stands."""

    def at(chat):
        return View(cinema_box.lexicon, chat.working, chat.profile())

    return at


@pytest.fixture(scope="session")
def planned(resolver, stranger):
    """Return the plan of a frame given by its slots."""

    def plan(message="", view=None, **slots):
        return resolver.plan(Frame(**slots), message, view or stranger)

    return plan
