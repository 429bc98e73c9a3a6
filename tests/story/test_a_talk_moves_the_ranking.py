"""The page about opinions and rankings, run as it stands over the bundled films."""

import asyncio
import re
from pathlib import Path

import pytest

from sommelier import shop as shops
from sommelier.agent.brains.settings import BrainSettings

PAGE = Path(__file__).parents[2] / "docs" / "a-talk-moves-the-ranking.md"
BLOCK = re.search(r"```text\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
TALKS = [part.splitlines() for part in BLOCK[1].strip().split("\n\n")] if BLOCK else []


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    shop = shops.open_demo(tmp_path_factory.mktemp("films"))
    yield shop.agent(brain=shop.brain(BrainSettings(name="rules")))
    shop.store.close()


@pytest.mark.parametrize(("said", "listed"), [(said, listed) for said, *listed in TALKS])
def test_the_page_shows_what_comes(films, said, listed):
    turn = asyncio.run(films.chat().say(said.removeprefix("> ")))
    assert [f"{item.rank}. {item.title}" for item in turn.items] == listed


def test_the_page_has_talks():
    assert len(TALKS) == 4
