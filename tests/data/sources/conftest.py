"""Write small files by hand and read them as a person would name them."""

import gzip
import zipfile

import pytest

from sommelier.data import sources


@pytest.fixture
def write(tmp_path):
    """Write text or bytes under a name; `.gz` packs it, a dict makes a zip."""

    def _write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, dict):
            with zipfile.ZipFile(path, "w") as archive:
                for inside, text in content.items():
                    archive.writestr(inside, text)
            return path
        data = content if isinstance(content, bytes) else content.encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return _write


@pytest.fixture
def read_events(write):
    """Read a hand-written events file, with or without items."""

    def _read(content, *, name="events.csv", items=None, skip=False):
        return sources.read_named(
            items=None if items is None else write("items.csv", items),
            events=write(name, content),
            on_bad_row="skip" if skip else "error",
        )

    return _read
