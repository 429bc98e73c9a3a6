"""The door: a workspace as any other, whose log is labelled as simulated wherever it is shown."""

import pytest

from sommelier.data.demo import prepare
from sommelier.data.workspace import Workspace
from sommelier.errors import WorkspaceError


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Workspace:
    return prepare(tmp_path_factory.mktemp("demo") / "films")


def test_it_makes_a_workspace_that_opens_again(place):
    again = Workspace.open(place.path)
    assert len(again.catalog()) >= 600
    assert len(again.dataset().interactions) >= 80_000
    assert again.dataset().n_users >= 2000


def test_the_workspace_says_that_its_log_is_simulated(place):
    assert place.label == "simulated log"
    assert any("simulated" in note for note in place.notes)


def test_fields_drawn_from_the_log_say_that_they_are_simulated(place):
    for name in ("average_rating", "popularity"):
        assert "simulated" in place.schema[name].description
        assert place.schema[name].minimum is not None


def test_the_schema_is_the_one_written_by_hand_with_facts_learned(place):
    schema = place.schema
    assert (schema.noun, schema.plural) == ("film", "films")
    assert schema["runtime"].unit == "minutes"
    assert schema["genres"].synonyms["sci-fi"] == "Science Fiction"
    assert schema["genres"].distinct == 20
    assert schema["year"].minimum == 1920


def test_it_never_stands_upon_an_existing_workspace(place):
    with pytest.raises(WorkspaceError, match="already"):
        prepare(place.path)


def test_names_and_conditions_work_on_it(place):
    catalog = place.catalog()
    totoro = catalog.rows([catalog.num("my-neighbor-totoro-1988")])[0]
    assert totoro["directors"] == ["Hayao Miyazaki"]
