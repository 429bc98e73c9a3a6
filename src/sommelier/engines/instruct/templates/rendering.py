"""Fills a template with an instruction: what a language model reads, what a text encoder reads.

Titles and words are data, whatever they say. Each becomes one line without letters that nobody
sees; a title that could be taken for something else (an order to a machine, a line of the list) is
put in quotation marks. Slots are filled in one pass, so that braces in data stay what they are.
What is too long is cut, and marked: titles after 200 characters, words said after 2,000. Cuts no
list of candidates; knows no catalogue and no model.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from zlib import crc32

from sommelier.engines.instruct.form import Form, Instruction
from sommelier.engines.instruct.templates.template import Template, context_sentences
from sommelier.errors import DataError, UsageError
from sommelier.hostile import orders

__all__ = ["letter", "render", "spoken"]

_TITLE: Final = 200  # characters of a title
_SAID: Final = 2_000  # characters of a wish, a liking, a context
_CUT: Final = " […]"
_SLOT: Final = re.compile(r"\{([a-z]+)\}(\.?)")
_ENDS: Final = (".", "!", "?", "…", "。", "！", "？", _CUT)
_JOINERS: Final = "\u200c\u200d"  # not printable by Python's account, but part of some spellings
_LISTED: Final = re.compile(r"[A-Z]{1,2}\.\s")
_ALPHABET: Final = 26


def render(
    template: Template, instruction: Instruction, noun: str, nouns: str, *, newest: int = 20
) -> str:
    """Return the whole question; of the history the `newest` titles, oldest first.

    `noun` and `nouns` are what the catalogue calls one item and several. DataError where the
    instruction is of another kind than the template, or lacks the context that it speaks of.
    """
    if newest < 1:
        raise UsageError(f"At least one title of a history is rendered, not {newest}.")
    values = {
        **_said(instruction),
        "history": _history(instruction.history, newest),
        "noun": _line(noun),
        "nouns": _line(nouns),
        **_candidates(instruction),
    }
    return _filled(template, template.text, instruction, values)


def spoken(template: Template, instruction: Instruction) -> str:
    """Return what the person alone would say: no history, no candidates, no way to answer.

    Empty where they say nothing. DataError as for `render`.
    """
    return _filled(template, template.spoken, instruction, _said(instruction))


def letter(place: int) -> str:
    """Return what the candidate at a place (from 0) is called: A to Z, then AA, AB and so on."""
    told = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, _ALPHABET)
        told = chr(ord("A") + rest) + told
    return told


def _filled(
    template: Template, text: str, instruction: Instruction, values: Mapping[str, str]
) -> str:
    if not template.fits(instruction):
        raise DataError(_misfit(template, instruction))
    if instruction.context and not template.context:
        listed = context_sentences()
        front = listed[crc32(template.key.encode()) % len(listed)]
        text = f"{front}\n{text}" if text else front

    def at(slot: re.Match[str]) -> str:
        value = values.get(slot[1])
        if not value:
            raise DataError(f"Template {template.key!r} finds nothing to put into {{{slot[1]}}}.")
        return value if value.endswith(_ENDS) else value + slot[2]  # one full stop, not two

    return _SLOT.sub(at, text.strip())


def _misfit(template: Template, instruction: Instruction) -> str:
    lacks = f"Template {template.key!r} takes instructions of kind {template.kind}"
    if template.kind == instruction.kind:
        return f"{lacks} that have a context; this one of kind {instruction.kind} has none."
    return f"{lacks}, not {instruction.kind}."


def _said(instruction: Instruction) -> dict[str, str]:
    told = {
        "liking": instruction.liking,
        "wish": instruction.wish,
        "context": instruction.context,
    }
    return {name: _cut(_line(words), _SAID) for name, words in told.items()}


def _candidates(instruction: Instruction) -> dict[str, str]:
    titles = [_title(one) for one in instruction.candidates]
    match instruction.form:
        case Form.POINTWISE:
            return {"item": titles[0]}
        case Form.PAIRWISE:
            return {"first": titles[0], "second": titles[1]}
        case Form.RERANKING:
            lines = (f"{letter(place)}. {title}" for place, title in enumerate(titles))
            return {"candidates": "\n".join(lines)}
        case Form.MATCHING:
            return {}


def _history(titles: Sequence[str], newest: int) -> str:
    told = "; ".join(_title(one) for one in titles[-newest:])
    older = len(titles) - newest
    return f"{told} (and {older} before that)" if older > 0 else told


def _title(title: str) -> str:
    """Return a title on one line, in quotation marks where it may be mistaken."""
    told = _cut(_line(title), _TITLE)
    whole = len(title.strip().splitlines()) == 1
    odd = not whole or not told or ";" in told or _LISTED.match(told) or orders(told)
    return '"{}"'.format(told.replace('"', "'")) if odd else told


def _line(text: str) -> str:
    """Return text on one line, without letters that nobody sees."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return "".join(one for one in line if one.isprintable() or one in _JOINERS)


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    whole = text[: most + 1].rpartition(" ")[0]
    return (whole if len(whole) > most // 2 else text[:most]) + _CUT
