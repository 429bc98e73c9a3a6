"""One voice about one catalogue: says values, flags, free wishes and items, and knows the clauses.

Values go by their schema names in the frame whatever is said. What the catalogue has no field for
goes to `text` as it was said. Knows no acts.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from random import Random
from typing import Final

from sommelier.agent.planners.rules.reading.words import words
from sommelier.data.schema import Kind
from sommelier.tools.lexicon import Lexicon
from sommelier.tuning.planner.examples.catalogues import Spoken, World, absent, pools
from sommelier.tuning.planner.examples.measures import Measures
from sommelier.tuning.planner.examples.parts import Part, Place, Speaker, trimmed
from sommelier.tuning.planner.examples.patterns import Patterns

__all__ = ["Voice"]

_VALUED: Final = (Kind.CATEGORY, Kind.TAGS)
_LED: Final = (
    "with",
    "without",
    "where",
    "in",
    "on",
    "part",
    "no",
)  # flags that need no "that are"


class Voice:
    """Says conditions about one world."""

    def __init__(self, world: World, lexicon: Lexicon, patterns: Patterns, rng: Random) -> None:
        self.world, self.lexicon, self.patterns, self.rng = world, lexicon, patterns, rng
        self._of = Speaker(world, lexicon, patterns, rng)
        self.fields, self.named = self._of.fields, self._of.named
        self.measures = Measures(self._of)
        self._pools = pools(world.split)
        self._demonyms = dict(self._pools["countries"])

    def shared(self, name: str) -> list[str]:
        """Return a vocabulary that domains share, as far as this split may use it."""
        return list(self._pools[name])

    # --- values -----------------------------------------------------------------------------

    def value_of(self, field: Spoken) -> str:
        """Return a value that items carry."""
        return self.rng.choice(self.lexicon.postings(field.name).words)

    def _told(self, field: Spoken, value: str, *, adjective: bool = False) -> str:
        """Return a value as it is said: "French" for France before a noun, small letters often."""
        if adjective and field.facts.get("pool") == "countries" and value in self._demonyms:
            return str(self._demonyms[value])
        if field.people:
            return value.rsplit(maxsplit=1)[-1] if self.rng.random() < 0.2 else value
        if adjective and self.rng.random() < 0.3:
            listed = words()["associations"].items()
            meant = [said for said, stands in listed if stands == value.lower()]
            if meant:
                return str(self.rng.choice(meant))
        facts = field.facts
        proper = facts.get("exact") or "pool" in facts or "brand" in facts["names"]
        return value if proper or self.rng.random() < 0.35 else value.lower()

    @cached_property
    def _demonyms_clash(self) -> bool:
        """Whether "French" could mean a language as well as a country."""
        return {"languages", "countries"} <= {f.facts.get("pool") for f in self.world.fields}

    def _leads(self, field: Spoken) -> bool:
        """Return whether values of a field stand before the noun."""
        clash = field.facts.get("pool") == "countries" and self._demonyms_clash
        return bool(field.facts.get("pre")) and not clash

    def value(self, *, place: Place | None = None) -> Part | None:
        """Return a condition on one value, before the noun, as the noun, or after it."""
        able = self.fields(*_VALUED)
        if not able:
            return None
        field = self.rng.choice(able + [f for f in able if f.facts.get("always")] * 2)
        value = self.value_of(field)
        heads = field.facts.get("heads", {})
        options: list[Place] = ["head", "head"] if value in heads else []
        options += ["pre", "pre"] if self._leads(field) else []
        options += ["post"] if field.facts.get("post") or not options else []
        where = place if place in options else None if place else self.rng.choice(options)
        gold = f"{field.name}={value}"
        match where:
            case "head":
                return Part(heads[value], "must", gold, "head", field=field.name)
            case "pre":
                said = self._told(field, value, adjective=True)
                return Part(said, "must", gold, "pre", field=field.name)
            case "post":
                said = self._post(field, self._told(field, value))
                return Part(said, "must", gold, field=field.name)
        return None

    def _post(self, field: Spoken, said: str) -> str:
        own = field.facts.get("post", [])
        if own and self.rng.random() < 0.85:
            return str(self.rng.choice(own)).format(v=said)
        return self.patterns.draw("value.post").format(v=said, name=self.named(field))

    def several(self) -> Part | None:
        """Return "comedy or drama" or, for tags, "comedy and drama"."""
        able = [f for f in self.fields(*_VALUED) if not f.people]
        able = [f for f in able if len(self.lexicon.postings(f.name).words) > 2]
        if not able:
            return None
        field = self.rng.choice(able)
        one, two = self.rng.sample(list(self.lexicon.postings(field.name).words), 2)
        pre = self._leads(field)
        v, w = (self._told(field, value, adjective=pre) for value in (one, two))
        both = field.kind is Kind.TAGS and self.lexicon.together(field.name, [one, two])
        if both and self.rng.random() < 0.4:
            text = self.patterns.draw("value.both").format(v=v, w=w)
            gold = f"{field.name}={one};{field.name}={two}"
        else:
            text = self.patterns.draw("value.either").format(v=v, w=w)
            gold = f"{field.name}={one}|{two}"
        if pre:
            return Part(text, "must", gold, "pre", field=field.name)
        return Part(self._post(field, text), "must", gold, field=field.name)

    def bare(self, *, people: bool = True) -> Part | None:
        """Return a value by itself: "horror", "comedies", "Owen Novak"."""
        able = [f for f in self.fields(*_VALUED) if people or not f.people]
        if not able:
            return None
        field = self.rng.choice(able)
        value = self.value_of(field)
        heads = field.facts.get("heads", {})
        said = self._told(field, value, adjective=self._leads(field) and self.rng.random() < 0.5)
        if value in heads and self.rng.random() < 0.5:
            said = heads[value]
        return Part(said, "must", f"{field.name}={value}", "other", field=field.name)

    def refusal(self) -> Part | None:
        """Return "without horror"."""
        bare = self.bare()
        if bare is None:
            return None
        form = "value.no_tail" if self.rng.random() < 0.25 else "value.no"
        text = self.patterns.draw(form).format(v=bare.text)
        return Part(text, "no", bare.gold, "tail", field=bare.field)

    def soft(self) -> Part | None:
        """Return ", preferably French"."""
        bare = self.measures.number() if self.rng.random() < 0.35 else self.bare()
        if bare is None:
            return None
        text = self.patterns.draw("value.soft").format(v=bare.text)
        return Part(f", {text}", "prefer", bare.gold, "tail", field=bare.field)

    def flag(self) -> Part | None:
        """Return a condition on a yes-or-no field."""
        able = self.fields(Kind.FLAG)
        if not able:
            return None
        field = self.rng.choice(able)
        yes = self.rng.random() < 0.7
        said = str(self.rng.choice(field.facts["yes" if yes else "no"]))
        gold = f"{field.name}={'yes' if yes else 'no'}"
        plain = said.split(maxsplit=1)[0] in _LED
        if not plain and " " not in said and self.rng.random() < 0.5:
            return Part(said, "must", gold, "pre", field=field.name)
        text = said if plain else self.patterns.draw("flag.post").format(v=said)
        return Part(text, "must", gold, field=field.name)

    # --- free words, items ------------------------------------------------------------------

    def keyword(self) -> Part | None:
        """Return a free keyword: a wish in words."""
        able = [f for f in self.world.fields if f.loose]
        if not able:
            return None
        said = self.value_of(self.rng.choice(able))
        return Part(self.patterns.draw("text.about").format(t=said), "text", said)

    def wish(self) -> Part:
        """Return a wish that no field holds: "about a lighthouse", "for a rainy sunday"."""
        if self.rng.random() < 0.25:
            said = str(self.rng.choice(self._pools["occasions"]))
            return Part(said, "text", trimmed(said))
        said = str(self.rng.choice(self.world.words["wishes"]))
        text = self.patterns.draw("text.about").format(t=said)
        return Part(text, "text", trimmed(said))

    def mood(self) -> Part:
        """Return a quality that no field holds: "heartwarming"."""
        one, two = self.rng.sample(self.world.words["moods"], 2)
        form = self.patterns.draw("text.mood") if self.rng.random() < 0.3 else "{m}"
        text = form.format(m=one, m2=two)
        return Part(text, "text", text, "pre")

    def missed(self) -> Part | None:
        """Return a condition on a field that this catalogue lacks: it stays words."""
        able: list[Callable[[Spoken], Part]] = []
        lacking = absent(self.world)
        fields = [f for f in lacking if f.kind in (Kind.NUMBER, *_VALUED) and not f.loose]
        if not fields:
            return None
        field = self.rng.choice(fields)
        able = [self.measures.bound] if field.kind is Kind.NUMBER else [self._of_absent]
        part = able[0](field)
        return Part(part.text, "text", trimmed(part.text), part.place)

    def _of_absent(self, field: Spoken) -> Part:
        said = self._told(field, self.rng.choice(field.values))
        own: Sequence[str] = field.facts.get("post", ["{v}"])
        return Part(str(self.rng.choice(own)).format(v=said))

    def degree_in_words(self) -> str:
        """Return a degree that no number holds: "funnier", "less dark", "not too noisy"."""
        rng, known = self.rng, words()
        listed: list[str] = [*known["qualities"], *known["qualities"]]
        moods: list[str] = self.world.words["moods"]
        listed += [
            f"{less} {quality}"
            for less in ("less", "not so", "not too")
            for quality in rng.sample([*known["opposites"], *moods], 4)
        ]
        return rng.choice(listed)

    def item(self, *, shown: Sequence[int] = (), slot: str = "items", stance: str = "") -> Part:
        """Return an item by its title, as people write it."""
        num = self.rng.choice(shown) if shown else self.rng.randrange(len(self.world.catalog))
        return Part(self._titled(num), slot, "", "other", item=num, stance=stance)

    def _titled(self, num: int) -> str:
        title: str = self.world.catalog.titles[num]
        if self.rng.random() < 0.15:  # with its year, where there is one
            return self.lexicon.label(num)
        said = title[4:] if self.rng.random() < 0.1 and title.startswith("The ") else title
        return f'"{said}"' if self.rng.random() < 0.06 else said
