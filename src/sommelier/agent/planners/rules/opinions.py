"""What people say they like, hate or never want: entries for the profile.

"I love Heat", "I hate horror", "I'm into slow space films". What is named is looked for among the
catalogue's values, then among its titles, and else kept as a free wish.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from sommelier.agent.plan import Plan, React, Ref, Say, Update
from sommelier.agent.planners.base import View
from sommelier.agent.planners.rules.joining import where_of
from sommelier.agent.planners.rules.reading.link import Linker, Mention
from sommelier.agent.planners.rules.reading.names import Namer
from sommelier.agent.planners.rules.reading.words import Words
from sommelier.tools.lexicon import Lexicon

__all__ = ["Opinions", "Polarity"]

_REQUEST = re.compile(r"(something|anything|a|an|some|more|to|it if)\b", re.I)
Polarity = Literal["like", "dislike", "avoid"]


class Opinions:
    """Reads opinions for one catalogue in one language."""

    def __init__(self, lexicon: Lexicon, linker: Linker, namer: Namer, words: Words) -> None:
        self._lexicon, self._linker, self._namer, self._words = lexicon, linker, namer, words

    def read(self, clause: str, view: View) -> Plan | None:
        """Return the updates that a clause tells, or None if it tells none."""
        for name, slots in self._words.match("opinions", clause):
            said = slots.get("x", "")
            if not said or (name == "like" and _REQUEST.match(said)):
                continue
            polarity: Polarity = name  # type: ignore[assignment]  # the file's own three words
            pointed = self._namer.pointed(said, view.working)
            if pointed:
                return self.reacted(pointed, polarity)
            plan = self.told(said, polarity, view)
            if plan.updates:
                return plan
        return None

    def told(self, said: str, polarity: Polarity, view: View) -> Plan:
        """Return the entries about what is named: a title, values, or a free wish."""
        found = list(self._subjects(said, polarity, view))
        notes = tuple(note for _, note in found if note)
        return Plan(updates=tuple(update for update, _ in found if update), notes=notes)

    def reacted(self, items: tuple[str, ...], polarity: Polarity) -> Plan:
        """Return the plan of an opinion about items that were pointed at."""
        refs = tuple(Ref(item=item) for item in items)
        feedback: Literal["like", "dislike"] = "like" if polarity == "like" else "dislike"
        return Plan(steps=(React(items=refs, feedback=feedback), Say(topic=f"noted_{feedback}")))

    def _subjects(
        self, said: str, polarity: Polarity, view: View
    ) -> Iterator[tuple[Update | None, Say | None]]:
        whole = self._title(said, polarity, view, sure=True)
        if whole:
            yield whole
            return
        for part in re.split(r",\s*(?:and\s+)?|\s+(?:and|or|&)\s+", said):
            bare = re.sub(
                r"^(all |any |most |the |watching |reading )+(?=\w)", "", part.strip(), flags=re.I
            )
            if not bare:
                continue
            mentions = self._linker.link(bare)
            values = [m for m in mentions if m.kind == "value"]
            telling = [m for m in mentions if m.kind not in ("noun", "small")]
            covered = _letters(values) >= 0.6 * _letters(telling)
            if values and covered:
                for mention in values:
                    firm = [e for e in mention.entries if not self._lexicon.loose(e.field)]
                    where = where_of(firm or mention.entries, self._lexicon.schema)
                    note = Say(topic="guessed", about=f"{mention.text}|{mention.entries[0].value}")
                    yield (
                        Update(polarity=polarity, condition=where),
                        note if mention.guessed else None,
                    )
                continue
            titled = self._title(part.strip(), polarity, view, sure=False)
            if titled:
                yield titled
            elif len(bare.split()) <= 8:
                yield Update(polarity=polarity, wish=bare.lower()), None

    def _title(
        self, said: str, polarity: Polarity, view: View, *, sure: bool
    ) -> tuple[Update | None, Say | None] | None:
        named = self._namer.title(said, view.working.shown)
        if said[:1].isupper() and len(named.options) == 1 and not sure:
            named = replace(named, items=named.options, guessed=True)  # "Totoro": only one can be
        if not named.known or (sure and named.guessed):
            return None
        firm = [e for e in self._lexicon.values(said) if not self._lexicon.loose(e.field)]
        if firm and not said[:1].isupper():  # "I hate musicals" is about the kind, not a title
            return None
        if not said[:1].isupper() and len(said.split()) == 1 and self._lexicon.values(said):
            return None
        note = Say(topic="took", about=f"{named.said}|{named.items[0]}") if named.guessed else None
        return Update(
            polarity="like" if polarity == "like" else "dislike", item=named.items[0]
        ), note


def _letters(mentions: Sequence[Mention]) -> int:
    return sum(mention.end - mention.start for mention in mentions)
