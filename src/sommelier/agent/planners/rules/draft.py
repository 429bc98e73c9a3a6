"""From linked words to what is wanted: hard conditions, soft wishes, free words, seeds, order.

One pass over the mentions of a clause carries negation, politeness ("preferably") and the little
words that decide between readings ("by", "about"). Then mentions of one field are joined as people
mean it: "comedy or drama" is either, "romantic comedy" both, "comedies and dramas" either.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from sommelier.agent.planners.rules.joining import Condition, Heard, Joiner, condition_of
from sommelier.agent.planners.rules.reading.link import Mention
from sommelier.agent.planners.rules.reading.quantities import Quantity, role_field
from sommelier.agent.planners.rules.reading.words import Words
from sommelier.data.schema import Kind
from sommelier.tools.lexicon import Entry, Lexicon
from sommelier.types import Json

__all__ = ["Draft", "Drafter", "Relative", "inverse"]

_THROUGH = ("a", "an", "the", "any", "too", "very", "so", "much", "of", "really", "all")
_ENDS = 0.3  # "short", "recent": the outer share of what there is


@dataclass(frozen=True)
class Relative:
    """ "shorter", "newer": a field, its direction, against something shown or named."""

    field: str
    more: bool
    said: str
    against: tuple[int, ...] = ()  # item_nums; none: the seeds, or the list shown


@dataclass
class Draft:
    """What one clause asks for; filled by the Drafter, read by the planner."""

    conditions: list[Condition] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    seeds: list[int] = field(default_factory=list)  # item_nums
    excluded: list[int] = field(default_factory=list)  # item_nums
    relatives: list[Relative] = field(default_factory=list)
    sort: tuple[str, bool] | None = None
    sort_said: str = ""
    n: int | None = None
    unclear: list[Quantity] = field(default_factory=list)
    guesses: list[tuple[str, str]] = field(default_factory=list)  # (said, taken as)
    ambiguous: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    unmeasured: list[str] = field(default_factory=list)  # roles that no field plays
    nouns: int = 0
    plural: bool = False
    graded: bool = False  # "funnier": against what was shown
    unknown: list[str] = field(default_factory=list)  # names that stand nowhere
    added: bool = False  # "also", "only": beside what was asked before, not instead
    took: list[tuple[str, str]] = field(default_factory=list)  # (said, item_id) of near titles
    denial: str = ""  # how the language says "not {said}"

    def add(self, more: "Draft") -> None:
        """Take over what a further clause asks for."""
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(more, one.name)
            if isinstance(mine, list):
                mine.extend(theirs)
            else:
                setattr(self, one.name, mine or theirs)

    @property
    def empty(self) -> bool:
        """Whether nothing at all was asked for."""
        asked = (
            self.unknown,
            self.conditions,
            self.words,
            self.seeds,
            self.excluded,
            self.relatives,
            self.unclear,
            self.unmeasured,
        )
        return not any(asked) and self.sort is None

    @property
    def only_unmeasured(self) -> bool:
        """Whether all that was asked for is something nobody can tell here."""
        asked = (self.unknown, self.conditions, self.words, self.seeds, self.excluded)
        return not any((*asked, self.relatives, self.unclear, self.sort, self.n))

    @property
    def text(self) -> str:
        """The free words, in order."""
        return " ".join(dict.fromkeys(self.words))


@dataclass
class _Context:
    """Where in the clause the pass stands."""

    negative: bool = False
    used: int = 0  # mentions since the negation
    soft: bool = False
    less: bool = False
    preposition: str = ""
    link: str = ""  # connector since the last mention
    own: bool = False  # after "my", "our"
    name_open: bool = False  # the words just read are an unknown name
    last: Mention | None = None  # the value or range read last

    def carries(self, following: Sequence[Mention]) -> bool:
        """Return whether a negation outlives a comma: "no war, romance", not "no war, comedies"."""
        ahead = following[0] if following else None
        if ahead is None or ahead.kind not in ("value", "or"):
            return False
        value = self.last is not None and self.last.kind == "value"
        return value and (ahead.plural == self.last.plural if self.last else False)


class Drafter:
    """Reads mentions for one catalogue in one language."""

    def __init__(self, lexicon: Lexicon, words: Words) -> None:
        self._lexicon, self._words, self._schema = lexicon, words, lexicon.schema
        self._joiner = Joiner(lexicon)

    def read(self, mentions: Sequence[Mention]) -> Draft:
        """Return what the mentions of one clause ask for."""
        draft, at, heard = Draft(), _Context(), []
        for number, mention in enumerate(mentions):
            following = mentions[number + 1 :]
            at.name_open = (
                at.name_open and mention.kind in ("free", "small") and mention.text[:1].isupper()
            )
            draft.plural = draft.plural or (mention.plural and mention.kind in ("noun", "value"))
            match mention.kind:
                case "not" | "soft" | "break" | "comma" | "small" | "and" | "or" | "like" | "noun":
                    self._steer(mention, following, at, draft)
                case "value" if at.own and self._joiner.is_loose(mention.entries):
                    draft.words.append(mention.text)  # "my parents" are company, not a subject
                case "value":
                    heard.append(self._hear(mention, at, draft))
                    heard += self._head(heard[-1])
                case "range":
                    self._range(mention, at, draft)
                case "flag":
                    self._flag(mention, at, draft)
                case "count":
                    before = mentions[number - 1].text.lower() if number else ""
                    if draft.n is None and self._counts(mention, before, following):
                        draft.n = int(mention.data)
                case "title":
                    (draft.excluded if at.negative else draft.seeds).extend(mention.items[:1])
                    at.used += 1
                case "free":
                    self._free(mention, at, draft)
                case _:
                    self._degree(mention, at, draft)
        self._softened_after(mentions, heard, draft)
        draft.conditions += self._joiner.join(heard)
        return draft

    def _flag(self, mention: Mention, at: _Context, draft: Draft) -> None:
        """Read "in stock", "not available"."""
        name, meant = mention.data
        where: Json = {"field": name, "op": "=", "value": meant != at.negative}
        draft.conditions.append(Condition(where, mention.text, (name,), at.soft))
        at.used, at.link = at.used + 1, ""

    def _steer(
        self, mention: Mention, following: Sequence[Mention], at: _Context, draft: Draft
    ) -> None:
        low = mention.text.lower()
        match mention.kind:
            case "not":
                at.negative, at.used = True, 0
                at.preposition = low.split()[-1] if " " in low else ""
            case "soft":
                at.soft = True
            case "break":
                draft.added = draft.added or low in self._words.added
                at.negative = at.soft = at.less = False
                at.link = at.preposition = ""
            case "comma" | "and" | "or":
                at.link = mention.kind
                if at.used and mention.kind == "comma" and not at.carries(following):
                    at.negative = False
                if mention.kind == "comma" and not following[:1]:
                    at.soft = False
            case "noun":
                draft.nouns += 1
                at.link = ""
                if at.negative and at.used:
                    at.negative = False
            case "small":
                at.own = low in ("my", "our", "your")
                draft.added = draft.added or low in self._words.added
                at.less = low == "less" or (at.less and low in ("so", "too"))
                if low in self._words.listed("by") | self._words.listed(
                    "withs"
                ) | self._words.listed("about") | {"in", "set"}:
                    at.preposition = (
                        low if low not in ("in", "on") or at.preposition != "set" else "set in"
                    )
                if at.negative and at.used and low not in _THROUGH:
                    at.negative = False

    def _hear(self, mention: Mention, at: _Context, draft: Draft) -> Heard:
        entries = self._reading(mention, at.preposition)
        if mention.guessed:
            draft.guesses.append((mention.text, entries[0].value))
        people = tuple(dict.fromkeys(e.value for e in entries))
        joint = self._lexicon.schema[entries[0].field].people and len(people) > 1
        if joint and not self._lexicon.together(entries[0].field, list(people)):
            draft.ambiguous.append((mention.text, people))
        heard = Heard(mention, entries, at.negative or at.less, at.soft, at.link or "near")
        if at.less and (opposite := self._words["opposites"].get(mention.text.lower())):
            draft.words.append(opposite)
        if self._joiner.is_loose(entries) and not heard.negative:
            draft.words.append(mention.text)
        at.used += 1
        at.link, at.less, at.last = "", False, mention
        return heard

    def _head(self, one: Heard) -> list[Heard]:
        """Return the facet at the end of a free keyword: a black comedy is a comedy too."""
        *before, last = one.mention.text.split()
        if one.negative or not before or not self._joiner.is_loose(one.entries):
            return []
        head = self._facet(last)
        if not head:
            return []
        facets = [head, *(self._facet(word) for word in before)]
        return [Heard(one.mention, f, False, one.soft, one.link) for f in facets if f]

    def _facet(self, word: str) -> tuple[Entry, ...]:
        said = self._words["associations"].get(word.lower(), word)
        return tuple(e for e in self._lexicon.values(said) if not self._lexicon.loose(e.field))

    def _reading(self, mention: Mention, preposition: str) -> tuple[Entry, ...]:
        """Choose among the fields that have a value, by the little word before it."""
        entries = mention.entries
        questions = self._words["questions"]
        if preposition in self._words.listed("withs"):
            wanted = [e for e in entries if e.field in questions["actors"]]
        elif preposition in self._words.listed("by"):
            wanted = [e for e in entries if e.field in questions["made"] + questions["wrote"]]
        elif preposition in ("about", "set in", "set", "set on", "involving", "based on"):
            wanted = [e for e in entries if self._lexicon.loose(e.field)]
        else:
            wanted = []
        if wanted:
            return tuple(wanted)
        firm = [e for e in entries if not self._lexicon.loose(e.field)]
        return tuple(firm) or entries

    def _free(self, mention: Mention, at: _Context, draft: Draft) -> None:
        opposite = self._words["opposites"].get(mention.text.lower())
        if at.negative or at.less:
            absent = self.absent(mention.text)
            if opposite:
                draft.words.append(opposite)
            elif absent and at.negative:
                draft.conditions.append(absent)
            else:
                draft.unmeasured.append(mention.text)
            at.less, at.used = False, at.used + 1
            return
        named = at.preposition in self._words.listed("by") | self._words.listed("withs")
        people = any(f.people for f in self._schema)
        capital = mention.text[:1].isupper() and not mention.text.isupper()
        if people and capital and (named or at.name_open):
            if at.name_open:
                draft.unknown[-1] += f" {mention.text}"
            else:
                draft.unknown.append(mention.text)
            at.name_open = True
            return
        draft.words.append(mention.text)

    def absent(self, word: str) -> Condition | None:
        """Return the condition that no text mentions a word; short ones hide in too many others."""
        fields = [f.name for f in self._schema.of(Kind.TITLE, Kind.TEXT) if not f.hidden]
        if len(word) < 5 or word.lower() not in self._lexicon.ordinary or not fields:
            return None
        parts = [{"field": name, "op": "contains", "value": word.lower()} for name in fields]
        where = parts[0] if len(parts) == 1 else {"any": parts}
        return Condition({"not": where}, word, tuple(fields), negative=True)

    def _range(self, mention: Mention, at: _Context, draft: Draft) -> None:
        quantity = mention.quantity
        if quantity is None or quantity.condition is None:
            if quantity and quantity.op == "age":
                draft.unmeasured.append(mention.text)
            elif quantity:
                draft.unclear.append(quantity)
            return
        where = inverse(quantity.condition) if at.negative else quantity.condition
        last = draft.conditions[-1] if draft.conditions else None
        if at.link == "or" and last and last.fields == (quantity.field,):
            draft.conditions[-1] = Condition(
                {"any": [last.where, where]},
                f"{last.said} or {mention.text}",
                last.fields,
                last.soft,
            )
        else:
            soft = at.soft
            draft.conditions.append(
                Condition(where, mention.text, (quantity.field,), soft, "not" in where)
            )
        at.used += 1
        at.link, at.last = "", mention

    def _degree(self, mention: Mention, at: _Context, draft: Draft) -> None:
        """Read "shorter", "longest", "recent", "funnier"."""
        if mention.kind == "quality":
            draft.graded = True
            draft.words.append(str(mention.data))
            entries = self._lexicon.values(self._words["associations"].get(mention.data, ""))
            firm = [e for e in entries if not self._lexicon.loose(e.field)]
            if firm:
                wish = condition_of(firm, mention.data, self._schema, soft=True)
                draft.conditions.append(wish)
            return
        role, more, *complaint = mention.data
        of_list = bool(complaint) and not at.negative  # "too long": all that was shown
        more = more != (at.negative or at.less or bool(complaint))
        played = role_field(self._schema, self._words, role)
        if played is None:
            draft.unmeasured.append(mention.text)
        elif mention.kind == "comparative" or of_list:
            draft.relatives.append(Relative(played.name, more, mention.text))
        elif mention.kind == "superlative":
            draft.sort, draft.sort_said = (played.name, more), mention.text
        else:
            edge = self._lexicon.quantile(played.name, 1 - _ENDS if more else _ENDS)
            edge = float(f"{edge:g}")  # as people would say it, and models write it
            where = {"field": played.name, "op": ">=" if more else "<=", "value": edge}
            if played.kind is Kind.NUMBER:
                draft.conditions.append(Condition(where, mention.text, (played.name,), soft=True))
        at.used += 1
        at.negative = at.negative and not complaint  # "not too dear tents": tents are wanted

    def _counts(self, mention: Mention, before: str, following: Sequence[Mention]) -> bool:
        """Return whether a bare number says how many: "three comedies", "just one"."""
        alone = before in ("just", "only", "another") or (following and following[0].kind == "like")
        if alone or (not before and following and following[0].kind == "break"):
            return bool(1 <= mention.data <= 50)
        ahead = [m for m in following[:4] if m.kind in ("noun", "value", "free")]
        return 1 <= mention.data <= 50 and any(m.kind == "noun" or m.plural for m in ahead)

    def _softened_after(
        self, mentions: Sequence[Mention], heard: list[Heard], draft: Draft
    ) -> None:
        """Apply a closing "if possible" to what stands before it."""
        last = mentions[-1] if mentions else None
        if last is None or last.kind != "soft":
            return
        kinds = ("value", "range", "flag")
        ended = max((m.end for m in mentions if m.kind in kinds), default=0)
        for number, one in enumerate(heard):
            if one.mention.end == ended:
                heard[number] = Heard(one.mention, one.entries, one.negative, True, one.link)
        valued = any(one.mention.end == ended for one in heard)
        if draft.conditions and not valued:
            tail = draft.conditions[-1]
            draft.conditions[-1] = Condition(
                tail.where, tail.said, tail.fields, True, tail.negative
            )


def inverse(where: Json) -> Json:
    """Return the opposite of a range; "nothing above $10" is at most $10, and has a price."""
    opposite = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}.get(where.get("op", ""))
    return where | {"op": opposite} if opposite else {"not": where}
