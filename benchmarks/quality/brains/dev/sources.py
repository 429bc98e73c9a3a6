"""Turns of people who look for films, read from five public sets of real talk.

A turn is all that one person writes before the other answers. Mentions by number become the title
and year that both people saw. Knows nothing of frames or of the catalogue.
"""

import csv
import gzip
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

__all__ = ["DATA", "FILES", "SOURCES", "Heard", "present", "turns"]

DATA = Path(__file__).parents[4].parent / "shared" / "data"
FILES = {
    "redial": ("redial/train_part_data.jsonl.gz", "redial/train_part2_data.jsonl.gz"),
    "ccpe": ("ccpe-m/ccpe_dialogues.csv.gz",),
    "opendialkg": ("opendialkg/movie_turns.jsonl.gz",),
    "iard": ("redial-intents-iard/iard_train.json.gz",),
    "tomt": ("requests-tomt-movies/queries.jsonl.gz",),
}
_MENTION = re.compile(r"@(\d+)")
_NAMED = re.compile(r"@\d+ <([^>]*)>(?:\s*<\1>)?")  # some stand twice


@dataclass(frozen=True)
class Heard:
    """One turn of the person who seeks, and what was said before it."""

    source: str
    file: str
    dialogue: str
    turn: int  # place among the turns of the dialogue, from 0
    text: str
    before: tuple[tuple[str, str], ...] = ()  # ("seeker" or "recommender", text)

    @property
    def key(self) -> str:
        return f"{self.source}/{self.dialogue}/{self.turn}"

    @property
    def digest(self) -> str:
        return sha256(self.text.encode()).hexdigest()[:12]


def present(data: Path = DATA) -> bool:
    """Return whether all files are there."""
    return all((data / file).exists() for files in FILES.values() for file in files)


@cache
def turns(source: str, data: Path = DATA) -> dict[str, Heard]:
    """Return every seeking turn of one set by its key, in the order of the files."""
    found = (heard for file in FILES[source] for heard in SOURCES[source](source, file, data))
    return {heard.key: heard for heard in found}


def _read(path: Path) -> str:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return file.read()


def _tidy(text: str) -> str:
    return re.sub(r"[ \t]+", " ", text).strip()


def _joined(said: list[tuple[str, str]], source: str, file: str, dialogue: str) -> Iterator[Heard]:
    """Yield the seeker's turns of a dialogue, messages in a row as one."""
    grouped = groupby(said, key=lambda one: one[0])
    whole = [(who, " ".join(text for _, text in group if text)) for who, group in grouped]
    for at, (who, text) in enumerate(whole):
        if who == "seeker":
            yield Heard(source, file, dialogue, at, text, tuple(whole[:at]))


def _redial(source: str, file: str, data: Path) -> Iterator[Heard]:
    held = {heard.dialogue for heard in turns("iard", data).values()}  # no dialogue in both
    for line in _read(data / file).splitlines():
        talk = json.loads(line)
        if talk["conversationId"] in held:
            continue
        titles: dict[str, Any] = talk["movieMentions"] or {}

        def named(found: re.Match[str], titles: dict[str, Any] = titles) -> str:
            return str(titles.get(found[1]) or found[0])

        said = [
            (
                "seeker" if m["senderWorkerId"] == talk["initiatorWorkerId"] else "recommender",
                _tidy(_MENTION.sub(named, m["text"])),
            )
            for m in talk["messages"]
        ]
        yield from _joined(said, source, file, talk["conversationId"])


def _ccpe(source: str, file: str, data: Path) -> Iterator[Heard]:
    rows = csv.DictReader(io.StringIO(_read(data / file)))
    for dialogue, group in groupby(rows, key=lambda row: row["dialog_id"]):
        said = [
            ("seeker" if row["speaker"] == "USER" else "recommender", _tidy(row["text"]))
            for row in group
        ]
        yield from _joined(said, source, file, dialogue)


def _opendialkg(source: str, file: str, data: Path) -> Iterator[Heard]:
    """The last thing said before a recommendation is the seeker's, and so every second before.

    Half of these talks are of books; those of films recommend what has a director or actors.
    """
    films = _films(data)
    for line in _read(data / file).splitlines():
        record = json.loads(line)
        if not films & set(record["rec"]):
            continue
        said = [_tidy(text) for text in record["context"]]
        whole = [
            ("seeker" if (len(said) - at) % 2 else "recommender", text)
            for at, text in enumerate(said)
        ]
        for at in range(len(said) - 1, -1, -2):
            talk = str(record["dialog_id"])
            yield Heard(source, file, talk, at, whole[at][1], tuple(whole[:at]))


@cache
def _films(data: Path) -> frozenset[str]:
    works = json.loads(_read(data / "opendialkg" / "movie_id2info.json.gz")).values()
    return frozenset(w["name"] for w in works if w.get("director") or w.get("actor"))


def _iard(source: str, file: str, data: Path) -> Iterator[Heard]:
    for dialogue, talk in json.loads(_read(data / file)).items():
        said = [
            (one["role"], _tidy(_NAMED.sub(r"\1", one["utterance_text"])))
            for one in talk["dialogue_info"].values()
        ]
        yield from _joined(said, source, file, dialogue)


def _tomt(source: str, file: str, data: Path) -> Iterator[Heard]:
    """A request is its headline (turn 0) or headline and text (turn 1)."""
    for line in _read(data / file).splitlines():
        post = json.loads(line)
        yield Heard(source, file, post["id"], 0, _tidy(post["title"]))
        yield Heard(source, file, post["id"], 1, _tidy(post["title"] + "\n" + post["text"]))


SOURCES: dict[str, Callable[[str, str, Path], Iterator[Heard]]] = {
    "redial": _redial,
    "ccpe": _ccpe,
    "opendialkg": _opendialkg,
    "iard": _iard,
    "tomt": _tomt,
}
