"""Instructions as rows for tuning a causal model with low-rank adapters (`tuning.lora`).

A row's instruction is what the person says and its answer what the model says. With `think`, the
model gives its reason before the answer. Knows rows on both sides, no model.
"""

import json
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from sommelier.errors import DataError
from sommelier.evaluation.instructions.rows import InstructionRow, Split
from sommelier.tuning.lora.rows import Row

__all__ = ["as_row", "write_rows"]


def as_row(row: InstructionRow, *, think: bool = False) -> Row:
    """Return an instruction as a row of a causal model; all share one system text."""
    system = (
        files("sommelier.tuning.instructions.writing").joinpath("causal.txt").read_text("utf-8")
    )
    answer = f"{row.rationale}\nAnswer: {row.answer}" if think else row.answer
    return Row(system=system.strip(), user=row.text, answer=answer, group=row.form)


def write_rows(
    rows: Iterable[InstructionRow], path: Path, *, split: Split, think: bool = False
) -> Path:
    """Write the rows of a split as JSONL for `sommelier.tuning.lora`; DataError if there is none.

    Whole or not at all.
    """
    part = path.with_suffix(".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with part.open("w", encoding="utf-8") as file:
        for row in rows:
            if row.split == split:
                made = as_row(row, think=think)
                file.write(json.dumps(vars(made), ensure_ascii=False) + "\n")
                count += 1
    if not count:
        part.unlink()
        raise DataError(f"None of these rows is of the part {split!r}.")
    part.replace(path)
    return path
