"""Reading messages in one language: as an answer, a frame, or clause by clause.

A message is tried as an answer to the question that waits, then as a known frame ("more", "why the
second?"), then clause by clause as opinion, question or wish. Everything it knows of the language
is in the parts and their file; everything it knows of the domain comes from the catalogue.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from sommelier.agent.plan import Plan, Rank, React, Say
from sommelier.agent.planners.base import View
from sommelier.agent.planners.rules.draft import Drafter
from sommelier.agent.planners.rules.frames import Frames
from sommelier.agent.planners.rules.opinions import Opinions
from sommelier.agent.planners.rules.outcomes import Outcomes, after_opinions, reacting, readable
from sommelier.agent.planners.rules.questions import Questions
from sommelier.agent.planners.rules.reading.link import Linker
from sommelier.agent.planners.rules.reading.names import Namer
from sommelier.agent.planners.rules.reading.words import Words, words
from sommelier.agent.planners.rules.wishes import Wish, Wishes
from sommelier.tools.lexicon import Lexicon
from sommelier.tools.text import normal

__all__ = ["Parts", "Reader"]


@dataclass(frozen=True)
class Parts:
    """What reads one language."""

    words: Words
    linker: Linker
    drafter: Drafter
    namer: Namer
    questions: Questions
    opinions: Opinions
    wishes: Wishes
    tidy: Callable[[str], str] = str  # how a message is put straight before it is read

    @classmethod
    def english(cls, lexicon: Lexicon, language: str = "en") -> Self:
        """Return the parts that read English, or a language that is built like it."""
        known = words(language)
        linker, drafter = Linker(lexicon, known), Drafter(lexicon, known)
        namer = Namer(lexicon, known)
        return cls(
            words=known,
            linker=linker,
            drafter=drafter,
            namer=namer,
            questions=Questions(linker, drafter, namer, known),
            opinions=Opinions(lexicon, linker, namer, known),
            wishes=Wishes(lexicon, linker, drafter, namer, known),
        )


class Reader:
    """Reads messages about one catalogue in one language."""

    def __init__(self, lexicon: Lexicon, parts: Parts) -> None:
        self._lexicon, self._words, self._tidy = lexicon, parts.words, parts.tidy
        self._namer, self._questions = parts.namer, parts.questions
        self._opinions, self._wishes = parts.opinions, parts.wishes
        self._patterns = parts.words.patterns("clauses")
        self._frames = Frames(lexicon, parts.namer, parts.linker, parts.words)
        self._outcomes = Outcomes(lexicon, parts.linker, parts.drafter, parts.namer, parts.words)

    def read(self, message: str, view: View) -> Plan:
        """Return the plan for a message; anything unclear becomes a question back."""
        text, notes = readable(message)
        text = self._tidy(text)
        if any(name == "idle" for name, _ in self._words.match("frames", text)):
            return self._outcomes.empty(view)
        text = self._patterns["opening"].sub("", text) or text
        readers: Sequence[Callable[[str, View], Plan | None]] = (
            self._answer,
            self._frames.read,
            self._clauses,
        )
        for read in readers:
            plan = read(text, view)
            if plan is not None:
                return plan.model_copy(update={"notes": notes + plan.notes})
        return self._outcomes.empty(view)

    def _answer(self, text: str, view: View) -> Plan | None:
        """Read the message as an answer to the question that waits."""
        asked = view.working.asked
        if asked is None:
            return None
        kinds = {name for name, _ in self._words.match("answers", text)}
        options = asked.options
        if "anything" in kinds:
            return Plan(steps=(Rank(n=view.n),))
        if "yes" in kinds and options:
            return options[0].plan
        if "no" in kinds:
            return Plan(steps=(Say(topic="fine"),))
        plain = normal(text)
        place = self._place(plain)
        if place is not None and 1 <= place <= len(options):
            return options[place - 1].plan
        fitting = [o for o in options if plain and plain in normal(o.label)]
        return fitting[0].plan if len(fitting) == 1 else None

    def _place(self, plain: str) -> int | None:
        fillers = ("the", "one", "number", "option", self._lexicon.schema.noun)
        said = [word for word in plain.split() if word not in fillers]
        if len(said) != 1:
            return None
        ordinal = self._words["ordinals"].get(said[0])
        return int(ordinal or said[0]) if ordinal or said[0].isdecimal() else None

    def _clauses(self, text: str, view: View) -> Plan | None:
        """Read the message clause by clause; opinions are kept, wishes are joined."""
        parts = [
            part.strip(" ,")
            for sentence in self._patterns["sentence"].split(text)
            for part in self._patterns["turn"].split(sentence)
        ]
        parts = [part for part in parts if part]
        heard: list[Plan] = []
        wishes: list[Wish] = []
        for part in parts:
            mark = "?" if text.rstrip().endswith("?") and part == parts[-1] else ""
            plan = self._frames.read(part, view) if len(parts) > 1 else None
            plan = plan or self._opinions.read(part, view)
            plan = plan or self._questions.read(part + mark, view)
            wish = plan or self._wishes.read(part, view)
            if isinstance(wish, Plan):
                heard.append(wish)
            elif not wish.empty:
                wishes.append(wish)
        if heard:  # beside something clear, words that mean nothing are passed over
            wishes = [wish for wish in wishes if not self._outcomes.meaningless(wish.draft)]
        return self._joined(heard, wishes, text, view)

    def _joined(
        self, heard: Sequence[Plan], wishes: Sequence[Wish], said: str, view: View
    ) -> Plan | None:
        """Return one plan: the wish or the last thing to do, with everything that was told."""
        updates = tuple(update for plan in heard for update in plan.updates)
        acting = [plan for plan in heard if plan.steps]
        if wishes:
            plan = self._wished(wishes, said, view, told=bool(updates))
            plan = reacting([s for other in acting for s in other.of(React)], plan)
        elif acting:
            plan = acting[-1]
        elif heard:
            plan = after_opinions(updates, view)
        else:
            return None
        notes = (note for other in (*heard, plan) for note in other.notes)
        return plan.model_copy(
            update={
                "updates": (*updates, *plan.updates) if wishes else updates or plan.updates,
                "forget": tuple(subject for other in heard for subject in other.forget),
                "notes": tuple(dict.fromkeys(notes)),
            }
        )

    def _wished(self, wishes: Sequence[Wish], said: str, view: View, *, told: bool) -> Plan:
        draft = wishes[0].draft
        for wish in wishes[1:]:
            draft.add(wish.draft)
        follow = all(wish.follows for wish in wishes)
        on_table = bool(view.working.plan.steps)
        if draft.empty:
            if follow and on_table and not any(wish.asked for wish in wishes):
                return Plan(steps=(Say(topic="not_understood", about=said),))
            n = min(50, draft.n or view.n)  # "recommend three films" needs no more
            return Plan(steps=(Rank(n=n),)) if told or draft.n else self._outcomes.empty(view)
        return self._outcomes.wished(draft, view, follow=follow)
