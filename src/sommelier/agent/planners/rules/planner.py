"""The rules brain: deterministic, no model, always there.

A message is tried as an answer to the question that waits, then as a known frame ("more", "why the
second?"), then clause by clause as opinion, question or wish. Everything it knows of the language
is in `reading/en.toml`; everything it knows of the domain comes from the catalogue's vocabulary.
"""

from collections.abc import Callable, Sequence

from sommelier.agent.plan import Ask, Lookup, Option, Plan, Rank, Ref, Say, Similar, Soft, Update
from sommelier.agent.planners.base import View
from sommelier.agent.planners.rules.asking import ask_number, ask_scale, ask_title
from sommelier.agent.planners.rules.compose import compose, rerun
from sommelier.agent.planners.rules.draft import Draft, Drafter
from sommelier.agent.planners.rules.frames import Frames
from sommelier.agent.planners.rules.opinions import Opinions
from sommelier.agent.planners.rules.questions import Questions
from sommelier.agent.planners.rules.reading.link import Linker
from sommelier.agent.planners.rules.reading.names import Namer
from sommelier.agent.planners.rules.reading.quantities import role_field
from sommelier.agent.planners.rules.reading.words import clean, words
from sommelier.agent.planners.rules.wishes import Wish, Wishes
from sommelier.tools.lexicon import Lexicon
from sommelier.tools.text import normal

__all__ = ["RulesPlanner"]

_LONGEST = 1_500  # characters of a message that are read; the rest is said to be left out


class RulesPlanner:
    """The rules brain for one catalogue."""

    name = "rules"

    def __init__(self, lexicon: Lexicon, language: str = "en") -> None:
        self._lexicon, self._words = lexicon, words(language)
        self._patterns = self._words.patterns("clauses")
        self._linker = Linker(lexicon, self._words)
        self._drafter = Drafter(lexicon, self._words)
        self._namer = Namer(lexicon, self._words)
        self._questions = Questions(self._linker, self._drafter, self._namer, self._words)
        self._opinions = Opinions(lexicon, self._linker, self._namer, self._words)
        self._frames = Frames(lexicon, self._namer, self._linker, self._words)
        self._wishes = Wishes(lexicon, self._linker, self._drafter, self._namer, self._words)

    async def plan(self, message: str, view: View) -> Plan:
        """Return a plan for the message; anything unclear becomes a question back."""
        text = clean(message)
        notes: tuple[Say, ...] = ()
        if len(text) > _LONGEST:
            text = text[:_LONGEST].rsplit(" ", 1)[0]
            notes = (Say(topic="cut", about=str(_LONGEST)),)
        if any(name == "idle" for name, _ in self._words.match("frames", text)):
            return self._empty(view)
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
        return self._empty(view)

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
            wishes = [wish for wish in wishes if not self._meaningless(wish.draft)]
        return self._joined(heard, wishes, text, view)

    def _joined(
        self, heard: Sequence[Plan], wishes: Sequence[Wish], said: str, view: View
    ) -> Plan | None:
        """Return one plan: the wish or the last thing to do, with everything that was told."""
        updates = tuple(update for plan in heard for update in plan.updates)
        acting = [plan for plan in heard if plan.steps]
        if wishes:
            plan = self._wished(wishes, said, view, told=bool(updates))
            reactions = [s for other in acting for s in other.steps if s.kind == "react"]
            plan = plan.model_copy(update={"steps": (*reactions, *plan.steps)})
        elif acting:
            plan = acting[-1]
        elif heard:
            plan = self._after_opinions(updates, view)
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
            return Plan(steps=(Rank(n=draft.n or view.n),)) if told else self._empty(view)
        if draft.only_unmeasured and on_table:
            about = ", ".join(draft.unmeasured)
            return Plan(steps=(Say(topic="cannot_measure", about=about),))
        if draft.unknown:
            return Plan(steps=(Say(topic="unknown_name", about=", ".join(draft.unknown)),))
        if draft.unclear:
            return ask_number(draft, view, follow=follow)
        if self._meaningless(draft):
            return self._title_at_last(draft.text, view)
        rating = role_field(self._lexicon.schema, self._words, "rating")
        asked = ask_scale(draft, view, rating, follow=follow)
        return asked or compose(draft, view, follow=follow, add=draft.added)

    def _meaningless(self, draft: Draft) -> bool:
        """Return whether only words were said that neither catalogue nor language knows."""
        if draft.conditions or draft.seeds or draft.sort or draft.relatives or not draft.words:
            return False
        return not any(self._lexicon.knows(word) or " " in word for word in draft.words)

    def _title_at_last(self, text: str, view: View) -> Plan:
        """Read words that mean nothing else as a title; ask when it is not certain."""
        named = self._namer.title(text, view.working.shown)
        if named.known:
            note = (Say(topic="took", about=f"{text}|{named.items[0]}"),) if named.guessed else ()
            return Plan(steps=(Lookup(items=(Ref(item=named.items[0]),)),), notes=note)
        if named.options:
            return ask_title(named, view)
        return Plan(steps=(Say(topic="not_understood", about=text),))

    def _after_opinions(self, updates: Sequence[Update], view: View) -> Plan:
        """Answer a message that only told likes and dislikes: show what follows from them."""
        liked = [update for update in updates if update.polarity in ("like", "want")]
        if liked:
            seeds = tuple(Ref(item=update.item) for update in liked if update.item)
            prefer = tuple(Soft(where=update.condition) for update in liked if update.condition)
            text = " ".join(update.wish for update in liked if update.wish)
            rank = Rank(n=view.n, prefer=prefer, text=text)
            return Plan(steps=(Similar(to=seeds), rank) if seeds else (rank,))
        if view.working.plan.of(Rank):
            return rerun(view)
        return Plan(steps=(Say(topic="noted_ask"),))

    def _empty(self, view: View) -> Plan:
        """Answer a request without content: by taste where it is known, else with a question."""
        if view.known:
            return Plan(steps=(Rank(n=view.n),))
        drafts = {
            value: self._drafter.read(self._linker.link(value))
            for value in self._lexicon.main_values(4)
        }
        options = tuple(
            Option(label=value, plan=compose(draft, view, follow=False))
            for value, draft in drafts.items()
        )
        return Plan(steps=(Ask(question="empty", options=options),))
