"""A store in a file of its own, and short ways to make entries and events."""

import pytest

from sommelier.state import Entry, Event, Store


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.sqlite"


@pytest.fixture
def store(path):
    with Store.open(path) as opened:
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
