"""Made-up messages: sound, varied, the same by seed, and parted cleanly among the splits."""

import asyncio
import json
import re
from itertools import pairwise
from pathlib import Path
from string import Formatter

import pytest

from sommelier.agent.planners.model.frame import ACTS, Frame
from sommelier.agent.planners.model.resolve import Resolver
from sommelier.llm.chat.scripted import ScriptedModel
from sommelier.tuning.planner.examples.catalogues import SPLITS, domains, make_world, pools
from sommelier.tuning.planner.examples.make import Example, Tally, group, make
from sommelier.tuning.planner.examples.parts import trimmed
from sommelier.tuning.planner.examples.patterns import sections, share
from sommelier.tuning.planner.examples.teacher import reworded

KNOWN = {
    "a", "b", "c", "d", "deed", "do", "done", "frag", "hero", "it", "k", "label", "m", "m2", "n",
    "name", "name2", "names", "nth", "one", "p", "pl", "plot", "q", "r", "s", "sg", "some",
    "story", "story2", "t", "turn", "unit", "v", "w", "x", "x2", "y", "z",
}  # fmt: skip


@pytest.fixture(scope="module")
def made() -> list[Example]:
    tally = Tally()
    names = list(domains("train"))
    return [row for at in range(20) for row in group(names[at % len(names)], "train", at, tally)]


def frame_of(example: Example) -> Frame:
    return Frame.from_json(json.loads(example.row["answer"]))


def test_every_frame_leads_to_a_plan(made: list[Example]) -> None:
    assert len(made) >= 300
    for example in made:
        plan = Resolver(example.box.lexicon).plan(
            frame_of(example), example.row["message"], example.view
        )
        assert plan.steps or plan.updates or plan.forget


def test_every_act_is_said(made: list[Example]) -> None:
    assert {example.row["act"] for example in made} == set(ACTS)


def test_free_wishes_are_words_of_the_message(made: list[Example]) -> None:
    plain = re.compile(r"[^\w]+")
    for example in made:
        said = set(plain.split(example.row["message"].lower()))
        assert set(plain.split(frame_of(example).text.lower())) - {""} <= said


def test_what_stands_before_the_message_ends_with_the_message(made: list[Example]) -> None:
    for example in made:
        assert example.row["user"].endswith(example.row["message"])
        assert example.row["system"].startswith(example.box.schema.plural)


def test_a_seed_makes_the_same_rows_again() -> None:
    one, two = (group("films", "train", 7, Tally(), size=12) for _ in range(2))
    assert [e.row for e in one] == [e.row for e in two]
    assert [e.row for e in one] != [e.row for e in group("films", "train", 8, Tally(), size=12)]


def test_domains_and_shared_words_belong_to_one_split() -> None:
    for one, two in (("train", "dev"), ("train", "test"), ("dev", "test")):
        assert not set(domains(one)) & set(domains(two))
        for name, listed in pools(one).items():
            others = pools(two)[name]
            assert not {str(word) for word in listed} & {str(word) for word in others}
    assert len(domains("test")) >= 3
    assert sum(len(domains(split)) for split in SPLITS) >= 14


def test_titles_of_test_domains_are_never_trained_on() -> None:
    taught = {word for d in domains("train").values() for word in d["b"]}
    assert not taught & {word for d in domains("test").values() for word in d["b"]}


def test_long_lists_of_patterns_are_parted_and_short_ones_common() -> None:
    for name, listed in sections():
        shares = [set(share(listed, split)) for split in SPLITS]
        assert all(shares), name
        if len(listed) >= 5:
            assert sum(map(len, shares)) == len(set().union(*shares)) == len(listed), name


def test_there_are_more_than_four_hundred_patterns_of_whole_messages() -> None:
    assert sum(len(listed) for _, listed in sections()) >= 800


def test_patterns_have_no_unknown_slots() -> None:
    for name, listed in sections():
        for pattern in listed:
            slots = {slot for _, slot, _, _ in Formatter().parse(pattern) if slot is not None}
            assert slots <= KNOWN, (name, pattern)


def test_a_row_uses_only_the_patterns_of_its_split() -> None:
    lists = dict(sections())
    for row in (e.row for e in group("podcasts", "test", 3, Tally())):
        for pattern in row["patterns"]:
            name, at = pattern.rsplit(".", 1)
            assert int(at) in share(lists[name], "test")


@pytest.mark.parametrize("split", SPLITS)
def test_a_catalogue_is_small_and_has_distinct_titles(split: str) -> None:
    for domain in domains(split):  # type: ignore[arg-type]
        world = make_world(domain, split, 5)  # type: ignore[arg-type]
        titles = world.catalog.titles
        assert len(set(titles)) == len(titles)
        assert 20 <= len(titles) <= 200
        assert len(world.fields) >= 4


def test_small_words_at_the_edges_of_a_wish_are_cut() -> None:
    assert trimmed("about a lighthouse keeper with a secret") == "lighthouse keeper with a secret"
    assert trimmed("for my nephew") == "nephew"


def drawn(name: str, at_least: int) -> list[Example]:
    """Examples of the films that used a list of patterns."""
    found = [e for seed in range(60) for e in group("films", "train", seed, Tally())]
    chosen = [e for e in found if any(p.startswith(f"{name}.") for p in e.row["patterns"])]
    assert len(chosen) >= at_least
    return chosen


def test_several_sentences_become_one_frame() -> None:
    examples = drawn("chat.lead", 40)
    assert any(len(frame_of(e).told) > 1 for e in examples)
    assert any(frame_of(e).told and frame_of(e).do == "find" for e in examples)
    for example in examples:
        told = [entry.split(" ", 1) for entry in frame_of(example).told]
        liked = {subject for stance, subject in told if stance == "like"}
        assert not liked & {subject for stance, subject in told if stance == "dislike"}


def test_a_plot_half_remembered_is_looked_for_in_its_own_words() -> None:
    for example in drawn("recall.ask", 5):
        frame = frame_of(example)
        assert frame.do == "find"
        assert len(frame.text.split()) >= 3


def test_files_appear_whole_with_a_card(tmp_path: Path) -> None:
    card = make(tmp_path, 40, 3)
    for split in SPLITS:
        lines = (tmp_path / f"{split}.jsonl").read_text("utf-8").splitlines()
        assert len(lines) == card["splits"][split]["rows"]
        groups = [json.loads(line)["group"] for line in lines]
        assert len(set(groups)) == 1 + sum(a != b for a, b in pairwise(groups))
    assert make(tmp_path / "again", 40, 3) == card
    assert not list(tmp_path.glob("*.part"))


def test_a_teacher_is_believed_only_where_the_links_stay(made: list[Example]) -> None:
    found = [
        e for e in made if frame_of(e).must and not frame_of(e).text and not e.view.working.shown
    ]
    example = found[0]
    said = example.row["message"]

    def ask(answer: str) -> str | None:
        return asyncio.run(reworded(ScriptedModel([answer]), said, frame_of(example), example.view))

    assert ask(f"{said} thank you") == f"{said} thank you"
    assert ask("give me whatever you like") is None
