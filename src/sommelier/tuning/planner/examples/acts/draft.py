"""A message in the making, and the phrases that several acts are made of."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sommelier.agent.working import Working
from sommelier.tuning.planner.examples.parts import Part, trimmed
from sommelier.tuning.planner.examples.voice import Voice

__all__ = ["NTH", "Draft", "Scene"]

NTH: Final = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
)  # fmt: skip
_PRAISE: Final = ("good", "great", "nice", "decent", "really good", "cool", "interesting", "fun")
_VOWEL: Final = re.compile(
    r"(?!one\b|once\b|eu|u[ns][aei]|used)[aeiou8]|1[18]\b", re.I
)  # as it sounds
_ASKED_ABOUT: Final = ("that are ", "which are ", "that's ", "must be ", "and ")


@dataclass
class Draft:
    """A message before it is roughened, and what its parts mean."""

    do: str
    message: str
    parts: Sequence[Part] = ()
    n: int | None = None
    topic: str = ""
    told_around: bool = False  # a story is told that asks for nothing
    working: Working = field(default_factory=Working)


class Scene:
    """One voice in one state: phrases of conditions, items, tastes."""

    def __init__(self, voice: Voice, working: Working) -> None:
        self.voice, self.working, self.rng = voice, working, voice.rng
        self.draw = voice.patterns.draw
        self._words = voice.world.words

    @property
    def shown(self) -> list[int]:
        """The item_nums of the list on the table."""
        return [self.voice.lexicon.num(item) for item in self.working.shown]

    def noun(self, *, several: bool) -> str:
        """Return what items are called."""
        pair = self.voice.world.nouns[0]
        if self.rng.random() < 0.2:
            pair = self.rng.choice(self.voice.world.nouns)
        slang = self._words.get("slang")
        if several and slang and self.rng.random() < 0.1:
            return str(self.rng.choice(slang))
        return pair[several]

    def verbs(self) -> dict[str, str]:
        """Return what one does, and has done, with items here."""
        return {name: str(self.rng.choice(self._words[name])) for name in ("do", "done")}

    # --- conditions -------------------------------------------------------------------------

    def conditions(self, most: int = 4, *, least: int = 0) -> list[Part]:
        """Return parts about different fields: values, numbers, flags, wishes, refusals."""
        rng, voice, measures = self.rng, self.voice, self.voice.measures
        makers: dict[Callable[[], Part | None], int] = {
            voice.value: 9, measures.number: 7, voice.flag: 2, voice.several: 2, voice.wish: 3,
            voice.mood: 2, measures.leaning: 2, voice.keyword: 1, voice.refusal: 4, voice.soft: 2,
            voice.missed: 1,
        }  # fmt: skip
        wanted = max(least, rng.choices((0, 1, 2, 3, 4), (4, 42, 33, 15, 6))[0])
        parts: list[Part] = []
        for _ in range(min(wanted, most)):
            part = rng.choices(list(makers), list(makers.values()))[0]()
            if part is not None and not _clash(part, parts):
                parts.append(part)
        return parts

    def phrase(self, parts: Sequence[Part], *, several: bool, count: str = "") -> str:
        """Return the parts around a noun: "three french comedies under two hours, no horror"."""
        rng = self.rng
        pre = [p.text for p in parts if p.place == "pre"]
        rng.shuffle(pre)
        if rng.random() < 0.1:
            pre.insert(0, rng.choice(_PRAISE))
        head = next((p.text for p in parts if p.place == "head"), "")
        joined = (", " if len(pre) > 1 and rng.random() < 0.25 else " ").join(pre)
        text = " ".join(w for w in (count, joined, head or self.noun(several=several)) if w)
        return text + self._after(parts)

    def _after(self, parts: Sequence[Part]) -> str:
        rng, text = self.rng, ""
        post = [p.text for p in parts if p.place in ("post", "other")]
        rng.shuffle(post)
        for number, one in enumerate(post):
            text += (rng.choice((" ", " ", ", ", " and ")) if number else " ") + one
        for one in (p.text for p in parts if p.place == "tail"):
            text += one if one.startswith(",") else rng.choice((" ", ", ")) + one
        return text

    def something(self, parts: Sequence[Part]) -> str:
        """Return the parts after "something"."""
        pre = [p.text for p in parts if p.place in ("pre", "head")]
        start = self.rng.choice(("something", "something", "something", "anything", "sth"))
        return start + (" " + " and ".join(pre) if pre else "") + self._after(parts)

    def fragments(self, parts: Sequence[Part]) -> str:
        """Return the bare parts: "comedy, 90s"."""
        texts = [p.text.removeprefix(", ") for p in parts]
        return self.rng.choice((", ", " ", ", ")).join(texts)

    def single(self, parts: Sequence[Part]) -> str:
        """Return one item with its article: "a french comedy under two hours"."""
        text = self.phrase(parts, several=False)
        return f"{'an' if _VOWEL.match(text) else 'a'} {text}"

    def request(self, parts: Sequence[Part]) -> str:
        """Return a plain request with these parts."""
        if self.rng.random() < 0.7:
            text = self.phrase(parts, several=True)
            return self.draw("find.plural").format(pl=text, **self.verbs())
        return self.draw("find.some").format(some=self.something(parts))

    def change(self) -> Part | None:
        """Return what comes after "like X but": shorter, with no horror, from the 90s."""
        roll, voice = self.rng.random(), self.voice
        if roll < 0.45:
            return voice.measures.comparative()
        if roll < 0.65:
            return voice.measures.number()
        if roll < 0.82:
            return voice.value(place="pre") or voice.flag()
        if roll < 0.9:
            said = voice.degree_in_words()
            return Part(said, "text", said, "pre")
        return voice.mood()

    def quality(self) -> Part | None:
        """Return what an item may be said to be: vegan, french."""
        part = self.voice.value(place="pre") if self.rng.random() < 0.6 else self.voice.flag()
        if part is None:
            return None
        text = part.text
        for start in _ASKED_ABOUT:
            text = text.removeprefix(start)
        return replace(part, text=text)

    # --- items and tastes -------------------------------------------------------------------

    def pointer(self, at: int | None = None) -> Part:
        """Return "the second one": a place in the list shown."""
        shown = len(self.working.shown)
        place = self.rng.randrange(shown) if at is None else at
        said = [
            f"the {NTH[place]} one",
            f"the {NTH[place]}",
            f"number {place + 1}",
            f"#{place + 1}",
        ]
        if place == shown - 1 and shown > 2:
            said += ["the last one", "the last"]
        return Part(self.rng.choice(said), "items", f"#{place + 1}", "other")

    def it(self) -> Part:
        """Return "it": the only item shown, or the first."""
        said = self.rng.choice(("it", "that one", "this one", "that", "it", "this"))
        return Part(said, "items", "#1", "other")

    def subject(self, slot: str, stance: str = "", *, point: float = 0.5) -> Part:
        """Return an item: a place in the list, or a title."""
        if self.working.shown and self.rng.random() < point:
            return replace(self.pointer(), slot=slot, stance=stance)
        shown = self.shown if self.rng.random() < 0.5 else []
        return self.voice.item(shown=shown, slot=slot, stance=stance)

    def taste(self, stance: str) -> Part:
        """Return what one may love or hate: a value, an item, a thing in words."""
        roll, rng, voice = self.rng.random(), self.rng, self.voice
        bare = voice.bare() if roll < 0.45 else None
        if bare is not None:
            return replace(bare, slot="told", stance=stance)
        if roll < 0.8:
            return voice.item(slot="told", stance=stance)
        words = voice.world.words
        mood = f"{rng.choice(words['moods'])} {self.noun(several=True)}"
        said = str(rng.choice((rng.choice(words["wishes"]), mood)))
        return Part(said, "told", trimmed(said), "other", stance=stance)


def _clash(part: Part, parts: Sequence[Part]) -> bool:
    """Return whether a part cannot stand beside others: one field, two heads, two wishes."""
    return any(
        (part.field and part.field == other.field)
        or (part.place == "head" and other.place == "head")
        or (part.slot == "text" and other.slot == "text")
        for other in parts
    )
