"""Rows of instructions: one JSON line each, the same for tuning and for measuring.

Items stand by the shop's own ids, so a row outlives a new import of its catalogue. Knows how a row
is written and read, not how one is made up.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Setting

from sommelier.engines.instruct.form import Form, Intention, Preference
from sommelier.errors import DataError, RowError

__all__ = ["InstructionRow", "Split", "read_rows"]

Split = Literal["train", "dev", "test"]


class InstructionRow(BaseModel):
    """One instruction, its right answer and the wrong ones beside it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Setting(description="set-split-number: the same in every run")]
    set: Annotated[str, Setting(description="name of the catalogue")]
    split: Split
    user: str
    target: Annotated[str, Setting(description="item_id of the right answer")]
    history: Annotated[tuple[str, ...], Setting(description="item_ids, oldest first")] = ()
    preference: Preference
    intention: Intention
    form: Form
    template: Annotated[str, Setting(description="name of the template, # and of its wording")]
    seen: Annotated[bool, Setting(description="whether training may use this wording")] = True
    strategy: Annotated[str, Setting(description="how the wish was come by")] = ""
    liking: str = ""
    wish: str = ""
    context: str = ""
    hard: Annotated[
        tuple[str, ...], Setting(description="item_ids that an engine took for right")
    ] = ()
    candidates: Annotated[
        tuple[str, ...], Setting(description="item_ids in the order of the letters")
    ] = ()
    text: Annotated[str, Setting(description="the instruction as a language model reads it")]
    spoken: Annotated[str, Setting(description="what the person said, as an encoder reads it")] = ""
    answer: Annotated[str, Setting(description="yes, no, letters or a title")]
    rationale: str = ""

    @property
    def kind(self) -> str:
        """Preference and intention, such as `P1-I2`."""
        return f"{self.preference}-{self.intention}"


def read_rows(path: Path, *, split: Split | None = None) -> Iterator[InstructionRow]:
    """Yield the rows of a JSONL file; DataError without one, RowError for the first bad line."""
    if not path.is_file():
        raise DataError(
            f"There are no instructions at {path}.",
            hint="Make them: sommelier tune instructions make WORKSPACE --out FOLDER",
        )
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = InstructionRow.model_validate(json.loads(line))
            except ValueError as error:  # pydantic's and json's are both
                raise RowError(path.name, number, "", f"no instruction: {error}") from None
            if split is None or row.split == split:
                yield row
