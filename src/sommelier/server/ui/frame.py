"""What stands around every page: name, ways, language, light and dark, and whom one talks as."""

import contextlib
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from html import escape
from importlib.resources import files
from itertools import islice
from typing import Final

from nicegui import ui

from sommelier.server.ui.parts import Part, button, hear, icon, part, send
from sommelier.server.ui.seat import WAYS, Seat
from sommelier.server.ui.wording import LANGUAGES

__all__ = ["ASSETS", "frame", "lost"]

ASSETS: Final = "/_nicegui/sommelier"  # where style and script are served
_KNOWN_USERS: Final = 200  # that the picker proposes; any other can be typed


@contextlib.contextmanager
def frame(seat: Seat, here: str, title: str = "") -> Iterator[Part]:
    """Build the frame, and the page within it."""
    say = seat.say
    _head(seat)
    for outer in ui.context.client.layout.descendants():
        if outer.tag == "q-page":  # it would be a second <main>, with the ways inside
            outer.props["role"] = "presentation"
    ui.page_title(f"{title or say('ways', here)} · Sommelier")
    part("a", "skip", say("frame", "skip"), href="#main")
    with part("header", "top"):
        with part("a", "brand", href=seat.link(""), aria_label=say("frame", "home")):
            part("span", "brand-name", "Sommelier")
            part("span", "brand-shop", seat.hosted.name)
        with part("nav", "ways", aria_label=say("frame", "ways")):
            for name, path in WAYS.items():
                current = "page" if name == here else None
                link = part("a", "way", href=seat.link(path), aria_current=current)
                with link:
                    icon(name)
                    part("span", text=say("ways", name))
        with part("div", "tools"):
            if seat.open:
                _picker(seat)
            _languages(seat)
            dark = button("", None, "tool", sign="theme", title=say("frame", "theme"))
            dark.put("aria_label", say("frame", "theme"))
            dark.on("click", js_handler="() => sommelier.theme()")
    with part("main", f"page page-{here}", id="main", tabindex="-1") as body:
        yield body


def lost(seat: Seat, text: str, hint: str = "") -> None:
    """Say that something is not there, and lead back."""
    with part("section", "empty"):
        part("h1", "title", text)
        if hint:
            part("p", "lead", hint)
        part("a", "plain", seat.say("frame", "home"), href=seat.link(""))


def _head(seat: Seat) -> None:
    stamp = _stamp()
    ui.add_head_html(
        f'<link rel="stylesheet" href="{ASSETS}/page.css?{stamp}">'
        f'<script>document.documentElement.lang = "{seat.say.tag}";'
        f'document.documentElement.dataset.theme = "{escape(seat.theme)}";</script>'
        f'<script src="{ASSETS}/page.js?{stamp}"></script>'
    )


@cache
def _stamp() -> str:
    """Return what changes with style and script, so that browsers never keep an old one."""
    assets = files(__package__).joinpath("assets")
    read = b"".join(assets.joinpath(name).read_bytes() for name in ("page.css", "page.js"))
    return hashlib.blake2s(read, digest_size=6).hexdigest()


def _languages(seat: Seat) -> None:
    with part("div", "languages", role="group", aria_label=seat.say("frame", "language")):
        for code, name in LANGUAGES.items():
            chosen = "true" if code == seat.say.language else "false"
            tag = "zh-CN" if code == "zh" else code
            one = button(name, None, "tool language", aria_pressed=chosen, lang=tag)
            one.on("click", js_handler=f"() => sommelier.choose('language', '{code}')")


def _picker(seat: Seat) -> None:
    """Let the owner of the machine see the shop as one of the log's users does."""
    say, users = seat.say, seat.hosted.shop.dataset.interactions.user_ids
    with part("details", "picker"):
        with part("summary", "tool"):
            icon("person")
            part("span", text=seat.person if seat.borrowed else say("picker", "self"))
        with part("form", "sheet", aria_label=say("picker", "title")) as form:
            part("p", "note", say("picker", "note"))
            part("label", "label", say("picker", "user"), for_="picked")
            part("input", "field", id="picked", list="users", autocomplete="off", maxlength=256)
            with part("datalist", id="users"):
                for user in islice(users, _KNOWN_USERS):
                    part("option", value=user)
            part("button", "primary", say("picker", "go"), type="submit")
            if seat.borrowed:
                back = button(say("picker", "back"), None, "plain")
                back.on("click", js_handler="() => sommelier.choose('as', '')")
        told = "(e) => emit(e.target.querySelector('input').value.trim())"
        hear(form, "submit.prevent", lambda user: _pick(seat, str(user)), told)


def _pick(seat: Seat, user_id: str) -> None:
    if user_id in seat.hosted.shop.dataset.interactions.user_index:
        send(f"sommelier.choose('as', {json.dumps(user_id)})")
    else:
        ui.notify(seat.say("picker", "unknown", user=user_id[:80]))
