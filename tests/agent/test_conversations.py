"""Whole generated conversations over several worlds: no promise is ever broken.

The larger run, of thousands, is `benchmarks/quality/conversations.py`.
"""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sommelier.agent.policy import Policy
from sommelier.data.where import parse
from sommelier.testing import agents, cinema, worlds
from sommelier.testing.judge import Judge
from sommelier.testing.talk import Talker

POLICIES = {"products": Policy(require="in_stock = true", list_length=4)}
seeds = st.integers(0, 2**31)


@pytest.fixture(scope="module")
def shops(tmp_path_factory):
    """World -> (dataset, agent, talker)."""
    folder = tmp_path_factory.mktemp("shops")
    made = {name: make(120) for name, make in worlds.WORLDS.items()} | {"cinema": cinema.dataset()}
    opened = {}
    for name, dataset in made.items():
        box = agents.small_toolbox(dataset)
        agent = agents.agent(box, folder / f"{name}.db", POLICIES.get(name))
        opened[name] = (dataset, agent, Talker(dataset.catalog))
    yield opened
    for _, agent, _ in opened.values():
        agent.store.close()


async def converse(chat, judge, messages):
    for message in messages:
        turn = await chat.say(message)
        broken = judge.broken(turn)
        assert broken == [], (message, turn.reply, turn.plan.to_json())


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from([*worlds.WORLDS, "cinema"]),
    known=st.booleans(),
    user=seeds,
    spoken=st.lists(seeds, min_size=5, max_size=10),
)
def test_no_turn_of_any_conversation_breaks_a_promise(shops, name, known, user, spoken):
    dataset, agent, talker = shops[name]
    users = dataset.interactions.user_ids
    user_id = users[user % len(users)] if known else None
    chat = agent.chat(user_id=user_id)
    policy = POLICIES.get(name, Policy())
    require = parse(policy.require) if policy.require else None
    judge = Judge(dataset, user_id, require, policy.list_length, chat.profile())
    asyncio.run(converse(chat, judge, [talker.say(seed)[1] for seed in spoken]))
