"""The list of a person's conversations: take one up, begin another, delete one."""

import asyncio
from collections.abc import Awaitable, Callable

from sommelier.server.ui.parts import Part, button, part, press, send
from sommelier.server.ui.seat import Seat
from sommelier.state.sessions import Session

__all__ = ["Side"]

_SHOWN = 50  # the newest; older ones are in the export


class Side:
    """Shows the conversations; what is chosen is told to whoever made it."""

    def __init__(
        self,
        seat: Seat,
        choose: Callable[[str], Awaitable[None]],
        begin: Callable[[], Awaitable[None]],
    ) -> None:
        self._seat, self._choose, self._begin = seat, choose, begin
        say = seat.say
        with part("aside", "side", aria_label=say("side", "title")):
            button(say("side", "new"), begin, "new", sign="plus")
            self._list = part("ul", "sessions")
        self._asking, self._doomed = self._dialog(), ""

    async def refresh(self, current: str) -> None:
        """Read the conversations anew and mark the current one."""
        store, person = self._seat.hosted.store, self._seat.person
        sessions = await asyncio.to_thread(store.sessions, person)
        self._list.clear()
        with self._list:
            if not sessions:
                part("li", "note side-note", self._seat.say("side", "empty"))
            for session in sessions[:_SHOWN]:
                self._row(session, session.id == current)

    def _row(self, session: Session, current: bool) -> None:
        say, title = self._seat.say, session.title or self._seat.say("side", "untitled")
        with part("li", "session"):
            one = button(title, None, "session-open", title=title)
            one.put("aria_current", "true" if current else None)
            press(one, lambda: self._choose(session.id))
            gone = button("", None, "session-delete", sign="trash", title=say("side", "delete"))
            gone.put("aria_label", say("side", "delete_it", title=title))
            press(gone, lambda: self._ask(session.id))

    def _ask(self, session_id: str) -> None:
        self._doomed = session_id
        send(f"sommelier.open('{self._asking.html_id}')")

    def _dialog(self) -> Part:
        say = self._seat.say
        with part("dialog", "dialog", aria_label=say("side", "delete")) as dialog:
            part("p", text=say("side", "sure"))
            with part("div", "row"):
                button(say("side", "delete"), self._delete, "danger")
                keep = button(say("frame", "cancel"), None, "plain")
                keep.on("click", js_handler=f"() => sommelier.close('{dialog.html_id}')")
        return dialog

    async def _delete(self) -> None:
        send(f"sommelier.close('{self._asking.html_id}')")
        store, person = self._seat.hosted.store, self._seat.person
        session = await asyncio.to_thread(store.session, self._doomed)
        if session.user_id == person:
            await asyncio.to_thread(lambda: store.erase(session_id=session.id, turns=True))
        await self._begin()
