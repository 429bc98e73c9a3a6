"""A workspace is always whole, and keeps what people decided."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import polars as pl
import pytest

from sommelier.data.schema import Kind
from sommelier.data.settings import Settings
from sommelier.data.sources.base import Imported, Reject
from sommelier.data.versions import Versions, locked
from sommelier.data.workspace import Workspace
from sommelier.errors import ConfigError, UnknownName, WorkspaceError


def films(n=3, **more):
    items = pl.DataFrame(
        {
            "item_id": [str(number) for number in range(n)],
            "title": [f"Film {number} (199{number % 10})" for number in range(n)],
            "genres": ["Drama|Comedy", *["Drama"] * (n - 1)],
        }
    )
    events = pl.DataFrame(
        {
            "user_id": ["ann", "bob", "ann"],
            "item_id": ["1", "0", "0"],
            "timestamp": [20, 5, 10],
            "value": [4.0, 2.0, 5.0],
        }
    )
    return Imported(items, events, noun="film", **more)


@pytest.fixture
def place(tmp_path):
    return tmp_path / "shop"


def correct(place, text):
    (place / "sommelier.toml").write_text(text, "utf-8")
    return Workspace.open(place)


def test_what_was_written_is_read(place):
    users = pl.DataFrame({"user_id": ["bob", "cay"], "age": [30, 40]})
    made = Workspace.create(place, films(users=users))
    shop = Workspace.open(place)
    data = shop.dataset()
    assert shop.name == "shop"
    assert shop.state_path == place / "state.db"
    assert shop.schema == made.schema
    assert shop.catalog().titles == ["Film 0", "Film 1", "Film 2"]
    assert data.interactions.user_ids == ["ann", "bob"]
    assert data.interactions.history(0).tolist() == [0, 1]
    assert data.users.to_dicts() == [
        {"user_id": "ann", "age": None},
        {"user_id": "bob", "age": 30},
        {"user_id": "cay", "age": 40},
    ]
    assert shop.dataset() is data


def test_without_a_users_file_nothing_is_known_of_users(place):
    assert Workspace.create(place, films()).dataset().users is None


def test_the_log_adds_its_own_fields_and_says_so(place):
    schema = Workspace.create(place, films()).schema
    assert schema["average_rating"].description == "Average of the ratings in the log, 2 to 5"
    assert schema["popularity"].description == "Number of events in the log"
    rows = Workspace.open(place).catalog().rows([0, 2])
    assert [(row["average_rating"], row["popularity"]) for row in rows] == [(3.5, 2.0), (None, 0.0)]


@pytest.mark.parametrize("held", [None, "file", "folder"])
def test_opening_what_is_no_workspace_says_how_to_make_one(place, held):
    if held == "folder":
        place.mkdir()
    elif held == "file":
        place.write_text("")
    with pytest.raises(WorkspaceError, match="sommelier init"):
        Workspace.open(place)


def test_a_workspace_of_another_format_is_not_read(place):
    shop = Workspace.create(place, films())
    card = shop.version / "manifest.json"
    card.write_text(card.read_text().replace('"format": 1', '"format": 99'))
    with pytest.raises(WorkspaceError, match="format 99"):
        Workspace.open(place)


def test_creating_twice_is_refused_and_replacing_keeps_what_people_decided(place):
    Workspace.create(place, films())
    correct(place, '# mine\n[catalog]\nnoun = "movie"\n[engine]\ndefault = "knn"\n')
    with pytest.raises(WorkspaceError, match="--force"):
        Workspace.create(place, films())
    shop = Workspace.replace(place, films(5))
    assert len(shop.catalog()) == 5
    assert (shop.schema.noun, shop.schema.plural) == ("movie", "movies")
    assert shop.default_engine == "knn"
    assert (place / "sommelier.toml").read_text("utf-8").startswith("# mine")


def test_a_folder_with_other_files_is_left_alone(place):
    place.mkdir()
    (place / "thesis.doc").write_text("")
    with pytest.raises(WorkspaceError, match=r"thesis\.doc"):
        Workspace.create(place, films())


def test_only_the_last_two_versions_are_kept(place):
    for n in (3, 4, 5, 6):
        Workspace.replace(place, films(n))
    assert sorted(p.name for p in (place / "versions").iterdir()) == ["0003", "0004"]
    assert len(Workspace.open(place).catalog()) == 6


def test_rejects_are_kept_beside_the_data(place):
    reject = Reject("events.csv", 7, "rating", "'x' is no number", "ann,1,x")
    shop = Workspace.create(place, films(rejects=(reject,)))
    assert pl.read_csv(shop.version / "rejects.csv").to_dicts() == [vars(reject)]
    assert shop.manifest["n_rejects"] == 1


def test_a_changed_kind_takes_effect_when_opened(place):
    Workspace.create(place, films())
    shop = correct(
        place,
        '[fields.genres]\nkind = "text"\n[fields.year]\nkind = "category"\n'
        'description = "when"\naliases = ["from"]\nhidden = true\n',
    )
    assert shop.schema["genres"].kind is Kind.TEXT
    assert shop.catalog().rows([0])[0]["genres"] == "Drama Comedy"
    year = shop.schema["year"]
    assert (year.kind, year.description, year.aliases, year.hidden) == (
        Kind.CATEGORY,
        "when",
        ("from",),
        True,
    )
    assert (year.minimum, year.distinct, year.examples) == (None, 3, ("1990", "1991", "1992"))


def test_a_kind_that_people_chose_reads_the_raw_cells_at_the_next_import(place):
    Workspace.create(place, films())
    correct(place, '[fields.genres]\nkind = "category"\n')
    shop = Workspace.replace(place, films())
    assert shop.catalog().rows([0])[0]["genres"] == "Drama|Comedy"


def test_a_new_title_makes_the_old_one_text(place):
    Workspace.create(place, films())
    shop = correct(place, '[fields.genres]\nkind = "title"\n')
    assert shop.schema.title_field == "genres"
    assert shop.schema["title"].kind is Kind.TEXT


def test_a_correction_of_an_unknown_field_suggests_the_nearest_before_anything_changes(place):
    Workspace.create(place, films())
    (place / "sommelier.toml").write_text('[fields.genre]\nkind = "tags"\n', "utf-8")
    with pytest.raises(UnknownName, match=r"\[fields\.genre\].*genres"):
        _ = Workspace.open(place).schema
    with pytest.raises(UnknownName):
        Workspace.replace(place, films(9))
    (place / "sommelier.toml").unlink()
    assert len(Workspace.open(place).catalog()) == 3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[engine\n", "no valid TOML"),
        ("[egine]\n", "egine"),
        ('[fields.a]\nkind = "tag"\n', r"fields\.a\.kind"),
        ("[engine]\ndefault = 3\n", r"engine\.default"),
        ("[fields.a]\nminimum = 3\n", r"fields\.a\.minimum"),
    ],
)
def test_a_wrong_key_in_the_settings_is_named(tmp_path, text, says):
    path = tmp_path / "sommelier.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=says):
        Settings.read(path)


def test_the_settings_as_they_are_first_written_say_nothing(place):
    assert Workspace.create(place, films()).settings == Settings()


def test_the_key_cannot_change_its_kind(place):
    Workspace.create(place, films())
    with pytest.raises(ConfigError, match="item_id"):
        _ = correct(place, '[fields.item_id]\nkind = "category"\n').schema


def test_engines_are_saved_whole_or_not_at_all(place):
    shop = Workspace.create(place, films())
    with pytest.raises(WorkspaceError, match="sommelier fit"):
        shop.engine_dir("ease")
    shop.save_engine("ease", lambda folder: (folder / "w").write_text("one"))

    def fail(folder):
        (folder / "w").write_text("half")
        raise ValueError

    with pytest.raises(ValueError):
        shop.save_engine("ease", fail)
    assert shop.fitted() == ["ease"]
    assert (shop.engine_dir("ease") / "w").read_text() == "one"


def test_the_measured_engine_answers_until_people_choose(place):
    shop = Workspace.create(place, films())
    assert shop.default_engine is None
    shop.set_default_engine("ease")
    assert Workspace.open(place).default_engine == "ease"
    assert correct(place, '[engine]\ndefault = "knn"\n').default_engine == "knn"


def test_new_data_has_no_fitted_engines(place):
    shop = Workspace.create(place, films())
    shop.save_engine("ease", lambda folder: (folder / "w").write_text(""))
    assert Workspace.replace(place, films()).fitted() == []


def test_a_second_writer_is_told_to_wait(place):
    Workspace.create(place, films())
    with (
        locked(place),
        pytest.raises(WorkspaceError, match="Another process"),
        locked(place, wait=0),
    ):
        pass


@pytest.mark.parametrize(
    "place_of_death",
    [
        "Catalog.__init__",  # while understanding
        "write_items",  # while writing
        "_make_durable",  # written, not yet durable
        "Path.rename",  # durable, not yet named
        "write_file",  # named, not yet in force
        "_prune",  # in force, old ones still there
    ],
)
def test_a_process_that_is_killed_leaves_a_whole_workspace(place, place_of_death):
    Workspace.create(place, films(3))
    script = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        import polars as pl
        from sommelier.data import catalog, versions, workspace
        sys.path.insert(0, sys.argv[3])
        from test_workspace import films

        def die(*_, **__):
            os.kill(os.getpid(), signal.SIGKILL)

        where = {
            "Catalog.__init__": (catalog.Catalog, "__init__"),
            "write_items": (pl.DataFrame, "write_parquet"),
            "_make_durable": (versions, "_make_durable"),
            "Path.rename": (Path, "rename"),
            "write_file": (versions, "write_file"),
            "_prune": (versions.Versions, "_prune"),
        }
        setattr(*where[sys.argv[2]], die)
        workspace.Workspace.replace(sys.argv[1], films(7))
        """
    )
    here = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", script, str(place), place_of_death, here],
        check=False,
        env={**os.environ, "PYTHONPATH": here},
    )
    assert done.returncode == -signal.SIGKILL
    expected = 7 if place_of_death == "_prune" else 3
    shop = Workspace.open(place)
    assert len(shop.catalog()) == expected
    assert len(shop.dataset().interactions) == 3
    assert len(Workspace.replace(place, films(4)).catalog()) == 4
    assert all(path.name.isdigit() for path in (place / "versions").iterdir())


def test_a_version_that_is_gone_is_said(tmp_path):
    (tmp_path / "CURRENT").write_text("0042\n")
    with pytest.raises(WorkspaceError, match="'0042'"):
        Versions(tmp_path).current()
