"""A store in a file or PostgreSQL schema of its own, and short ways to make entries and events."""

import itertools

import pytest

from sommelier.state import Entry, Event, Store

_NUMBER = itertools.count()


@pytest.fixture
def postgres_place(postgres):
    """Return what `Store.open` takes: a URL and a schema that nobody has used."""
    return postgres.get_uri(driver="psycopg"), f"shop {next(_NUMBER)}"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.sqlite"


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request):
    """Return what `Store.open` takes, for both kinds of database."""
    if request.param == "sqlite":
        return (request.getfixturevalue("path"),)
    return request.getfixturevalue("postgres_place")


@pytest.fixture
def store(place):
    with Store.open(*place) as opened:
        yield opened


@pytest.fixture
def entry():
    def make(polarity="like", time=1.0, **more):
        subject = {} if {"condition", "wish"} & set(more) else {"item_id": "heat"}
        given = {"source": "said", "scope": "lasting", **subject, **more}
        return Entry(polarity=polarity, time=time, **given)

    return make


@pytest.fixture
def event():
    def make(event_id="e1", feedback_type="like", **more):
        given = {"item_id": "heat", "time": 1.0, "user_id": "ann", **more}
        return Event(event_id=event_id, feedback_type=feedback_type, **given)

    return make
