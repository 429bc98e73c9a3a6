"""The members of a fusion: who suits a dataset, how they are made, and what they listen to."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias

import numpy as np
from pydantic import ValidationError

from sommelier import registry
from sommelier.data.dataset import Dataset
from sommelier.data.schema import Kind
from sommelier.engines.base import Engine
from sommelier.engines.query import Query
from sommelier.errors import ConfigError, SommelierError
from sommelier.types import Bools, Json

__all__ = ["Make", "hears_words", "make", "named", "suited"]

Make: TypeAlias = Callable[[str, Json], Engine]  # from a registered name and settings


def suited(dataset: Dataset) -> dict[str, Json]:
    """Return the names of the members that have something to learn from, each with no settings.

    Those that learn from events where there are any, `content` where items have text, categories
    or tags, and `popularity` always. `sasrec` takes long to train and is never chosen unasked.
    """
    names = ["ease", "als", "knn"] if len(dataset.interactions) else []
    words = dataset.catalog.schema.of(Kind.CATEGORY, Kind.TAGS)
    if any(not field.hidden for field in words) or any(dataset.catalog.texts()):
        names.append("content")
    return {name: {} for name in [*names, "popularity"]}


def make(name: str, settings: Json) -> Engine:
    """Return an unfitted engine; UnknownName, or ConfigError for a setting it refuses."""
    kind: type[Engine] = registry.load("engines", name)
    try:
        return kind(kind.Config.model_validate(settings))
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        raise ConfigError(
            f"It cannot have {where} = {problem['input']!r}: {problem['msg']}.",
            hint=f"Its settings: {', '.join(kind.Config.model_fields)}.",
        ) from error


@contextmanager
def named(name: str) -> Iterator[None]:
    """Put the member's name before the message of every error of ours that passes; kinds stay."""
    try:
        yield
    except SommelierError as error:
        error.message = f"The member {name!r} of the engine 'fusion': {error.message}"
        raise


def hears_words(members: Mapping[str, Engine], dataset: Dataset) -> Bools:
    """Return whose scores change when something is said [n_members], by trying it."""
    said = next((text for text in dataset.catalog.texts() if text), "")
    if not said:
        return np.zeros(len(members), bool)
    asked = [Query(), Query(text=said)]
    heard = []
    for name, member in members.items():
        with named(name):
            silent, told = member.score(asked)
        heard.append(not np.allclose(silent, told))
    return np.array(heard, bool)
