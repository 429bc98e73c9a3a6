"""A cinema whose brain is a language model behind a real HTTP server that does as it is told."""

import asyncio
from dataclasses import replace

import pytest

from sommelier.agent.brains.settings import BrainSettings
from sommelier.agent.brains.wiring import open_brain
from sommelier.agent.replies.phrase import Phraser
from sommelier.testing import agents, cinema
from sommelier.testing.servers.misbehaving import ModelServer

QUICK = {"timeout": 1.0, "attempts": 2, "longest_wait": 0.01}


@pytest.fixture(scope="session")
def cinema_box():
    return agents.small_toolbox(cinema.dataset())


@pytest.fixture
def server():
    found = ModelServer()
    yield found
    found.close()


@pytest.fixture
def agent_of(cinema_box, tmp_path):
    """Return an agent over the cinema with a brain of these settings."""
    opened = []

    def made(state="s.db", **settings):
        brain = open_brain(BrainSettings.read({**QUICK, **settings}), cinema_box.lexicon)
        agent = agents.agent(cinema_box, tmp_path / state, planner=brain.planner)
        opened.append(agent)
        phraser = Phraser(brain.model, cinema_box) if brain.phrases else None
        return replace(agent, budget=brain.budget, phraser=phraser, heeds=brain.heeds)

    yield made
    for agent in opened:
        agent.store.close()


@pytest.fixture
def served(server, agent_of):
    """Return an agent whose model the server plays."""

    def made(**settings):
        return agent_of(base_url=server.url, model="small", **settings)

    return made


@pytest.fixture
def talk():
    """Say messages one after the other; returns the turns."""

    def said(chat, *messages):
        async def each():
            return [await chat.say(message) for message in messages]

        return asyncio.run(each())

    return said
