"""Which item is meant, in Chinese: 第二个, 前两部, 它, 1和3, or a title, in 《》 or without."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from sommelier.agent.planners.rules.chinese.fold import fold, number
from sommelier.agent.planners.rules.chinese.words import ChineseWords
from sommelier.agent.planners.rules.reading.names import Named, Namer
from sommelier.agent.working import Working
from sommelier.tools.lexicon import Lexicon
from sommelier.tools.text import dense

__all__ = ["ChineseNamer", "unquoted"]

_SEVERAL: Final = re.compile(r"\s*(?:、|,|，|和|与|跟|以及|还有|及)\s*")
_TAIL: Final = re.compile(r"(?:这|那)(?:一)?[部个本首款件张](?:电影|影片|片子|书|小说|游戏|歌)?$")
_FIT: Final = 4  # letters from which a near title may be meant where no mark says that it is one


class ChineseNamer(Namer):
    """Resolves Chinese phrases to items of one catalogue, given what was shown."""

    def __init__(self, lexicon: Lexicon, words: ChineseWords) -> None:
        super().__init__(lexicon, words)
        self._said = words
        self._patterns: Mapping[str, re.Pattern[str]] = words.patterns("clauses")
        place = words.macros["«位»"]
        self._place = re.compile(place)
        self._noun = re.compile(rf"(?:的)?(?:{words.macros['«物»']})$")

    def resolve(self, text: str, working: Working) -> Named:
        """Return what a phrase names: places and pointing words first, then titles."""
        said = text.strip(" .,!?\"'，。！？")
        pointed = self.pointed(said, working)
        return Named(said, pointed) if pointed else self.title(said, working.shown)

    def resolve_all(self, text: str, working: Working) -> Named:
        """Return what a phrase names, or the several things it names one by one."""
        whole = self.resolve(text, working)
        parts = [part for part in _SEVERAL.split(text) if part]
        if (whole.known and not whole.guessed) or len(parts) < 2:
            return whole
        each = [self.resolve(part, working) for part in parts]
        if all(one.known for one in each):
            items = tuple(dict.fromkeys(item for one in each for item in one.items))
            return Named(text, items)
        return whole

    def pointed(self, text: str, working: Working) -> tuple[str, ...]:
        """Return the items that 它, 这些 or 第一和第三个 point at."""
        low = fold(text).strip(" 的")
        shown = working.shown
        bare = self._noun.sub("", low) or low
        if low in self._said.listed("it") or bare in self._said.listed("it"):
            return working.focus[:1] or shown[:1]
        if low in self._said.listed("plural_all") or bare in self._said.listed("plural_all"):
            return shown
        places = self.places(low, len(shown))
        return tuple(shown[place - 1] for place in places)

    def is_place(self, text: str) -> bool:
        """Return whether a phrase is a place in a list, be there such a place or not."""
        low = fold(text).strip(" 的")
        return any(c.isdigit() or c in "第前后头最" for c in low) and bool(
            self._place.fullmatch(low)
        )

    def places(self, low: str, n_shown: int) -> list[int]:
        """Return places from 1; none if the phrase is something else or beyond the list."""
        if not n_shown or not self.is_place(low):
            return []
        if any(low.startswith(last) for last in self._said.listed("last")):
            return [n_shown]
        several = re.match(r"(前|后|头)([\d一二两三四五六七八九十]+)", low)
        if several:
            count = min(int(number(several[2]) or 0), n_shown)
            whole = range(1, n_shown + 1)
            return list(whole[:count] if several[1] != "后" else whole[n_shown - count :])
        found = [int(number(n) or 0) for n in re.findall(r"[\d零一二两三四五六七八九十]+", low)]
        return found if found and all(1 <= place <= n_shown for place in found) else []

    def title(self, text: str, shown: Sequence[str] = ()) -> Named:
        """Return the item with this title: exact, then near; marks and "这部电影" are left off."""
        bare = unquoted(text)
        found = super().title(bare, shown)
        if not found.known and bare == text.strip() and (cut := _TAIL.sub("", bare)) != bare:
            found = super().title(cut, shown)
        return found

    def slot(self, clause: str, working: Working) -> tuple[Named, str] | None:
        """Return what 类似X的 or 像X那样的 names, and the clause without it; None if no item."""
        low = fold(clause)
        for name in ("like_before", "like_short", "like_after"):
            for found in self._patterns[name].finditer(low):
                said = clause[slice(*found.span("x"))].strip(" 的")
                cut = found.end()
                if name == "like_after":
                    said = _last_words(said)
                named = self._meant(said, working)
                if named is not None:
                    begin = found.start() + (
                        low[found.start() : found.end()].rfind(fold(said))
                        if name == "like_after"
                        else 0
                    )
                    return named, f"{clause[:begin]} {clause[cut:]}".strip()
        return None

    def _meant(self, said: str, working: Working) -> Named | None:
        """Return what a likeness is to; None where the words are no name."""
        pointed = self.pointed(said, working)
        if pointed:
            return Named(said, pointed)
        parts = [part for part in _SEVERAL.split(said) if part]
        exact = [self.exact(unquoted(part), working.shown) for part in parts]
        if parts and all(exact):
            return Named(said, tuple(item for item in exact if item))
        marked = said != unquoted(said)
        if not marked and (self._lexicon.values(said) or not said or _ordinary(said, self._said)):
            return None
        named = self.title(said, working.shown)
        spoken = marked or said[:1].isupper()
        if named.known or (named.options and (spoken or len(dense(said)) >= _FIT)):
            return named
        return Named(unquoted(said)) if spoken else None


def unquoted(text: str) -> str:
    """Return a name without the marks around it."""
    found = re.fullmatch(r"\s*[《「『〈\"“](.+?)[》」』〉\"”]\s*(?:\(\d{4}\))?.{0,4}", text.strip())
    return found[1].strip() if found else text.strip()


def _last_words(said: str) -> str:
    """Return the name at the end of what stands before 那样的: the quoted one, or Latin letters."""
    marked = re.search(r"[《「『\"“][^》」』\"”]+[》」』\"”]$", said)
    latin = re.search(r"[A-Za-z][\w'’:.&\- ]*$", said)
    place = re.search(
        r"(?:第[\d一二两三四五六七八九十]+[部个本首款件]|它|这[部个本]|那[部个本])$", said
    )
    found = marked or latin or place
    return found[0] if found else re.sub(r"^.*(?:推荐|来点|想看|有没有|找|看|给我|个|部)", "", said)


def _ordinary(said: str, words: ChineseWords) -> bool:
    return words.is_stop(said) or said in words["topics"]
