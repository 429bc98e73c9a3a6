"""The Chinese sample as a shop, and what a message was read as beside what it meant."""

import asyncio
import tomllib
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sommelier.agent.plan import Filter, Lookup, Rank, React, Say, Similar
from sommelier.data.catalog import DTYPES, Catalog
from sommelier.data.dataset import Dataset
from sommelier.data.interactions import Interactions
from sommelier.data.predicates import from_json
from sommelier.data.schema import Field, Kind, Schema
from sommelier.data.where import parse
from sommelier.testing import agents

HERE = Path(__file__).parent
FILMS = HERE.parents[2] / "fixtures" / "films_zh.csv"
SCHEMA = Schema(
    noun="电影",
    plural="电影",
    fields=(
        Field(name="item_id", kind=Kind.ID),
        Field(name="title", kind=Kind.TITLE),
        Field(name="year", kind=Kind.NUMBER, aliases=("年份",)),
        Field(name="genres", kind=Kind.TAGS, aliases=("类型",)),
        Field(name="directors", kind=Kind.TAGS, people=True, aliases=("导演",)),
        Field(name="cast", kind=Kind.TAGS, people=True, aliases=("主演",)),
        Field(name="countries", kind=Kind.TAGS, aliases=("地区",)),
        Field(name="runtime", kind=Kind.NUMBER, unit="分钟", aliases=("片长",)),
        Field(name="keywords", kind=Kind.TAGS, aliases=("关键词",)),
        Field(name="description", kind=Kind.TEXT, aliases=("简介",)),
    ),
)
_TALK = ("greet", "thanks", "bye", "help", "who", "how", "off_topic", "profile", "not_understood")
_TALK += ("unknown_title", "unknown_name", "cannot_measure", "no_field")


def _sample():
    rows = []
    for number, line in enumerate(FILMS.read_text("utf-8").splitlines()[1:]):
        row = {"item_id": f"z{number:02d}"}
        for field, cell in zip(SCHEMA.fields[1:], line.split("|"), strict=True):
            tags = cell.split(",") if cell else []
            row[field.name] = (
                float(cell)
                if field.kind is Kind.NUMBER
                else tags
                if field.kind is Kind.TAGS
                else cell
            )
        rows.append(row)
    types = {field.name: DTYPES[field.kind] for field in SCHEMA}
    histories = [[n for n in range(len(rows)) if n % 7 == v % 7 and n <= 2 * v] for v in range(36)]
    log = Interactions(
        user_ids=[f"v{number}" for number in range(len(histories))],
        users=np.repeat(np.arange(36), [len(h) for h in histories]).astype(np.int32),
        items=np.array([item for history in histories for item in history], np.int32),
        n_items=len(rows),
        times=np.arange(sum(map(len, histories)), dtype=np.int64) + 1_700_000_000,
    )
    return Dataset(Catalog(pl.DataFrame(rows, schema=types), SCHEMA), log)


@pytest.fixture(scope="session")
def zh_box():
    return agents.small_toolbox(_sample())


@pytest.fixture(scope="session")
def chinese_boxes(zh_box, cinema_box, shop_box):
    return {"zh": zh_box, "cinema": cinema_box, "shop": shop_box}


@pytest.fixture(scope="session")
def chinese_agents(chinese_boxes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("state")
    found = {n: agents.agent(box, folder / f"{n}.db") for n, box in chinese_boxes.items()}
    yield found
    for agent in found.values():
        agent.store.close()


@pytest.fixture(scope="session")
def turns(chinese_agents):
    """Say messages to a stranger's conversation over one of the catalogues; returns the turns."""

    def said(on, *messages):
        chat = chinese_agents[on].chat()

        async def each():
            return [await chat.say(message) for message in messages]

        return asyncio.run(each())

    return said


def messages(half):
    return tomllib.loads((HERE / "messages.toml").read_text("utf-8"))[half]["rows"]


def intent(plan):
    """Return in one word what a plan does."""
    kinds = {
        "undo": "back", "explain": "why", "compare": "compare", "ask": "ask",
    }  # fmt: skip
    if plan.reset:
        return "restart"
    if plan.forget:
        return "forget"
    reacted = plan.of(React)
    if plan.of(Similar):
        return "similar" if not any(u.scope == "lasting" for u in plan.updates) else "opinion"
    if any(update.scope == "lasting" for update in plan.updates):
        return "opinion"
    if reacted:
        return reacted[0].feedback
    for step in plan.steps:
        if isinstance(step, Lookup) and not plan.of(Rank):
            return step.aggregate or ("fact" if step.fields else "about")
        if step.kind in kinds:
            return kinds[step.kind]
        if isinstance(step, Say):
            return step.topic
    return "list" if plan.of(Rank) else "none"


@pytest.fixture(scope="session")
def differences(chinese_boxes, turns):
    """Return what of a message was read otherwise than it was meant: nothing, if all is right."""

    def found(row):  # noqa: PLR0912  # one branch for every key that a row may have
        box = chinese_boxes[row["on"]]
        turn = turns(row["on"], *row.get("before", ()), row["said"])[-1]
        plan, wrong = turn.plan, []
        got = intent(plan)
        if got != row["intent"]:
            return [f"intent {got}"]
        heard = {}
        filters = {box.check(from_json(step.where)) for step in plan.of(Filter)}
        for step in plan.of(Lookup):
            filters |= {box.check(from_json(step.where))} if step.where else set()
        if "shift" in row:
            moved = [
                c
                for c in filters
                if f"{getattr(c, 'field', '')} {getattr(c, 'op', '')}" == row["shift"]
            ]
            filters -= set(moved)
            wrong += [] if moved else ["no shift"]
        if "where" in row or "like" in row:
            meant = {box.check(parse(text)) for text in row.get("where", ())}
            if filters != meant:
                wrong.append(f"where {sorted(map(str, filters))}")
        if "like" in row:
            heard["like"] = [_title(box, ref.item) for step in plan.of(Similar) for ref in step.to]
        ranks = plan.of(Rank)
        if "n" in row:
            heard["n"] = ranks[0].n if ranks else None
        if "sort" in row:
            way = "desc" if ranks[0].descending else "asc"
            heard["sort"] = f"{ranks[0].sort} {way}"
        if "text" in row:
            heard["text"] = ranks[0].text if ranks else ""
        if "fields" in row:
            heard["fields"] = list(plan.of(Lookup)[0].fields)
        if "told" in row:
            told = []
            for update in plan.updates:
                if update.item:
                    told.append(f"{update.polarity} = {_title(box, update.item)}")
                elif update.condition:
                    told.append((update.polarity, box.check(from_json(update.condition))))
                else:
                    told.append(f"{update.polarity} ~ {update.wish}")
            heard["told"] = told
            row = row | {"told": [_told(text, box) for text in row["told"]]}
        wrong += [f"{key} {value!r}" for key, value in heard.items() if value != row[key]]
        return wrong

    return found


def _title(box, item):
    return box.catalog.titles[box.catalog.index[item]]


def _told(text, box):
    polarity, mark, rest = text.partition(": ")
    return (polarity, box.check(parse(rest))) if mark else text


@pytest.fixture(scope="session")
def rows():
    return messages
