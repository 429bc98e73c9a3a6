"""How many items were left after each step of a turn, as bars with words."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sommelier.agent.replies.describe import describe, label
from sommelier.data.predicates import from_json
from sommelier.data.schema import Schema
from sommelier.errors import UsageError
from sommelier.server.ui.parts import part
from sommelier.server.ui.wording import Wording
from sommelier.tools.base import Toolbox
from sommelier.types import Json

__all__ = ["Bar", "bars", "draw"]


@dataclass(frozen=True)
class Bar:
    """One step in words, and how many items were left."""

    text: str
    left: int
    share: float  # of the width; roots, so that five of a million can still be seen


def bars(funnel: Iterable[Mapping[str, Any]], box: Toolbox, say: Wording) -> list[Bar]:
    """Return the whole catalogue and every step after it."""
    steps = list(funnel)
    if not steps:
        return []
    whole = max(1, steps[0]["before"])
    told = [Bar(say("funnel", "all", **say.replies.nouns(box.schema)), whole, 1.0)]
    for step in steps:
        share = (step["after"] / whole) ** 0.5
        told.append(Bar(_words(step, box, say), step["after"], share))
    return told


def draw(found: list[Bar], say: Wording) -> None:
    """Draw the bars where the page is being built."""
    with part("ol", "funnel", aria_label=say("funnel", "title")):
        for bar in found:
            with part("li", "step"):
                part("span", "step-text", bar.text)
                part("span", "step-count", f"{bar.left:,}")
                part("span", "bar", aria_hidden="true", style=f"--share: {bar.share:.4f}")


def _words(step: Mapping[str, Any], box: Toolbox, say: Wording) -> str:
    arguments: Json = step.get("arguments") or {}
    match step["tool"]:
        case "filter" if "where" in arguments:
            return _condition(arguments["where"], box, say)
        case "rank":
            return _order(arguments, box, say, step["after"])
        case tool if (tool in ("shown", "similar", "filter")) or tool == "rerank":
            return say("funnel", tool)
        case tool:
            return str(tool)


def _order(arguments: Json, box: Toolbox, say: Wording, left: int) -> str:
    by: list[str] = []
    if arguments.get("text"):
        by.append(say("funnel", "text", text=arguments["text"]))
    if arguments.get("like"):
        by.append(say("funnel", "like"))
    if arguments.get("sort"):
        name = str(arguments["sort"]["field"])
        known = label(box.schema[name], say.replies) if name in box.schema else name
        by.append(say("funnel", "sort", field=known))
    by += [_condition(wish, box, say) for wish in arguments.get("prefer", ())]
    if arguments.get("history") or arguments.get("liked"):
        by.append(say("funnel", "taste"))
    by = by or [say("funnel", "fame")]
    nouns = say.replies.nouns(box.schema)
    return say("funnel", "rank", n=left, by=say("funnel", "and").join(by), **nouns)


def _condition(where: Json, box: Toolbox, say: Wording) -> str:
    schema: Schema = box.schema
    names: Callable[[str], str] = box.lexicon.label_of
    try:
        return describe(from_json(where), schema, say.replies, names)
    except UsageError:  # stored with another schema
        return say("funnel", "filter")
