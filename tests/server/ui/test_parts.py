"""The logic behind the page, without a browser."""

import json
import tomllib
from dataclasses import replace
from importlib.resources import files
from string import Formatter
from urllib.parse import parse_qsl

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.agent.guard import Demands
from sommelier.agent.policy import Policy
from sommelier.agent.replies import Writer
from sommelier.data.predicates import Compare
from sommelier.server.ui.catalogue.finding import Finder
from sommelier.server.ui.catalogue.selection import Selection
from sommelier.server.ui.facts import Facts
from sommelier.server.ui.numbers.charts import bars, intervals, scatter
from sommelier.server.ui.numbers.reports import Cell, reports_of
from sommelier.server.ui.talk import funnel
from sommelier.server.ui.talk.answers import options_of, repeats
from sommelier.server.ui.talk.reactions import Shown, react, standing, take_back, toggle
from sommelier.server.ui.talk.suggestions import suggestions
from sommelier.server.ui.wording import LANGUAGES, chosen, wording
from sommelier.shop.lists import Lists
from sommelier.state.store import Store

EN, ZH = wording("en"), wording("zh")


@pytest.fixture(scope="module")
def box(opened):
    return opened.box


@pytest.fixture(scope="module")
def finder(box):
    return Finder(Lists(box, Demands(Policy(), box), Writer(box)))


def test_both_languages_say_the_same_things_with_the_same_blanks():
    def blanks(text):
        words = {name for _, name, _, _ in Formatter().parse(text) if name}
        return words - {"thing", "things", "measure"}

    told = {
        code: tomllib.loads(
            files("sommelier.server.ui").joinpath("texts", f"{code}.toml").read_text("utf-8")
        )
        for code in LANGUAGES
    }
    assert told["en"].keys() == told["zh"].keys()
    for section, texts in told["en"].items():
        assert texts.keys() == told["zh"][section].keys(), section
        for name, text in texts.items():
            assert blanks(text) == blanks(told["zh"][section][name]), (section, name)


@pytest.mark.parametrize(
    ("cookie", "header", "language"),
    [
        ("", "", "en"),
        ("", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("", "fr, zh-TW;q=0.4, en;q=0.5", "en"),
        ("", "de", "en"),
        ("", "zh;q=x,;;,=,en", "en"),
        ("zh", "en", "zh"),
        ("<x>", "en", "en"),
    ],
)
def test_the_language_is_the_chosen_one_or_the_best_that_the_browser_asks_for(
    cookie, header, language
):
    assert chosen(cookie, header) == language


def test_first_suggestions_come_from_the_catalogue_in_the_persons_language(box):
    assert suggestions(box, EN)[0] == "Comedy from the 1990s"
    assert suggestions(box, ZH)[0] == "1990 年代的喜剧"
    assert len(suggestions(box, EN)) == 4


def test_a_card_has_year_kinds_measure_and_people_whatever_the_schema(box):
    facts = Facts(box, EN)
    row = box.rows(["heat-1995"])[0]
    assert facts.line(row) == ["1995", "Crime, Thriller, Drama", "170\u00a0minutes", "Michael Mann"]
    assert facts.prose(row).startswith("A driven Los Angeles detective")
    assert "分钟" in Facts(box, ZH).line(row)[2]
    assert facts.line({"item_id": "bare"}) == []


def test_what_the_catalogue_says_is_made_harmless(box):
    row = {
        "item_id": "x",
        "title": "A\u202eB",
        "genres": ["<b>Drama</b>"],
        "description": "\x1b[31mRed",
    }
    facts = Facts(box, EN)
    assert facts.title(row) == "AB"
    assert facts.line(row) == ["Drama"]
    assert "\x1b" not in facts.prose(row)


def test_bars_tell_the_conditions_in_words_and_never_grow(box):
    steps = [
        {
            "tool": "filter",
            "arguments": {"where": {"field": "genres", "op": "contains", "value": "Comedy"}},
            "before": 1938,
            "after": 554,
        },
        {
            "tool": "filter",
            "arguments": {"where": {"field": "lost", "op": "=", "value": 1}},
            "before": 554,
            "after": 300,
        },
        {
            "tool": "rank",
            "arguments": {"history": 0, "liked": 2, "text": "sad", "n": 5},
            "before": 300,
            "after": 5,
        },
    ]
    found = funnel.bars(steps, box, EN)
    assert [bar.text for bar in found] == [
        "All films",
        "Comedy",
        "A condition",
        "The best 5, by closeness to “sad”, your taste",
    ]
    assert [bar.left for bar in found] == [1938, 554, 300, 5]
    assert found[0].share == 1.0 > found[1].share > found[-1].share > 0.04
    assert funnel.bars((), box, EN) == []


def test_a_reaction_stands_until_it_is_taken_back(tmp_path):
    with Store.open(tmp_path / "state.db") as store:
        react(store, "visitor-1", "heat-1995", "like", Shown("s1"))
        assert standing(store.profile("visitor-1"), "heat-1995") == {"like"}
        react(store, "visitor-1", "heat-1995", "dislike", Shown("s2"))
        assert standing(store.profile("visitor-1"), "heat-1995") == {"dislike"}
        react(store, "visitor-2", "heat-1995", "dislike")
        assert take_back(store, "visitor-1", "heat-1995", "dislike")
        assert standing(store.profile("visitor-1"), "heat-1995") == frozenset()
        assert standing(store.profile("visitor-2"), "heat-1995") == {"dislike"}


@pytest.mark.parametrize("kind", ["like", "dislike", "seen"])
def test_a_second_press_undoes_the_first_and_a_third_does_it_again(tmp_path, kind):
    with Store.open(tmp_path / "state.db") as store:

        def press():
            held = standing(store.profile("visitor-1"), "heat-1995")
            told = toggle(store, held, "visitor-1", "heat-1995", kind)
            return told, standing(store.profile("visitor-1"), "heat-1995")

        assert press() == (kind, {kind})
        assert press() == ("taken_back", frozenset())
        assert press() == (kind, {kind})
        trail = store.feedback("visitor-1")
        assert [one.taken_back is None for one in trail] == [False, True]


def test_what_somebody_bought_is_not_taken_back_by_a_press_on_seen(tmp_path):
    with Store.open(tmp_path / "state.db") as store:
        react(store, "visitor-1", "heat-1995", "purchase")
        assert toggle(store, frozenset({"seen"}), "visitor-1", "heat-1995", "seen") == "stays"
        assert standing(store.profile("visitor-1"), "heat-1995") == {"seen"}


def test_a_reaction_says_in_which_list_the_item_stood_and_what_stood_beside(tmp_path):
    with Store.open(tmp_path / "state.db") as store:
        react(store, "visitor-1", "heat-1995", "like", Shown("s1", "s1:2", ("heat-1995", "x")))
        react(store, "visitor-1", "x", "seen")
        listed, alone = store.feedback("visitor-1")
        assert listed.recommendation_id == "s1:2"
        assert listed.impression == ("heat-1995", "x")
        assert (alone.recommendation_id, alone.impression) == (None, None)


words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)


@st.composite
def selections(draw):
    """Return selections as a person could make them."""
    made = Selection(text=draw(words), table=draw(st.booleans()))
    made = made.with_bound("year", 0, str(draw(st.integers(1900, 2020))))
    for genre in draw(st.lists(words.filter(lambda word: word != "~any"), max_size=4, unique=True)):
        made = made.with_word("genres", genre, True)
    made = made.with_loose("genres", draw(st.booleans()) and "genres" in made.words)
    return replace(made, page=draw(st.integers(1, 99)))


@given(selections())
def test_a_selection_lives_in_its_address(opened, made):
    assert Selection.read(dict(parse_qsl(made.address())), opened.box.schema) == made


def test_an_address_that_somebody_bent_shows_the_whole_catalogue(box, finder):
    bent = {
        "page": "-1",
        "sort": "nothing",
        "f-year": "abc..9e999x",
        "f-genres": "Nope",
        "f-lost": "x",
    }
    found = finder.find(Selection.read(bent, box.schema), 24)
    assert found.total == len(box.catalog)
    assert found.page == 1


def test_what_is_found_satisfies_everything_in_order_a_page_at_a_time(box, finder):
    wanted = Selection(sort="-year").with_word("genres", "Comedy", True)
    wanted = wanted.with_word("genres", "Crime", True).with_bound("runtime", 1, "100")
    found = finder.find(wanted, 10)
    assert found.total > 10
    assert all({"Comedy", "Crime"} <= set(row["genres"]) for row in found.rows)
    assert all(row["runtime"] <= 100 for row in found.rows)
    years = [row["year"] for row in found.rows]
    assert years == sorted(years, reverse=True)
    either = finder.find(wanted.with_loose("genres", True), 10)
    assert either.total > found.total
    last = finder.find(replace(wanted, page=999), 10)
    assert last.page == last.pages == found.pages
    assert len(last.rows) == (found.total - 1) % 10 + 1


def test_a_search_finds_titles_and_people(finder):
    assert finder.find(Selection(text="seven samurai"), 5).rows[0]["title"] == "Seven Samurai"
    by = finder.find(Selection(text="kurosawa"), 24).rows
    assert any("Akira Kurosawa" in row["directors"] for row in by)
    assert finder.find(Selection(text="%_\\'\""), 5).total == 0


def test_what_must_not_be_shown_is_never_found(box):
    policy = Policy(require="NOT genres CONTAINS 'Horror'")
    finder = Finder(Lists(box, Demands(policy, box), Writer(box)))
    horror = box.catalog.select(Compare("genres", "contains", "Horror"))
    assert finder.find(Selection(), 5).total == len(box.catalog) - len(horror)
    assert finder.row(box.catalog.ids[int(horror[0])]) is None
    assert finder.find(Selection().with_word("genres", "Horror", True), 5).total == 0


def test_values_of_a_field_are_offered_by_how_many_items_have_them(finder):
    assert finder.values("genres", "", 3)[0] == ("Drama", 1295)
    assert [word for word, _ in finder.values("genres", "sci", 5)] == ["Science Fiction"]


def test_what_a_question_offers_is_said_in_the_persons_language():
    assert options_of(["western|12"], EN) == [("Without “western” (12)", "yes")]
    assert [said for _, said in options_of(["a|1", "b|2"], ZH)] == ["1", "2"]
    assert options_of(["yes", "no", ""], ZH) == [("是的", "是的"), ("不是", "不是")]
    assert options_of(["Solaris (1972)"], ZH) == [("Solaris (1972)", "Solaris (1972)")]


def test_a_reason_that_the_reply_has_said_already_is_not_said_twice():
    reply = "Out of 10 that fit (Crime, Robert De Niro), these 5:"
    assert repeats("Crime, Robert De Niro, as you asked", reply)
    assert repeats("Robert De Niro, as you asked", "Out of 15 that fit (Robert De Niro), these 5:")
    assert not repeats("goes well with Heat (1995), which you liked", reply)


def test_only_reports_that_are_reports_are_read_newest_first(tmp_path):
    folder = tmp_path / "reports"
    folder.mkdir()
    row = {
        "engine": "ease",
        "accuracy": {"N@10": {"mean": 0.1, "low": 0.05, "high": 0.15, "p": None}},
        "lists": {"coverage": 0.4},
    }
    told = {"protocol": {"sentence": "leave-last-out"}, "best": {"by": "N@10"}, "rows": [row]}
    (folder / "good.json").write_text(json.dumps(told), "utf-8")
    (folder / "bad.json").write_text("{", "utf-8")
    (folder / "other.json").write_text("[1]", "utf-8")
    [found] = reports_of(tmp_path)
    assert found.name == "good"
    assert found.accuracy["ease"]["N@10"] == Cell(0.1, 0.05, 0.15)
    assert reports_of(tmp_path / "nowhere") == []


def test_charts_hold_every_engine_the_best_on_top_and_in_wine():
    cells = {"ease": Cell(0.2, 0.1, 0.3), "fame": Cell(0.1, 0.05, 0.15)}
    made = intervals(cells, "ease")
    assert made["yAxis"]["data"] == ["fame", "ease"]
    wine = made["series"][0]["data"][1]["itemStyle"]["color"]
    assert made["series"][0]["data"][0]["itemStyle"]["color"] != wine
    assert bars(["a"], [np.float64(1.0)])["series"][0]["data"][0]["value"] == 1.0
    assert scatter({"ease": (0.5, 0.2)}, "x", "y")["series"][0]["data"][0]["name"] == "ease"
