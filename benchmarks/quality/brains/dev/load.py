"""The real dialogue dev set: turns of real people with the frames that read them rightly.

`labels.jsonl` holds references and labels only; the text is read from the sets themselves, which
lie beside the repository and are not ours to give away. Words of a message in a label stand there
as places, `{12:20}`. How the labels were made: guide.md.
"""

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.quality.brains.dev.sources import DATA, present, turns

from sommelier.agent.plan import Filter, Plan, Rank, Ref, Similar, Soft, Step
from sommelier.agent.planners.base import View
from sommelier.agent.planners.model.frame import Clause, Frame
from sommelier.agent.working import Working
from sommelier.data.schema import Kind
from sommelier.errors import DataError
from sommelier.state.profiles import Profile
from sommelier.tools.lexicon import Lexicon
from sommelier.types import Json

__all__ = ["LABELS", "Case", "cases", "labels", "table"]

LABELS = Path(__file__).with_name("labels.jsonl")
_PLACE = re.compile(r"\{(\d+):(\d+)\}")
_OPS = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "=": "="}


@dataclass(frozen=True)
class Case:
    """One labelled turn: any of `frames` reads it rightly, the first is the one to prefer."""

    id: str  # set/dialogue/turn
    source: str
    message: str
    view: View
    frames: tuple[Frame, ...]


def labels(path: Path = LABELS) -> list[Json]:
    """Return every line of the label file, those of dropped turns too."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def cases(lexicon: Lexicon, data: Path = DATA, path: Path = LABELS) -> Iterator[Case]:
    """Yield the labelled turns over the bundled films; none where the sets are not there.

    DataError where a text is not the one that was labelled.
    """
    if not present(data):
        return
    for label in labels(path):
        source = label["id"].split("/")[0]
        heard = turns(source, data).get(label["id"])
        if heard is None or heard.digest != label["sha"]:
            raise DataError(
                f"{label['id']} in {label['file']} is not the text that was labelled.",
                hint="Use the version of the set that its README names.",
            )
        if "dropped" in label:
            continue
        frames = tuple(Frame.from_json(_filled(one, heard.text)) for one in label["frames"])
        view = View(lexicon, table(label, lexicon), Profile())
        yield Case(label["id"], source, heard.text, view, frames)


def table(label: Mapping[str, Any], lexicon: Lexicon) -> Working:
    """Return the conversation as it stood: the list shown, and the conditions it was made under.

    A title that the catalogue lacks is stood in for by an item drawn by the label's digest, so that
    "the second one" keeps its place; its name is not that of the film that was spoken of.
    """
    if not label.get("shown"):
        return Working()
    chance = random.Random(label["sha"])
    others = lexicon.postings("genres").items.tolist()
    shown: list[str] = []
    for title in label["shown"]:
        known = lexicon.titled(title)
        item = lexicon.item_id(known[0]) if known else ""
        while not item or item in shown:
            item = lexicon.item_id(chance.choice(others))
        shown.append(item)
    plan = _plan(Frame.from_json(label.get("table") or {"do": "find"}), lexicon)
    return Working(turns=1).showing(plan, tuple(shown))


def _filled(data: Any, message: str) -> Any:
    """Put the words of the message where a label points at them."""
    if isinstance(data, str):
        return _PLACE.sub(lambda at: message[int(at[1]) : int(at[2])], data)
    if isinstance(data, list):
        return [_filled(one, message) for one in data]
    return {k: _filled(v, message) for k, v in data.items()} if isinstance(data, dict) else data


def _plan(frame: Frame, lexicon: Lexicon) -> Plan:
    seeds = [lexicon.titled(title) for title in frame.like]
    refs = tuple(Ref(item=lexicon.item_id(nums[0])) for nums in seeds if nums)
    steps: list[Step] = [Filter(where=where) for where in _wheres(frame.must, lexicon)]
    steps += [Filter(where={"not": where}) for where in _wheres(frame.no, lexicon)]
    prefer = tuple(Soft(where=where) for where in _wheres(frame.prefer, lexicon))
    similar = [Similar(to=refs)] if refs else []
    return Plan(steps=(*steps, *similar, Rank(text=frame.text, prefer=prefer)))


def _wheres(clauses: Sequence[str], lexicon: Lexicon) -> Iterator[Json]:
    for text in clauses:
        clause = Clause.read(text)
        numeric = lexicon.schema[clause.field].kind is Kind.NUMBER
        values: list[Any] = [float(v) for v in clause.values] if numeric else [*clause.values]
        op, value = _OPS.get(clause.sign, "contains"), values[0]
        if clause.between:
            op, value = "between", values
        elif lexicon.schema[clause.field].kind is Kind.TAGS:
            op, value = ("contains_any", values) if len(values) > 1 else ("contains", value)
        yield {"field": clause.field, "op": op, "value": value}
