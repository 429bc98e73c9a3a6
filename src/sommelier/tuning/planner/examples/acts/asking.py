"""Questions: facts of items, why, side by side, how many, which there are."""

from collections.abc import Sequence

from sommelier.data.schema import Kind
from sommelier.tuning.planner.examples.acts.draft import Draft, Scene
from sommelier.tuning.planner.examples.catalogues import Spoken
from sommelier.tuning.planner.examples.parts import Part

__all__ = ["compare", "count", "explain", "facts", "mean", "most", "values"]


def facts(scene: Scene) -> Draft | None:
    """Return "how long is it?", "tell me about X"; "it" of several names none."""
    rng = scene.rng
    x = scene.subject("items")
    if scene.working.shown and rng.random() < (0.5 if len(scene.working.shown) == 1 else 0.12):
        x = scene.it() if len(scene.working.shown) == 1 else Part(scene.it().text, place="other")
    forms = {"about": 25, "field": 18, "ask": 34, "two": 8, "bare": 5, "yesno": 10}
    form = rng.choices(list(forms), list(forms.values()))[0]
    fields = [f for f in scene.voice.world.fields if not f.loose]
    if form == "ask":
        return _question(scene, x, fields)
    if form == "field":
        chosen = rng.choice(fields)
        said = scene.voice.named(chosen)
        message = scene.draw("facts.field").format(name=said, x=x.text)
        return Draft("facts", message, [x, Part(said, "fields", chosen.name)])
    if form == "two":
        one, two = rng.sample(fields, 2)
        said, other = scene.voice.named(one), scene.voice.named(two)
        message = scene.draw("facts.two").format(name=said, name2=other, x=x.text)
        told = [Part(f"{said} and", "fields", one.name), Part(other, "fields", two.name)]
        return Draft("facts", message, [x, *told])
    if form == "yesno":
        part = scene.quality()
        if part is None:
            return None
        message = scene.draw("facts.yesno").format(v=part.text, x=x.text)
        return Draft("facts", message, [x, Part(part.text, "fields", part.field)])
    form = "about" if x.item < 0 else form  # "the second" alone asks for nothing
    message = scene.draw(f"facts.{form}").format(x=x.text, one=scene.noun(several=False))
    return Draft("facts", message, [x])


def _question(scene: Scene, x: Part, fields: Sequence[Spoken]) -> Draft | None:
    """Return a question in the field's own words: "who directed X?"."""
    able = [f for f in fields if f.facts.get("ask")]
    if not able:
        return None
    chosen = scene.rng.choice(able)
    question = str(scene.rng.choice(chosen.facts["ask"])).format(x=x.text)
    message = scene.draw("facts.wrap").format(q=question)
    return Draft("facts", message, [x, Part(question, "fields", chosen.name)])


def explain(scene: Scene) -> Draft | None:
    """Return "why the second?"."""
    if not scene.working.shown:
        return None
    if scene.rng.random() < 0.4:
        return Draft("explain", scene.draw("explain.all"))
    pointing = scene.rng.random() < 0.6
    x = scene.pointer() if pointing else scene.voice.item(shown=scene.shown)
    return Draft("explain", scene.draw("explain.one").format(x=x.text, **scene.verbs()), [x])


def compare(scene: Scene) -> Draft | None:
    """Return "compare 1 and 3", "X or Y?"."""
    shown = len(scene.working.shown)
    if shown > 1 and scene.rng.random() < 0.25:
        return Draft("compare", scene.draw("compare.all"))
    if shown > 1 and scene.rng.random() < 0.35:
        return _places(scene, shown)
    x, y = scene.subject("items"), scene.subject("items")
    if (x.gold, x.item) == (y.gold, y.item) or x.text in y.text or y.text in x.text:
        return None
    return Draft("compare", scene.draw("compare.two").format(x=x.text, x2=y.text), [x, y])


def _places(scene: Scene, shown: int) -> Draft:
    """Return "compare 1 and 3", "compare the first two"."""
    rng = scene.rng
    roll = rng.random()
    if roll < 0.3:
        one, two, said = 0, 1, "the first two"
    elif roll < 0.4:
        one, two, said = shown - 2, shown - 1, "the last two"
    else:
        one, two = rng.sample(range(shown), 2)
        joint = rng.choice((" and ", " with ", " to ", " & "))
        said = f"{one + 1}{joint}{two + 1}"
        if rng.random() < 0.4:
            said = f"{scene.pointer(one).text}{joint}{scene.pointer(two).text}"
    part = Part(said, "items", f"#{one + 1};#{two + 1}", "other")
    return Draft("compare", scene.draw("compare.places").format(p=said), [part])


def count(scene: Scene) -> Draft:
    """Return "how many comedies are there?"."""
    parts = [p for p in scene.conditions(2) if p.slot in ("must", "no")]
    text = scene.phrase(parts, several=True)
    return Draft("count", scene.draw("count.plural").format(pl=text), parts)


def mean(scene: Scene) -> Draft | None:
    """Return "what is the average price of red shoes?"."""
    numbers = scene.voice.fields(Kind.NUMBER)
    if not numbers:
        return None
    chosen = scene.rng.choice(numbers)
    parts = [p for p in scene.conditions(2) if p.slot == "must" and p.field != chosen.name]
    said = scene.voice.named(chosen)
    message = scene.draw("mean.plural").format(name=said, pl=scene.phrase(parts, several=True))
    return Draft("mean", message, [*parts, Part(said, "fields", chosen.name)])


def _facet(scene: Scene) -> Spoken | None:
    able = scene.voice.fields(Kind.CATEGORY, Kind.TAGS)
    return scene.rng.choice(able) if able else None


def most(scene: Scene) -> Draft | None:
    """Return "which brand is the most common?"."""
    chosen = _facet(scene)
    if chosen is None:
        return None
    pattern = scene.draw("most.plain")
    parts = [p for p in scene.conditions(1) if p.slot == "must" and p.field != chosen.name]
    parts = parts if "{pl}" in pattern else []
    said = scene.voice.named(chosen)
    message = pattern.format(name=said, pl=scene.phrase(parts, several=True))
    return Draft("most", message, [*parts, Part(said, "fields", chosen.name)])


def values(scene: Scene) -> Draft | None:
    """Return "which genres are there?"."""
    chosen = _facet(scene)
    if chosen is None:
        return None
    said, plural = chosen.said[0], chosen.facts.get("plural")
    if said.split()[0].endswith("ed") or said.endswith(("by", " in", " on", " for", " of", " to")):
        if not plural:  # nobody asks which "made bies" there are
            return None
    elif not plural or scene.rng.random() >= 0.3:
        ends = {"y": f"{said[:-1]}ies", "s": said, "x": f"{said}es"}
        plural = ends.get(said[-1:], f"{said}s")
    return Draft(
        "values",
        scene.draw("values.plain").format(names=plural),
        [Part(plural, "fields", chosen.name)],
    )
