"""The reply: short, warm, and made of evidence only.

Every title, number and name in it comes from the outcome's rows, answers and conditions. Which
wording is used depends on the number of the turn, so a conversation reads less like a form and can
still be replayed to the letter.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sommelier.agent.outcome import Card, Outcome
from sommelier.agent.plan import Ask, Filter, Plan, Rank, Say, Similar
from sommelier.agent.replies.describe import conditions_text
from sommelier.agent.replies.reasons import reasons_of
from sommelier.agent.replies.tell import Teller
from sommelier.agent.replies.texts import LANGUAGES, texts
from sommelier.data.predicates import Not, from_json
from sommelier.data.schema import Kind
from sommelier.errors import UnknownName
from sommelier.hostile import harmless
from sommelier.state.profiles import Profile
from sommelier.tools.base import Toolbox
from sommelier.tools.rank import AVERAGE

__all__ = ["Reply", "Writer"]


@dataclass(frozen=True)
class Reply:
    """What is said, and for each card its reasons in words.

    `notes` say openly how the message was read or by whom; they are never reworded.
    """

    body: str
    reasons: tuple[tuple[str, ...], ...] = ()
    notes: str = ""
    disclosed: str = ""  # what is sponsored; never reworded either
    language: str = "en"

    @property
    def text(self) -> str:
        """All of it."""
        return texts(self.language).sentences((self.notes, self.body, self.disclosed))


class Writer:
    """Writes replies about one catalogue in one language."""

    def __init__(self, box: Toolbox, language: str = "en", *, simulated: bool = False) -> None:
        self._box, self._texts, self._simulated = box, texts(language), simulated
        self._schema = box.schema
        self._tell = Teller(box, self._texts, simulated=simulated)
        self._others = {language: self}

    @property
    def language(self) -> str:
        """The language that this writer writes."""
        return self._texts.language

    def speaking(self, language: str) -> "Writer":
        """Return the writer for a language; this one where there are no texts in it."""
        if language not in self._others and language in LANGUAGES:
            other = Writer(self._box, language, simulated=self._simulated)
            self._others[language] = other
        return self._others.get(language, self)

    def check(self, plan: Plan) -> None:
        """Raise a UsageError where a plan would say or ask what there is no text for."""
        named = [("say", step.topic) for step in plan.of(Say)]
        named += [("notes", note.topic) for note in plan.notes]
        named += [("ask", ask.question) for ask in plan.of(Ask) if ask.question != "relax"]
        for section, name in named:
            if (section, name) not in self._texts:
                raise UnknownName("text", f"{section}.{name}", [])
        for say in (*plan.of(Say), *plan.notes):
            if say.topic in ("enjoy", "took"):  # what these are about is an item
                self._box.catalog.num(say.about.rpartition("|")[2])

    def write(self, outcome: Outcome, profile: Profile, turn: int) -> Reply:
        """Return the reply to one turn."""
        notes = self._texts.sentences(self._note(note) for note in outcome.plan.notes)
        parts = [self._say(say, profile, turn) for say in outcome.said]
        parts += [self._tell.facts(facts) for facts in outcome.facts]
        parts += [self._tell.answer(answer, where) for answer, where in outcome.answers]
        parts += [self._tell.compared(facts) for facts in outcome.compared]
        parts += [self._why(one.card, profile) for one in outcome.explained]
        if outcome.reactions and outcome.listed:
            seen = all(feedback == "seen" for _, feedback in outcome.reactions)
            parts.append(self._tell.fill("say", "noted_seen" if seen else "noted"))
        if outcome.listed:
            parts.append(self._list(outcome, turn))
        if outcome.asked:
            parts.append(self._ask(outcome.asked, turn))
        words = self.reasons(outcome.cards, profile)
        body = self._texts.sentences(parts)
        if not body and not notes:
            body = self._tell.fill("say", "noted")
        disclosed, language = self._disclosed(outcome), self._texts.language
        return Reply(harmless(body), tuple(words), harmless(notes), disclosed, language)

    def reasons(self, cards: Sequence[Card], profile: Profile) -> list[tuple[str, ...]]:
        """Return the three most telling reasons of each card, in words."""
        told = (reasons_of(self._box, self._texts, c, profile, self._simulated) for c in cards)
        return [tuple(harmless(one) for one in words[:3]) for words in told]

    def _note(self, note: Say) -> str:
        said, _, taken = note.about.partition("|")
        if note.topic == "took" and taken:
            taken = self._tell.item(taken)
        if note.topic == "brain_fell_back":
            said = self._texts.reason(said)
        return self._tell.fill("notes", note.topic, said=said, taken=taken)

    def _say(self, say: Say, profile: Profile, turn: int) -> str:
        taken = self._tell.item(say.about) if say.topic == "enjoy" else ""
        told = self._profile(profile) if say.topic == "profile" else ""
        if say.topic == "profile" and not told:
            return self._tell.fill("say", "profile_empty")
        return self._tell.fill(
            "say",
            say.topic,
            turn=turn,
            said=say.about,
            taken=taken,
            profile=told,
            n_items=f"{len(self._box.catalog):,}",
            examples=self._examples(),
        )

    def _examples(self) -> str:
        values = [f"“{value}”" for value in self._box.lexicon.main_values(2)]
        if self._box.lexicon.year_field:
            values.append(self._tell.fill("help", "nineties"))
        return self._texts.joined(values) or self._tell.fill("help", "like")

    def _profile(self, profile: Profile) -> str:
        told = []
        for preference in profile.preferences:
            entry = preference.entry
            if entry.item_id is not None and entry.item_id in self._box.catalog.index:
                subject = self._tell.item(entry.item_id)
            elif entry.condition is not None:
                subject = conditions_text(
                    [from_json(entry.condition)], self._schema, self._texts, self._tell.item
                )
            else:
                subject = f"“{entry.wish}”"
            told.append(f"{'♥' if preference.weight > 0 else '✗'} {subject}")
        return self._texts.joined(told)

    def _wish(self, outcome: Outcome) -> str:
        filters = [from_json(step.where) for step in outcome.plan.of(Filter)]
        filters += [Not(avoided) for avoided in outcome.avoided]
        return conditions_text(filters, self._schema, self._texts, self._tell.item)

    def _order(self, outcome: Outcome) -> str:
        """Return by what the list is ordered, beside taste."""
        told = ""
        for step in outcome.plan.of(Similar):
            items = self._tell.fill("conditions", "and_last").join(
                self._tell.item(ref.item) for ref in step.to if ref.item
            )
            told += self._tell.fill("list", "similar", items=items)
        for rank in outcome.plan.of(Rank):
            if rank.text:
                told += self._tell.fill("list", "near", text=rank.text)
            if rank.sort:
                dated = (
                    rank.sort == self._box.lexicon.year_field
                    or self._schema[rank.sort].kind is Kind.DATE
                )
                names = ("newest", "oldest") if dated else ("highest", "lowest")
                name = names[0] if rank.descending else names[1]
                told += self._tell.fill("list", name, field=self._tell.label(rank.sort))
                if rank.sort == AVERAGE:
                    told += self._tell.fill("list", "supported", n=self._box.support)
        return told

    def _list(self, outcome: Outcome, turn: int) -> str:
        if outcome.again:
            return self._tell.fill("list", "again")
        conditions = self._wish(outcome)
        wish = self._tell.fill("list", "wish", conditions=conditions) if conditions else ""
        wish += self._order(outcome) if outcome.cards else ""
        n, n_fit = len(outcome.cards), outcome.n_fit
        if not n:
            if outcome.withheld:
                name = "withheld_one" if outcome.withheld == 1 else "withheld"
                return self._tell.fill("none", name, n=f"{outcome.withheld:,}", wish=wish)
            name = "nothing" if conditions else "nothing_plain"
            return self._tell.fill("none", name, conditions=conditions)
        filtered = bool(outcome.plan.of(Filter))
        asked = max((step.n for step in outcome.plan.of(Rank)), default=n)
        if outcome.repeated:
            name = "repeat_one" if n == 1 else "repeat"
        elif not filtered:
            name = "open"
        elif n_fit == n:
            name = "one" if n == 1 else "all"
        elif n < asked:
            name = "left_one" if n == 1 else "left"
        else:
            name = "best_one" if n == 1 else "some"
        lead = self._tell.fill("list", name, turn=turn, n=n, n_fit=f"{n_fit:,}", wish=wish)
        if outcome.unmet:
            unmet = "unmet_all" if outcome.unmet == n else "unmet"
            stop, colon = self._texts.mark("stop"), self._texts.mark("colon")
            told = (lead.removesuffix(colon) + stop, self._tell.fill("notes", unmet) + colon)
            lead = self._texts.sentences(told)
        return lead

    def _ask(self, asked: Ask, turn: int) -> str:
        labels = [self._option(asked, option.label) for option in asked.options]
        if asked.question == "relax":
            split = [text.rpartition("|") for text in labels]
            split = [(self._texts.reason(said), "", n) for said, _, n in split]
            if len(split) == 1:
                return self._tell.fill("none", "relax_one", said=split[0][0], n=split[0][2])
            ways = [self._tell.fill("none", "relax_option", said=s, n=n) for s, _, n in split]
            return self._tell.fill("none", "relax", options=self._tell.fill("ask", "or").join(ways))
        name = (
            asked.question
            if labels or asked.question not in ("empty", "which_number")
            else f"{asked.question}_plain"
        )
        joined = (
            self._texts.joined(labels)
            if asked.question == "empty"
            else self._tell.fill("ask", "or").join(labels)
        )
        said, _, taken = asked.about.partition("|")
        if asked.question == "before":
            joined = self._texts.joined(labels[:-1])
            name, said = "before" if joined else "before_plain", self._tell.label(said)
        return self._tell.fill("ask", name, turn=turn, said=said, taken=taken, options=joined)

    def _option(self, asked: Ask, told: str) -> str:
        """Return the label of an answer: a field's name or a title as this language has it."""
        if asked.question == "did_you_mean":
            return self._texts.titled(told, self._schema)
        fields = {name.name.replace("_", " "): name.name for name in self._schema}
        return (
            self._tell.label(fields[told])
            if asked.question == "which_number" and told in fields
            else told
        )

    def _disclosed(self, outcome: Outcome) -> str:
        """Say which of the items are paid for."""
        if not outcome.sponsored:
            return ""
        items = self._texts.joined(self._tell.item(item) for item in outcome.sponsored)
        return self._tell.fill("list", "sponsored", items=items)

    def _why(self, card: Card, profile: Profile) -> str:
        told = reasons_of(self._box, self._texts, card, profile, self._simulated)
        joined = self._texts.joined(told, "clause") or self._tell.fill("why", "plain")
        return self._tell.fill("why", "lead", title=self._tell.title(card.row), reasons=joined)
