"""The JSON schema of a frame, made from a catalogue, so that decoding can only name what exists."""

import re
from collections.abc import Iterator
from typing import Any, Final, get_args

from sommelier.agent.planners.model.frame import STANCES, Act, Frame, Topic
from sommelier.data.schema import Field, Kind
from sommelier.hostile import orders
from sommelier.llm.chat.schema import Schema
from sommelier.tools.lexicon import Lexicon

__all__ = ["frame_schema"]

_ENUMERATED: Final = 48  # values of a field that are named one by one; beyond it any words go
_MOST: Final = 6  # parts of one slot
_WORDS: Final = r'[^"\\]{1,60}'
_ITEM: Final = rf"(#[0-9]{{1,2}}|{_WORDS})"
_NUMBER: Final = r"-?[0-9]{1,9}(\.[0-9]{1,3})?"
_DAY: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_SPECIAL: Final = re.compile(r"[.^$*+?()\[\]{}|]")
_MEASURED: Final = {Kind.NUMBER: _NUMBER, Kind.DATE: _DAY}


def frame_schema(lexicon: Lexicon) -> Schema:
    """Return the schema of frames over one catalogue; its check reads the frame as a `Frame`."""
    shown = [f for f in lexicon.schema if not f.hidden and f.kind is not Kind.ID]
    names = [field.name for field in shown]
    clause = "|".join(pattern for field in shown for pattern in _patterns(field, lexicon))
    measured = [field.name for field in shown if field.kind in _MEASURED]
    sorts = [sign + name for name in measured for sign in ("", "-")]
    slots: dict[str, Any] = {
        "do": {"enum": list(get_args(Act))},
        "told": _several(rf"({'|'.join(STANCES)}) {_WORDS}"),
        "items": _several(_ITEM),
        "fields": {"type": "array", "items": {"enum": names}, "maxItems": _MOST},
        "like": _several(_ITEM),
        "must": _several(clause),
        "no": _several(f"{clause}|{_ITEM}"),
        "prefer": _several(clause),
        "drop": {"type": "array", "items": {"enum": names}, "maxItems": _MOST},
        "text": {"type": "string", "maxLength": 200},
        "sort": {"enum": sorts},
        "n": {"type": "integer", "minimum": 1, "maximum": 50},
        "topic": {"enum": list(get_args(Topic))},
    }
    if not sorts:
        del slots["sort"]
    body = {
        "type": "object",
        "properties": slots,
        "required": ["do"],
        "additionalProperties": False,
    }
    return Schema("frame", body, Frame.from_json)


def _several(pattern: str) -> dict[str, Any]:
    return {
        "type": "array",
        "items": {"type": "string", "pattern": f"^({pattern})$"},
        "maxItems": _MOST,
    }


def _patterns(field: Field, lexicon: Lexicon) -> Iterator[str]:
    name = _plain(field.name)
    match field.kind:
        case Kind.CATEGORY | Kind.TAGS:
            values = lexicon.postings(field.name).words
            few = not field.people and len(values) <= _ENUMERATED
            plain = [v for v in values if not set(v) & set('"\\|') and not orders(v)]
            one = f"({'|'.join(_plain(v) for v in plain)})" if few and plain else _WORDS
            yield rf"{name}={one}(\|{one}){{0,3}}" if few and plain else rf"{name}={one}"
        case Kind.NUMBER | Kind.DATE:
            amount = _MEASURED[field.kind]
            yield rf"{name}(<=|>=|<|>|=){amount}"
            yield rf"{name}={amount}\.\.{amount}"
            yield rf"{name}[<>]#[0-9]{{0,2}}"
        case Kind.FLAG:
            yield rf"{name}=(yes|no)"
        case _:
            yield rf"{name}~{_WORDS}"


def _plain(text: str) -> str:
    """Escape no more than must be: servers read fewer escapes than `re` does."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], text)
