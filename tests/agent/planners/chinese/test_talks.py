"""Whole conversations in Chinese, over a Chinese catalogue and over an English one."""

import re


def test_a_talk_over_chinese_films(turns):
    said = [
        "你好", "想看一部安静一点的家庭片", "第九个怎么样？",
        "有没有类似《东京物语》的？", "比较1和2",
        "诺兰的电影有哪些", "我喜欢宫崎骏，不喜欢恐怖片", "换一批", "讲太空的科幻片，2000年以后的",
        "这里有多少部喜剧？", "《教父》是谁导演的？", "忘掉恐怖片", "撤销", "谢谢",
    ]  # fmt: skip
    told = dict(zip(said, turns("zh", *said), strict=True))
    assert "68 部电影" in told["你好"].reply
    assert all("家庭" in item.row["genres"] for item in told[said[1]].items)
    assert told["第九个怎么样？"].reply == "列表里没有“第九个”。"
    assert "越像《东京物语》（1953）越靠前" in told["有没有类似《东京物语》的？"].reply
    assert "对比如下：" in told["比较1和2"].reply
    assert "片长：" in told["比较1和2"].reply
    assert len(told["诺兰的电影有哪些"].items) == 2
    liked = told["我喜欢宫崎骏，不喜欢恐怖片"]
    assert "宫崎骏，正合你的喜好" in liked.items[0].reasons
    assert "不含恐怖" in liked.reply
    assert {i.item_id for i in liked.items}.isdisjoint(i.item_id for i in told["换一批"].items)
    space = told["讲太空的科幻片，2000年以后的"]
    assert "2000 年及以后" in space.reply
    assert space.items
    assert told["这里有多少部喜剧？"].reply == "符合条件（喜剧）的有 14 部电影。"
    assert "弗朗西斯·福特·科波拉" in told["《教父》是谁导演的？"].reply
    assert all(turn.language == "zh" for turn in told.values())
    assert not any(re.search(r"[A-Za-z]{3}", turn.reply) for turn in told.values())


def test_a_talk_over_english_films_keeps_their_names_and_speaks_chinese(turns):
    said = [
        "推荐两部喜剧，不要犯罪片", "为什么推荐第一个？", "短一点的", "第一个我看过了",
        "我讨厌西部片", "90年代的剧情片", "最长的是哪部？", "Moth是谁导演的？", "more", "再见",
    ]  # fmt: skip
    told = turns("cinema", *said)
    assert "不含 Crime" in told[0].reply
    assert len(told[0].items) == 2
    assert f"《{told[0].items[0].title.removesuffix(')').replace(' (', '》（')}）" in told[1].reply
    assert "片长不到" in told[2].reply
    assert told[3].plan.steps[0].kind == "react"
    assert told[7].reply == "《Moth》（2008）的导演：Dana Whitcombe。"
    assert told[8].language == "en"  # the person changed the language


def test_what_is_too_short_to_tell_keeps_the_language_of_the_talk(turns):
    first, title, english = turns("cinema", "你好", "Moth", "thank you")
    assert (first.language, title.language, english.language) == ("zh", "zh", "en")
    assert title.reply.startswith("《Moth》（2008）：")


def test_nothing_that_fits_is_said_and_a_way_out_offered(turns):
    [none] = turns("cinema", "2015年之后的西部片")
    assert not none.items
    assert none.reply.startswith("我全都找过了，没有电影能同时满足这些条件：")
    assert "去掉" in none.reply
