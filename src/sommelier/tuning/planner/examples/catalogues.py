"""Invented catalogues: every one draws its fields, their names, vocabulary and ranges by a seed.

The domains are hand-written (`domains/`), a folder for each split, so no test domain is ever
trained on. Words that domains share (countries, colours, names) are parted among the splits too.
Knows no messages.
"""

import datetime as dt
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any, Final, Literal, get_args

import polars as pl

from sommelier.data.catalog import DTYPES, Catalog
from sommelier.data.schema import Field, Kind, Schema
from sommelier.types import ITEM_ID

__all__ = ["SPLITS", "Split", "Spoken", "World", "absent", "domains", "make_world", "pools"]

Split = Literal["train", "dev", "test"]
SPLITS: Final[tuple[Split, ...]] = get_args(Split)
_KINDS: Final = {"people": Kind.TAGS, "keywords": Kind.TAGS}
_MISSING: Final = 0.06  # values that are not known


@dataclass(frozen=True)
class Spoken:
    """A field as people speak of it."""

    name: str  # in the catalogue
    said: tuple[str, ...]  # what people call it
    kind: Kind
    facts: dict[str, Any]  # the domain file's entry
    values: tuple[str, ...] = ()

    @property
    def people(self) -> bool:
        """Whether its values are names of people."""
        return bool(self.facts["kind"] == "people")

    @property
    def loose(self) -> bool:
        """Whether it holds free keywords."""
        return bool(self.facts["kind"] == "keywords")

    @property
    def unit(self) -> str:
        """The unit of its numbers, or nothing."""
        return str(self.facts.get("unit", ""))


@dataclass(frozen=True)
class World:
    """One invented catalogue and the way people talk about it."""

    domain: str
    split: Split
    seed: int
    words: dict[str, Any]
    nouns: tuple[tuple[str, str], ...]  # (one, several): the catalogue's own first
    fields: tuple[Spoken, ...]
    catalog: Catalog


@cache
def domains(split: Split) -> dict[str, dict[str, Any]]:
    """Return the domains of a split by name."""
    found: dict[str, dict[str, Any]] = {}
    listed = files(__package__).joinpath("domains", split).iterdir()
    for path in sorted(listed, key=lambda path: path.name):
        found |= tomllib.loads(path.read_text("utf-8"))
    return found


@cache
def _pools() -> dict[str, list[Any]]:
    path = files(__package__).joinpath("domains", "pools.toml")
    return tomllib.loads(path.read_text("utf-8"))


def _own(listed: list[Any], split: Split) -> list[Any]:
    """Return the part of a shared list that a split may use: of five, three, one and one."""
    place = {"test": (4,), "dev": (3,), "train": (0, 1, 2)}[split]
    return [one for number, one in enumerate(listed) if number % 5 in place]


def pools(split: Split) -> dict[str, list[Any]]:
    """Return the shared vocabularies as far as a split may use them."""
    return {name: _own(listed, split) for name, listed in _pools().items()}


def absent(world: World) -> list[Spoken]:
    """Return fields of the domain that this catalogue lacks: people ask for them all the same."""
    taken = {name for field in world.fields for name in field.facts["names"]}
    roles = {field.facts.get("role") for field in world.fields}
    lacking = []
    for entry in world.words["field"]:
        if taken & set(entry["names"]) or entry.get("role") in roles - {None, ""}:
            continue
        kind = _KINDS.get(entry["kind"]) or Kind(entry["kind"])
        values = tuple(entry.get("values", ()))
        if values or kind is Kind.NUMBER:
            said = tuple(name.replace("_", " ") for name in entry["names"])
            lacking.append(Spoken(entry["names"][0], said, kind, entry, values))
    return lacking


def make_world(domain: str, split: Split, seed: int) -> World:
    """Return the catalogue of a domain with this seed: 60 to 200 items, 5 to 9 fields."""
    rng = Random(f"{domain} {seed}")
    words = domains(split)[domain]
    fields = _fields(words, split, rng)
    n = rng.randint(60, 200)
    titles = _titles(words, n, rng)
    columns: dict[str, Any] = {"title": titles}
    for field in fields:
        columns[field.name] = [_value(field, words, rng) for _ in titles]
    nouns = [tuple(pair) for pair in words["nouns"]]
    rng.shuffle(nouns)
    schema = Schema(
        noun=nouns[0][0],
        plural=nouns[0][1],
        fields=(
            Field(name=ITEM_ID, kind=Kind.ID),
            Field(name="title", kind=Kind.TITLE),
            *(_field(field) for field in fields),
        ),
    )
    table = pl.DataFrame(
        {
            ITEM_ID: [f"i{number:03d}" for number in range(len(titles))],
            **{
                field.name: pl.Series(columns[field.name], dtype=DTYPES[field.kind])
                for field in schema
                if field.kind is not Kind.ID
            },
        }
    )
    return World(domain, split, seed, words, tuple(nouns), tuple(fields), Catalog(table, schema))


def _fields(words: dict[str, Any], split: Split, rng: Random) -> list[Spoken]:
    """Draw which fields there are, and the name and other names of each."""
    known = words["field"]
    always = [entry for entry in known if entry.get("always")]
    others = [entry for entry in known if not entry.get("always")]
    chosen = always + rng.sample(others, min(len(others), rng.randint(4, 8)))
    rng.shuffle(chosen)
    taken: set[str] = set()
    fields: list[Spoken] = []
    people = iter(_parted(_people(split, rng), 4))
    for entry in chosen:
        names = [name for name in entry["names"] if name not in taken]
        if not names:
            continue
        name = names[0] if rng.random() < 0.4 else rng.choice(names)
        rest = [other for other in names if other != name]
        also = rng.sample(rest, min(len(rest), rng.choice((0, 1, 1, 2))))
        taken |= {name, *also}
        fields.append(
            Spoken(
                name,
                tuple(one.replace("_", " ") for one in (name, *also)),
                _KINDS.get(entry["kind"]) or Kind(entry["kind"]),
                entry,
                tuple(_vocabulary(entry, words, split, people, rng)),
            )
        )
    return fields


def _people(split: Split, rng: Random) -> list[str]:
    shared = pools(split)
    last = shared["last"] * 3
    return [f"{rng.choice(shared['first'])} {name}" for name in rng.sample(last, len(last))]


def _parted(names: list[str], n: int) -> list[list[str]]:
    """Part names so that no last name stands in two parts."""
    lasts = sorted({name.split()[-1] for name in names})
    return [[n_ for n_ in names if lasts.index(n_.split()[-1]) % n == part] for part in range(n)]


def _vocabulary(
    entry: dict[str, Any], words: dict[str, Any], split: Split, people: Any, rng: Random
) -> list[str]:
    if entry["kind"] == "people":
        return list(dict.fromkeys(next(people)))
    if entry["kind"] == "keywords":
        return _keywords(words, rng)
    if "pool" in entry:
        pool = [one[0] if isinstance(one, list) else one for one in pools(split)[entry["pool"]]]
        return rng.sample(pool, min(len(pool), rng.randint(3, 12)))
    values = entry.get("values", [])
    least = max(3, int(0.6 * len(values)))
    return rng.sample(values, rng.randint(min(least, len(values)), len(values)))


def _keywords(words: dict[str, Any], rng: Random) -> list[str]:
    """Return more than fifty free keywords, made of the domain's own wishes."""
    bare = {w for wish in words["wishes"] for w in wish.split() if len(w) > 4}
    moods = [*words["moods"]]
    made = [f"{mood} {word}" for mood in moods for word in sorted(bare)]
    return sorted(bare) + rng.sample(made, min(len(made), 70))


def _titles(words: dict[str, Any], n: int, rng: Random) -> list[str]:
    found: dict[str, None] = {}
    for _ in range(6 * n):
        a, a2 = rng.sample(words["a"], 2)
        b, b2 = rng.sample(words["b"], 2)
        shape = rng.choice(words["shapes"])
        found[shape.format(a=a, a2=a2, b=b, b2=b2, c=rng.choice(words["c"]))] = None
        if len(found) >= n:
            break
    return list(found)


def _value(field: Spoken, words: dict[str, Any], rng: Random) -> Any:
    if rng.random() < _MISSING:
        return None
    match field.kind:
        case Kind.CATEGORY:
            return rng.choice(field.values)
        case Kind.TAGS:
            most = 1 if field.people and rng.random() < 0.6 else 3
            return rng.sample(field.values, min(len(field.values), rng.randint(1, most)))
        case Kind.FLAG:
            return rng.random() < 0.5
        case Kind.NUMBER:
            low, high = field.facts["range"]
            skewed = rng.random() ** (1 if field.facts.get("role") in ("year", "rating") else 1.8)
            value = low + (high - low) * skewed
            return round(value, field.facts.get("digits", 0))
        case Kind.DATE:
            low, high = field.facts["range"]
            return dt.date(rng.randint(low, high), rng.randint(1, 12), rng.randint(1, 28))
        case _:
            mood, wish = rng.choice(words["moods"]), rng.choice(words["wishes"])
            return f"{mood.capitalize()}, about {wish}."


def _field(field: Spoken) -> Field:
    synonyms: dict[str, str] = {}
    aliases = list(field.said[1:])
    if field.kind is Kind.FLAG:
        aliases += field.facts["yes"]
        synonyms = dict.fromkeys(field.facts["no"], "false")
    return Field(
        name=field.name,
        kind=field.kind,
        unit=field.unit,
        aliases=tuple(aliases),
        people=field.people,
        synonyms=synonyms,
    )
