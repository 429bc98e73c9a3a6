"""The maker on the toy bookshop: the same rows for a seed, whole or in pieces, and no leaks."""

import json

import pytest

from sommelier.engines.instruct.templates import templates
from sommelier.errors import DataError, ModelUnreachable, UsageError
from sommelier.evaluation.instructions.rows import read_rows
from sommelier.llm.chat.scripted import ScriptedModel
from sommelier.testing import toy
from sommelier.tuning.instructions import make as making
from sommelier.tuning.instructions.drawing import Drawer, split_of
from sommelier.tuning.instructions.make import FILE, make
from sommelier.tuning.instructions.sayings import Sayings
from sommelier.tuning.instructions.source import Source


@pytest.fixture(scope="module")
def source():
    dataset = toy.world(18).dataset
    return Source("toy", dataset, Sayings(dataset.catalog))


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(making, "_BLOCK", 20)


@pytest.fixture
def made(source, tmp_path):
    return make([source], tmp_path / "rows", 200, seed=1)


def test_the_same_seed_makes_the_same_file_and_another_seed_another(source, made, tmp_path):
    again = make([source], tmp_path / "again", 200, seed=1)
    other = make([source], tmp_path / "other", 200, seed=2)
    assert again.card["sha256"] == made.card["sha256"] != other.card["sha256"]


def test_a_run_that_was_killed_goes_on_to_the_same_file(source, made, tmp_path, monkeypatch):
    class Killed(BaseException):
        pass

    blocks = []

    def told(what):
        blocks.append(what)
        if len(blocks) == 4:
            raise Killed

    out = tmp_path / "killed"
    with pytest.raises(Killed):
        make([source], out, 200, seed=1, report=told)
    part = out / f"{FILE}.part"
    part.write_bytes(part.read_bytes() + b'{"id": "half a li')
    again = []
    assert make([source], out, 200, seed=1, report=again.append).card == made.card
    assert len(again) == len(list(making._jobs([source], 200))) - 4
    assert not part.exists()


def test_a_folder_with_the_beginning_of_another_run_is_refused(source, tmp_path):
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(UsageError, match="beginning of a run"):
        make([source], tmp_path, 200, seed=1)


def test_the_card_counts_what_is_there(made):
    rows = list(read_rows(made.path))
    assert made.card["rows"] == len(rows) == sum(made.card["split"].values())
    assert made.card["preference"].keys() == {"P0", "P1", "P2"}
    assert json.loads((made.path.parent / "card.json").read_text()) == made.card


def test_no_instruction_names_its_target_but_among_candidates(made):
    catalog = toy.world(18).dataset.catalog
    sayings = Sayings(catalog)
    for row in read_rows(made.path):
        target = catalog.num(row.target)
        assert not sayings.names(target, f"{row.wish} {row.liking}")
        assert row.form != "T2" or catalog.titles[target] not in row.text


def test_people_are_of_one_split_each_and_training_sees_no_kept_wording(made):
    held_out = {one.key for one in templates() if one.held_out}
    for row in read_rows(made.path):
        assert row.split == split_of("toy", row.user)
        assert row.seen == (row.template not in held_out)
        assert row.seen or row.split != "train"


def test_those_trained_on_never_have_one_of_their_last_two_events_as_a_target(made):
    dataset = toy.world(18).dataset
    log = dataset.interactions
    for row in read_rows(made.path):
        user = log.user_ids.index(row.user)
        events = [dataset.catalog.ids[item] for item in log.history(user)]
        place = events.index(row.target)
        left = len(events) - 1 - place
        assert left > 1 if row.split == "train" else left == {"dev": 1, "test": 0}[row.split]
        assert list(row.history) == events[:place][-20:]


def test_the_answer_is_the_target_in_every_form(made):
    catalog = toy.world(18).dataset.catalog
    for row in read_rows(made.path):
        right = row.candidates.index(row.target) if row.target in row.candidates else None
        match row.form:
            case "T0":
                assert row.answer == ("no" if right is None else "yes")
            case "T2":
                assert row.answer == catalog.titles[catalog.num(row.target)]
            case _:
                assert row.answer.split(", ")[0] == "ABCDEFGHIJ"[right]


def test_a_log_of_two_events_a_person_is_too_short(source):
    dataset = source.dataset
    log = dataset.interactions
    short = log.keep([n < 2 for n in range(len(log))])
    drawer = Drawer(Source("toy", dataset.with_interactions(short), source.sayings), "train")
    with pytest.raises(DataError, match="Only 0 of 10"):
        drawer.block(0, 10, seed=1)


def test_a_catalogue_without_texts_is_refused():
    dataset = toy.world(18).dataset
    bare = type(dataset)(_bare(dataset.catalog), dataset.interactions)
    with pytest.raises(DataError, match="to speak of"):
        Source.of("toy", bare, proposer="")


def _bare(catalog):
    from sommelier.data.catalog import Catalog
    from sommelier.data.schema import Kind, Schema

    kept = [f for f in catalog.schema if f.kind in (Kind.ID, Kind.NUMBER)]
    return Catalog(catalog.table.select([f.name for f in kept]), Schema(fields=tuple(kept)))


def test_a_teacher_words_the_training_wishes_and_nonsense_changes_nothing(source, made, tmp_path):
    said = ScriptedModel(lambda _asked: json.dumps({"wish": "some quiet reading, if you please"}))
    taught = list(read_rows(make([source], tmp_path / "a", 200, 1, teacher=said).path))
    plain = list(read_rows(made.path))
    changed = [t for t, p in zip(taught, plain, strict=True) if t.wish != p.wish]
    assert changed and all(row.split == "train" for row in changed)
    assert all("some quiet reading" in row.text and row.wish in row.spoken for row in changed)

    mad = ScriptedModel(lambda _asked: json.dumps({"wish": ""}))
    kept = list(read_rows(make([source], tmp_path / "b", 200, 1, teacher=mad).path))
    assert [row.text for row in kept] == [row.text for row in plain]


def test_a_teacher_that_is_gone_stops_the_run_and_it_goes_on_unpaid(source, tmp_path):
    asked = []

    def answer(question):
        asked.append(question)
        if len(asked) == 40:
            raise ModelUnreachable("Nobody answers.")
        return json.dumps({"wish": "some quiet reading, if you please"})

    teacher = ScriptedModel(answer)
    with pytest.raises(ModelUnreachable):
        make([source], tmp_path, 200, 1, teacher=teacher)
    whole = len((tmp_path / f"{FILE}.part").read_bytes().splitlines())
    assert 0 < whole < 180
    rows = list(read_rows(make([source], tmp_path, 200, 1, teacher=teacher).path))
    wished = sum(bool(row.wish) for row in rows if row.split == "train")
    assert wished < len(asked) < wished + 20  # the block that broke off is asked again, no other
