"""What a long day leaves in the process: nothing that grows with those who came."""

import gc
import itertools
import sys
from collections import Counter

import pytest

_SPAN = 40  # visitors between two looks
_TALK = ("something about space", "older than 1980", "I like the first", "nothing with {}", "more")


def visit(client, number):
    """Be one more person, who talks, likes something, and asks for lists."""
    name, session = f"visitor {number}", f"{number:032d}"
    for message in _TALK:
        told = {"message": message.format(f"word{number}"), "user_id": name}
        assert client.post("/v1/chat", json=told | {"session_id": session}).status_code == 200
    item = f"book-{number % 16:02d}"
    event = {"event_id": name, "user_id": name, "item_id": item, "feedback_type": "like"}
    client.post("/v1/feedback", json=event).raise_for_status()
    client.get(f"/v1/recommend/{name}?n=5").raise_for_status()
    said = [{"role": "user", "content": f"recipes {number}"}]
    told = {"model": "books", "messages": said}
    client.post("/v1/chat/completions", json=told).raise_for_status()


def held():
    """Return the Python objects of each kind, and the blocks of memory that all take."""
    gc.collect()
    kinds = Counter(type(one).__qualname__ for one in gc.get_objects())
    del kinds["ReferenceType"]  # sqlite3 forgets its closed cursors two hundred at a time
    return kinds, sys.getallocatedblocks()


@pytest.mark.slow
def test_many_sessions_leave_nothing_behind(client):
    """What is filled once may be filled in one of the spans; what grows with people is in both."""
    marks = []
    for number in range(3 * _SPAN):
        visit(client, number)
        if (number + 1) % _SPAN == 0:
            marks.append(held())
    spans = list(itertools.pairwise(marks))
    counts = [later[0] - before[0] for before, later in spans]
    assert not {kind: n for kind, n in (counts[0] & counts[1]).items() if n >= _SPAN / 4}
    blocks = min(later[1] - before[1] for before, later in spans)
    assert blocks < 5 * _SPAN, f"{blocks / _SPAN:.1f} blocks a visitor"
