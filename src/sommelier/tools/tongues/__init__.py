"""Common words of one language for values that catalogues have in another: 喜剧 -> Comedy.

Used where the catalogue has one of the values and nothing of its own under the word. Files of this
folder hold the words; knows no catalogue.
"""

import tomllib
from functools import cache
from importlib.resources import files

__all__ = ["SUFFIXES", "simpler", "translations"]

SUFFIXES = ("题材", "类型", "电影", "影片", "片子", "片", "类", "风格", "的")  # 恐怖片 is 恐怖


@cache
def translations() -> dict[str, tuple[str, ...]]:
    """Return word -> values that it may stand for, in both directions."""
    text = files(__package__).joinpath("zh.toml").read_text("utf-8")
    found: dict[str, list[str]] = {}
    for section in tomllib.loads(text).values():
        for word, values in section.items():
            found.setdefault(word, []).extend(values)
            for value in values:
                if value.isascii():
                    found.setdefault(value, []).append(word)
    return {word: tuple(dict.fromkeys(values)) for word, values in found.items()}


@cache
def simpler() -> dict[int, str]:
    """Return traditional Chinese letters and what they are in simplified writing, to translate."""
    text = files(__package__).joinpath("simpler.txt").read_text("utf-8")
    return str.maketrans({pair[0]: pair[1] for pair in text.split()})
