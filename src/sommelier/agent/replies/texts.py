"""One language's reply texts, read from its file, and what fields and items are called in it."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, Final

from sommelier.data.schema import Field, Schema
from sommelier.llm.language import han

__all__ = ["LANGUAGES", "Texts", "texts"]

LANGUAGES: Final = ("en", "zh")
_CLOSE: Final = re.compile(r"[\u3400-\u9fff]")
_WIDE: Final = re.compile(r"[A-Za-z0-9$€£À-ɏ]")


@dataclass(frozen=True)
class Texts:
    """Looks a text up by section and name and fills its braces."""

    data: Mapping[str, Mapping[str, Any]]
    language: str = "en"

    def __contains__(self, path: tuple[str, str]) -> bool:
        return path[1] in self.data.get(path[0], {})

    def fill(self, section: str, name: str, /, *, turn: int = 0, **values: object) -> str:
        """Return a text; of several wordings the one whose turn it is."""
        text = self.data[section][name]
        if isinstance(text, list):
            text = text[turn % len(text)]
        if not self.data["marks"]["apart"]:
            return str(text).format(**values)
        return _filled(str(text), values)

    def mark(self, name: str) -> str:
        """Return what stands between words, clauses or sentences."""
        return str(self.data["marks"][name])

    def joined(self, parts: Iterable[str], mark: str = "list") -> str:
        """Return parts as one, with the mark of this language between them."""
        return self.mark(mark).join(parts)

    def sentences(self, parts: Iterable[str]) -> str:
        """Return sentences as one text; empty ones are left out."""
        told = [part for part in parts if part]
        gap = self.mark("sentence")
        return "".join(
            part + (gap or ("" if part.endswith(_ENDS) else " ")) for part in told
        ).strip()

    def nouns(self, schema: Schema) -> dict[str, str]:
        """Return what one item and several are called, and the word they are counted by."""
        known = self.data.get("nouns", {}).get(schema.noun.casefold())
        if known:
            return {"thing": known[0], "things": known[0], "measure": known[1]}
        return {"thing": schema.noun, "things": schema.plural, "measure": self._measure}

    @property
    def _measure(self) -> str:
        return "个" if self.language == "zh" else ""

    def label(self, field: Field) -> str:
        """Return what a field is called: in this language where schema or file have a word."""
        if self.language == "zh":
            own = next((name for name in (field.name, *field.aliases) if han(name)), None)
            return str(own or self.data["fields"].get(field.name) or field.name.replace("_", " "))
        return field.name.replace("_", " ")

    def unit(self, unit: str) -> str:
        """Return a unit in this language."""
        return str(self.data.get("units", {}).get(unit, unit))

    def date(self, day: date) -> str:
        """Return a day as people write it."""
        return self.mark("date").format(year=day.year, month=day.month, day=day.day, name=day)

    def titled(self, label: str, schema: Schema) -> str:
        """Return a title as sentences have it: Heat (1995), 《Heat》（1995）."""
        marks = self.data.get("nouns", {}).get(schema.noun.casefold(), ())
        if len(marks) < 3:
            return label
        dated = re.fullmatch(r"(.+) \((\d{4})\)", label)
        if dated:
            return self.mark("dated").format(title=dated[1], year=dated[2])
        return self.mark("title").format(title=label)

    def reason(self, said: str) -> str:
        """Return words that code says of itself in this language."""
        return str(self.data.get("reasons", {}).get(said, said))


_ENDS: Final = tuple("。！？：；……\n")


def _filled(text: str, values: Mapping[str, object]) -> str:
    """Fill braces, with a space wherever Chinese and Latin letters or numbers come to meet."""
    made = ""
    for literal, name, _, _ in Formatter().parse(text):
        for part in (literal, "" if name is None else str(values[name])):
            made += f" {part}" if made and part and _meet(made[-1], part[0]) else part
    return made


def _meet(one: str, other: str) -> bool:
    return bool(
        (_CLOSE.match(one) and _WIDE.match(other)) or (_WIDE.match(one) and _CLOSE.match(other))
    )


@cache
def texts(language: str = "en") -> Texts:
    """Return the texts of a language of this folder."""
    text = files(__package__).joinpath(f"{language}.toml").read_text("utf-8")
    return Texts(tomllib.loads(text), language)
