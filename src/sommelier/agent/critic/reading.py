"""What a message names for certain: its conditions, titles and numbers, by the rules brain's eyes.

The same linker and drafter that the rules brain reads with, but no frames, no context and no plan:
only what stands in the words. Whoever plans, a model too, has to do something about each of these.
"""

from dataclasses import dataclass

from sommelier.agent.planners.rules.draft import Draft, Drafter
from sommelier.agent.planners.rules.reading.link import Linker
from sommelier.agent.planners.rules.reading.names import Namer
from sommelier.agent.planners.rules.reading.words import clean, words
from sommelier.agent.working import Working
from sommelier.tools.lexicon import Lexicon

__all__ = ["Heard", "Reader"]

_LONGEST = 1_500  # characters that are read: what the rules brain reads


@dataclass(frozen=True)
class Heard:
    """What the words of a message stand for."""

    draft: Draft
    named: tuple[tuple[str, ...], ...]  # titles: for each, the ids of the items that bear it
    numbers: frozenset[int]  # bare numbers up to fifty: how many, perhaps
    text: str  # the message itself, with plain quotes and spaces


class Reader:
    """Reads messages over one catalogue."""

    def __init__(self, lexicon: Lexicon, language: str = "en") -> None:
        self._lexicon, self._words = lexicon, words(language)
        self._patterns = self._words.patterns("clauses")
        self._linker = Linker(lexicon, self._words)
        self._drafter = Drafter(lexicon, self._words)
        self._namer = Namer(lexicon, self._words)

    def read(self, message: str, working: Working) -> Heard:
        """Return what a message names; what is only guessed or left open is not among it."""
        text = clean(message)[:_LONGEST]
        whole = Draft()
        named: list[tuple[str, ...]] = []
        numbers: list[int] = []
        for sentence in self._patterns["sentence"].split(text):
            for clause in self._patterns["turn"].split(sentence):
                rest, _ = self._words.wish(clause.strip(" ,"))
                slot = self._namer.slot(" " + rest, working) if rest else None
                if slot and slot[0].known and not slot[0].guessed:
                    named += [self._bearers(item) for item in slot[0].items]
                mentions = self._linker.link(slot[1] if slot else rest)
                named += [
                    tuple(self._lexicon.item_id(num) for num in mention.items)
                    for mention in mentions
                    if mention.kind == "title"
                ]
                numbers += [int(m.data) for m in mentions if m.kind == "count" and m.data <= 50]
                whole.add(self._drafter.read(mentions))
        return Heard(whole, tuple(named), frozenset(numbers), text)

    def _bearers(self, item: str) -> tuple[str, ...]:
        """Return the items of one title: whichever of them is taken, the title was heard."""
        label = self._lexicon.label_of(item)
        alike = self._lexicon.titles.exact(label.rpartition(" (")[0] or label)
        return (item, *(self._lexicon.item_id(num) for num in alike))
