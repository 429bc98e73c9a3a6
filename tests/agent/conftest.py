"""Conversations over the hand-written cinema and generated worlds; conditions for hypothesis."""

import asyncio
import datetime as dt

import pytest
from hypothesis import strategies as st

from sommelier.data.predicates import OPERATORS, All, Any_, Compare, Not
from sommelier.data.schema import Kind
from sommelier.testing import agents, cinema, toy, worlds

_EPOCH = dt.date(1970, 1, 1)


@pytest.fixture(scope="session")
def cinema_box():
    return agents.small_toolbox(cinema.dataset())


@pytest.fixture(scope="session")
def shop_box():
    return agents.small_toolbox(worlds.products(300))


@pytest.fixture(scope="session")
def book_box():
    return agents.small_toolbox(toy.world().dataset)


@pytest.fixture(scope="session")
def bare_box():
    return agents.small_toolbox(worlds.bare(60))


@pytest.fixture
def cinema_agent(cinema_box, tmp_path):
    agent = agents.agent(cinema_box, tmp_path / "state.db")
    yield agent
    agent.store.close()


@pytest.fixture
def shop_agent(shop_box, tmp_path):
    agent = agents.agent(shop_box, tmp_path / "state.db")
    yield agent
    agent.store.close()


@pytest.fixture(scope="session")
def talk():
    """Say messages one after the other; returns the turns."""

    def said(chat, *messages):
        async def each():
            return [await chat.say(message) for message in messages]

        return asyncio.run(each())

    return said


@pytest.fixture(scope="session")
def trees():
    """Return a strategy of conditions in the values of one catalogue."""

    @st.composite
    def drawn(draw, catalog, depth=2):
        if depth and draw(st.booleans()):
            parts = st.lists(drawn(catalog, depth - 1), max_size=3).map(tuple)
            one = drawn(catalog, depth - 1)
            return draw(st.one_of(parts.map(All), parts.map(Any_), one.map(Not)))
        field = draw(st.sampled_from(catalog.schema.fields))
        op = draw(st.sampled_from(OPERATORS[field.kind]))
        if op == "is_null":
            return Compare(field.name, op)
        one = _value(catalog, field)
        if op == "between":
            return Compare(field.name, op, draw(st.tuples(one, one)))
        if op in ("in", "contains_any", "contains_all"):
            return Compare(field.name, op, tuple(draw(st.lists(one, max_size=3))))
        return Compare(field.name, op, draw(one))

    return drawn


def _value(catalog, field):
    cells = catalog.table[field.name].drop_nulls()
    match field.kind:
        case Kind.FLAG:
            return st.booleans()
        case Kind.NUMBER:
            return st.sampled_from(cells.to_list()) | st.floats(-10, 3000)
        case Kind.DATE:
            return st.sampled_from([float((day - _EPOCH).days) for day in cells]) | st.just(0.0)
        case Kind.TAGS | Kind.CATEGORY:
            words = catalog.packed.postings(field.name).words
            return st.sampled_from(words) | st.sampled_from(words).map(str.upper)
        case _:
            texts = cells.to_list()
            return st.sampled_from(texts).flatmap(
                lambda text: st.sampled_from([text, text.upper(), *text.split(), "zzz"])
            )
