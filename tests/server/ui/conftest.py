"""The bundled films behind the page, and browsers that look at it."""

import importlib.util
import shutil

import pytest

from sommelier import shop

_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for name in _NAMES if (path := shutil.which(name))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def pytest_collection_modifyitems(items):
    """Skip what needs a browser where there is none."""
    able = CHROMIUM and importlib.util.find_spec("playwright")
    skip = pytest.mark.skip(reason="needs Chromium and playwright")
    for item in items:
        if item.get_closest_marker("browser") and not able:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def films(tmp_path_factory):
    """Return the folder of the bundled films, prepared afresh."""
    return shop.open_demo(tmp_path_factory.mktemp("demo")).workspace.path


@pytest.fixture(scope="session")
def opened(films):
    """Return the films as an open shop."""
    return shop.open(films)


@pytest.fixture(scope="session")
def page_url(films, tmp_path_factory, serve):
    """Return the address of a service with the page, on one's own machine.

    NiceGUI is one in a process: tests that serve a page of their own run before the first or after
    the last use of this one, which the names of their files see to.
    """
    place = tmp_path_factory.mktemp("served") / "films"
    shutil.copytree(films, place, ignore=shutil.ignore_patterns("state.db*"))
    with serve(place, page=True, mcp=False, secret="for tests only") as url:
        yield url


@pytest.fixture(scope="module")
def chromium():
    """Return a browser; while it is open, an event loop runs in this thread."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, page_url):
    """Return what opens the page as a new person; faults of the page fail the test."""
    contexts, faults = [], []

    def visit(path="/", *, width=1200, height=900, locale="en-US", scheme="light"):
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            locale=locale,
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
        page.on("request", lambda r: faults.append(r.url) if not _near(r.url, page_url) else None)
        page.goto(page_url + path)
        page.locator("#main").wait_for()
        return page

    yield visit
    for context in contexts:
        context.close()
    assert faults == []


def _near(url, base):
    """Return whether a request stays on this machine."""
    return url.startswith((base, base.replace("http", "ws"), "data:", "blob:"))


@pytest.fixture
def say():
    """Return what says a message and waits for the answer, which it returns."""

    def say(page, text):
        answers = page.locator(".turn")
        number = answers.count()
        page.locator("textarea.say").fill(text)
        page.keyboard.press("Enter")
        answer = answers.nth(number).locator(".answer")
        answer.wait_for()
        return answer

    return say
