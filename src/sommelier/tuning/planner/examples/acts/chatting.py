"""Messages of several sentences: opinions and chat one after another, and plots half remembered."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from sommelier.tuning.planner.examples.acts import asking, following, person, wishing
from sommelier.tuning.planner.examples.acts.draft import Draft, Scene
from sommelier.tuning.planner.examples.parts import Part, trimmed

__all__ = ["chat", "recall"]

_ASKED: Final[dict[Callable[[Scene], Draft | None], int]] = {
    wishing.find: 10, wishing.find_like: 5, wishing.vague: 2, asking.facts: 4,
}  # fmt: skip
_OF_A_LIST: Final[dict[Callable[[Scene], Draft | None], int]] = {
    following.more: 4, following.refine: 5,
}  # fmt: skip
_LONGEST: Final = 180  # letters of a plot; the slot holds 200
_JOINTS: Final = (". ", ". ", ". ", "! ", ", ", " ", "... ")


def chat(scene: Scene) -> Draft | None:
    """Return "Yes, I loved X. I can't stand horror. Any comedies?", or chat that asks nothing."""
    rng = scene.rng
    drafts = [person.tell(scene) for _ in range(rng.choices((0, 1, 2, 3), (2, 5, 4, 1))[0])]
    if rng.random() < 0.55:
        makers = _ASKED | (_OF_A_LIST if scene.working.shown else {})
        drafts.append(rng.choices(list(makers), list(makers.values()))[0](scene))
    told = [draft for draft in drafts if draft is not None]
    parts = [part for draft in told for part in draft.parts]
    if not all(drafts) or _repeats(told):
        return None
    said = [draft.message for draft in told]
    if len(said) > 1 and rng.random() < 0.25:  # a wish first, its reasons after
        said.reverse()
    around = not said or rng.random() < 0.5
    if around:
        said.insert(rng.randrange(len(said) + 1), _aside(scene))
    if rng.random() < 0.4 or len(said) < 2:
        said.insert(0, scene.draw("chat.lead"))
    if rng.random() < 0.15 and told and told[-1].do == "tell":
        said.append(scene.draw(f"talk.{rng.choice(('thanks', 'bye'))}"))
    message = _joined(scene, said)
    if not told:
        return Draft("talk", message, topic="fine", told_around=True)
    asked = told[-1]
    return Draft(asked.do, message, parts, asked.n, told_around=around)


def recall(scene: Scene) -> Draft | None:
    """Return a plot that somebody remembers: its words are the wish, whatever they link to."""
    if not scene.voice.world.words.get("plots"):
        return None
    rng, ask = scene.rng, scene.draw("recall.ask")
    parts = [p for p in scene.conditions(1) if p.slot in ("must", "prefer") and p.field]
    if "{one}" not in ask:
        parts = [p for p in parts if p.place != "pre"]
    plots = [_plot(scene) for _ in range(rng.choice((1, 1, 2)))]
    if sum(map(len, plots)) > _LONGEST:
        plots = plots[:1]
    noun = scene.phrase([p for p in parts if p.place == "pre"], several=False)
    message = re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", ask.format(one=noun, plot=plots[0]))
    sentences = [message, *plots[1:]]
    sentences += [p.text.removeprefix(", ") for p in parts if p.place != "pre"]
    if rng.random() < 0.4:
        sentences.insert(rng.randrange(1, len(sentences) + 1), scene.draw("recall.aside"))
    if rng.random() < 0.2:
        sentences.insert(0, scene.draw("chat.lead"))
    wishes = [Part(plot, "text", trimmed(plot), "other") for plot in plots]
    return Draft("find", _joined(scene, sentences), [*parts, *wishes], told_around=True)


def _plot(scene: Scene) -> str:
    names = ("hero", "deed", "turn")
    drawn = {name: scene.draw(f"plot.{name}") for name in names}
    return scene.draw("plot.shape").format(**drawn)


def _aside(scene: Scene) -> str:
    if scene.rng.random() < 0.5:
        return str(scene.rng.choice(scene.voice.shared("stories")))
    return scene.draw("talk.fine").replace("{done}", scene.verbs()["done"])


def _joined(scene: Scene, sentences: Sequence[str]) -> str:
    """Return sentences as one writer joins them: with full stops, commas or nothing."""
    joint, text = scene.rng.choice(_JOINTS), ""
    for one in sentences:
        end = "" if not text or text[-1] in "?!" else joint.rstrip()
        lead = one[:1].upper() + one[1:] if text and joint[0] in ".!" else one
        text = f"{text.rstrip('.') if end else text}{end} {lead}" if text else one
    return text


def _repeats(drafts: Sequence[Draft]) -> bool:
    """Return whether two sentences speak of one thing: what they mean together is unclear."""
    seen: set[tuple[str, int]] = set()
    for draft in drafts:
        own = {(part.gold, part.item) for part in draft.parts if part.slot}
        if own & seen:
            return True
        seen |= own
    return False
