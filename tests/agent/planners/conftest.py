"""Plans of the rules brain for single sentences, and conditions written as WHERE strings."""

import asyncio

import pytest

from sommelier.agent.plan import Filter, Lookup, Rank, Similar
from sommelier.agent.planners.base import View
from sommelier.agent.planners.rules import RulesPlanner
from sommelier.agent.working import Working
from sommelier.data.predicates import from_json
from sommelier.data.where import parse
from sommelier.state.profiles import Profile


@pytest.fixture(scope="session")
def boxes(cinema_box, book_box, shop_box, bare_box):
    return {"cinema": cinema_box, "books": book_box, "shop": shop_box, "bare": bare_box}


@pytest.fixture(scope="session")
def brains(boxes):
    return {name: RulesPlanner(box.lexicon) for name, box in boxes.items()}


@pytest.fixture(scope="session")
def plan(boxes, brains):
    """Return the plan for the first message of a stranger."""

    def planned(world, message, *, known=False):
        view = View(boxes[world].lexicon, Working(), Profile(), known)
        return asyncio.run(brains[world].plan(message, view)).plan

    return planned


@pytest.fixture(scope="session")
def filters(boxes):
    """Return the hard conditions of a plan, as a set of trees."""

    def found(world, plan):
        return {boxes[world].check(from_json(step.where)) for step in plan.of(Filter)}

    return found


@pytest.fixture(scope="session")
def wheres(boxes):
    """Return WHERE strings as a set of trees."""

    def found(world, *texts):
        return {boxes[world].check(parse(text)) for text in texts}

    return found


@pytest.fixture(scope="session")
def rank_of():
    """Return the only ranking step of a plan."""

    def found(plan):
        [step] = plan.of(Rank)
        return step

    return found


@pytest.fixture(scope="session")
def named(boxes):
    """Return the titles that a plan's likeness or look-up steps point at."""

    def found(world, plan):
        catalog = boxes[world].catalog
        refs = [ref for step in plan.of(Similar) for ref in step.to]
        refs += [ref for step in plan.of(Lookup) if not plan.of(Similar) for ref in step.items]
        return [catalog.titles[catalog.index[ref.item]] for ref in refs if ref.item]

    return found
