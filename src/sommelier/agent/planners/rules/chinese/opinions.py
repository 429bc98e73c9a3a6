"""What Chinese people say they like, hate or never want."""

import re
from collections.abc import Iterator

from sommelier.agent.plan import Plan, Say, Update
from sommelier.agent.planners.base import View
from sommelier.agent.planners.rules.chinese.names import unquoted
from sommelier.agent.planners.rules.joining import where_of
from sommelier.agent.planners.rules.opinions import Opinions, Polarity
from sommelier.agent.planners.rules.reading.link import Mention
from sommelier.tools.text import dense

__all__ = ["ChineseOpinions"]

_SEVERAL = re.compile(r"[、,，]|以及|还有|和(?!平)|与|跟")
_HEAD = re.compile(r"^(?:所有的?|一切|任何|那种|这种|这类|那类|各种|看|读|听|玩|的)+")
_TAIL = re.compile(r"(?:的)?(?:了|吧|这种|那种|之类的?|什么的|等等?)+$")
_LONGEST = 24  # letters of a wish that is kept as it was said


class ChineseOpinions(Opinions):
    """Reads opinions for one catalogue."""

    def read(self, clause: str, view: View) -> Plan | None:
        """Return the updates that a clause tells, or None if it tells none."""
        for name, slots in self._words.match("opinions", clause):
            said = _TAIL.sub("", slots.get("x", ""))
            if not said or (self._words.is_stop(said) and said not in self._words.listed("it")):
                continue
            polarity: Polarity = name  # type: ignore[assignment]  # the file's own three words
            pointed = self._namer.pointed(said, view.working)
            if pointed:
                return self.reacted(pointed, polarity)
            plan = self.told(said, polarity, view)
            if plan.updates:
                return plan
        return None

    def _subjects(
        self, said: str, polarity: Polarity, view: View
    ) -> Iterator[tuple[Update | None, Say | None]]:
        whole = self._item(said, polarity, view)
        if whole:
            yield whole
            return
        for part in _SEVERAL.split(said):
            bare = _HEAD.sub("", _TAIL.sub("", part.strip())).strip()
            if not bare:
                continue
            titled = self._item(bare, polarity, view)
            if titled:
                yield titled
                continue
            mentions = self._linker.link(bare)
            values = [m for m in mentions if m.kind == "value"]
            telling = [m for m in mentions if m.kind in ("value", "free", "title", "range")]
            if values and len(values) == len(telling):
                for mention in values:
                    firm = [e for e in mention.entries if not self._lexicon.loose(e.field)]
                    where = where_of(firm or mention.entries, self._lexicon.schema)
                    guess = Say(topic="guessed", about=f"{mention.text}|{mention.entries[0].value}")
                    update = Update(polarity=polarity, condition=where)
                    yield update, guess if mention.guessed else None
            elif values and not any(self._readable(m) for m in telling if m.kind == "free"):
                lost = "".join(m.text for m in telling if m.kind == "free")
                entries = [e for m in values for e in m.entries]
                firm = [e for e in entries if not self._lexicon.loose(e.field)]
                where = where_of(firm or entries, self._lexicon.schema)
                yield (
                    Update(polarity=polarity, condition=where),
                    Say(topic="unmeasured", about=lost),
                )
            elif len(bare) <= _LONGEST:
                yield Update(polarity=polarity, wish=self._wish(bare)), None

    def _item(
        self, said: str, polarity: Polarity, view: View
    ) -> tuple[Update | None, Say | None] | None:
        """Return the opinion on a title: one in marks may be near, another must be exact."""
        bare = unquoted(said)
        marked = bare != said.strip()
        if not marked and self._lexicon.values(bare):
            return None
        named = self._namer.title(bare, view.working.shown)
        if not named.known or (named.guessed and not marked):
            return None
        note = Say(topic="took", about=f"{bare}|{named.items[0]}") if named.guessed else None
        liked: Polarity = "like" if polarity == "like" else "dislike"
        return Update(polarity=liked, item=named.items[0]), note

    def _readable(self, mention: Mention) -> bool:
        said = str(mention.data or mention.text)
        return not dense(said) or self._lexicon.grams.knows(said)

    def _wish(self, bare: str) -> str:
        """Return a wish in the words of the texts, where these are known."""
        words = [str(m.data or m.text) for m in self._linker.link(bare) if m.kind in _TELLING]
        return " ".join(words) or bare


_TELLING = ("free", "quality", "value", "title")
