"""How engines are kept."""

import json

import numpy as np
import pytest

from sommelier.engines import storage
from sommelier.errors import WorkspaceError


def test_what_was_written_is_read_back(tmp_path):
    arrays = {
        "matrix": np.arange(6, dtype=np.float32).reshape(2, 3),
        "nums": np.array([3, 1], np.int32),
        "none": np.empty((0, 4), np.float32),
        "flags": np.array([True, False]),
    }
    storage.write(tmp_path, "mine", n_items=3, config={"a": 1}, arrays=arrays)
    config, found = storage.read(tmp_path, "mine", n_items=3)
    assert config == {"a": 1}
    assert set(found) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype


def test_the_folder_holds_plain_json_and_safetensors(tmp_path):
    storage.write(tmp_path, "mine", n_items=3, config={}, arrays={"x": np.zeros(1, np.float32)})
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "arrays.safetensors",
        "engine.json",
    ]
    assert json.loads((tmp_path / "engine.json").read_text())["engine"] == "mine"


@pytest.mark.parametrize("broken", ["arrays.safetensors", "engine.json"])
@pytest.mark.parametrize("content", [b"", b"[]", b"\xff" * 40, None])
def test_a_broken_or_missing_file_is_a_workspace_error(tmp_path, broken, content):
    storage.write(tmp_path, "mine", n_items=3, config={}, arrays={"x": np.zeros(9, np.float32)})
    path = tmp_path / broken
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WorkspaceError) as caught:
        storage.read(tmp_path, "mine", n_items=3)
    assert "sommelier fit" in caught.value.hint


def test_a_file_cut_short_is_a_workspace_error(tmp_path):
    storage.write(tmp_path, "mine", n_items=3, config={}, arrays={"x": np.zeros(9, np.float32)})
    path = tmp_path / "arrays.safetensors"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(WorkspaceError):
        storage.read(tmp_path, "mine", n_items=3)
