"""API keys: told once, stored as digests, valid until they are not."""

import re

import pytest

from sommelier.errors import UnknownName, UsageError


def test_a_secret_opens_what_its_key_may_and_is_stored_nowhere(store, path):
    key, secret = store.create_key(["chat", "read"], name="page", user_id="ann", now=10.0)
    assert re.fullmatch(r"som_[\w-]{43}", secret)
    assert (key.scopes, key.user_id, key.created) == (("read", "chat"), "ann", 10.0)
    assert store.key_of(secret).id == key.id
    assert store.key_of(secret + "x") is None
    assert store.key_of("") is None
    assert store.key_of("\ud800") is None
    known = store.keys()
    assert [one.id for one in known] == [key.id]
    assert secret not in repr(known)
    files = path.parent.glob("state.sqlite*")
    assert not any(secret.encode() in file.read_bytes() for file in files)


def test_a_key_expires(store):
    _, secret = store.create_key(["admin"], expires=100.0, now=10.0)
    assert store.key_of(secret, now=99.0)
    assert store.key_of(secret, now=100.0) is None
    with pytest.raises(UsageError, match="future"):
        store.create_key(["admin"], expires=5.0, now=10.0)


def test_a_revoked_key_opens_nothing_and_a_store_that_had_keys_stays_closed(store):
    assert not store.has_keys()
    key, secret = store.create_key(["read"])
    assert store.revoke_key(key.id).revoked is not None
    assert store.revoke_key(key.id).revoked is not None
    assert store.key_of(secret) is None
    assert store.has_keys()
    with pytest.raises(UnknownName):
        store.revoke_key("nothing")


def test_when_a_key_was_used_is_noted_now_and_then(store):
    _, secret = store.create_key(["read"], now=0.0)
    assert store.key_of(secret, now=1000.0).last_used == 1000.0
    before = store.version()
    assert store.key_of(secret, now=1100.0).last_used == 1000.0
    assert store.version() == before
    assert store.key_of(secret, now=1700.0).last_used == 1700.0


@pytest.mark.parametrize("scopes", [[], ["write"], ["read", "root"]])
def test_scopes_that_there_are_not_are_refused(store, scopes):
    with pytest.raises(UsageError, match="cannot have the scopes"):
        store.create_key(scopes)


def test_the_audit_tells_the_last_acts_in_their_order(store):
    for number in range(3):
        store.audit("items.put", "k1", {"rows": number})
    store.audit("keys.create")
    assert [act.detail for act in store.audited(last=2)] == [{"rows": 2}, {}]
    assert store.audited()[0].key_id == "k1"
