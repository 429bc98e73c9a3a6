"""Messages that begin a list: plain wishes, likenesses, orders, stories, wishes beside opinions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sommelier.tuning.planner.examples.acts.draft import Draft, Scene
from sommelier.tuning.planner.examples.parts import Part, trimmed

__all__ = ["find", "find_like", "mixed", "story", "vague"]

_FORMS: Final = {"plural": 42, "single": 22, "some": 16, "frag": 9, "super": 6, "sorted": 5}
_COUNTS: Final = ("", "one", "two", "three", "four", "five")
_MIXED: Final = (
    "like_find", "like_find", "like_find_but", "dislike_find", "like_then", "triple", "seen_find",
    "thanks_find",
)  # fmt: skip
_WISHED: Final = ("dislike_find", "like_then", "seen_find", "thanks_find")


def find(scene: Scene) -> Draft | None:
    """Return "show me french comedies under two hours"."""
    rng = scene.rng
    parts = scene.conditions()
    if not parts:
        return vague(scene)
    form = rng.choices(list(_FORMS), list(_FORMS.values()))[0]
    if form == "frag" and scene.working.shown:  # beside a list, a bare value would refine it
        form = "plural"
    if form == "single" and any(p.place == "head" for p in parts):
        form = "plural"
    match form:
        case "super":
            return _best(scene, parts)
        case "sorted":
            return _sorted(scene, parts)
        case "plural":
            return _plural(scene, parts)
        case "single":
            slots = {"sg": scene.single(parts)}
        case "some":
            slots = {"some": scene.something(parts)}
        case _:
            slots = {"frag": scene.fragments(parts)}
    return Draft("find", scene.draw(f"find.{form}").format(**slots, **scene.verbs()), parts)


def _plural(scene: Scene, parts: Sequence[Part]) -> Draft:
    rng, n, said = scene.rng, None, ""
    pattern = scene.draw("find.plural")
    if rng.random() < 0.15 and " some " not in pattern and " any " not in pattern:
        n = rng.choice((1, 2, 3, 3, 4, 5, 6, 8, 10))
        said = _COUNTS[n] if n < len(_COUNTS) and rng.random() < 0.6 else str(n)
    text = scene.phrase(parts, several=n != 1, count=said)
    return Draft("find", pattern.format(pl=text, **scene.verbs()), parts, n)


def _best(scene: Scene, parts: list[Part]) -> Draft | None:
    """Return "the cheapest red shoes"; of one item, `n` is 1."""
    order = scene.voice.measures.superlative()
    if order is None or order.place != "pre" or any(p.field == order.field for p in parts):
        return None
    pattern = scene.draw("find.super")
    one = "{one}" in pattern
    kept = [p for p in parts if not (one and p.place == "head")]
    text = scene.phrase(kept, several=not one)
    message = pattern.format(s=order.text, pl=text, one=text)
    return Draft("find", message, [*kept, order], 1 if one else None)


def _sorted(scene: Scene, parts: Sequence[Part]) -> Draft | None:
    order = scene.voice.measures.order()
    if order is None:
        return None
    text = scene.phrase(parts, several=True)
    message = scene.draw("find.sorted").format(pl=text, s=order.text)
    return Draft("find", message, [*parts, order])


def find_like(scene: Scene) -> Draft | None:
    """Return "something like X", "like X but shorter"."""
    form = scene.rng.choice(("like", "like", "like_two", "like_but", "phrase"))
    x = scene.subject("like", point=0.45)
    noun = scene.noun(several=True)
    if form == "phrase":
        parts = [p for p in scene.conditions(2) if p.slot != "text"]
        said = replace(x, text=scene.draw("like.post").format(x=x.text))
        text = scene.phrase([*parts, said], several=True)
        return Draft(
            "find", scene.draw("find.plural").format(pl=text, **scene.verbs()), [*parts, x]
        )
    if form == "like_two":
        y = scene.subject("like", point=0.2)
        if (y.gold, y.item) == (x.gold, x.item):
            return None
        message = scene.draw("find.like_two").format(x=x.text, x2=y.text, pl=noun)
        return Draft("find", message, [x, y])
    if form == "like_but":
        change = scene.change()
        if change is None:
            return None
        message = scene.draw("find.like_but").format(x=x.text, c=change.text, pl=noun)
        return Draft("find", message, [x, change])
    pattern = scene.draw("find.like")
    parts = scene.conditions(1) if "{pl}" in pattern else []
    parts = [p for p in parts if p.place in ("pre", "head") and p.slot != "text"]
    text = scene.phrase(parts, several=True)
    message = pattern.format(x=x.text, pl=text, one=scene.noun(several=False))
    return Draft("find", message, [*parts, x])


def vague(scene: Scene) -> Draft:
    """Return "surprise me"."""
    nouns = {"one": scene.noun(several=False), "pl": scene.noun(several=True)}
    return Draft("find", scene.draw("find.vague").format(**nouns, **scene.verbs()))


def story(scene: Scene) -> Draft | None:
    """Return a request inside a story; what is told around it is no wish."""
    rng = scene.rng
    parts = scene.conditions(3, least=1)
    if not parts:
        return None
    pattern = scene.draw(f"story.{rng.choice(('before', 'before', 'after'))}")
    one, two = rng.sample(scene.voice.shared("stories"), 2)
    request = scene.request(parts)
    if rng.random() < 0.35 and not any(p.slot == "text" for p in parts):
        wish = trimmed(str(rng.choice(scene.voice.world.words["wishes"])))
        said = scene.draw("text.one").format(t=wish)
        request = f"{request.rstrip('.?')}. {said}"
        parts.append(Part(said, "text", wish, "other"))
    if pattern.startswith("{r}"):
        request = request.rstrip(".?")
    elif rng.random() < 0.5 and not request.startswith("I"):
        request = request[0].lower() + request[1:]
    message = pattern.format(story=one, story2=two, r=request)
    return Draft("find", message, parts, told_around=True)


def mixed(scene: Scene) -> Draft | None:
    """Return a wish beside an opinion: "loved X, hate horror, something like it but shorter"."""
    form = scene.rng.choice(_MIXED)
    pattern = scene.draw(f"mixed.{form}")
    slots = {"pl": scene.noun(several=True), **scene.verbs()}
    parts: list[Part] = []
    if "{x}" in pattern:
        seen = form == "seen_find"
        x = scene.subject("told", "seen" if seen else "like", point=0.2)
        parts += [x] if seen else [x, replace(x, slot="like", stance="")]
        slots["x"] = x.text
    for slot, stance in (("s", "like"), ("t", "dislike")):
        if f"{{{slot}}}" in pattern:
            taste = scene.taste(stance)
            parts.append(taste)
            slots[slot] = taste.text
    if "{c}" in pattern:
        change = scene.change()
        if change is None:
            return None
        parts.append(change)
        slots["c"] = change.text
    if form in _WISHED:
        wishes = [p for p in scene.conditions(2, least=1) if p.slot != "no"]
        if not wishes or {p.gold for p in wishes} & {p.gold for p in parts}:
            return None
        parts += wishes
        slots["pl"] = scene.phrase(wishes, several=True)
    return Draft("find", pattern.format(**slots), parts)
