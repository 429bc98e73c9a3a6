"""The page one comes to: a conversation, and the others beside it."""

import asyncio
import json

from sommelier.errors import UnknownName
from sommelier.server.ui.frame import frame
from sommelier.server.ui.parts import Handler, Part, button, part, send
from sommelier.server.ui.seat import Seat
from sommelier.server.ui.talk.side import Side
from sommelier.server.ui.talk.suggestions import suggestions
from sommelier.server.ui.talk.thread import Thread

__all__ = ["build"]


async def build(seat: Seat) -> None:
    """Build the page; `?talk=` names the conversation to take up, if it is the person's own."""
    with frame(seat, "talk"):
        await _Talk(seat).begin()


class _Talk:
    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        with part("div", "talk"):
            self._side = Side(seat, self.choose, self.renew)
            with part("div", "room"):
                show = button(seat.say("side", "title"), None, "side-open", sign="talk")
                show.on("click", js_handler="() => document.body.classList.toggle('side-shown')")
                self._box = part("div", "thread", role="log", aria_live="polite")
                self._thread = Thread(seat, self._box, self._begun)
                self._thread.composer()

    async def begin(self) -> None:
        """Take up what the address names, or greet."""
        if not await self._show(self._seat.query.get("talk", "")):
            self._greet()
        await self._side.refresh(self._thread.session_id)
        if message := self._seat.query.get("say", ""):
            send(f"document.querySelector('textarea.say').value = {json.dumps(message)}")

    async def choose(self, session_id: str) -> None:
        """Show another conversation."""
        self._seat.count()
        send("document.body.classList.remove('side-shown')")
        if await self._show(session_id):
            send(f"sommelier.address('talk={session_id}')")
        await self._side.refresh(self._thread.session_id)

    async def renew(self) -> None:
        """Begin a new conversation."""
        send("document.body.classList.remove('side-shown'); sommelier.address('')")
        self._thread.fresh()
        self._greet()
        await self._side.refresh(self._thread.session_id)
        send("document.querySelector('textarea.say').focus()")

    async def _show(self, session_id: str) -> bool:
        """Show a conversation of this very person; anybody else's is not there."""
        if not session_id:
            return False
        store = self._seat.hosted.store
        try:
            session = await asyncio.to_thread(store.session, session_id)
        except UnknownName:
            return False
        if session.user_id != self._seat.person:
            return False
        await self._thread.show(session_id)
        return True

    async def _begun(self) -> None:
        send(f"sommelier.address('talk={self._thread.session_id}')")
        await self._side.refresh(self._thread.session_id)

    def _greet(self) -> None:
        seat, box = self._seat, self._seat.hosted.lists.box
        with self._box:
            self._welcome(f"{len(box.catalog):,}", suggestions(box, seat.say))

    def _welcome(self, count: str, first: list[str]) -> Part:
        seat = self._seat
        nouns = seat.say.replies.nouns(seat.hosted.lists.box.schema)
        with part("section", "welcome") as welcome:
            part("h1", "title", seat.say("welcome", "title"))
            lead = seat.say("welcome", "lead", count=count, **nouns)
            part("p", "lead", lead)
            with part("ul", "suggestions", aria_label=seat.say("welcome", "try")):
                for text in first:
                    with part("li"):
                        button(text, self._saying(text), "suggestion")
        return welcome

    def _saying(self, text: str) -> Handler:
        return lambda: self._thread.ask(text)
