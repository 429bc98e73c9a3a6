"""What a frame says and what the rules brain reads in the same words become the same plan."""

import pytest

from sommelier.agent.planners.rules import RulesPlanner

ALONE = [
    ("hello", {"do": "talk", "topic": "greet"}),
    ("thanks", {"do": "talk", "topic": "thanks"}),
    ("go back", {"do": "undo"}),
    ("start over", {"do": "restart"}),
    ("forget everything", {"do": "forget"}),
    ("recommend me something", {"do": "find"}),
    ("surprise me", {"do": "find", "n": 5}),
    ("romantic comedies", {"do": "find", "must": ["genres=Romance", "genres=Comedy"]}),
    ("comedies or dramas, no horror", {"do": "find", "must": ["genres=Comedy|Drama"],
                                       "no": ["genres=Horror"]}),
    ("comedies from the nineties under two hours, newest first",
     {"do": "find", "must": ["genres=Comedy", "year=1990..1999", "runtime<120"], "sort": "-year"}),
    ("the shortest film", {"do": "find", "sort": "runtime"}),
    ("the three newest comedies",
     {"do": "find", "must": ["genres=Comedy"], "sort": "-year", "n": 3}),
    ("a short comedy", {"do": "find", "must": ["genres=Comedy"], "prefer": ["runtime<=96.2"]}),
    ("films after 1990 without violence",
     {"do": "find", "must": ["year>1990"], "no": ["keywords=violence"]}),
    ("films about a lighthouse", {"do": "find", "text": "lighthouse"}),
    ("slow sad films preferably from france",
     {"do": "find", "prefer": ["countries=France"], "text": "slow sad"}),
    ("something like Nine Umbrellas but shorter",
     {"do": "find", "like": ["Nine Umbrellas"], "must": ["runtime<#"]}),
    ("something like Nine Umbrelas", {"do": "find", "like": ["Nine Umbrelas"]}),
    ("something like Zorg Attacks Blimps", {"do": "find", "like": ["Zorg Attacks Blimps"]}),
    ("films by Zorg Blimp", {"do": "find", "must": ["directors=Zorg Blimp"]}),
    ("asdfgh qwerty", {"do": "find", "text": "asdfgh qwerty"}),
    ("i love Nine Umbrellas", {"do": "tell", "told": ["like Nine Umbrellas"]}),
    ("i hate horror", {"do": "tell", "told": ["dislike genres=Horror"]}),
    ("never show me horror", {"do": "tell", "told": ["avoid genres=Horror"]}),
    ("i love Nine Umbrellas, recommend me something",
     {"do": "find", "told": ["like Nine Umbrellas"]}),
    ("tell me about Nine Umbrellas", {"do": "facts", "items": ["Nine Umbrellas"]}),
    ("who directed Night Ferry?",
     {"do": "facts", "items": ["Night Ferry"], "fields": ["directors"]}),
    ("is Nine Umbrellas a comedy?",
     {"do": "facts", "items": ["Nine Umbrellas"], "must": ["genres=Comedy"]}),
    ("how many comedies are there", {"do": "count", "must": ["genres=Comedy"]}),
    ("how many films are there?", {"do": "count"}),
    ("what is the average runtime of comedies?",
     {"do": "mean", "fields": ["runtime"], "must": ["genres=Comedy"]}),
    ("which director has the most dramas?",
     {"do": "most", "fields": ["directors"], "must": ["genres=Drama"]}),
    ("what genres do you have?", {"do": "values", "fields": ["genres"]}),
    ("why these?", {"do": "explain"}),
    ("compare them", {"do": "compare"}),
    ("which of these is the shortest?", {"do": "pick", "sort": "runtime"}),
]  # fmt: skip
AFTER_A_LIST = [
    ("more", {"do": "more"}),
    ("three more", {"do": "more", "n": 3}),
    ("shorter ones", {"do": "refine", "must": ["runtime<#"]}),
    ("from the nineties", {"do": "refine", "must": ["year=1990..1999"]}),
    ("no horror please", {"do": "refine", "no": ["genres=Horror"]}),
    ("also dramas", {"do": "refine", "must": ["genres=Comedy", "genres=Drama"]}),
    ("more like the first", {"do": "find", "like": ["#1"]}),
    ("why the second?", {"do": "explain", "items": ["#2"]}),
    ("why these?", {"do": "explain"}),
    ("compare 1 and 2", {"do": "compare", "items": ["#1", "#2"]}),
    ("compare them", {"do": "compare"}),
    ("how long is the second?", {"do": "facts", "items": ["#2"], "fields": ["runtime"]}),
    ("which of these is the shortest?", {"do": "pick", "sort": "runtime"}),
    ("i've seen the first", {"do": "tell", "told": ["seen #1"]}),
    ("i love the first", {"do": "tell", "told": ["like #1"]}),
    ("not the second", {"do": "tell", "told": ["reject #2"]}),
    ("not the second", {"do": "refine", "no": ["#2"]}),
    ("i'll take the first", {"do": "tell", "told": ["accept #1"]}),
    ("i hate horror", {"do": "tell", "told": ["dislike genres=Horror"]}),
]


@pytest.fixture(scope="module")
def rules(cinema_box):
    return RulesPlanner(cinema_box.lexicon)


@pytest.fixture
def both(planned, rules, chat, view, talk):
    """Return the plan of a frame and the rules brain's of a message, after some others."""

    def plans(before, message, frame):
        talk(chat, *before)
        return planned(message, view(chat), **frame), rules.read(message, view(chat))

    return plans


@pytest.mark.parametrize(("message", "frame"), ALONE, ids=str)
def test_a_first_message(both, message, frame):
    ours, theirs = both([], message, frame)
    assert ours == theirs


@pytest.mark.parametrize(("message", "frame"), AFTER_A_LIST, ids=str)
def test_a_message_after_a_list(both, message, frame):
    ours, theirs = both(["comedies"], message, frame)
    assert ours == theirs


@pytest.mark.parametrize(
    ("before", "message", "frame"),
    [
        (["recommend me something"], "the first", {"do": "answer", "n": 1}),
        (["recommend me something"], "no", {"do": "answer"}),
        (["recommend me something"], "no", {"do": "talk", "topic": "fine"}),
        (["comedies", "from the nineties"], "go back", {"do": "undo"}),
        (["i love horror"], "forget horror", {"do": "forget", "must": ["genres=Horror"]}),
        (["comedies from the nineties"], "forget the year", {"do": "refine", "drop": ["year"]}),
    ],
)
def test_a_message_deep_in_a_talk(both, before, message, frame):
    ours, theirs = both(before, message, frame)
    assert ours == theirs


def test_a_reaction_and_a_comparison_with_the_list_run_together(cinema_box, chat, talk):
    first, second = talk(chat, "comedies", "i've seen the first, shorter ones please")
    assert [step.kind for step in second.plan.steps][:1] == ["lookup"]
    longest = sum(item.row["runtime"] for item in first.items) / len(first.items)
    assert all(item.row["runtime"] < longest for item in second.items)
