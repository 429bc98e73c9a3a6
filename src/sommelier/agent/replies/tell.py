"""What is told of items: how they, their fields and values are called, and facts about them.

A fact is a field of a row, an answer over many rows, or several rows side by side. Knows no lists
and no conversation.
"""

from collections.abc import Sequence
from textwrap import shorten
from typing import Any, Final

from sommelier.agent.outcome import Facts
from sommelier.agent.replies.describe import conditions_text, is_prose, label, value_text
from sommelier.agent.replies.texts import Texts
from sommelier.data.predicates import from_json
from sommelier.data.schema import Kind
from sommelier.hostile import orders
from sommelier.hostile import prose as quotable
from sommelier.tools.base import Toolbox
from sommelier.tools.lookup import Answer
from sommelier.tools.text import stem
from sommelier.types import Json

__all__ = ["Teller"]

_LONGEST: Final = 90  # letters of a title inside a sentence: sellers write whole paragraphs


class Teller:
    """Tells of one catalogue's items in one language."""

    def __init__(self, box: Toolbox, texts: Texts, *, simulated: bool = False) -> None:
        """Where the log is `simulated`, what comes from it is no fact."""
        self._box, self._texts, self._simulated = box, texts, simulated
        self._schema = box.schema
        self._nouns = texts.nouns(box.schema)

    def fill(self, section: str, name: str, /, turn: int = 0, **values: object) -> str:
        """Return a text with its braces filled, and with what items are called here."""
        return self._texts.fill(section, name, turn=turn, **self._nouns, **values)

    def item(self, item_id: str) -> str:
        """Return what people call an item, short enough for a sentence."""
        label = self._box.lexicon.label_of(item_id)
        cut = shorten(label, _LONGEST, placeholder=" …") if " " in label else label[:_LONGEST]
        return self._texts.titled(cut, self._schema)

    def title(self, row: dict[str, Any]) -> str:
        """Return what people call the item of a row, in full."""
        return self._texts.titled(
            self._box.lexicon.label_of(row[self._schema.id_field]), self._schema
        )

    def label(self, name: str) -> str:
        """Return what a field is called; other names stay as they are."""
        return label(self._schema[name], self._texts) if name in self._schema else name

    def value(self, name: str, value: Any) -> str:
        """Return a field's value as people say it."""
        return value_text(self._schema[name], value, self._texts)

    def _pair(self, name: str, shown: str) -> str:
        return self.fill("conditions", "equal", field=self.label(name), value=shown)

    def facts(self, facts: Facts) -> str:
        """Tell some fields of some rows; all that matters where no field is named."""
        return self._texts.sentences(self._row(row, facts.fields) for row in facts.rows)

    def _row(self, row: dict[str, Any], fields: Sequence[str]) -> str:
        title = self.title(row)
        if not fields:
            facts = self._summary(row)
            return self.fill("facts", "row" if facts else "bare", title=title, facts=facts)
        told = []
        for name in fields:
            field, value = self._schema[name], row.get(name)
            shown = "" if value in (None, "", []) else self.value(name, value)
            if not shown:
                told.append(self.fill("facts", "missing", field=self.label(name), title=title))
                continue
            key = "people" if field.kind is Kind.TAGS else "value"
            one = isinstance(value, list) and len(value) == 1
            shown_label = stem(self.label(name)) if one else self.label(name)
            shown_label = shown_label.capitalize() if key == "people" else shown_label
            told.append(self.fill("facts", key, title=title, field=shown_label, value=shown))
        return self._texts.sentences(told)

    def _summary(self, row: dict[str, Any]) -> str:
        told, prose = [], ""
        for field in self._schema:
            value = row.get(field.name)
            plain = (
                field.kind in (Kind.ID, Kind.TITLE)
                or field.hidden
                or field.name == self._box.lexicon.year_field
            )
            made_up = self._simulated and field.name in ("average_rating", "popularity")
            if plain or made_up or value in (None, "", []) or self._box.lexicon.loose(field.name):
                continue
            if field.kind is Kind.TEXT:
                prose = prose or (quotable(str(value)) if is_prose(str(value)) else "")
            elif field.kind in (Kind.CATEGORY, Kind.TAGS):
                shown = self.value(field.name, value)
                told.append(self._pair(field.name, shown) if field.people else shown)
            else:
                told.append(self._pair(field.name, self.value(field.name, value)))
        stop = self._texts.mark("stop")
        sentences = [self._texts.joined(told, "clause"), prose[:400].rstrip(".。")]
        return self._texts.sentences(f"{sentence}{stop}" for sentence in sentences if sentence)

    def answer(self, answer: Answer, where: Json | None) -> str:
        """Tell what a question over many rows came to, and of which rows it was asked."""
        told = (
            conditions_text([from_json(where)], self._schema, self._texts, self.item)
            if where
            else ""
        )
        n = answer.n_items
        match answer.operation:
            case "count":
                if not told:
                    return self.fill("facts", "count_all", n=f"{n:,}")
                name = "count_none" if n == 0 else "count_one" if n == 1 else "count"
                return self.fill("facts", name, n=f"{n:,}", conditions=told)
            case _ if not answer.value:
                return self.fill("facts", "nothing")
            case "most" | "values":
                return self._ranked_values(answer)
            case "mean":
                field = self._schema[answer.field]
                shown = self.value(field.name, round(answer.value, 1))
                told = self.label(field.name)
                return self.fill("facts", "mean", field=told, value=shown, n=f"{n:,}")
            case _:
                field = self._schema[answer.field]
                title = self.item(answer.item_id)
                return self.fill(
                    "facts", "extreme", title=title, value=self.value(field.name, answer.value)
                )

    def _ranked_values(self, answer: Answer) -> str:
        pairs = [(word, count) for word, count in answer.value if not orders(str(word))]
        if not pairs:
            return self.fill("facts", "nothing")
        if answer.operation == "most":
            first, n = pairs[0]
            others = self._texts.joined(f"{word} ({count})" for word, count in pairs[1:4])
            name = "most" if others else "most_one"
            return self.fill("facts", name, first=first, n=n, others=others)
        shown = self._texts.joined(f"{word} ({count})" for word, count in pairs[:20])
        if len(pairs) > 20:
            shown = self.fill("facts", "more_values", value=shown, n=len(pairs) - 20)
        field = self.label(answer.field).capitalize()
        return self.fill("facts", "values", field=field, value=shown)

    def compared(self, facts: Facts) -> str:
        """Tell what rows have in common and where they differ."""
        titles = " / ".join(self.title(row) for row in facts.rows)
        same, lines = [], []
        for field in self._schema:
            values = [row.get(field.name) for row in facts.rows]
            known = [v not in (None, "", []) for v in values]
            if field.hidden or field.kind in (Kind.ID, Kind.TITLE, Kind.TEXT) or not any(known):
                continue
            name = field.name
            shown = [self.value(name, v) if k else "–" for v, k in zip(values, known, strict=True)]
            if len(set(shown)) == 1:
                same.append(self._pair(name, shown[0]))
            elif not self._box.lexicon.loose(field.name):
                told = " / ".join(shown)
                lines.append(self.fill("facts", "differ", field=self.label(name), values=told))
        if same:
            lines.append(self.fill("facts", "same", facts=self._texts.joined(same, "clause")))
        return "\n".join([self.fill("facts", "compared", titles=titles), *lines])
