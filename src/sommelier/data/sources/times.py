"""Times in any of the usual forms, as whole seconds since 1970 UTC; forms may be mixed.

Numbers are seconds, milliseconds, microseconds or nanoseconds, told apart by their size (a count of
seconds from 1e11 on would lie after the year 5100). Words are ISO 8601 and a few written forms.
"""

from typing import Final

import numpy as np
import polars as pl

from sommelier.types import Bools

__all__ = ["RULE", "to_seconds"]

RULE: Final = "{value} is no time: seconds, milliseconds or ISO 8601 (2024-01-31T12:00:00)"
_DATETIMES: Final = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
)
_DATES: Final = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%m %d, %Y",
    "%d-%b-%Y",
    "%b %d, %Y",
    "%d.%m.%Y",
    "%m/%d/%Y",
)


def to_seconds(column: pl.Series) -> tuple[pl.Series, Bools]:
    """Return (int64 seconds with null for unknown, which cells [n] are no time at all)."""
    if column.dtype in (pl.Date, pl.Datetime):
        moments = column.cast(pl.Datetime("us", getattr(column.dtype, "time_zone", None)))
        return moments.dt.epoch("s"), _none(column)
    if column.dtype.is_numeric():
        return _scaled(column.cast(pl.Float64)), _none(column)
    whole = column.cast(pl.Int64, strict=False)
    if whole.null_count() == column.null_count():  # the usual case, and the quick one
        return _scaled(whole), _none(column)
    text = column.str.strip_chars()
    said = text.is_not_null() & (text != "")
    seconds = _scaled(text.cast(pl.Float64, strict=False))
    worded = said & seconds.is_null()
    if worded.any():
        seconds = seconds.zip_with(~worded, _worded(text))
    return seconds, (said & seconds.is_null()).to_numpy()


def _none(column: pl.Series) -> Bools:
    return np.zeros(len(column), bool)


def _scaled(number: pl.Series) -> pl.Series:
    size = number.abs().max()
    if size is not None and size < 1e11:  # type: ignore[operator]  # a number
        return number.cast(pl.Int64, strict=False)
    cell, unit = pl.col("n"), pl.lit(1)
    for least, per_second in ((1e11, 1_000), (1e14, 1_000_000), (1e17, 1_000_000_000)):
        unit = pl.when(cell.abs() >= least).then(per_second).otherwise(unit)
    frame = pl.DataFrame({"n": number})
    return frame.select((cell / unit).floor().cast(pl.Int64, strict=False)).to_series()


def _worded(text: pl.Series) -> pl.Series:
    """Read words; a zone given at the end is honoured, without one the time is UTC."""
    cell = pl.col("t")
    zone = cell.str.extract(r"\d{1,2}:\d{2}.*?(Z|[+-]\d{2}:?\d{2})$", 1)
    minutes = (
        zone.str.extract(r"[+-](\d{2})", 1).cast(pl.Int64) * 60
        + zone.str.extract(r"(\d{2})$", 1).cast(pl.Int64)
    ) * pl.when(zone.str.starts_with("-")).then(-1).otherwise(1)
    bare = (
        pl.when(zone.is_not_null())
        .then(cell.str.replace(r"\s*(Z|[+-]\d{2}:?\d{2})$", ""))
        .otherwise(cell.str.replace(r"\s*UTC$", ""))
    )
    plain = bare.str.replace(r"^(\d{4}-\d{2}-\d{2})T", "${1} ")
    read = pl.coalesce(
        *(plain.str.to_datetime(form, strict=False, time_unit="us") for form in _DATETIMES),
        *(plain.str.to_date(form, strict=False).cast(pl.Datetime("us")) for form in _DATES),
    )
    seconds = read.dt.epoch("s") - pl.coalesce(minutes * 60, pl.lit(0))
    return pl.DataFrame({"t": text}).select(seconds.cast(pl.Int64)).to_series()
