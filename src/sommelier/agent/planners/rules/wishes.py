"""A clause that wishes for items: what it asks for, and whether it follows the list on show."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sommelier.agent.plan import Filter, Lookup, Plan, Rank, Ref, Say
from sommelier.agent.planners.base import View
from sommelier.agent.planners.rules.asking import ask_title, taken_as_seed
from sommelier.agent.planners.rules.draft import Draft, Drafter
from sommelier.agent.planners.rules.reading.link import Linker
from sommelier.agent.planners.rules.reading.names import Namer
from sommelier.agent.planners.rules.reading.quantities import role_field
from sommelier.agent.planners.rules.reading.words import Words
from sommelier.data.schema import Kind
from sommelier.tools.lexicon import Lexicon

__all__ = ["Wish", "Wishes"]


@dataclass(frozen=True)
class Wish:
    """What one clause asks for."""

    draft: Draft
    asked: bool  # it said so: "show me ...", "films ..."
    follows: bool  # it refines the list on show rather than starting anew

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it to act on."""
        return self.draft.empty and not self.asked and not self.follows


class Wishes:
    """Reads wishes for one catalogue in one language."""

    def __init__(
        self, lexicon: Lexicon, linker: Linker, drafter: Drafter, namer: Namer, words: Words
    ) -> None:
        self._lexicon, self._linker, self._drafter = lexicon, linker, drafter
        self._namer, self._words = namer, words
        self._patterns: Mapping[str, re.Pattern[str]] = words.patterns("clauses")

    def read(self, clause: str, view: View) -> Wish | Plan:
        """Return the wish of a clause, or a plan where it is settled already."""
        rest, asked = self._words.wish(clause)
        titled = self._bare_title(rest, view)
        if titled:
            return Plan(steps=(Lookup(items=(Ref(item=titled),)),))
        rest, sort = self._sorted(rest)
        slot = self._namer.slot(" " + rest, view.working) if rest else None
        if slot and slot[0].options:
            return ask_title(slot[0], view, taken_as_seed(view.n))
        if slot and not slot[0].known:
            return Plan(steps=(Say(topic="unknown_title", about=slot[0].said),))
        draft = self._drafter.read(self._linker.link(slot[1] if slot else rest))
        if slot:
            draft.seeds = [self._lexicon.num(item) for item in slot[0].items] + draft.seeds
            if slot[0].guessed:
                draft.guesses.append((slot[0].said, self._lexicon.label_of(slot[0].items[0])))
        draft.sort = sort or draft.sort
        draft.added = draft.added or self._patterns["beside"].match(clause) is not None
        if draft.sort and self._patterns["among"].search(clause):
            return self._among_shown(draft.sort, view)
        follows = self._follows(clause, rest, draft, view, asked=asked)
        return Wish(draft, asked or draft.nouns > 0, follows)

    def _bare_title(self, rest: str, view: View) -> str | None:
        """Return the item whose exact title is the whole wish: "The Godfather"."""
        said = rest.strip(" ?!.\"'")
        firm = [e for e in self._lexicon.values(said) if not self._lexicon.loose(e.field)]
        if firm or self._words.is_stop(said.lower()):
            return None
        return self._namer.exact(said, view.working.shown)

    def _sorted(self, rest: str) -> tuple[str, tuple[str, bool] | None]:
        """Return the wish without "sorted by year", and the field and direction that means."""
        found = self._patterns["sorted"].search(rest)
        if not found:
            return rest, None
        named = [f for f in self._lexicon.fields(found[1]) if f.kind in (Kind.NUMBER, Kind.DATE)]
        role = role_field(self._lexicon.schema, self._words, found[1].lower())
        field = named[0] if named else role
        if field is None:
            return rest, None
        down = (found[2] or "").lower().startswith(("desc", "high"))
        best_first = not found[2] and field.name in ("average_rating", "popularity", "rating")
        return rest[: found.start()] + rest[found.end() :], (field.name, down or best_first)

    def _among_shown(self, sort: tuple[str, bool], view: View) -> Plan:
        """Return the plan for "which of these is the shortest?"."""
        shown = list(view.working.shown)
        if not shown:
            return Plan(steps=(Say(topic="nothing_shown"),))
        where = {"field": self._lexicon.schema.id_field, "op": "in", "value": shown}
        rank = Rank(n=1, sort=sort[0], descending=sort[1], again=True)
        return Plan(steps=(Filter(where=where, said="these"), rank))

    def _follows(self, clause: str, rest: str, draft: Draft, view: View, *, asked: bool) -> bool:
        if not view.working.plan.steps or draft.seeds:
            return False
        pointing = self._patterns["ones"].search(clause) is not None or bool(draft.relatives)
        if self._patterns["article"].match(clause) and not pointing:
            return False  # "a slow western" is whole in itself
        if pointing or draft.graded or self._patterns["follow"].match(clause):
            return True
        told = len(draft.conditions) + bool(draft.words) > 1 or len(draft.words) > 1
        headed = draft.nouns > 0 or told or draft.sort is not None
        return not asked and not headed and bool(rest)
