"""Messages about the list on the table: other conditions, more of it, the best of it, away with it.

A field that is named again replaces what it had; to keep both ("also comedy"), both are named.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from sommelier.agent.planners.model.clauses import written
from sommelier.data.schema import Kind
from sommelier.tuning.planner.examples.acts.draft import Draft, Scene
from sommelier.tuning.planner.examples.catalogues import Spoken
from sommelier.tuning.planner.examples.parts import Part

__all__ = ["more", "pick", "refine", "restart", "undo"]

_FORMS: Final = {
    "only": 12, "post": 14, "no": 11, "instead": 12, "also": 5, "relative": 16, "than": 4,
    "complaint": 4, "drop": 5, "sort": 3, "soft": 4, "text": 5, "n": 3, "two": 6,
}  # fmt: skip
_COUNTS: Final = ("", "one", "two", "three", "four", "five")
_SLOT: Final = {"no": "no", "soft": "prefer"}


def refine(scene: Scene) -> Draft | None:
    """Return "shorter", "only french ones", "what about the 80s?"."""
    if not scene.working.shown:
        return None
    form = scene.rng.choices(list(_FORMS), list(_FORMS.values()))[0]
    special = {"n": _count, "drop": _dropped, "instead": _instead, "text": _words, "two": _two}
    if form in special:
        return special[form](scene)
    part = _part(scene, form)
    if part is None:
        return None
    if form == "relative" and part.place != "pre":
        message = f"{scene.rng.choice(('', 'something ', 'ones ', 'but '))}{part.text}"
        return Draft("refine", message, [part])
    parts = [replace(part, slot=_SLOT.get(form, part.slot))]
    if form == "also":
        parts = [*_kept(scene, part.field), *parts]
    pattern = scene.draw(f"refine.{form}")
    slots = dict.fromkeys("cpvrks", part.text)
    if "{x}" in pattern:
        pointer = scene.pointer()
        slots["x"] = pointer.text
        parts = [replace(part, gold=part.gold + pointer.gold.removeprefix("#"))]
    return Draft("refine", pattern.format(**slots), parts)


def _part(scene: Scene, form: str) -> Part | None:
    voice, measures = scene.voice, scene.voice.measures
    makers: dict[str, Callable[[], Part | None]] = {
        "only": scene.quality,
        "post": scene.rng.choice((measures.number, measures.number, voice.value)),
        "no": voice.bare, "also": lambda: voice.bare(people=False),
        "relative": measures.comparative, "than": measures.comparative,
        "complaint": measures.complaint, "sort": measures.superlative, "soft": voice.bare,
    }  # fmt: skip
    part = makers[form]()
    if part is None or (form == "post" and part.place in ("pre", "head")):
        return None
    return None if form in ("sort", "than") and part.place != "pre" else part


def _count(scene: Scene) -> Draft:
    n = scene.rng.choice((1, 2, 3, 3, 10))
    said = str(n) if scene.rng.random() < 0.6 or n == 10 else _COUNTS[n]
    return Draft("refine", scene.draw("refine.n").format(n=said), n=n)


def _words(scene: Scene) -> Draft:
    """Return "something darker": a degree that no field measures."""
    if scene.rng.random() < 0.6:
        said = scene.voice.degree_in_words()
        message = scene.draw("refine.quality").format(q=said)
    else:
        said = str(scene.rng.choice(scene.voice.world.words["moods"]))
        message = scene.draw("refine.text").format(m=said)
    return Draft("refine", message, [Part(said, "text", said)])


def _two(scene: Scene) -> Draft | None:
    """Return two conditions at once: "under 20 euros and without nuts"."""
    voice, rng = scene.voice, scene.rng
    one = rng.choice((voice.measures.number, voice.measures.comparative))()
    two = voice.refusal() if rng.random() < 0.5 else voice.value(place="post")
    if one is None or two is None or one.field == two.field:
        return None
    text = f"{one.text}{rng.choice((' and ', ', ', ' but '))}{two.text}"
    return Draft("refine", scene.draw("refine.post").format(p=text), [one, two])


def _limited(scene: Scene) -> list[Spoken]:
    """Return the fields that the list on the table has conditions on."""
    steps = [step for step in scene.working.plan.steps if step.kind == "filter"]
    names = {step.where.get("field") for step in steps}
    return [f for f in scene.voice.world.fields if f.name in names and f.kind is not Kind.FLAG]


def _kept(scene: Scene, name: str) -> list[Part]:
    """Return the clauses on a field that hold already: named again, they stay."""
    schema = scene.voice.lexicon.schema
    steps = [step for step in scene.working.plan.steps if step.kind == "filter"]
    listed = [clause for step in steps for clause in written(step.where, schema)]
    return [Part("", "must", clause) for clause in listed if clause.startswith(f"{name}=")]


def _dropped(scene: Scene) -> Draft | None:
    """Return "any price is fine" about a condition of the list on the table."""
    able = _limited(scene)
    if not able:
        return None
    chosen = scene.rng.choice(able)
    said = scene.voice.named(chosen)
    return Draft(
        "refine", scene.draw("refine.drop").format(name=said), [Part(said, "drop", chosen.name)]
    )


def _instead(scene: Scene) -> Draft | None:
    """Return "what about drama?": mostly another value of a field that is limited already."""
    names = {field.name for field in _limited(scene)}
    for _ in range(5):
        part = scene.rng.choice((scene.voice.bare, scene.voice.measures.number))()
        if part is not None and (part.field in names or not names):
            return Draft("refine", scene.draw("refine.instead").format(v=part.text), [part])
    return None


def more(scene: Scene) -> Draft | None:
    """Return "three more", "seen it, what else?"."""
    rng = scene.rng
    form = rng.choices(("plain", "n", "one", "seen"), (6, 2, 1, 2))[0]
    if form == "seen":
        x = scene.subject("told", "seen")
        message = scene.draw("mixed.seen_more").format(x=x.text, **scene.verbs())
        return Draft("more", message, [x])
    n = {"n": rng.choice((2, 3, 4, 5, 10)), "one": 1}.get(form)
    said = str(n) if n == 10 or rng.random() < 0.5 else _COUNTS[n or 0]
    return Draft("more", scene.draw(f"more.{form}").format(n=said), n=n)


def pick(scene: Scene) -> Draft | None:
    """Return "which of these is the cheapest?", "which one would you take?"."""
    roll = scene.rng.random()
    if roll < 0.2:
        return Draft("pick", scene.draw("pick.plain").format(**scene.verbs()))
    if roll < 0.75:
        order = scene.voice.measures.superlative()
        if order is None or order.place != "pre":
            return None
        return Draft("pick", scene.draw("pick.super").format(s=order.text), [order])
    part = scene.quality()
    return Draft("pick", scene.draw("pick.must").format(c=part.text), [part]) if part else None


def undo(scene: Scene) -> Draft:
    """Return "go back"."""
    return Draft("undo", scene.draw("undo.plain"))


def restart(scene: Scene) -> Draft | None:
    """Return "start over", also with the next wish."""
    if scene.rng.random() < 0.7:
        return Draft("restart", scene.draw("restart.plain"))
    parts = scene.conditions(2, least=1)
    if not parts:
        return None
    text = scene.phrase(parts, several=True)
    return Draft("restart", scene.draw("restart.wish").format(pl=text), parts)
