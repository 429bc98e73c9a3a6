"""Where is looked: sensible for our engines, and derived for those of strangers."""

import tomllib
from importlib.resources import files
from typing import Annotated, Literal

import pytest
from pydantic import Field as Setting

from sommelier.engines.base import EngineConfig
from sommelier.engines.making import make_engine
from sommelier.errors import UnknownName
from sommelier.tuning import engine
from sommelier.tuning.engine.spaces import Range, Space, derived, space_of

DECLARED = sorted(tomllib.loads(files(engine).joinpath("spaces.toml").read_text("utf-8")))


class Strange(EngineConfig):
    reg: Annotated[float, Setting(gt=0)] = 2.0
    size: Annotated[int, Setting(ge=1)] = 5
    share: Annotated[float, Setting(gt=0, lt=1)] = 0.1
    wide: Annotated[int, Setting(ge=1, le=50_000)] = 10
    decay: Annotated[float, Setting(gt=0, le=1)] = 0.8
    weighting: Literal["a", "b"] = "a"
    centred: bool = False
    pull: Annotated[float, Setting(ge=0)] = 0.0
    label: str = ""
    disliked: Annotated[float, Setting(le=0)] = -0.5
    seed: Annotated[int, Setting(ge=0)] = 0


def test_a_space_is_derived_from_types_bounds_and_defaults():
    space = derived(Strange)
    assert space.fit == {
        "reg": Range(low=0.2, high=20.0, log=True),
        "size": Range(low=1, high=50, log=True),
        "share": Range(low=0.01, high=0.99),
        "wide": Range(low=1, high=50_000, log=True),
        "weighting": ("a", "b"),
        "centred": (False, True),
    }
    assert list(space.ask) == ["decay"]
    assert space.fit["size"].whole
    assert not space.fit["reg"].whole


@pytest.mark.parametrize("name", DECLARED)
def test_the_default_of_every_engine_lies_in_its_space(name):
    space, config = space_of(name), make_engine(name).config
    assert space.holds({key: getattr(config, key) for key in space.fit})


@pytest.mark.parametrize("name", DECLARED)
def test_every_corner_of_a_space_is_accepted_by_the_engine(name):
    space = space_of(name)
    for end in ("low", "high"):
        fit = {
            key: getattr(at, end) if isinstance(at, Range) else at[-1]
            for key, at in space.fit.items()
        }
        for ask in space.asked():
            make_engine(name, {**fit, **ask})


def test_the_ways_to_ask_begin_with_those_given_and_none_comes_twice():
    space = Space(ask={"decay": (1.0, 0.5), "shared": (0, 1)})
    ways = space.asked({"decay": 0.5, "shared": 0, "reg": 3}, {"decay": 0.7, "shared": 1})
    assert ways[:2] == [{"decay": 0.5, "shared": 0}, {"decay": 0.7, "shared": 1}]
    assert len(ways) == 5


def test_an_unknown_engine_brings_suggestions():
    with pytest.raises(UnknownName, match="eese"):
        space_of("eese")
