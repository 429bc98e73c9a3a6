"""Both languages have every text, with the same braces."""

import re

import pytest

from sommelier.agent.replies.texts import texts
from sommelier.data.schema import Field, Kind, Schema

EN, ZH = texts("en").data, texts("zh").data
_FREE = {"thing", "things", "measure", "n"}


def braces(wordings):
    several = [wordings] if isinstance(wordings, str) else wordings
    return {frozenset(set(re.findall(r"\{(\w+)", text)) - _FREE) for text in several}


@pytest.mark.parametrize(("section", "name"), [(s, n) for s in EN if s != "marks" for n in EN[s]])
def test_every_text_stands_in_chinese_too_and_says_no_more(section, name):
    english = frozenset().union(*braces(EN[section][name]))
    for held in braces(ZH[section][name]):
        assert held <= english


def test_spaces_stand_between_chinese_and_latin_letters_alone():
    zh = texts("zh")
    assert zh.fill("facts", "count_all", n=5, measure="部", thing="电影") == "这里一共有 5 部电影。"
    assert zh.fill("conditions", "without", value="War") == "不含 War"
    assert zh.fill("conditions", "without", value="战争") == "不含战争"


def test_a_noun_that_the_file_does_not_know_is_counted_by_the_common_word():
    schema = Schema(fields=(Field(name="id", kind=Kind.ID),), noun="tent", plural="tents")
    assert texts("zh").nouns(schema) == {"thing": "tent", "things": "tents", "measure": "个"}
