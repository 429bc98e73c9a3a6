"""Makes docs/images: uses the page over the bundled films in Chromium, as a new person would.

    python docs/pictures.py

The state is a fresh one in a temporary folder. Needs Chromium, playwright of the dev group,
and Pillow, which the extra `plot` brings.
"""

import contextlib
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import uvicorn
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from sommelier import shop
from sommelier.server import ServerSettings, make_app
from sommelier.server.running import options

IMAGES = Path(__file__).parent / "images"
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
COLOURS = 128  # the page has few, and a picture a third of the bytes
WIDE, NARROW = (1200, 820), (360, 740)


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve the bundled films, prepared afresh; gives the address."""
    place = shop.open_demo(folder).workspace.path
    told = {"workspaces": (place,), "port": 0, "brain": "rules", "secret": "for pictures only"}
    settings = ServerSettings.read(**told)
    quiet = {"log_level": "warning"}
    server = uvicorn.Server(uvicorn.Config(make_app(settings), **options(settings) | quiet))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            sys.exit("The service ended before it began.")
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(30)


def visit(
    browser: Browser, url: str, size: tuple[int, int], locale: str = "en-US", scheme: str = "light"
) -> Page:
    """Open the page as a new person."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale=locale,
        color_scheme=scheme,  # type: ignore[arg-type]  # one of playwright's own words
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(url)
    page.locator("#main > *").first.wait_for()
    return page


def say(page: Page, text: str) -> Locator:
    """Say a message; returns the answer."""
    answers = page.locator(".turn")
    number = answers.count()
    page.locator("textarea.say").fill(text)
    page.keyboard.press("Enter")
    answer = answers.nth(number).locator(".answer")
    answer.wait_for()
    return answer


def keep(page: Page, name: str) -> None:
    """Take a picture once everything has come to rest."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(700)
    drawn = Image.open(BytesIO(page.screenshot()))
    drawn.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        IMAGES / f"page-{name}.png", optimize=True
    )


def react(answer: Locator, place: int, kind: str) -> None:
    """Press a button of a card."""
    answer.locator(f".act-{kind}").nth(place).click()
    answer.locator(".item").nth(place).locator(".told:not(:empty)").wait_for()


def talk(browser: Browser, url: str) -> None:
    """Make the pictures of a conversation."""
    page = visit(browser, url, WIDE)
    say(page, "I hate horror")
    page.locator(".new").click()
    page.locator(".welcome").wait_for()
    react(say(page, "comedies from the 1990s under 100 minutes"), 0, "like")
    page.locator(".more").click()
    answer = page.locator(".turn").nth(1).locator(".answer")
    answer.wait_for()
    keep(page, "talk")
    answer.locator(".how-title").click()
    answer.locator(".foot").scroll_into_view_if_needed()
    page.mouse.wheel(0, 2000)
    keep(page, "funnel")


def others(browser: Browser, url: str) -> None:
    """Make the pictures in Chinese, in the dark, on a telephone, and of the catalogue."""
    page = visit(browser, url, WIDE, "zh-CN")
    react(say(page, "推荐几部90年代的喜剧，不超过100分钟"), 0, "like")
    page.locator(".more").click()
    page.locator(".turn").nth(1).locator(".answer").wait_for()
    keep(page, "chinese")
    page = visit(browser, url, WIDE, scheme="dark")
    answer = say(page, "crime films with Robert De Niro")
    react(answer, 0, "like")
    react(answer, 1, "dislike")
    page.evaluate("sommelier.latest()")
    keep(page, "dark")
    page = visit(browser, url, NARROW)
    say(page, "something like Groundhog Day")
    keep(page, "narrow")
    page = visit(browser, f"{url}/catalogue?f-genres=Crime,Drama&sort=-year", WIDE)
    page.locator(".cell").first.wait_for()
    keep(page, "catalogue")


def main() -> None:
    """Make every picture anew."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        sys.exit("There is no Chromium here: " + ", ".join(NAMES))
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        talk(browser, url)
        others(browser, url)
        browser.close()


if __name__ == "__main__":
    main()
