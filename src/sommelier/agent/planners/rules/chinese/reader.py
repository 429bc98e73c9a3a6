"""Reading Chinese: the parts that differ from English, put together."""

from sommelier.agent.planners.rules.chinese.fold import tidy
from sommelier.agent.planners.rules.chinese.link import ChineseLinker
from sommelier.agent.planners.rules.chinese.names import ChineseNamer
from sommelier.agent.planners.rules.chinese.opinions import ChineseOpinions
from sommelier.agent.planners.rules.chinese.questions import ChineseQuestions
from sommelier.agent.planners.rules.chinese.wishes import ChineseWishes
from sommelier.agent.planners.rules.chinese.words import chinese_words
from sommelier.agent.planners.rules.draft import Drafter
from sommelier.agent.planners.rules.reader import Parts, Reader
from sommelier.tools.lexicon import Lexicon

__all__ = ["chinese_reader"]


def chinese_reader(lexicon: Lexicon) -> Reader:
    """Return what reads Chinese messages about one catalogue."""
    words = chinese_words()
    linker, drafter = ChineseLinker(lexicon, words), Drafter(lexicon, words)
    namer = ChineseNamer(lexicon, words)
    parts = Parts(
        words=words,
        linker=linker,
        drafter=drafter,
        namer=namer,
        questions=ChineseQuestions(linker, drafter, namer, words),
        opinions=ChineseOpinions(lexicon, linker, namer, words),
        wishes=ChineseWishes(lexicon, linker, drafter, namer, words),
        tidy=tidy,
    )
    return Reader(lexicon, parts)
