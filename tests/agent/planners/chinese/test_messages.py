"""Chinese messages whose meaning was written down: how many are read right."""

import pytest


@pytest.mark.parametrize(
    ("half", "intents", "exact"), [("dev", 1.0, 1.0), ("held_out", 0.95, 0.95)]
)
def test_most_messages_are_read_as_they_were_meant(
    differences, rows, record_property, half, intents, exact
):
    listed = [(row["said"], differences(row)) for row in rows(half)]
    wrong = {said: why for said, why in listed if why}
    missed = [said for said, why in wrong.items() if why[0].startswith("intent")]
    shares = 1 - len(missed) / len(listed), 1 - len(wrong) / len(listed)
    for name, share in zip(("intent", "exact"), shares, strict=True):
        record_property(f"{half} {name}", round(share, 3))
    assert shares >= (intents, exact), wrong if half == "dev" else len(wrong)
    assert shares[1] >= exact, wrong if half == "dev" else len(wrong)


@pytest.mark.parametrize(
    ("on", "said", "topic"),
    [
        ("cinema", "类似《银翼杀手》的电影", "unknown_title"),
        ("cinema", "张三导演的电影", "unknown_name"),
        ("zh", "有没有类似《没有这部电影》的", "unknown_title"),
    ],
)
def test_what_the_catalogue_lacks_is_said_to_be_lacking(turns, on, said, topic):
    [turn] = turns(on, said)
    assert [step.topic for step in turn.plan.steps] == [topic]
    assert turn.language == "zh"


def test_words_that_nothing_here_can_look_for_are_told_rather_than_guessed(turns):
    [turn] = turns("cinema", "赛博朋克的喜剧")
    assert "没有关于“赛博朋克”的信息" in turn.reply
    assert all("Comedy" in item.row["genres"] for item in turn.items)


def test_traditional_writing_is_read_as_simplified(turns):
    one, other = turns("zh", "推薦兩部愛情片")[0], turns("zh", "推荐两部爱情片")[0]
    assert [i.item_id for i in one.items] == [i.item_id for i in other.items]
    assert len(one.items) == 2


def test_a_title_may_be_a_letter_off_and_that_is_said(turns):
    [turn] = turns("zh", "类似《花漾年华》的电影")
    assert turn.reply.startswith("我把“花漾年华”理解为《花样年华》（2000）。")


def test_one_part_of_a_foreigners_name_is_enough(turns):
    [turn] = turns("zh", "斯科特的电影")
    assert {item.title for item in turn.items} == {"银翼杀手 (1982)", "异形 (1979)"}


def test_a_subject_is_found_in_titles_and_descriptions(turns):
    [turn] = turns("zh", "想看讲京剧的电影")
    assert turn.items[0].title == "霸王别姬 (1993)"
    assert "文字上贴近“京剧”" in turn.items[0].reasons


def test_an_english_person_reaches_a_chinese_catalogue_by_common_words(turns):
    [turn] = turns("zh", "science fiction under 120 minutes")
    assert turn.language == "en"
    assert turn.items
    assert all("科幻" in i.row["genres"] and i.row["runtime"] < 120 for i in turn.items)
