"""Whatever many people do at once: nobody ever meets what is another's."""

import httpx2 as httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from sommelier.state.store import Store

PEOPLE = ("ann", "bob", "cy")
BOOKS = [f"book-{number:02d}" for number in range(16)]
people, others = st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)


@pytest.fixture(scope="module")
def doors(bookshop, serve, tmp_path_factory):
    """Return two workers of one workspace, and a key for each person."""
    import shutil

    path = tmp_path_factory.mktemp("private") / "books"
    shutil.copytree(bookshop, path)
    with Store.open(path / "state.db") as store:
        scopes = ["read", "feedback", "chat"]
        keys = {name: store.create_key(scopes, user_id=name)[1] for name in PEOPLE}
    free = {"per_key": "1000000/minute"}
    with serve(path, **free) as one, serve(path, **free) as two, httpx.Client(timeout=30) as client:
        yield client, (one, two), keys


def machine(doors):
    client, urls, keys = doors
    client_calls = iter(range(10**9))

    def call(who, method, path, **more):
        url = urls[next(client_calls) % 2]
        headers = {"Authorization": f"Bearer {keys[who]}"}
        return client.request(method, url + path, headers=headers, **more)

    class People(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.met = {name: set() for name in PEOPLE}
            self.sessions = {name: [] for name in PEOPLE}
            for name in PEOPLE:
                assert call(name, "DELETE", f"/v1/users/{name}/profile").status_code in (200, 503)

        @rule(who=people, item=st.sampled_from(BOOKS), kind=st.sampled_from(["like", "dislike"]))
        def react(self, who, item, kind):
            told = {"event_id": f"{who}-{next(client_calls)}", "item_id": item}
            answer = call(who, "POST", "/v1/feedback", json={**told, "feedback_type": kind})
            assert answer.status_code == 422  # says nobody
            told |= {"feedback_type": kind, "user_id": who}
            assert call(who, "POST", "/v1/feedback", json=told).status_code == 200
            self.met[who].add(item)

        @rule(who=people, shelf=st.sampled_from(["crime", "space", "cooking"]))
        def talk(self, who, shelf):
            body = {"message": f"my secret of {who}: {shelf} books"}
            if self.sessions[who]:
                body["session_id"] = self.sessions[who][-1]
            answer = call(who, "POST", "/v1/chat", json=body)
            assert answer.status_code == 200
            if "session_id" not in body:
                self.sessions[who].append(answer.json()["session_id"])

        @rule(who=people, other=others)
        def pry(self, who, other):
            if who == other:
                return
            for path in ("profile", "export"):
                assert call(who, "GET", f"/v1/users/{other}/{path}").status_code == 403
            for session in self.sessions[other]:
                assert call(who, "GET", f"/v1/sessions/{session}").status_code == 404
                said = {"message": "go on", "session_id": session}
                assert call(who, "POST", "/v1/chat", json=said).status_code == 404
                told = {"session_id": session, "n": 16}
                assert call(who, "POST", "/v1/session/recommend", json=told).status_code == 404

        @invariant()
        def each_person_meets_only_their_own(self):
            for who in PEOPLE:
                profile = call(who, "GET", f"/v1/users/{who}/profile").json()
                assert set(profile["seen"]) == self.met[who]
                listed = call(who, "GET", f"/v1/recommend/{who}?n=16").json()["items"]
                assert {item["item_id"] for item in listed} == set(BOOKS) - self.met[who]
                told = call(who, "GET", "/v1/sessions").json()["sessions"]
                assert {one["session_id"] for one in told} == set(self.sessions[who])
                exported = call(who, "GET", f"/v1/users/{who}/export").text
                assert not any(f"secret of {other}" in exported for other in PEOPLE if other != who)

    return People


@pytest.mark.slow
def test_nobody_ever_meets_what_is_anothers(doors):
    told = settings(
        max_examples=6,
        stateful_step_count=12,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine(doors), settings=told)
