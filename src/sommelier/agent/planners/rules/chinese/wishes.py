"""A Chinese clause that wishes for items: what it asks for, and whether it follows the list."""

import re
from collections.abc import Sequence
from dataclasses import replace

from sommelier.agent.plan import Lookup, Plan, Ref, Say
from sommelier.agent.planners.base import View
from sommelier.agent.planners.rules.asking import ask_title, taken_as_seed
from sommelier.agent.planners.rules.chinese.fold import fold
from sommelier.agent.planners.rules.chinese.link import ChineseLinker
from sommelier.agent.planners.rules.chinese.names import ChineseNamer, unquoted
from sommelier.agent.planners.rules.chinese.words import ChineseWords
from sommelier.agent.planners.rules.draft import Draft, Drafter
from sommelier.agent.planners.rules.reading.link import Mention
from sommelier.agent.planners.rules.reading.names import Named
from sommelier.agent.planners.rules.reading.quantities import role_field
from sommelier.agent.planners.rules.wishes import Wish, Wishes
from sommelier.data.schema import Kind
from sommelier.tools.lexicon import Lexicon
from sommelier.tools.text import dense

__all__ = ["ChineseWishes"]

_LONG = 4  # letters from which a title may be misspelt where nothing marks it


class ChineseWishes(Wishes):
    """Reads wishes for one catalogue."""

    def __init__(
        self,
        lexicon: Lexicon,
        linker: ChineseLinker,
        drafter: Drafter,
        namer: ChineseNamer,
        words: ChineseWords,
    ) -> None:
        super().__init__(lexicon, linker, drafter, namer, words)
        self._chinese = words

    def read(self, clause: str, view: View) -> Wish | Plan:
        """Return the wish of a clause, or a plan where it is settled already."""
        clause = self._chinese.bare(clause)
        _, asked = self._chinese.wish(clause)
        titled = self._titled(clause, view)
        if titled:
            return titled
        rest, sort = self._sorted(clause)
        slot = self._likened(rest, view)
        if slot and slot[0].options:
            return ask_title(slot[0], view, taken_as_seed(view.n))
        if slot and not slot[0].known:
            return _unknown(slot[0].said)
        mentions = self._linker.link(slot[1] if slot else rest)
        draft = self._drafted(mentions, clause)
        if slot:
            draft.seeds = [self._lexicon.num(item) for item in slot[0].items] + draft.seeds
            if slot[0].guessed:
                draft.took.append((unquoted(slot[0].said), slot[0].items[0]))
        low = fold(clause)
        draft.sort = sort or draft.sort
        draft.plural = self._patterns["which"].search(low) is None
        if draft.sort and self._patterns["among"].search(low):
            return self._among_shown(draft.sort, view)
        follows = self._follows(low, rest, draft, view, asked=asked)
        return Wish(draft, asked or draft.nouns > 0, follows)

    def _likened(self, rest: str, view: View) -> tuple[Named, str] | None:
        slot = self._namer.slot(rest, view.working)
        if slot is None and self._patterns["like_it"].match(fold(rest)):
            focus = self._namer.resolve("它", view.working)
            cut = self._patterns["like_it"].sub("", fold(rest))
            return (focus, cut) if focus.known else None
        return slot

    def _titled(self, clause: str, view: View) -> Plan | None:
        """Return the look-up of a title that is the whole wish; one in marks may be misspelt."""
        said = unquoted(clause)
        marked = said != clause.strip()
        if self._lexicon.values(said) or (self._chinese.is_stop(said) and not marked):
            return None
        named = self._namer.title(said, view.working.shown)
        if marked and not named.known:
            return ask_title(named, view) if named.options else _unknown(said)
        if not named.known or (named.guessed and not marked and len(dense(said)) < _LONG):
            return None
        took = Say(topic="took", about=f"{said}|{named.items[0]}")
        look_up = Lookup(items=(Ref(item=named.items[0]),))
        return Plan(steps=(look_up,), notes=(took,) if named.guessed else ())

    def _drafted(self, mentions: Sequence[Mention], said: str) -> Draft:
        """Return what the mentions ask for; counters count, unknown words are told apart."""
        counts = [m for m in mentions if m.kind == "count"]
        names = [m.text for m in mentions if m.kind == "free" and m.data == "name"]
        strange = [m for m in mentions if m.kind == "free" and m.data != "name"]
        lost = {m.start for m in strange if not self._readable(m)}
        left = [
            self._worded(m)
            for m in mentions
            if m.kind != "count" and m.data != "name" and m.start not in lost
        ]
        draft = self._drafter.read(left)
        draft.n = next((int(m.data) for m in counts if 1 <= m.data <= 50), None)
        draft.unknown += names
        unread = [m.text for m in strange if m.start in lost]
        if draft.empty and not draft.n:
            draft.words += unread[:1] and [said]
        else:
            draft.unmeasured += unread
        draft.denial = "不要{said}"
        return draft

    def _readable(self, mention: Mention) -> bool:
        """Return whether anything can look for a free word: the texts, or the encoder."""
        said = str(mention.data or mention.text)
        return not dense(said) or self._lexicon.grams.knows(said)

    @staticmethod
    def _worded(mention: Mention) -> Mention:
        return (
            replace(mention, text=mention.data)
            if mention.kind == "free" and mention.data
            else mention
        )

    def _sorted(self, rest: str) -> tuple[str, tuple[str, bool] | None]:
        """Return the wish without 按年份从新到旧, and the field and direction that means."""
        low = fold(rest)
        named = self._patterns["sorted_by"].search(low)
        if named:
            field = self._chinese.field(self._lexicon.schema, named[1].strip("的"))
            if field and field.kind in (Kind.NUMBER, Kind.DATE):
                told = self._chinese["orders"].get(named[2] or "")
                up = "升序" in named[0] or (told is not None and not told[1])
                best_first = field.name in ("average_rating", "popularity", "rating", "评分")
                down = not up and (
                    told is not None or best_first or "降" in named[0] or "倒" in named[0]
                )
                return rest[: named.start()] + rest[named.end() :], (field.name, down)
        turned = self._patterns["sorted_to"].search(low)
        if turned:
            role, more = self._chinese["orders"][turned[1]]
            field = role_field(self._lexicon.schema, self._chinese, role)
            if field:
                return rest[: turned.start()] + rest[turned.end() :], (field.name, more)
        return rest, None

    def _follows(self, clause: str, rest: str, draft: Draft, view: View, *, asked: bool) -> bool:
        if not view.working.plan.steps or draft.seeds:
            return False
        if draft.relatives or draft.graded or self._patterns["follow"].match(clause):
            return True
        if asked:
            return False
        if not draft.nouns and re.search(r"的$", clause):
            return True  # 90年代的: a wish without its noun
        return not draft.nouns and draft.sort is None and len(draft.conditions) < 2


def _unknown(said: str) -> Plan:
    return Plan(steps=(Say(topic="unknown_title", about=said),))
