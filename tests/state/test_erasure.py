"""Erased is erased: from the answers and from the bytes of the files."""

import pytest

from sommelier.errors import UsageError
from sommelier.state import Session, Store


@pytest.fixture
def place(path):
    """These look into the file itself."""
    return (path,)


def _bytes(path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


@pytest.fixture
def talked(store, entry, event):
    """Two people who both said the same kind of thing."""
    sessions = {}
    for user in ("ann", "bob"):
        session = sessions[user] = Session.new(user_id=user)
        store.commit_turn(
            session,
            f"{user}-message",
            {"reply": f"{user}-reply" * 1000},
            entries=[entry(wish=f"{user}-wish")],
            feedback=[event(f"{user}-event", item_id=f"{user}-item")],
        )
    return sessions


def test_a_user_leaves_no_trace_in_the_files(store, talked, path):
    assert b"ann-wish" in _bytes(path)
    counts = store.erase("ann", turns=True)
    assert counts == {"entries": 2, "feedback": 1, "turns": 1, "sessions": 1, "user_edits": 0}
    assert b"ann" not in _bytes(path)
    assert b"bob-reply" in _bytes(path)
    assert store.turns(talked["bob"].id)


def test_without_turns_the_conversations_stay(store, talked, path):
    store.erase("ann")
    assert b"ann-wish" not in _bytes(path)
    assert b"ann-item" not in _bytes(path)
    assert len(store.turns(talked["ann"].id)) == 1


def test_a_stranger_s_session_can_be_erased_and_others_stay(store, entry):
    one, other = Session.new(), Session.new()
    for session in (one, other):
        store.commit_turn(session, "hello", {}, entries=[entry()])
    store.erase(session_id=one.id, turns=True)
    assert [session.id for session in store.sessions()] == [other.id]
    assert store.entries(session_id=other.id)


def test_erasing_one_entry_erases_its_trail_too(store, entry, path):
    said = [entry(p, t, user_id="ann", wish="gore") for t, p in enumerate(["like", "avoid"])]
    kept, _, last = store.add_entries([entry(user_id="ann"), *said])
    assert store.erase("ann", entries=[last.id]) == {"entries": 2}
    assert [e.id for e in store.entries("ann", trail=True)] == [kept.id]
    assert b"gore" not in _bytes(path)


def test_nobody_can_erase_the_entries_of_somebody_else(store, entry):
    [known] = store.add_entries([entry(user_id="ann")])
    assert store.erase("bob", entries=[known.id]) == {"entries": 0}
    assert store.entries("ann") == [known]


def test_erasing_needs_to_know_whose(store):
    with pytest.raises(UsageError, match="Whose"):
        store.erase()


def test_what_another_process_has_open_is_erased_as_well(store, talked, path):
    with Store.open(path) as other:
        assert other.entries("ann")
        store.erase("ann", turns=True)
        assert other.entries("ann") == []
        assert b"ann" not in _bytes(path)


def test_the_id_of_an_erased_entry_never_means_another(store, entry):
    [old] = store.add_entries([entry(user_id="ann")])
    store.erase("ann")
    [new] = store.add_entries([entry(user_id="ann")])
    assert new.id > old.id
