"""A message without its names: "French films like Heat under 2 hours" -> "⟨countries⟩ ⟨items⟩ ...".

What is asked, not about what: two requests of one kind come near each other in any catalogue.
"""

from typing import Final

from sommelier.agent.planners.rules.reading.link import Linker, Mention
from sommelier.agent.planners.rules.reading.names import Namer
from sommelier.agent.planners.rules.reading.words import clean, words
from sommelier.agent.working import Working
from sommelier.tools.lexicon import Lexicon

__all__ = ["Masker"]

_LONGEST: Final = 500  # characters of a message that are compared
_SPOT: Final = "⟨⟩"  # where a title stood: no word, so that nothing is linked there


class Masker:
    """Puts placeholders for the names of one catalogue."""

    def __init__(self, lexicon: Lexicon, language: str = "en") -> None:
        self._lexicon, known = lexicon, words(language)
        self._linker, self._namer = Linker(lexicon, known), Namer(lexicon, known)

    def masked(self, message: str) -> str:
        """Return the message in small letters with `⟨field⟩`, `⟨title⟩` and `⟨items⟩` for names."""
        text = clean(message)[:_LONGEST]
        slot = self._namer.slot(f" {text}", Working())
        if slot and slot[0].known:
            text = _replaced(text, slot[0].said)
        told, at = [], 0
        for mention in self._linker.link(text):
            name = self._placeholder(mention)
            if name and mention.start >= at:
                told += [text[at : mention.start], f"⟨{name}⟩"]
                at = mention.end
        return "".join([*told, text[at:]]).replace(_SPOT, "⟨title⟩").lower()

    def _placeholder(self, mention: Mention) -> str:
        match mention.kind:
            case "value":
                firm = [e for e in mention.entries if not self._lexicon.loose(e.field)]
                return (firm or list(mention.entries))[0].field
            case "range" if mention.quantity is not None:
                return mention.quantity.field or "number"
            case "flag":
                return str(mention.data[0])
            case "noun":
                return "items"
            case "title":
                return "title"
        return ""


def _replaced(text: str, said: str) -> str:
    at = text.lower().find(said.lower())
    return text if at < 0 or not said else f"{text[:at]}{_SPOT}{text[at + len(said) :]}"
