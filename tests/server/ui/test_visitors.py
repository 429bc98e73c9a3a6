"""Each browser is a person of its own, and nobody meets another's conversations."""

import httpx2 as httpx
import pytest

from sommelier.server.ui.visitor import COOKIE, Visitors, kept_secret


async def _nothing(scope, receive, send):
    """An application that is never called."""


def test_a_cookie_is_read_only_by_who_signed_it():
    ours, theirs = Visitors(_nothing, "one"), Visitors(_nothing, "another")
    cookie = ours.write("visitor-0123")
    assert ours.read(cookie) == "visitor-0123"
    assert theirs.read(cookie) is None


@pytest.mark.parametrize("change", ["", ".", "visitor-0123", "visitor-0123.", "x" * 9999, "ü.ü"])
def test_a_forged_cookie_is_nobodys(change):
    ours = Visitors(_nothing, "one")
    assert ours.read(change) is None
    assert ours.read(ours.write("visitor-0123").replace("0123", "0124")) is None


def test_the_secret_of_a_machine_is_made_once_and_only_its_owner_reads_it(tmp_path):
    first = kept_secret(tmp_path / "new")
    assert kept_secret(tmp_path / "new") == first
    assert len(first) >= 43
    assert (tmp_path / "new" / "page.secret").stat().st_mode & 0o077 == 0


def test_a_new_browser_gets_an_unguessable_name_and_keeps_it(page_url):
    with httpx.Client(base_url=page_url) as one, httpx.Client(base_url=page_url) as two:
        first, second = (browser.get("/").cookies[COOKIE] for browser in (one, two))
        assert first != second
        assert len(first.split(".")[0].removeprefix("visitor-")) == 32
        assert "set-cookie" not in one.get("/").headers
        told = httpx.get(page_url).headers["set-cookie"]
        assert all(word in told for word in ("HttpOnly", "SameSite=Lax", "Path=/"))


def test_the_other_doors_neither_get_cookies_nor_pages(page_url):
    answer = httpx.get(page_url + "/v1/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "set-cookie" not in httpx.get(page_url + "/health/live").headers
    assert httpx.put(page_url + "/v1/recommend/viewer-0001").status_code == 405
    assert httpx.get(page_url + "/nothing-here").headers["content-type"].startswith("application/")


def test_a_workspace_that_is_not_served_is_named_as_such(page_url):
    assert "There is no workspace" in httpx.get(page_url + "/workspaces/none").text
    assert httpx.get(page_url + "/workspaces/films/catalogue").status_code == 200


@pytest.mark.browser
@pytest.mark.slow
def test_two_visitors_never_meet(visit, say, page_url):
    one, other = visit(), visit()
    say(one, "I hate horror")
    say(one, "westerns with secrets of mine")
    one.wait_for_url("**talk=*")
    address = one.url
    assert one.locator(".session").count() == 1
    other.goto(address)
    other.locator(".welcome").wait_for()
    assert other.locator(".session").count() == 0
    assert "secrets of mine" not in other.content()
    other.goto(page_url + "/you")
    other.get_by_text("Nothing yet").wait_for()
    forged = one.context.cookies()
    stolen = next(cookie for cookie in forged if cookie["name"] == COOKIE)
    name = stolen["value"].split(".")[0]
    other.context.add_cookies([{**stolen, "value": f"{name}.{'0' * 64}"}])
    other.goto(address)
    other.locator(".welcome").wait_for()
    assert "secrets of mine" not in other.content()


@pytest.mark.browser
@pytest.mark.slow
def test_who_asks_to_be_another_is_not_where_keys_are_needed(films, serve, chromium, tmp_path):
    import shutil

    from sommelier import shop

    place = tmp_path / "films"
    shutil.copytree(films, place, ignore=shutil.ignore_patterns("state.db*"))
    with shop.open(place).store as store:
        store.create_key(["admin"])
    with serve(place, page=True, mcp=False, secret="for tests only") as url:
        context = chromium.new_context()
        context.add_cookies([{"name": "sommelier_as", "value": "viewer-0001", "url": url}])
        page = context.new_page()
        page.goto(url + "/you")
        page.get_by_text("Nothing yet").wait_for()
        assert page.locator(".picker").count() == 0
        context.close()
