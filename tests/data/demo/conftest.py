import json
from importlib.resources import files

import polars as pl
import pytest

from sommelier.data.demo import load_films, simulate


@pytest.fixture(scope="session")
def raw():
    """Every line of the data files, with the name of its file."""
    folder = files("sommelier.data.demo") / "films"
    return [
        (part.name, json.loads(line))
        for part in sorted(folder.iterdir(), key=lambda part: part.name)
        for line in part.read_text("utf-8").splitlines()
    ]


@pytest.fixture(scope="session")
def films() -> pl.DataFrame:
    return load_films()


@pytest.fixture(scope="session")
def events(films) -> pl.DataFrame:
    return simulate(films)
