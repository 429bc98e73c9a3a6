"""The toy bookshop as a served workspace, behind a real socket."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time

import httpx2 as httpx
import polars as pl
import pytest
import uvicorn

from sommelier.data.sources import read_named
from sommelier.data.workspace import Workspace
from sommelier.server import ServerSettings, make_app
from sommelier.server.running import options
from sommelier.shop import Shop
from sommelier.testing import toy

SETTINGS = """
[engine]
default = "ease"
[engines.ease]
reg = 1.0
[engines.content]
meaning = 0.0
[policy]
require = "price < 100"
"""


@pytest.fixture(scope="session")
def bookshop(tmp_path_factory):
    """Return a workspace that nobody writes to: sixteen books, thirty readers, two engines."""
    folder = tmp_path_factory.mktemp("files")
    world = toy.world().dataset
    log, ids = world.interactions, world.catalog.ids
    table = world.catalog.table.with_columns(pl.col("genres").list.join("|"))
    table.write_csv(folder / "items.csv")
    events = {
        "user_id": [log.user_ids[user] for user in log.users],
        "item_id": [ids[item] for item in log.items],
        "timestamp": log.times.tolist(),
    }
    pl.DataFrame(events).write_csv(folder / "events.csv")
    users = {"user_id": log.user_ids, "town": ["Whitby", "Lynn", "Deal"] * 10}
    pl.DataFrame(users).write_csv(folder / "users.csv")
    path = folder / "books"
    path.mkdir()
    (path / "sommelier.toml").write_text(SETTINGS, "utf-8")
    files = {name: folder / f"{name}.csv" for name in ("items", "events", "users")}
    Shop(Workspace.create(path, read_named(**files))).fit(["popularity", "content", "ease"])
    return path


@pytest.fixture
def books(bookshop, tmp_path):
    """Return a copy of the workspace to write to."""
    shutil.copytree(bookshop, tmp_path / "books")
    return tmp_path / "books"


@contextlib.contextmanager
def running(*workspaces, **settings):
    """Serve in a thread of this process; gives the address."""
    told = {"brain": "rules", "page": False, "refresh_after": 0, "port": 0, **settings}
    read = ServerSettings.read(workspaces=workspaces, **told)
    quiet = {"log_level": "warning", "timeout_graceful_shutdown": 5}
    server = uvicorn.Server(uvicorn.Config(make_app(read), **options(read) | quiet))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the service ended before it began"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(30)


@contextlib.contextmanager
def started(workspace, *options, before=(), **environment):
    """Run `sommelier serve` as people do, a process of its own; gives the address and it.

    `before` is a command that runs the rest of its line.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [*before, sys.executable, "-m", "sommelier", "serve", workspace, "--port", port]
    told = [str(part) for part in (*command, "--brain", "rules", "--no-page", *options)]
    process = subprocess.Popen(told, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
    url, until = f"http://127.0.0.1:{port}", time.monotonic() + 600
    try:
        while True:
            assert process.poll() is None, "the service ended before it began"
            assert time.monotonic() < until
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{url}/health/ready", timeout=10).status_code == 200:
                    break
            time.sleep(0.1)
        yield url, process
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="session")
def program():
    """Return `started`: `with program(workspace, "--workers", 2) as (url, process)`."""
    return started


@pytest.fixture(scope="session")
def serve():
    """Return `running`: `with serve(workspace, body_limit=2000) as url`."""
    return running


@pytest.fixture
def client(books):
    """A client of a service of its own."""
    with running(books) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def shared(bookshop, tmp_path_factory):
    """A client of a service that the tests of a module share: each uses people of its own."""
    path = tmp_path_factory.mktemp("shared") / "books"
    shutil.copytree(bookshop, path)
    with running(path) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client
