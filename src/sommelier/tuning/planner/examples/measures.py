"""Numbers, dates and degrees of one catalogue, as people say them: "under two hours", "shorter".

Where the rules brain's tables have a word for a degree ("cheaper", "recent"), it is said of the
field that plays its role there, and means the same bound. Knows no acts.
"""

from functools import cached_property
from typing import Final

from sommelier.agent.planners.rules.reading.quantities import role_field
from sommelier.agent.planners.rules.reading.words import words
from sommelier.data.schema import Kind
from sommelier.tuning.planner.examples.amounts import (
    MONEY,
    amount_said,
    clause,
    decade_said,
    rounded,
)
from sommelier.tuning.planner.examples.catalogues import Spoken
from sommelier.tuning.planner.examples.parts import Part, Speaker

__all__ = ["Measures"]

_ENDS: Final = 0.3  # "short", "recent": the outer share of what there is, as brains are told
_SMALL: Final = frozenset({  # units that nobody counts: no "fewer grams"
    "g", "kg", "mg", "lbs", "cm", "mm", "km", "m", "ml", "kcal", "%", "percent", "dB", "gsm", "cc",
    "hp", "kW", "kWh", "Nm", "Hz", "rpm", "fps", "bpm", "sqm", "km/h", "min", "mins", "MB", "GB",
    "TB", "kB", "Mbit/s", "% vol", "kg of CO2",
})  # fmt: skip
_STARS: Final = 10  # the most that anybody gives
_ROUND: Final = (30, 60, 90, 120, 150, 180)  # minutes that are said in hours
_OPERATORS: Final = {
    "rating": (">", ">=", ">=", ">="),
    "": ("<", "<", "<=", "<=", ">", ">=", ">=", "~", "..", "="),
}
_YEARS: Final = ("decade", "decade", "decade", "pre", "<", ">", ">=", "=", "..", "before_decade")


class Measures:
    """Says bounds, orders and degrees."""

    def __init__(self, speaker: Speaker) -> None:
        self._of = speaker
        self._rng, self._draw = speaker.rng, speaker.patterns.draw
        self._lexicon = speaker.lexicon

    @cached_property
    def roles(self) -> dict[str, str]:
        """Role -> the field that plays it, as the rules brain sees it."""
        played = {r: role_field(self._lexicon.schema, words(), r) for r in words()["roles"]}
        return {role: field.name for role, field in played.items() if field is not None}

    def number(self) -> Part | None:
        """Return a bound on a number or date."""
        able = self._of.fields(Kind.NUMBER, Kind.DATE)
        return self.bound(self._rng.choice(able)) if able else None

    def bound(self, field: Spoken) -> Part:
        """Return a bound on this field."""
        role = field.facts.get("role", "")
        if role == "year" and self.roles.get("year") == field.name:
            return self._year(field)
        if field.kind is Kind.DATE or role == "year":
            return self._date(field)
        return self._amount(field)

    def _spread(self, field: Spoken) -> tuple[float, float]:
        """Return two amounts inside what there is, the lower first."""
        rng, digits = self._rng, field.facts.get("digits", 0)
        low, high = sorted(rng.uniform(0.12, 0.88) for _ in range(2))
        if field.name in self._lexicon.schema:
            ends = [self._lexicon.quantile(field.name, share) for share in (low, high)]
        else:
            least, most = field.facts["range"]
            ends = [least + share * (most - least) for share in (low, high)]
        a, b = (rounded(end, rng, digits=digits) for end in ends)
        return a, max(b, a + (0.5 if digits else 1))

    def _table(self, field: Spoken) -> str:
        role = field.facts.get("role", "")
        if role == "duration":
            return "minutes"
        if field.unit:
            return "money" if field.unit in MONEY else "unit"
        starred = role == "rating" and field.facts["range"][1] <= _STARS
        return "stars" if starred and self._rng.random() < 0.5 else "plain"

    def _amount(self, field: Spoken) -> Part:
        rng = self._rng
        a, b = self._spread(field)
        table, role, unit = self._table(field), field.facts.get("role", ""), field.unit
        if table == "minutes" and rng.random() < 0.4:
            near = a
            a = float(min(_ROUND, key=lambda v: abs(v - near)))
            b = max(b, a + 15)
        signs = _OPERATORS.get(role, _OPERATORS[""])
        op = rng.choice([s for s in signs if f"{table}.{s}" in self._of.patterns])
        pattern = self._draw(f"{table}.{op}")
        said = "" if table == "plain" else unit
        bare = "-{b}" in pattern or (op == ".." and rng.random() < 0.6)
        one = f"{a:g}" if bare and table != "money" else amount_said(a, said, rng)
        two = amount_said(b, said, rng)
        text = pattern.format(a=one, b=two, name=self._of.named(field))
        wide = op == "~" or (op == "=" and table == "unit")
        gold = clause(field.name, field.kind, op, a, b, wide=wide)
        return Part(text, "must", gold, field=field.name)

    def _years(self, field: Spoken) -> tuple[int, int]:
        low, high = field.facts["range"]
        one, two = sorted(self._rng.randint(low + 1, high) for _ in range(2))
        return one, max(two, one + 1)

    def _year(self, field: Spoken) -> Part:
        one, two = self._years(field)
        kind = self._rng.choice(_YEARS)
        if kind in ("decade", "pre") and one >= 1920:
            said, low, high = decade_said(one, self._rng)
            text = self._draw(f"year.{kind}").format(d=said)
            gold = clause(field.name, field.kind, "..", low, high)
            place = "pre" if kind == "pre" else "post"
            return Part(text, "must", gold, place, field=field.name)  # type: ignore[arg-type]
        if kind == "before_decade" and one >= 1930:
            first = one // 10 * 10
            said = f"{first % 100:02d}s" if first < 2000 else f"{first}s"
            text = self._draw("year.before_decade").format(d=said)
            gold = clause(field.name, field.kind, "<", first, first)
            return Part(text, "must", gold, field=field.name)
        op = kind if kind in ("<", ">", ">=", "=", "..") else "="
        text = self._draw(f"year.{op}").format(y=one, z=two)
        gold = clause(field.name, field.kind, op, one, two if op == ".." else one)
        return Part(text, "must", gold, field=field.name)

    def _date(self, field: Spoken) -> Part:
        one, two = self._years(field)
        op = self._rng.choice(("<", ">", ">=", "=", ".."))
        text = self._draw(f"date.{op}").format(y=one, z=two, name=self._of.named(field))
        gold = clause(field.name, field.kind, op, one, two if op == ".." else one)
        return Part(text, "must", gold, field=field.name)

    # --- degrees ----------------------------------------------------------------------------

    def _degree(self, *, dates: bool = True) -> tuple[Spoken, list[str]] | None:
        """Return a field to compare by, and the roles that it plays."""
        able = self._of.fields(Kind.NUMBER)
        if dates:
            able += [f for f in self._of.fields(Kind.DATE) if f.name in self.roles.values()]
        if not able:
            return None
        field = self._rng.choice(able)
        return field, [role for role, name in self.roles.items() if name == field.name]

    def _words(self, table: str, roles: list[str], *, more: bool) -> list[str]:
        listed = words()[table].items()
        return [said for said, meant in listed if any(meant == [role, more] for role in roles)]

    def comparative(self) -> Part | None:
        """Return "shorter", "with fewer pages": `pages<#`."""
        found = self._degree()
        if found is None:
            return None
        (field, roles), more = found, self._rng.random() < 0.5
        gold = f"{field.name}{'>' if more else '<'}#"
        said = self._words("comparatives", roles, more=more)
        if said and self._rng.random() < 0.85:
            return Part(self._rng.choice(said), "must", gold, "pre", field=field.name)
        if field.kind is Kind.DATE or "year" in (*roles, field.facts.get("role")):
            return None
        counted = field.unit and field.unit not in MONEY and field.unit not in _SMALL
        if counted and field.facts.get("role") != "duration":
            form = self._draw(f"degree.{'many' if more else 'fewer'}").format(unit=field.unit)
        else:
            form = self._draw(f"degree.{'more' if more else 'less'}")
            form = form.format(name=self._of.named(field))
        return Part(form, "must", gold, field=field.name)

    def superlative(self) -> Part | None:
        """Return "the shortest", "with the most pages": an order."""
        found = self._degree()
        if found is None:
            return None
        (field, roles), more = found, self._rng.random() < 0.5
        gold = f"{'-' if more else ''}{field.name}"
        said = self._words("superlatives", roles, more=more)
        if said and self._rng.random() < 0.85:
            return Part(self._rng.choice(said), "sort", gold, "pre", field=field.name)
        if field.kind is Kind.DATE or "year" in (*roles, field.facts.get("role")):
            return None
        text = self._draw(f"degree.{'most' if more else 'least'}")
        return Part(text.format(name=self._of.named(field)), "sort", gold, field=field.name)

    def order(self) -> Part | None:
        """Return "newest first", "sorted by price"."""
        if self._rng.random() < 0.5:
            part = self.superlative()
            if part is None or part.place != "pre":
                return part
            return Part(f"{part.text} first", "sort", part.gold, "tail", field=part.field)
        found = self._degree(dates=False)
        if found is None:
            return None
        field, _ = found
        kind = self._rng.choice(("sorted", "sorted_up", "sorted_down"))
        text = self._draw(f"degree.{kind}").format(name=self._of.named(field))
        best = field.facts.get("role") in ("rating", "popularity")
        down = kind == "sorted_down" or (kind == "sorted" and best)
        return Part(text, "sort", f"{'-' if down else ''}{field.name}", "tail", field=field.name)

    def complaint(self) -> Part | None:
        """Return "too long": shorter ones are asked for."""
        found = self._leanings(3)
        if found is None:
            return None
        word, name, more = found
        return Part(word, "must", f"{name}{'<' if more else '>'}#", "other", field=name)

    def leaning(self) -> Part | None:
        """Return "recent", "cheap": a wish with the bound that such words have here."""
        found = self._leanings(2)
        if found is None or self._lexicon.schema[found[1]].kind is not Kind.NUMBER:
            return None
        word, name, more = found
        edge = self._lexicon.quantile(name, 1 - _ENDS if more else _ENDS)
        gold = f"{name}{'>=' if more else '<='}{edge:g}"
        last = word.split()[-1]
        if last in ("rating", "ratings", "reviews"):
            return Part(f"with {word}", "prefer", gold, field=name)
        return Part(word, "prefer", gold, "head" if "gem" in last else "pre", field=name)

    def _leanings(self, parts: int) -> tuple[str, str, bool] | None:
        known = words()["leanings"].items()
        able = [(w, m) for w, m in known if len(m) == parts and m[0] in self.roles]
        if not able:
            return None
        word, meant = self._rng.choice(able)
        return word, self.roles[meant[0]], bool(meant[1])
