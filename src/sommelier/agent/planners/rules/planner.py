"""The rules brain: deterministic, no model, always there.

A message is tried as an answer to the question that waits, then as a known frame ("more", "why the
second?"), then clause by clause as opinion, question or wish. Everything it knows of the language
is in `en.toml`; everything it knows of the domain comes from the catalogue's vocabulary.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from sommelier.agent.plan import (
    Ask,
    Filter,
    Lookup,
    Option,
    Plan,
    Rank,
    Ref,
    Say,
    Similar,
    Soft,
    Update,
)
from sommelier.agent.planners.base import View
from sommelier.agent.planners.rules.compose import compose, rerun
from sommelier.agent.planners.rules.draft import Draft, Drafter
from sommelier.agent.planners.rules.frames import Frames
from sommelier.agent.planners.rules.link import Linker
from sommelier.agent.planners.rules.names import Namer
from sommelier.agent.planners.rules.opinions import Opinions
from sommelier.agent.planners.rules.quantities import role_field
from sommelier.agent.planners.rules.questions import Questions, ask_title
from sommelier.agent.planners.rules.words import clean, words
from sommelier.data.schema import Kind
from sommelier.tools.lexicon import Lexicon
from sommelier.tools.text import normal

__all__ = ["RulesPlanner"]

_LONGEST = 1_500  # characters of a message that are read; the rest is said to be left out


class RulesPlanner:
    """The rules brain for one catalogue."""

    name = "rules"

    def __init__(self, lexicon: Lexicon, language: str = "en") -> None:
        self._words = words(language)
        self._clause = {
            name: re.compile(pattern, re.I) for name, pattern in self._words["clauses"].items()
        }
        self._lexicon = lexicon
        self._linker = Linker(lexicon, self._words)
        self._drafter = Drafter(lexicon, self._words)
        self._namer = Namer(lexicon, self._words)
        self._questions = Questions(self._linker, self._drafter, self._namer, self._words)
        self._opinions = Opinions(lexicon, self._linker, self._namer, self._words)
        self._frames = Frames(lexicon, self._namer, self._linker, self._words)

    async def plan(self, message: str, view: View) -> Plan:
        """Return a plan for the message; anything unclear becomes a question back."""
        text = clean(message)
        notes: tuple[Say, ...] = ()
        if len(text) > _LONGEST:
            text = text[:_LONGEST].rsplit(" ", 1)[0]
            notes = (Say(topic="cut", about=str(_LONGEST)),)
        if any(name == "idle" for name, _ in self._words.match("frames", text)):
            return self._empty(view)
        text = self._clause["opening"].sub("", text) or text
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
        words_ = [w for w in plain.split() if w not in ("the", "one", "number", "option", "film")]
        if len(words_) != 1:
            return None
        ordinal = self._words["ordinals"].get(words_[0])
        return int(ordinal or words_[0]) if ordinal or words_[0].isdigit() else None

    def _clauses(self, text: str, view: View) -> Plan | None:
        """Read the message clause by clause; opinions are kept, wishes are joined."""
        parts = [
            part.strip(" ,")
            for s in self._clause["sentence"].split(text)
            for part in self._clause["turn"].split(s)
        ]
        parts = [part for part in parts if part]
        heard: list[Plan] = []
        drafts: list[tuple[Draft, bool, bool]] = []
        for part in parts:
            question = text.rstrip().endswith("?") and part == parts[-1]
            plan = self._frames.read(part, view) if len(parts) > 1 else None
            plan = plan or self._opinions.read(part, view)
            plan = plan or self._questions.read(part + ("?" if question else ""), view)
            if plan is not None:
                heard.append(plan)
                continue
            asked = self._wish(part, view)
            if isinstance(asked, Plan):
                heard.append(asked)
            elif not asked[0].empty or asked[1] or asked[2]:
                drafts.append(asked)
        return self._joined(heard, drafts, text, view)

    def _wish(self, part: str, view: View) -> tuple[Draft, bool, bool] | Plan:
        """Return (draft, whether it asked for something, whether it follows the list on show)."""
        rest, asked = self._words.wish(part)
        titled = self._bare_title(rest, view)
        if titled:
            return Plan(steps=(Lookup(items=(Ref(item=titled),)),))
        rest, sort = self._sorted(rest)
        slot = self._namer.slot(" " + rest, view.working) if rest else None
        if slot and (slot[0].options or not slot[0].known):
            if slot[0].options:
                return self._ask_seed(slot[0].options, slot[0].said, view)
            return Plan(steps=(Say(topic="unknown_title", about=slot[0].said),))
        draft = self._drafter.read(self._linker.link(slot[1] if slot else rest))
        if slot:
            draft.seeds = [self._lexicon.num(item) for item in slot[0].items] + draft.seeds
            if slot[0].guessed:
                draft.guesses.append((slot[0].said, self._lexicon.label_of(slot[0].items[0])))
        draft.sort = sort or draft.sort
        beside = re.match(rf"({'|'.join(self._words['ask']['beside'])})\b", part.lower())
        draft.added = draft.added or beside is not None
        if draft.sort and self._clause["among"].search(part):
            return self._among_shown(draft, view)
        return draft, asked or draft.nouns > 0, self._follows(part, rest, draft, asked, view)

    def _sorted(self, rest: str) -> tuple[str, tuple[str, bool] | None]:
        """Return the wish without "sorted by year", and the field and direction that means."""
        found = self._clause["sorted"].search(rest)
        if not found:
            return rest, None
        fields = [f for f in self._lexicon.fields(found[1]) if f.kind in (Kind.NUMBER, Kind.DATE)]
        field = (
            fields[0] if fields else role_field(self._lexicon.schema, self._words, found[1].lower())
        )
        if field is None:
            return rest, None
        down = (found[2] or "").lower().startswith(("desc", "high"))
        best_first = not found[2] and field.name in ("average_rating", "popularity", "rating")
        return rest[: found.start()] + rest[found.end() :], (field.name, down or best_first)

    def _among_shown(self, draft: Draft, view: View) -> Plan:
        """Return the plan for "which of these is the shortest?"."""
        if not view.working.shown or draft.sort is None:
            return Plan(steps=(Say(topic="nothing_shown"),))
        where = {
            "field": self._lexicon.schema.id_field,
            "op": "in",
            "value": list(view.working.shown),
        }
        rank = Rank(n=1, sort=draft.sort[0], descending=draft.sort[1], again=True)
        return Plan(steps=(Filter(where=where, said="these"), rank))

    def _bare_title(self, rest: str, view: View) -> str | None:
        """Return the item whose exact title is the whole wish: "The Godfather"."""
        said = rest.strip(" ?!.\"'")
        firm = [e for e in self._lexicon.values(said) if not self._lexicon.loose(e.field)]
        if firm or self._words.is_stop(said.lower()) or not self._lexicon.titles.exact(said):
            return None
        return self._namer.title(said, view.working.shown).items[0]

    def _ask_seed(self, items: Sequence[str], said: str, view: View) -> Plan:
        options = tuple(
            Option(
                label=self._lexicon.label_of(item),
                plan=Plan(steps=(Similar(to=(Ref(item=item),)), Rank(n=view.n))),
            )
            for item in items
        )
        return Plan(steps=(Ask(question="did_you_mean", about=said, options=options),))

    def _follows(self, part: str, rest: str, draft: Draft, asked: bool, view: View) -> bool:
        """Return whether a wish refines the list on the table rather than starting anew."""
        if not view.working.plan.steps or draft.seeds:
            return False
        low = part.lower()
        listed = self._words["ask"]
        begins = any(re.match(rf"{re.escape(word)}\b", low) for word in listed["follow"])
        ones = re.search(r"\b(ones?|those|these|them|instead)\b", low) is not None
        if re.match(r"an?\b", low) and not (ones or draft.relatives):
            return False
        if ones or draft.relatives or draft.graded or begins:
            return True
        told = len(draft.conditions) + bool(draft.words) > 1 or len(draft.words) > 1
        headed = draft.nouns > 0 or told or draft.sort is not None
        return not asked and not headed and bool(rest)

    def _joined(
        self,
        heard: Sequence[Plan],
        drafts: Sequence[tuple[Draft, bool, bool]],
        said: str,
        view: View,
    ) -> Plan | None:
        updates = tuple(update for plan in heard for update in plan.updates)
        notes = tuple(note for plan in heard for note in plan.notes)
        if heard:  # beside something clear, words that mean nothing are passed over
            drafts = [asked for asked in drafts if not self._meaningless(asked[0])]
        acting = [plan for plan in heard if plan.steps]
        if drafts:
            plan = self._wished(drafts, updates, said, view)
        elif acting:
            plan = acting[-1]
        elif heard:
            plan = self._after_opinions(updates, view)
        else:
            return None
        done = {id(plan)}
        rest = [
            s
            for other in acting
            if id(other) not in done and drafts
            for s in other.steps
            if s.kind == "react"
        ]
        merged = [u for u in updates if u not in plan.updates]
        return plan.model_copy(
            update={
                "steps": (*rest, *plan.steps),
                "updates": (*merged, *plan.updates),
                "forget": tuple(s for p in heard for s in p.forget),
                "notes": tuple(dict.fromkeys((*notes, *plan.notes))),
            }
        )

    def _wished(
        self,
        drafts: Sequence[tuple[Draft, bool, bool]],
        updates: Sequence[Update],
        said: str,
        view: View,
    ) -> Plan:
        draft = drafts[0][0]
        for more, _, _ in drafts[1:]:
            _merge(draft, more)
        follow = all(follows for _, _, follows in drafts)
        if draft.empty:
            if follow and not any(asked for _, asked, _ in drafts) and view.working.plan.steps:
                return Plan(steps=(Say(topic="not_understood", about=said),))
            if updates or view.known:
                return Plan(steps=(Rank(n=draft.n or view.n),))
            if follow and view.working.plan.steps:
                return rerun(view)
            return self._empty(view)
        if draft.unmeasured and draft.only_unmeasured and view.working.plan.steps:
            about = ", ".join(draft.unmeasured)
            return Plan(steps=(Say(topic="cannot_measure", about=about),))
        if draft.unknown:
            return Plan(steps=(Say(topic="unknown_name", about=", ".join(draft.unknown)),))
        if draft.unclear:
            return self._ask_number(draft, view, follow)
        if self._meaningless(draft):
            return self._title_at_last(draft.text, view)
        return self._ask_scale(draft, view, follow) or compose(
            draft, view, follow=follow, add=draft.added
        )

    def _title_at_last(self, text: str, view: View) -> Plan:
        """Read words that mean nothing else as a title; ask when it is not certain."""
        named = self._namer.title(text, view.working.shown)
        if named.known:
            note = (Say(topic="took", about=f"{text}|{named.items[0]}"),) if named.guessed else ()
            return Plan(steps=(Lookup(items=(Ref(item=named.items[0]),)),), notes=note)
        if named.options:
            return ask_title(named, view)
        return Plan(steps=(Say(topic="not_understood", about=text),))

    def _meaningless(self, draft: Draft) -> bool:
        """Return whether only words were said that neither catalogue nor language knows."""
        if draft.conditions or draft.seeds or draft.sort or draft.relatives or not draft.words:
            return False
        return not any(self._lexicon.knows(word) or " " in word for word in draft.words)

    def _ask_number(self, draft: Draft, view: View, follow: bool) -> Plan:
        """Ask which field a bare number is about, among those whose range holds it."""
        quantity = draft.unclear[0]
        options = []
        for field in self._lexicon.number_fields(quantity.value):
            where = {"field": field.name, "op": quantity.op or "=", "value": quantity.value}
            told = Draft(**(draft.__dict__ | {"unclear": draft.unclear[1:]}))
            told.conditions = [*draft.conditions, self._drafter.told(where, field.name)]
            plan = compose(told, view, follow=follow)
            if plan.of(Rank):
                options.append(Option(label=field.name.replace("_", " "), plan=plan))
        if len(options) == 1:
            return options[0].plan
        about = f"{quantity.value:g}"
        return Plan(steps=(Ask(question="which_number", about=about, options=tuple(options)),))

    def _ask_scale(self, draft: Draft, view: View, follow: bool) -> Plan | None:
        """Ask when a rating is beyond the catalogue's own scale: 7 stars where 5 are the most."""
        field = role_field(self._lexicon.schema, self._words, "rating")
        top = field.maximum if field else None
        for at, condition in enumerate(draft.conditions):
            value = condition.where.get("value")
            if field is None or top is None or condition.fields != (field.name,):
                continue
            if not isinstance(value, float) or not top < value <= 10:
                continue
            scaled = round(value / 10 * top, 1)
            told = replace(condition, where=condition.where | {"value": scaled})
            draft.conditions[at] = told
            option = Option(label=f"{scaled:g}", plan=compose(draft, view, follow=follow))
            about = f"{value:g}|{top:g}"
            return Plan(steps=(Ask(question="scale", about=about, options=(option,)),))
        return None

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
        options = tuple(
            Option(
                label=value,
                plan=compose(self._drafter.read(self._linker.link(value)), view, follow=False),
            )
            for value in self._lexicon.main_values(4)
        )
        return Plan(steps=(Ask(question="empty", options=options),))


def _merge(draft: Draft, more: Draft) -> None:
    draft.conditions += more.conditions
    draft.words += more.words
    draft.seeds += more.seeds
    draft.excluded += more.excluded
    draft.unknown += more.unknown
    draft.relatives += more.relatives
    draft.unclear += more.unclear
    draft.guesses += more.guesses
    draft.ambiguous += more.ambiguous
    draft.unmeasured += more.unmeasured
    draft.sort = draft.sort or more.sort
    draft.n = draft.n or more.n
    draft.nouns += more.nouns
    draft.plural = draft.plural or more.plural
