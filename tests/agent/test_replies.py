"""Every text that code asks for exists, and no reply is empty or left with a brace."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest

import sommelier.agent
from sommelier.agent.outcome import Card, Facts, Outcome
from sommelier.agent.plan import Ask, Filter, Option, Plan, Rank, Ref, Say, Similar
from sommelier.agent.replies import Writer, describe
from sommelier.agent.replies.describe import value_text
from sommelier.agent.replies.texts import texts
from sommelier.data.schema import Field
from sommelier.data.where import parse
from sommelier.errors import UsageError
from sommelier.state.profiles import Profile
from sommelier.tools.lookup import aggregate

TEXTS = tomllib.loads(files("sommelier.agent.replies").joinpath("en.toml").read_text("utf-8"))
SOURCE = Path(sommelier.agent.__file__).parent
CODE = "\n".join(path.read_text("utf-8") for path in SOURCE.rglob("*.py"))


def named(pattern):
    return sorted(set(re.findall(pattern, CODE)))


@pytest.mark.parametrize("topic", named(r'Say\(topic="(\w+)"'))
def test_every_topic_in_the_code_has_a_text(topic):
    assert topic in TEXTS["say"] or topic in TEXTS["notes"]


@pytest.mark.parametrize("question", named(r'Ask\(\s*question="(\w+)"'))
def test_every_question_in_the_code_has_a_text(question):
    assert question in (TEXTS["none"] if question == "relax" else TEXTS["ask"])


@pytest.mark.parametrize(
    ("section", "name"), sorted(set(re.findall(r'fill\(\s*"(\w+)",\s*"(\w+)"', CODE)))
)
def test_every_text_that_is_filled_exists(section, name):
    assert name in TEXTS[section]


@pytest.mark.parametrize("section", sorted(TEXTS.keys() - {"marks"}))
def test_every_text_has_some_words_and_well_formed_braces(section):
    for name, wordings in TEXTS[section].items():
        for text in [wordings] if isinstance(wordings, str) else wordings:
            assert text.strip(), (section, name)
            slots = [slot for _, slot, *_ in Formatter().parse(text) if slot is not None]
            assert all(slot.isidentifier() for slot in slots), (section, name)


def test_wordings_take_turns_and_the_same_turn_gives_the_same():
    several = texts().fill("list", "open", turn=0, wish="", n=1, n_fit=1, thing="x", things="y")
    again = texts().fill("list", "open", turn=3, wish="", n=1, n_fit=1, thing="x", things="y")
    other = texts().fill("list", "open", turn=1, wish="", n=1, n_fit=1, thing="x", things="y")
    assert several == again != other


@pytest.fixture
def writer(cinema_box):
    return Writer(cinema_box)


def cards(box, *numbers):
    rows = box.catalog.rows(numbers)
    return [Card(row["item_id"], row, place, 1.0) for place, row in enumerate(rows, 1)]


COMEDY = Filter(where={"field": "genres", "op": "contains", "value": "Comedy"}, said="comedies")


def outcomes(box):
    """Yield outcomes of every sort."""
    both = (Plan(steps=(Rank(),)), Plan(steps=(COMEDY, Similar(to=(Ref(item="f00"),)), Rank(n=3))))
    for plan in both:
        for n in (0, 1, 3):
            for n_fit in (n, n + 9):
                found = Outcome(plan=plan, listed=True, n_fit=n_fit, cards=cards(box, *range(n)))
                yield found
        yield Outcome(plan=plan, listed=True, withheld=4)
        yield Outcome(plan=plan, listed=True, cards=cards(box, 1), unmet=1, again=True)
        yield Outcome(plan=plan, listed=True, n_fit=2, cards=cards(box, 1, 2), unmet=2)
    for topic in TEXTS["say"]:
        about = "f00" if topic == "enjoy" else "zebra"
        yield Outcome(plan=Plan(), said=[Say(topic=topic, about=about)])
    for topic in TEXTS["notes"]:
        about = "moth|f00" if topic == "took" else "moth|Moth"
        yield Outcome(plan=Plan(notes=(Say(topic=topic, about=about),)))
    for question in TEXTS["ask"]:
        if question != "or":
            for n in (0, 1, 3):
                options = tuple(Option(label=f"way {i}|x|4", plan=Plan()) for i in range(n))
                yield Outcome(plan=Plan(), asked=Ask(question=question, about="x", options=options))
    for n in (1, 2):
        options = tuple(Option(label=f"way {i}|4", plan=Plan()) for i in range(n))
        yield Outcome(plan=Plan(), asked=Ask(question="relax", options=options))
    for operation, field in [
        ("count", ""), ("mean", "year"), ("min", "runtime"), ("max", "runtime"),
        ("most", "directors"), ("values", "keywords"),
    ]:  # fmt: skip
        for where in (None, "year > 2000", "year > 3000"):
            asked = parse(where) if where else None
            answer = aggregate(box, operation, field, asked)
            told = {"field": "year", "op": ">", "value": 2000} if where else None
            yield Outcome(plan=Plan(), answers=[(answer, told)])
    rows = tuple(box.catalog.rows(range(20)))
    yield Outcome(plan=Plan(), facts=[Facts(rows)], compared=[Facts(rows[:3])])
    for field in box.schema:
        yield Outcome(plan=Plan(), facts=[Facts(rows[18:], (field.name,))])
    yield Outcome(plan=Plan())


SOMETIMES = {"scale", "brain", "refused"}  # notes that are not written yet are not asked for


def test_no_outcome_leaves_a_reply_empty_or_a_brace_unfilled(cinema_box, writer):
    for outcome in outcomes(cinema_box):
        if {note.topic for note in outcome.plan.notes} & SOMETIMES:
            continue
        for turn in range(3):
            text = writer.write(outcome, Profile(), turn).text
            assert text.strip(), outcome
            assert not re.search(r"[{}]", text), text


def test_a_plan_that_says_what_there_is_no_text_for_is_refused(writer):
    for steps in ((Say(topic="zebra"),), (Ask(question="zebra"),)):
        with pytest.raises(UsageError):
            writer.check(Plan(steps=steps))
    with pytest.raises(UsageError):
        writer.check(Plan(notes=(Say(topic="took", about="x|zebra"),)))
    writer.check(Plan(steps=(Say(topic="thanks"), Ask(question="relax"))))


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("genres CONTAINS 'Comedy'", "Comedy"),
        ("NOT genres CONTAINS 'Comedy'", "without Comedy"),
        ("genres CONTAINS_ANY ('Comedy', 'War')", "Comedy or War"),
        ("genres CONTAINS_ALL ('Comedy', 'War')", "Comedy, War"),
        ("runtime < 120", "runtime under 120 minutes"),
        ("runtime BETWEEN 90 AND 120", "runtime 90 minutes to 120 minutes"),
        ("year BETWEEN 1990 AND 1999", "from the 1990s"),
        ("year BETWEEN 1991 AND 1999", "from 1991 to 1999"),
        ("year = 1994", "from 1994"),
        ("year > 2000", "after 2000"),
        ("NOT year = 1994", "not from 1994"),
        ("average_rating >= 7.5", "average rating at least 7.5"),
        ("runtime IS NULL", "without a runtime"),
        ("title CONTAINS 'ferry'", "“ferry” in the title"),
        ("genres CONTAINS 'War' OR year < 1950", "War or before 1950"),
        ("genres CONTAINS 'War' AND year < 1950", "War, before 1950"),
    ],
)
def test_conditions_are_told_in_plain_words(cinema_box, where, told):
    assert describe(cinema_box.check(parse(where)), cinema_box.schema, texts()) == told


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ({"kind": "number", "unit": "USD"}, 1234.5, "$1,234.50"),
        ({"kind": "number", "unit": "minutes"}, 120.0, "120 minutes"),
        ({"kind": "number"}, 7.25, "7.25"),
        ({"kind": "number"}, 1994.0, "1994"),
        ({"kind": "flag"}, True, "yes"),
        ({"kind": "tags"}, ["a", "b"], "a, b"),
        ({"kind": "category"}, "a", "a"),
    ],
)
def test_values_are_told_with_their_units(field, value, told):
    assert value_text(Field(name="x", **field), value) == told
