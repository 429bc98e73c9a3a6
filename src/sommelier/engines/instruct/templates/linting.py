"""What is wrong in templates, in plain sentences: slots, frames, answers, what is held out.

A template is read by people who never see it filled, so the rules are strict: a wish may be one
word or three sentences, and both must read well in its place. Judges wordings only, not a file.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from sommelier.engines.instruct.form import Form, Intention, Preference
from sommelier.engines.instruct.templates.template import Template

__all__ = ["lint"]

_SLOT: Final = re.compile(r"\{(\w*)\}")
_SPEECH: Final = frozenset({"liking", "wish", "context"})
_NOUNS: Final = frozenset({"noun", "nouns"})
_OF_FORM: Final = {
    Form.POINTWISE: frozenset({"item"}),
    Form.PAIRWISE: frozenset({"first", "second"}),
    Form.MATCHING: frozenset[str](),
    Form.RERANKING: frozenset({"candidates"}),
}
_TITLES: Final = frozenset({"history"}).union(*_OF_FORM.values())
_TELLING: Final = frozenset({"target", "answer", "label", "truth", "positive", "correct"})
_BEFORE_SPEECH: Final = re.compile(r"(^|[:?]\s|— |“)\Z", re.MULTILINE)
_AFTER_SPEECH: Final = re.compile(r"\.?(\Z|\n|”)| —")
_BEFORE_TITLE: Final = re.compile(r"(^|:\s|^[AB]\. )\Z", re.MULTILINE)
_AFTER_TITLE: Final = re.compile(r"\.?(\Z|\n)")
_ARTICLE: Final = re.compile(r"\ban? \{noun\}", re.IGNORECASE)
_ASKS: Final = {  # the last line says how to answer, and names every answer that there is
    Form.POINTWISE: (r"\byes\b", r"\bno\b"),
    Form.PAIRWISE: (r"\bA\b", r"\bB\b"),
    Form.MATCHING: (r"\btitle\b",),
    Form.RERANKING: (r"\bletters\b",),
}


def lint(templates: Iterable[Template]) -> list[str]:
    """Return what is wrong, one sentence a fault, in order; nothing where all is well."""
    given = list(templates)
    own = [f"{one.key}: {fault}" for one in given for fault in _faults(one)]
    return [*own, *_twins(given), *_parrots(given), *_kinds(given)]


def _faults(one: Template) -> Iterator[str]:
    if one.kind.startswith("P0-I0"):
        yield "an instruction of kind P0-I0 says nothing, so there is nothing to put into words."
    speech = _speech(one)
    if not one.text.strip():
        yield "the text is empty."
    else:
        yield from _slots("the text", one, one.text, speech | _OF_FORM[one.form] | _history(one))
        yield from _frames("the text", one.text)
        yield from _answers(one)
    if not one.spoken.strip() and speech:
        yield f"the spoken part is empty, though the person says {_list(speech)}."
    elif one.spoken.strip() and not speech:
        yield "the spoken part should be empty: a person of this kind says nothing."
    elif speech:
        yield from _slots("the spoken part", one, one.spoken, speech)
        yield from _frames("the spoken part", one.spoken)


def _speech(one: Template) -> frozenset[str]:
    """Return the slots for what the person says."""
    told = {
        "liking": one.preference is Preference.EXPLICIT,
        "wish": one.intention is not Intention.NONE,
        "context": one.context,
    }
    return frozenset(name for name, said in told.items() if said)


def _history(one: Template) -> frozenset[str]:
    return frozenset({"history"} if one.preference is Preference.IMPLICIT else ())


def _slots(part: str, one: Template, text: str, needed: frozenset[str]) -> Iterator[str]:
    counts = Counter(_SLOT.findall(text))
    if re.search(r"[{}]", _SLOT.sub("", text)):
        yield f"{part} has a brace that belongs to no slot."
    nouns = _NOUNS if part == "the text" else frozenset[str]()
    for name, times in counts.items():
        if name in _TELLING:
            yield f"{part} would tell the answer: {{{name}}}."
        elif name not in _SPEECH | _TITLES | _NOUNS:
            yield f"{part} has an unknown slot: {{{name}}}."
        elif name not in needed | nouns:
            yield f"{part} has a slot that {_what(one)} does not fill: {{{name}}}."
        elif times > 1 and name not in nouns:
            yield f"{part} has the same slot twice: {{{name}}}."
    for name in sorted(needed - counts.keys()):
        yield f"{part} lacks a slot that {_what(one)} fills: {{{name}}}."


def _what(one: Template) -> str:
    return f"kind {one.kind}{' with a context' if one.context else ''}"


def _frames(part: str, text: str) -> Iterator[str]:
    if _ARTICLE.search(text):
        yield f"{part} has an article before {{noun}}: it may be “a film” or “an album”."
    for slot in _SLOT.finditer(text):
        before, after = text[: slot.start()], text[slot.end() :]
        if slot[1] in _SPEECH and not (
            _BEFORE_SPEECH.search(before) and _AFTER_SPEECH.match(after)
        ):
            yield (
                f"{part} has {slot[0]} inside a sentence; words of any shape fit only after a "
                "colon, a question mark or an opening quotation mark, up to the end of the line or "
                "of the quotation."
            )
        if slot[1] in _TITLES and not (_BEFORE_TITLE.search(before) and _AFTER_TITLE.match(after)):
            yield (
                f"{part} has {slot[0]} inside a sentence; titles stand after a colon or on a line "
                "of their own."
            )


def _answers(one: Template) -> Iterator[str]:
    last = one.text.strip().rpartition("\n")[2]
    if _SLOT.search(last) and not set(_SLOT.findall(last)) <= _NOUNS:
        last = ""
    if not all(re.search(sign, last, re.IGNORECASE) for sign in _ASKS[one.form]):
        signs = " and ".join(sign.replace(r"\b", "") for sign in _ASKS[one.form])
        yield f"the last line does not say how to answer: it should name {signs}."
    if one.form is Form.PAIRWISE:
        places = [one.text.find(f"{mark}. {{{name}}}") for mark, name in _LETTERED]
        if not 0 <= places[0] < places[1]:
            yield "the two candidates should stand as “A. {first}” and then “B. {second}”."


_LETTERED: Final = (("A", "first"), ("B", "second"))


def _twins(given: list[Template]) -> Iterator[str]:
    """Yield wordings that stand twice, and names that two templates share."""
    texts: dict[str, Template] = {}
    keys: set[str] = set()
    for one in given:
        other = texts.setdefault(_folded(one.text), one)
        if other is not one:
            yield f"{one.key}: the same wording as {other.key}."
        if one.key in keys:
            yield f"{one.key}: another template has this name."
        keys.add(one.key)


def _parrots(given: list[Template]) -> Iterator[str]:
    """Yield held-out wordings that an encoder has met in training all the same."""
    seen = {_folded(one.spoken): one for one in given if one.spoken and not one.held_out}
    for one in given:
        if one.held_out and one.spoken and (other := seen.get(_folded(one.spoken))):
            yield f"{one.key}: held out, but {other.key}, which is not, has the same spoken part."


def _kinds(given: list[Template]) -> Iterator[str]:
    kinds: defaultdict[str, list[Template]] = defaultdict(list)
    for one in given:
        kinds[one.kind].append(one)
    for kind, those in sorted(kinds.items()):
        if all(one.held_out or one.context for one in those):
            yield f"{kind}: no wording that training may see and that needs no context."


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _list(names: Iterable[str]) -> str:
    return " and ".join(f"{{{name}}}" for name in sorted(names))
