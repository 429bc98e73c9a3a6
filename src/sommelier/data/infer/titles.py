"""Titles as people say them: the year taken out, the article back in front.

"Matrix, The (1999)" becomes "The Matrix" and the year 1999. Knows nothing of schemas.
"""

import re
from typing import Final

import polars as pl

__all__ = ["articles_in_front", "without_years"]

_ARTICLES: Final = (
    "The|A|An|Les|Le|La|L'|Il|Lo|Gli|I|El|Los|Las|Un|Une|Uno|Una|Der|Die|Das|Ein|Eine|"
    "De|Den|Det|Het|En|Et|Ett|O|Os|As"
)
_TURNED: Final = re.compile(rf"^(.+?),\s+({_ARTICLES})((?:\s*[:(\[-].*)?)$")
_TURNED_INSIDE: Final = re.compile(rf"\(([^()]+?),\s+({_ARTICLES})\)")
_YEAR: Final = r"^(.*\S)\s*\((\d{4})(?:\s*[-–]\s*(?:\d{4})?)?\)\s*$"
_LEAST_YEARS = 0.5  # of the titles must carry a year for it to be one
_LEAST_TURNED = 0.005  # ... an article behind, for that to be the habit of the file


def without_years(titles: pl.Series) -> tuple[pl.Series, pl.Series] | None:
    """Return (titles without the year, years as float64), or None if titles carry no years."""
    frame = pl.DataFrame({"title": titles}).select(
        bare=pl.col("title").str.extract(_YEAR, 1),
        year=pl.col("title").str.extract(_YEAR, 2).cast(pl.Float64),
    )
    years = frame["year"].set(~frame["year"].is_between(1800, 2100).fill_null(True), None)
    if years.count() <= _LEAST_YEARS * max(1, titles.count()):
        return None
    bare = titles.zip_with(years.is_null(), frame["bare"])
    return bare, years.alias("year")


def articles_in_front(titles: pl.Series) -> pl.Series:
    """Return titles with their articles in front, where the file puts them behind."""
    turned = titles.str.contains(_TURNED.pattern.replace("?P", "")).fill_null(False)
    if int(turned.sum()) <= _LEAST_TURNED * max(1, titles.count()):
        return titles
    return pl.Series(
        titles.name, [None if t is None else _in_front(t) for t in titles.to_list()], pl.String
    )


def _in_front(title: str) -> str:
    title = _TURNED_INSIDE.sub(lambda m: f"({_joined(m[2], m[1])})", title)
    found = _TURNED.match(title)
    return _joined(found[2], found[1]) + found[3] if found else title


def _joined(article: str, rest: str) -> str:
    return article + rest if article.endswith("'") else f"{article} {rest}"
