"""Text that strangers wrote: made harmless to show, and told apart where it speaks to a machine.

Item texts, messages and ids are data, whatever they say. `harmless` is what every surface shows of
them; `orders` finds text that is addressed to a program rather than to a reader (`hostile.toml`
lists the signs), which then reaches no language model and is not quoted. It reads patterns, not
meanings: what it misses still meets the checks behind it. Knows no catalogue and no model.
"""

import base64
import binascii
import codecs
import html
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from hashlib import blake2b
from importlib.resources import files
from typing import Final

__all__ = ["harmless", "linked", "named", "orders", "prose", "strange"]

_LONGEST: Final = 4_000  # characters that are looked at for signs
# Strangers write as many texts as they like, and as long ones: what is kept of them is bounded.
_SHORT: Final = 200  # characters up to which a text may be a name, and comes again
_NAMES: Final = 16_384  # names that are kept with what was found of them
_JUDGED: Final = 65_536  # texts of any length that are kept by their digest
_ODD: Final = re.compile(r"[<>@\[\]\\]|[\u0300-\u036f]{3}|:\S|://|www\.|\w\.\w+/", re.IGNORECASE)
_KEPT: Final = "\n\u3000"  # not printable by Python's account, harmless by ours
_JOINER: Final = re.compile(r"(?<=[^\x00-\x7f])[\u200c\u200d](?=[^\x00-\x7f])")
_MARKS: Final = re.compile(r"([\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]{2})[\u0300-\u036f]+")
_CODE: Final = re.compile(
    r"<(script|style|iframe|object|svg)\b.*?(</\1\s*>|$)|<!--.*?(-->|$)", re.I | re.S
)
_TAG: Final = re.compile(
    r"</?[a-z][\w:-]*(\s[^<>]*)?/?>|<[a-z][^<>]*\b(on\w+|src|href|style)\s*=[^<>]*|<\|[^|<>]{1,40}\|>",
    re.IGNORECASE,
)
_MARKDOWN: Final = re.compile(
    r"!?\[([^\[\]]*)\]\s?(?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\[\]]*\])"
)
_DEFINED: Final = re.compile(r"^\s*\[[^\[\]]+\]:\s*\S.*$", re.MULTILINE)
_URL: Final = re.compile(
    r"\b(?:https?|hxxps?|ftp|file|wss?|javascript|vbscript|data|mailto|tel|sms|intent)\s?:(?=\S)\S*"
    r"|\bwww\.\S+|\b(?:[\w-]+\.)+[a-z]{2,12}/\S*|\\\\[\w.-]+\\\S*",
    re.IGNORECASE,
)
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
_DOMAIN: Final = re.compile(
    r"\b[\w-]{2,}(?:\.|\s?\[\.\]\s?|\s?\(dot\)\s?| dot )"
    r"(?:com|net|org|info|biz|io|ai|app|dev|xyz|top|site|online|shop|example|test|invalid|ru|cn|tk|"
    r"me|co|link|click|ly)\b",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(
    r"(?<![\w.,])(?:\+|00)\d[\d ()./-]{6,}\d|\b(?:0|1[ -])?8\d\d[ -]\d[\d -]{5,}\d|"
    r"\b\d{3}[ .-]\d{3,4}[ .-]\d{4}\b"
)
_SENTENCE: Final = re.compile(r"(?<=[.!?。！？…])\s+|(?<=[。！？])|\n+")
_CLAUSE: Final = re.compile(r"(?<=[.!?;:|。！？；：])\s*|\s+[-–—|/]+\s+|\s*[\n\[({<\"“]")
_RUN: Final = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_HEX: Final = re.compile(r"\b(?:[0-9a-f]{2}[\s:]?){12,}\b", re.IGNORECASE)
_SPACED: Final = re.compile(r"(?<!\w)(?:\w[ ._*|-]){4,}\w(?!\w)")
_LEET: Final = str.maketrans("0134579@$!|", "oieastgasil")
_ALIKE: Final = str.maketrans(
    "авеікмнорсстухѕјԁһӏɡοαερτυνικѵɑƖ", "abeikmhopcctyxsjdhlgoaeptuvikval"
)
_LATIN: Final = re.compile(r"[a-z]+")
_CODED: Final = re.compile(
    r"[{}<>|;=\\`$%&~'\"_#]|--|\.\./|[01]{8}|[.-] [.-]|"
    r"\b(select|drop|eval|exec|sleep|import|cmd|powershell|bearer|javascript|data|author)",
    re.IGNORECASE,
)
_SCRIPTS: Final = {
    "russian": re.compile("[\u0400-\u04ff]"),
    "chinese": re.compile("[\u4e00-\u9fff]"),
    "japanese": re.compile("[\u3040-\u30ff\u4e00-\u9fff]"),
    "korean": re.compile("[\uac00-\ud7af]"),
    "arabic": re.compile("[\u0600-\u06ff]"),
    "hindi": re.compile("[\u0900-\u097f]"),
}
_MIXED: Final = re.compile(r"\b(?=\w*[a-z])(?=\w*[Ͱ-ԯɑɡ])\w+")  # one reading a word


def harmless(text: str) -> str:
    """Return text as plain words, fit for a terminal, a page that escapes, and Markdown.

    No control, direction or invisible letters, no markup, no links, no e-mail addresses. Ordinary
    text comes back as it is.
    """
    if text.replace("\n", "").isprintable() and not _ODD.search(text):
        return text  # nothing is remembered of it: every reply is another one
    return _cleaned(text) if len(text) <= _SHORT else _cleaned.__wrapped__(text)


@lru_cache(_NAMES)
def _cleaned(text: str) -> str:
    told = _visible(text)
    for _ in range(4):  # what is left when a part is taken out may be markup again
        before = told
        told = _TAG.sub(" ", _CODE.sub(" ", told))
        told = _DEFINED.sub(" ", _MARKDOWN.sub(r"\1", told))
        told = _MAIL.sub("", _URL.sub("", told))
        if told == before:
            break
    if told == text:
        return text
    return re.sub(r" *\n *", "\n", re.sub(r"[^\S\n\u3000]+", " ", told)).strip()


def _visible(text: str) -> str:
    joined = {found.start() for found in _JOINER.finditer(text)}
    kept = (
        letter
        if letter.isprintable() or letter in _KEPT or at in joined
        else (" " if letter.isspace() else "")
        for at, letter in enumerate(text)
    )
    return _MARKS.sub(r"\1", "".join(kept))


def linked(text: str) -> bool:
    """Return whether text holds an address of any kind: link, e-mail, domain, telephone number."""
    plain = unicodedata.normalize("NFKC", text)
    return any(sign.search(plain) for sign in (_URL, _MAIL, _DOMAIN, _PHONE, _MARKDOWN))


def strange(text: str) -> bool:
    """Return whether text holds markup, code, or letters that nobody sees."""
    if _visible(text) != text:
        return True
    coded = _CODED.search(text)
    return bool(coded and (_TAG.search(text) or _CODE.search(text) or _code().search(text)))


_judged: Final[dict[bytes, bool]] = {}  # by digest: descriptions are long


def orders(text: str) -> bool:
    """Return whether text seems to speak to a machine: orders, roles, code, hidden writing."""
    head = text[:_LONGEST]
    digest = blake2b(head.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    found = _judged.get(digest)
    if found is None:
        if len(_judged) >= _JUDGED:
            _judged.clear()
        found = _judged[digest] = _orders(head)
    return found


def _orders(head: str) -> bool:
    return (
        _hidden(head)
        or strange(head.replace("\n", " ").replace("\t", " "))
        or any(_speaks(variant) for variant in dict.fromkeys(_variants(head)))
    )


def _hidden(text: str) -> bool:
    """Return whether a text holds writing that only a decoder reads."""
    for run in _RUN.findall(text):
        kinds = (
            any(c.isupper() for c in run),
            any(c.islower() for c in run),
            any(c.isdigit() for c in run),
        )
        if (all(kinds) or run.endswith("=")) and _decoded(run):
            return True
    return any(
        re.search("[a-f]", found[0], re.I) and re.search(r"\d", found[0])
        for found in _HEX.finditer(text)
    )


def _decoded(run: str) -> str:
    """Return what base64 stands for; "" where it is none, or no text."""
    try:
        plain = base64.urlsafe_b64decode(
            run.rstrip("=").replace("+", "-").replace("/", "_") + "=" * (-len(run.rstrip("=")) % 4)
        )
        told = plain.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
    return told if told.isprintable() else ""


def _variants(text: str) -> Iterator[str]:
    """Yield the text as it may be meant: plain letters, without disguise, backwards, turned."""
    unseen = "".join(
        c for c in html.unescape(text) if unicodedata.category(c) not in ("Cf", "Co", "Cn")
    )
    split = unicodedata.normalize("NFKD", unseen)
    plain = "".join(c for c in split if not "\u0300" <= c <= "\u036f").casefold()
    plain = unicodedata.normalize("NFKC", plain)
    plain = _MIXED.sub(lambda found: found[0].translate(_ALIKE), plain)
    yield plain
    yield unicodedata.normalize("NFC", text.casefold())
    yield _SPACED.sub(lambda found: re.sub(r"[ ._*|-]", "", found[0]), plain)
    if re.search(r"[a-z][0134579@$!|][a-z]", plain):
        yield plain.translate(_LEET)
    yield plain[::-1]
    yield codecs.encode(plain, "rot13")


def _speaks(text: str) -> bool:
    """Return whether one form of a text carries a sign; only the signs of its scripts are tried."""
    signs = _signs()
    if not text.isascii() and any(
        p.search(text) for script, p in signs if script and script.search(text)
    ):
        return True
    if {word[:4] for word in _LATIN.findall(text)}.isdisjoint(_beginnings()):
        return False
    return any(pattern.search(text) for script, pattern in signs if not script)


def prose(text: str, most: int = 0) -> str:
    """Return the sentences of an item's text that may be quoted, in at most `most` characters.

    Sentences with addresses are left out; of a text that speaks to a machine nothing is quoted, for
    nobody knows where its orders end.
    """
    if len(text) < 40 and text.isalnum():
        return text
    if orders(text):
        return ""
    whole = re.sub(r"(?<![.!?。！？…\n])\n(?!\n)", " ", text)  # a line may end within a sentence
    told = harmless(" ".join(one for one in _SENTENCE.split(whole) if one and not linked(one)))
    return told[:most] if most else told


def named(title: str, otherwise: str, most: int = 200) -> str:
    """Return a title as it may be shown and read by a model: its first part without orders.

    `otherwise` stands in where nothing of it is left. Plain titles come back as they are.
    """
    find = _named if len(title) <= _SHORT else _named.__wrapped__
    return find(title, otherwise, most)


@lru_cache(_NAMES)
def _named(title: str, otherwise: str, most: int) -> str:
    if len(title) <= most and title.isprintable() and not _ODD.search(title) and not orders(title):
        return title
    told = ""
    for part in _clauses(title):
        longer = f"{told}{part}"
        if orders(longer) or _URL.search(longer) or _MAIL.search(longer):
            break
        told = longer
    told = harmless(told).strip(' .,:;|-–—([{<"“/')[:most]
    if not orders(title):
        told = harmless(title)[:most]
    return told or harmless(otherwise)[:most]


def _clauses(title: str) -> Iterable[str]:
    ends = [found.start() for found in _CLAUSE.finditer(title) if found.start()]
    return (title[a:b] for a, b in zip([0, *ends], [*ends, len(title)], strict=True))


@cache
def _lists() -> dict[str, dict[str, list[str]]]:
    told = tomllib.loads(files(__package__).joinpath("hostile.toml").read_text("utf-8"))
    return {name: dict(table) for name, table in told.items()}


@cache
def _beginnings() -> frozenset[str]:
    """Words, cut to four letters, of which every Latin sign holds one: most names hold none."""
    return frozenset(word for words in _lists()["beginnings"].values() for word in words)


@cache
def _signs() -> list[tuple[re.Pattern[str] | None, re.Pattern[str]]]:
    """The signs of each language, with the letters that they are written in unless Latin."""
    return [(_SCRIPTS.get(name), _joined(listed)) for name, listed in _lists()["signs"].items()]


@cache
def _code() -> re.Pattern[str]:
    return _joined(_lists()["code"]["signs"])


def _joined(signs: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in signs), re.IGNORECASE | re.MULTILINE)
