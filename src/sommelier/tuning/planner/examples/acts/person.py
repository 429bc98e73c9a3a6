"""What people tell of themselves, answers to questions that wait, and small talk."""

from dataclasses import replace
from typing import Final

from sommelier.tuning.planner.examples.acts.draft import NTH, Draft, Scene
from sommelier.tuning.planner.examples.parts import Part

__all__ = ["answer", "forget", "talk", "tell"]

_TOLD: Final = {
    "like": 24, "dislike": 20, "avoid": 8, "seen": 10, "place": 26, "places": 4, "both": 7,
    "several": 6,
}  # fmt: skip
_TOPICS: Final = {
    "greet": 3, "thanks": 4, "bye": 2, "how": 1, "who": 2, "help": 2, "profile": 2, "fine": 6,
    "off_topic": 7,
}  # fmt: skip


def tell(scene: Scene) -> Draft | None:
    """Return "I love X", "seen the second", "I'll take it"."""
    form = scene.rng.choices(list(_TOLD), list(_TOLD.values()))[0]
    if form in ("place", "places"):
        return (_reaction if form == "place" else _reactions)(scene)
    pattern = scene.draw(f"tell.{form}")
    if form == "seen":
        x = scene.subject("told", "seen", point=0.3)
        return Draft("tell", pattern.format(x=x.text, **scene.verbs()), [x])
    first = scene.taste(form if form in ("dislike", "avoid") else "like")
    if form == "avoid" and first.item >= 0:
        return None
    if "{t}" not in pattern:
        return Draft("tell", pattern.format(s=first.text, **scene.verbs()), [first])
    second = scene.taste("dislike" if form == "both" else "like")
    if first.text in second.text or second.text in first.text:
        return None
    return Draft("tell", pattern.format(s=first.text, t=second.text), [first, second])


def _reaction(scene: Scene) -> Draft | None:
    """Return what is said of one item shown, by its place, as "it", or by its title."""
    shown, rng = scene.working.shown, scene.rng
    if not shown:
        return None
    form = rng.choice(("seen_it", "seen_liked", "accept", "reject", "like", "dislike"))
    x = scene.pointer()
    if rng.random() < (0.6 if len(shown) == 1 else 0.1):
        x = scene.it()
    elif rng.random() < 0.3 and form in ("accept", "reject"):
        x = scene.voice.item(shown=scene.shown)
    x = replace(x, slot="told", stance="seen" if form == "seen_it" else form)
    pattern = scene.draw(f"tell.{form}")
    if form == "seen_liked":
        stance = "dislike" if pattern.startswith("-") else "like"
        seen, felt = replace(x, stance="seen"), replace(x, stance=stance)
        message = pattern.removeprefix("-").format(it=x.text, **scene.verbs())
        return Draft("tell", message, [seen, felt])
    if "{it}" not in pattern and "{s}" not in pattern:  # "played it"
        x = replace(x, text="it", gold="#1", item=-1)
    return Draft("tell", pattern.format(it=x.text, s=x.text, **scene.verbs()), [x])


def _reactions(scene: Scene) -> Draft | None:
    """Return what is said of several items shown: "I've seen the first and the third"."""
    shown = len(scene.working.shown)
    if shown < 2:
        return None
    stance = scene.rng.choice(("seen", "seen", "like", "reject"))
    if scene.rng.random() < 0.4:
        said, places = scene.rng.choice(("all of them", "all of these", "them all")), range(shown)
    else:
        places = sorted(scene.rng.sample(range(shown), 2))  # type: ignore[assignment]
        said = " and ".join(scene.pointer(at).text for at in places)
    if len(places) > 5:
        return None
    gold = ";".join(f"#{at + 1}" for at in places)
    message = scene.draw(f"tell.several_{stance}").format(it=said, **scene.verbs())
    return Draft("tell", message, [Part(said, "told", gold, "other", stance=stance)])


def forget(scene: Scene) -> Draft:
    """Return "forget that I like X"."""
    if scene.rng.random() < 0.3:
        return Draft("forget", scene.draw("forget.all"))
    taste = scene.taste("")
    slot = "items" if taste.item >= 0 else "must" if taste.field else "text"
    message = scene.draw("forget.one").format(s=taste.text)
    return Draft("forget", message, [replace(taste, slot=slot)])


def answer(scene: Scene) -> Draft | None:
    """Return an answer to the question that waits; "whatever" asks for a list by taste."""
    rng, asked = scene.rng, scene.working.asked
    if asked is None:
        return None
    form = rng.choices(("n", "label", "yes", "no", "any"), (3, 5, 1, 1, 1))[0]
    at = rng.randrange(len(asked.options))
    if form == "n":
        message = scene.draw("answer.n").format(n=at + 1, nth=NTH[at])
        return Draft("answer", message, n=at + 1)
    if form == "label":
        label = asked.options[at].label
        return Draft("answer", scene.draw("answer.label").format(label=label), n=at + 1)
    if form == "any":
        return Draft("find", scene.draw("answer.any"))
    return Draft("answer", scene.draw(f"answer.{form}"), n=1 if form == "yes" else None)


def talk(scene: Scene) -> Draft:
    """Return small talk, nonsense, hostility."""
    topic = scene.rng.choices(list(_TOPICS), list(_TOPICS.values()))[0]
    said = scene.draw(f"talk.{topic}").replace("{done}", scene.verbs()["done"])
    return Draft("talk", said, topic=topic)
