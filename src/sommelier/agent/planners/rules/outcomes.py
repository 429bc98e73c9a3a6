"""What comes of a message once it is read: the parts of a plan that every brain makes alike.

A draft becomes a list or a question, opinions become the list that follows from them, and a request
without content is answered by taste or asked about. Reads no sentences.
"""

from collections.abc import Sequence

from sommelier.agent.plan import (
    Ask,
    Lookup,
    Option,
    Plan,
    Rank,
    React,
    Ref,
    Say,
    Similar,
    Soft,
    Update,
)
from sommelier.agent.planners.base import View
from sommelier.agent.planners.rules.asking import ask_number, ask_scale, ask_title
from sommelier.agent.planners.rules.compose import compose, rerun
from sommelier.agent.planners.rules.draft import Draft, Drafter
from sommelier.agent.planners.rules.reading.link import Linker
from sommelier.agent.planners.rules.reading.names import Namer
from sommelier.agent.planners.rules.reading.quantities import role_field
from sommelier.agent.planners.rules.reading.words import Words, clean
from sommelier.tools.lexicon import Lexicon

__all__ = ["Outcomes", "after_opinions", "reacting", "readable"]

_LONGEST = 1_500  # characters of a message that are read; the rest is said to be left out


def readable(message: str) -> tuple[str, tuple[Say, ...]]:
    """Return the message in plain quotes and single spaces, cut with a note if it is very long."""
    text = clean(message)
    if len(text) <= _LONGEST:
        return text, ()
    return text[:_LONGEST].rsplit(" ", 1)[0], (Say(topic="cut", about=str(_LONGEST)),)


def reacting(reactions: Sequence[React], plan: Plan) -> Plan:
    """Return the plan with reactions before what they bear on.

    Look-ups stay in front, for conditions refer to them by their place.
    """
    first = next((at for at, s in enumerate(plan.steps) if s.kind != "lookup"), len(plan.steps))
    steps = (*plan.steps[:first], *reactions, *plan.steps[first:])
    return plan.model_copy(update={"steps": steps})


def after_opinions(updates: Sequence[Update], view: View) -> Plan:
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


class Outcomes:
    """Turns drafts into plans for one catalogue in one language."""

    def __init__(
        self, lexicon: Lexicon, linker: Linker, drafter: Drafter, namer: Namer, words: Words
    ) -> None:
        self._lexicon, self._linker, self._drafter = lexicon, linker, drafter
        self._namer = namer
        self._rating = role_field(lexicon.schema, words, "rating")

    def wished(self, draft: Draft, view: View, *, follow: bool) -> Plan:
        """Return the list that a draft asks for, or what has to be said or asked first."""
        if draft.only_unmeasured and view.working.plan.steps:
            about = ", ".join(draft.unmeasured)
            return Plan(steps=(Say(topic="cannot_measure", about=about),))
        if draft.unknown:
            return Plan(steps=(Say(topic="unknown_name", about=", ".join(draft.unknown)),))
        if draft.unclear:
            return ask_number(draft, view, follow=follow)
        if self.meaningless(draft):
            return self._title_at_last(draft.text, view)
        asked = ask_scale(draft, view, self._rating, follow=follow)
        return asked or compose(draft, view, follow=follow, add=draft.added)

    def meaningless(self, draft: Draft) -> bool:
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

    def empty(self, view: View) -> Plan:
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
