"""Model files from addresses and single files: whole and of the pinned hash, or not at all."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pydantic import ValidationError

from sommelier.errors import DataError, NotInstalled
from sommelier.llm.doors import digest
from sommelier.llm.known import Known, Pinned
from sommelier.llm.models import Store

WEIGHTS = b"GGUF" + bytes(range(256)) * 12_000


class Hub:
    """Serves one file; `cut` breaks off in the middle, `moved` sends the way to it first."""

    def __init__(self):
        self.asked = []
        self.cut = False
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                hub.asked.append(self.path)
                if self.path.startswith("/moved"):
                    self.send_response(302)
                    self.send_header("Location", "/tiny.gguf")
                    self.end_headers()
                    return
                self.send_response(200 if "tiny" in self.path else 404)
                self.send_header("Content-Length", str(len(WEIGHTS)))
                self.end_headers()
                self.wfile.write(WEIGHTS[: 1000 if hub.cut else None])

            def log_message(self, *words):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def hub(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    found = Hub()
    yield found
    found.close()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "anything.bin"
    path.write_bytes(WEIGHTS)
    return path


@pytest.fixture
def make(tmp_path, file):
    """Make a store that knows one model of one file, at an address if there is one."""

    def made(url="", **row):
        pinned = Pinned(path="in/tiny.gguf", sha256=digest(file), url=url)
        row = {"package": "" if url else "tiny-llm", "package_version": "1.0", **row}
        told = {"purpose": "a tiny model", "licence": "none", "keep": ("tiny.gguf",)}
        return Store(tmp_path / "models", {"tiny": Known(files=(pinned,), **told, **row)})

    return made


def left(store):
    return sorted(path.name for path in store.root.iterdir())


def test_the_file_itself_is_taken_under_any_name(make, file):
    manifest = make().install("tiny", file)
    assert (manifest.folder / "tiny.gguf").read_bytes() == WEIGHTS
    assert manifest.source == f"path {file}"


def test_a_file_comes_from_its_address_in_the_table(make, hub):
    steps = []
    store = make(f"{hub.url}/moved/tiny.gguf?download=true")
    manifest = store.install("tiny", report=steps.append)
    assert store.broken("tiny") == []
    assert manifest.source == f"hub {hub.url.removeprefix('http://')}"
    assert hub.asked == ["/moved/tiny.gguf?download=true", "/tiny.gguf"]
    assert steps[-2:] == ["Downloading tiny.gguf: 3 of 3 MB", "Checking tiny.gguf"]
    assert left(store) == ["tiny"]


def test_an_address_may_stand_in_for_the_package(make, hub):
    manifest = make().install("tiny", f"{hub.url}/tiny.gguf")
    assert manifest.source == f"address {hub.url}/tiny.gguf"


def test_another_file_at_the_address_is_refused_and_nothing_is_left(make, hub, file):
    file.write_bytes(WEIGHTS[1:])
    store = make(f"{hub.url}/tiny.gguf")
    with pytest.raises(DataError, match="is not the pinned file"):
        store.install("tiny")
    assert left(store) == []


@pytest.mark.parametrize(
    ("path", "said"), [("/tiny.gguf", "it broke off after 1,000 of"), ("/absent", "404")]
)
def test_a_download_that_fails_leaves_nothing_and_says_why(make, hub, path, said):
    hub.cut = True
    store = make(hub.url + path)
    with pytest.raises(NotInstalled, match=said) as raised:
        store.install("tiny")
    assert "--from THE_FILE" in raised.value.hint
    assert left(store) == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/tiny.gguf", "http:///tiny", "https://[x"])
def test_an_address_where_nobody_answers_is_told(make, url):
    with pytest.raises(NotInstalled, match="could not be downloaded"):
        make().install("tiny", url)


def test_a_row_of_the_table_says_where_its_files_come_from():
    file = Pinned(path="a", sha256="0" * 64)
    with pytest.raises(ValidationError, match="name the package, or give every file an address"):
        Known(purpose="p", licence="l", files=(file,), keep=("a",))
