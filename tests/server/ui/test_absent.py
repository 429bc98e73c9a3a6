"""Where the page cannot be, its addresses say so; who asks too often is told how long to wait."""

import re

import httpx2 as httpx
import pytest
from typer.testing import CliRunner

from sommelier import shop
from sommelier.cli import app
from sommelier.server import running

PATHS = ("/", "/catalogue", "/item", "/you", "/numbers", "/workspaces/books/you")


def test_with_several_workers_every_address_of_the_page_says_how_to_get_it(books, serve):
    with serve(books, page=True, workers=2) as url:
        for path in PATHS:
            answer = httpx.get(url + path)
            assert answer.status_code == 200, path
            assert "runs in 2" in answer.text
            assert re.search(r"sommelier serve WORKSPACE --workers 1 --port \d+", answer.text)
        chinese = httpx.get(url, headers={"Accept-Language": "zh-CN,zh;q=0.9"}).text
        assert "这个服务有 2 个进程" in chinese
        assert 'lang="zh-CN"' in chinese
        assert httpx.get(url + "/nothing").status_code == 404
        assert httpx.get(url + "/v1/items/book-01").status_code == 200
        assert "/you" not in httpx.get(url + "/openapi.json").json()["paths"]


def test_without_a_page_asked_for_its_addresses_are_not_there(books, serve):
    with serve(books, page=False, workers=2) as url:
        assert httpx.get(url).status_code == 404


@pytest.mark.parametrize(("workers", "told"), [("2", True), ("1", False)])
def test_serve_says_at_its_start_that_the_page_is_not_there(books, monkeypatch, workers, told):
    monkeypatch.setattr(running, "run", lambda settings: None)
    done = CliRunner().invoke(app, ["serve", str(books), "--workers", workers, "--port", "8100"])
    assert done.exit_code == 0, done.output
    assert ("--workers 1 --port 8101" in done.stderr) is told


@pytest.fixture
def strict(books, serve):
    """Return the address of a service that takes six requests a minute from strangers."""
    with shop.open(books).store as store:
        store.create_key(["admin"])
    with serve(books, page=True, mcp=False, secret="for tests only", per_address="6/minute") as url:
        yield url


def test_pages_count_as_requests_and_beyond_the_limit_say_so(strict):
    statuses = [httpx.get(strict + path).status_code for path in PATHS]
    assert statuses == [200] * 6
    answer = httpx.get(strict + "/catalogue")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert "Too many requests from this address." in answer.text


@pytest.mark.browser
@pytest.mark.slow
def test_a_search_counts_as_a_request(strict, chromium):
    page = chromium.new_context().new_page()
    page.goto(strict + "/catalogue")
    field = page.get_by_label("Search titles and names")
    for text, left in (("slow", 1), ("", 16), ("slow", 1), ("", 16), ("slow", 1)):
        field.fill(text)
        page.wait_for_function(
            "n => document.querySelectorAll('.cell').length === n", arg=left, timeout=10_000
        )
    field.fill("")
    page.get_by_text("Too many requests from this address.").wait_for(timeout=10_000)
    assert page.locator(".cell").count() == 1
    page.context.close()
