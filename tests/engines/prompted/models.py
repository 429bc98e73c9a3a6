"""Language models whose taste is known, for the tests of this room."""

import json
import re

from sommelier.llm.chat.scripted import Asked, ScriptedModel
from sommelier.testing import toy

_LINE = re.compile(r"^([A-Z]): (\".*\")$", re.MULTILINE)
_MET = re.compile(r"^- (\".*\")$", re.MULTILINE)


def lettered(asked: Asked) -> dict[str, str]:
    """Return the candidates of a question: titles by letter."""
    return {
        letter: json.loads(title) for letter, title in _LINE.findall(asked.messages[-1].content)
    }


def answer(asked: Asked, better: list[str], grade=lambda letter: 4) -> str:
    """Return what a model says that thinks these letters to be in order, best first."""
    said = {
        "listwise": lambda: {"order": better},
        "setwise": lambda: {"best": better[0]},
        "pairwise": lambda: {"best": better[0]},
        "pointwise": lambda: {"glad": "yes" if grade(better[0]) >= 3 else "no"},
        "graded": lambda: {"grade": grade(better[0])},
    }
    return json.dumps(said[asked.schema.name]())


def truthful(worth, grade=lambda worth: 4) -> ScriptedModel:
    """Return a model that knows what each title is worth, more is better."""

    def said(asked: Asked) -> str:
        titles = lettered(asked)
        better = sorted(titles, key=lambda letter: (-worth(titles[letter]), titles[letter]))
        return answer(asked, better, lambda letter: grade(worth(titles[letter])))

    return ScriptedModel(said)


def biased(backwards: bool = False) -> ScriptedModel:
    """Return a model that reads no title: what is shown first is best, or what is shown last."""

    def said(asked: Asked) -> str:
        letters = list(lettered(asked))
        return answer(asked, letters[::-1] if backwards else letters)

    return ScriptedModel(said)


def broken(text: str) -> ScriptedModel:
    """Return a model that always says the same."""
    return ScriptedModel(lambda asked: text)


def shopkeeper() -> ScriptedModel:
    """Return a model that knows the shelves of the toy world and reads who met what.

    A shelf is worth as many of its books as were met or liked, less what was disliked; within a
    shelf titles decide, so the order in which books are shown makes no difference.
    """
    catalog = toy.catalog(18)
    shelf = {title: num // toy.SHELF for num, title in enumerate(catalog.titles)}

    def said(asked: Asked) -> str:
        told = asked.messages[-1].content
        met, _, disliked = told.partition("do not like")
        worth = dict.fromkeys(range(4), 0)
        for text, weight in ((met, 1), (disliked, -1)):
            for title in _MET.findall(text):
                worth[shelf[json.loads(title)]] += weight
        titles = lettered(asked)
        better = sorted(titles, key=lambda at: (-worth[shelf[titles[at]]], titles[at]))
        return answer(asked, better)

    return ScriptedModel(said)
