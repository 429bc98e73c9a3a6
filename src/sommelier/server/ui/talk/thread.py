"""The conversation on the page: what was said, what was answered, and the next message."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from sommelier.errors import SommelierError
from sommelier.server.ui.facts import Facts
from sommelier.server.ui.parts import Part, button, hear, part, send
from sommelier.server.ui.seat import Seat
from sommelier.server.ui.talk import funnel
from sommelier.server.ui.talk.answers import draw_reply, options_of, repeats
from sommelier.server.ui.talk.cards import Card, Deeds
from sommelier.server.ui.talk.reactions import Shown, standing, toggle
from sommelier.state.profiles import Profile
from sommelier.state.sessions import recommendation_id

__all__ = ["LONGEST", "Thread"]

LONGEST: Final = 4_000  # characters of a message


class Thread:
    """One conversation before one browser. `begun` is called once its first turn is stored."""

    def __init__(self, seat: Seat, box: Part, begun: Callable[[], Awaitable[None]]) -> None:
        self._seat, self._box, self._begun = seat, box, begun
        self.session_id = secrets.token_hex(16)
        self._cards: dict[str, list[Card]] = {}
        self._busy = False
        self._form: Part | None = None
        self._more: Part | None = None
        self._facts = Facts(seat.hosted.lists.box, seat.say)
        self._deeds = Deeds(self._react, self.ask, seat.item)

    def composer(self) -> None:
        """Build the place to write in."""
        say = self._seat.say
        with part("form", "composer", aria_label=say("talk", "write")) as form:
            part(
                "textarea",
                "say",
                name="message",
                rows=1,
                maxlength=LONGEST,
                placeholder=say("talk", "placeholder"),
                aria_label=say("talk", "message"),
                enterkeyhint="send",
            )
            with part("button", "send", type="submit", aria_label=say("talk", "send")):
                part("span", "icon icon-send", aria_hidden="true")
        told = "(e) => { const text = sommelier.message(e.target); if (text) emit(text); }"
        hear(form, "submit.prevent", lambda text: self.ask(str(text)), told)
        self._form = form

    async def show(self, session_id: str) -> None:
        """Show a stored conversation; UnknownName unless it is this person's."""
        store = self._seat.hosted.store
        turns = await asyncio.to_thread(store.turns, session_id)
        self.session_id = session_id
        profile = await self._profile()
        self._box.clear()
        self._cards.clear()
        with self._box:
            for turn in turns:
                with part("section", "turn"):
                    part("p", "said", turn.message)
                    self._answer(turn.record, quick=True)
        self._stand(profile)
        send("sommelier.latest()")

    def fresh(self) -> None:
        """Begin a new conversation."""
        self.session_id = secrets.token_hex(16)
        self._box.clear()
        self._cards.clear()
        self._more = None

    async def ask(self, text: str) -> None:
        """Say a message and show what is answered; errors are told in words."""
        text = text.strip()[:LONGEST]
        if not text or self._busy:
            return
        first = not self._has_turns()
        if first:
            self._box.clear()
        self._set_busy(True)
        with self._box, part("section", "turn") as turn:
            part("p", "said", text)
            self._waiting = part("p", "waiting", aria_label=self._seat.say("talk", "thinking"))
        send("sommelier.latest()")
        if await self._answered(text, turn) and first:
            await self._begun()

    async def _answered(self, text: str, turn: Part) -> bool:
        """Answer a message in its place, or say there why not; returns whether it was answered."""
        say, failure = self._seat.say, ("", "")
        try:
            record = await self._said(text)
            profile = await self._profile()
            if not self._box.is_deleted:  # otherwise the browser has gone; the turn is stored
                with turn:
                    self._answer(record)
                self._stand(profile)
        except SommelierError as error:
            failure = (error.message, error.hint)
        except TimeoutError:
            failure = (say("errors", "slow"), "")
        except Exception:
            failure = (say("errors", "broken"), "")
            raise
        finally:
            if not self._box.is_deleted:
                self._waiting.delete()
                self._set_busy(False)
                if any(failure):
                    self._failed(turn, text, *failure)
        return not any(failure)

    def _stand(self, profile: Profile) -> None:
        """Show on every card which reactions stand."""
        for item_id, cards in self._cards.items():
            for card in cards:
                card.show(standing(profile, item_id))

    async def _said(self, text: str) -> Mapping[str, Any]:
        seat = self._seat
        seat.count()
        async with asyncio.timeout(seat.settings.answer_seconds):
            _, turn = await seat.hosted.say(seat.person, self.session_id, text)
        labels = [option.label for option in turn.asked.options] if turn.asked else []
        return {**turn.to_json(), "options": options_of(labels, seat.say)}

    async def _profile(self) -> Profile:
        seat = self._seat
        return await asyncio.to_thread(seat.hosted.profile, seat.person, self.session_id)

    def _has_turns(self) -> bool:
        return any("turn" in child.classes for child in self._box.default_slot.children)

    def _answer(self, record: Mapping[str, Any], quick: bool = False) -> None:
        say = self._seat.say
        items = record.get("items", [])
        if self._more is not None:
            self._more.delete()
            self._more = None
        with part("div", "answer"):
            draw_reply(str(record.get("reply", "")), quick)
            if items:
                self._list(items, self._listed(record), str(record.get("reply", "")), quick)
            if options := record.get("options"):
                with part("div", "options"):
                    for text, message in options:
                        button(text, self._asking(message), "suggestion")
            with part("div", "foot"):
                self._how(record)
                if items:
                    more = self._asking(say("ask", "more"))
                    self._more = button(say("talk", "more"), more, "plain more")

    def _listed(self, record: Mapping[str, Any]) -> Shown:
        """Return what feedback says of the list of a turn."""
        named = recommendation_id(self.session_id, int(record["turn"]))
        shown = tuple(str(item["item_id"]) for item in record["items"])
        return Shown(self.session_id, named, shown)

    def _list(
        self, items: Sequence[Mapping[str, Any]], listed: Shown, reply: str, quick: bool
    ) -> None:
        """Show a list; a reason that every item has stands once, over all of them."""
        shelf, say = self._seat.hosted.shelf.items, self._seat.say
        first, *others = (item.get("reasons", ()) for item in items)
        common = [one for one in first if all(one in told for told in others)] if others else []
        if fresh := [reason for reason in common if not repeats(reason, reply)]:
            told = say.replies.joined(fresh, "clause")
            part("p", "note common", say("card", "all", reasons=told))
        with part("ol", "cards quick" if quick else "cards"):
            for item in items:
                row = shelf.get(item["item_id"]) if item["item_id"] in shelf else None
                own = [reason for reason in item.get("reasons", ()) if reason not in common]
                shown = {**item, "reasons": own}
                card = Card(shown, row, self._facts, say, self._deeds, listed)
                self._cards.setdefault(card.item_id, []).append(card)

    def _asking(self, message: str) -> Callable[[], Awaitable[None]]:
        return lambda: self.ask(message)

    def _how(self, record: Mapping[str, Any]) -> None:
        say = self._seat.say
        steps = funnel.bars(record.get("funnel", ()), self._seat.hosted.lists.box, say)
        usage = record.get("usage", {})
        with part("details", "how"):
            part("summary", "how-title", say("how", "title"))
            if steps:
                funnel.draw(steps, say)
            else:
                part("p", "note", say("how", "no_list"))
            time = say(
                "how", "took", ms=f"{usage.get('ms', 0):,.0f}", brain=record.get("brain", "")
            )
            part("p", "note", time)
            with part("details", "plan"):
                part("summary", text=say("how", "plan"))
                plan = json.dumps(record.get("plan", {}), ensure_ascii=False, indent=1)
                part("pre", "code", plan, tabindex="0")

    async def _react(self, item_id: str, kind: str, listed: Shown) -> None:
        seat, cards = self._seat, self._cards.get(item_id, [])
        seat.count()
        held = standing(await self._profile(), item_id)
        deed = (seat.hosted.store, held, seat.person, item_id, kind, listed)
        told = await asyncio.to_thread(toggle, *deed)
        held = standing(await self._profile(), item_id)
        for card in cards:
            card.show(held, seat.say("told", told))
        if self._more is not None:
            self._more.classes(add="fresh")

    def _failed(self, turn: Part, text: str, message: str, hint: str) -> None:
        say = self._seat.say
        with turn, part("div", "failed", role="alert"):
            part("p", text=message)
            if hint:
                part("p", "note", hint)
            button(say("errors", "again"), lambda: self.ask(text), "plain")

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        if self._form is not None:
            self._form.put("aria_busy", "true" if busy else None)
