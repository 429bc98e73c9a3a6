"""Turns of real people, labelled with frames: `cases` yields them. See guide.md."""

from benchmarks.quality.brains.dev.load import Case, cases

__all__ = ["Case", "cases"]
