"""What an instruction is: preference, intention, task form, and the context it is said in.

Three answers each to "what do we know of the person?" and "what do they want now?", and four forms
of the task, after InstructRec (Zhang et al. 2023). Texts only: knows no template, engine or model.
"""

from dataclasses import dataclass
from enum import StrEnum

from sommelier.errors import DataError

__all__ = ["Form", "Instruction", "Intention", "Preference"]


class Preference(StrEnum):
    """What is known of the person."""

    NONE = "P0"
    IMPLICIT = "P1"  # items met, oldest first
    EXPLICIT = "P2"  # said in words


class Intention(StrEnum):
    """What is wanted now."""

    NONE = "I0"
    VAGUE = "I1"  # a mood, a use, a need
    SPECIFIC = "I2"  # categories, a maker, a kind


class Form(StrEnum):
    """How the question is put."""

    POINTWISE = "T0"  # would this one suit?
    PAIRWISE = "T1"  # which of two suits better?
    MATCHING = "T2"  # what of the whole catalogue suits?
    RERANKING = "T3"  # in what order do these suit?


_CANDIDATES = {Form.POINTWISE: (1, 1), Form.PAIRWISE: (2, 2), Form.MATCHING: (0, 0)}


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """One instruction. DataError where a part is missing, or there that its kind excludes."""

    form: Form
    history: tuple[str, ...] = ()  # titles, oldest first: an implicit preference
    liking: str = ""  # what the person says they like: an explicit preference
    wish: str = ""  # what the person says they want now
    intention: Intention = Intention.NONE
    context: str = ""  # time, place, company, device, mood
    candidates: tuple[str, ...] = ()  # titles

    def __post_init__(self) -> None:
        least, most = _CANDIDATES.get(self.form, (2, len(self.candidates)))
        if not least <= len(self.candidates) <= most:
            raise DataError(
                f"An instruction of form {self.form} has {len(self.candidates)} candidates, "
                f"but it takes {least if least == most else f'{least} or more'}."
            )
        if bool(self.wish) != (self.intention is not Intention.NONE):
            raise DataError(f"A wish goes with the intentions I1 and I2, not {self.intention}.")
        if self.history and self.liking:
            raise DataError("An instruction has one preference: items met, or words, not both.")

    @property
    def preference(self) -> Preference:
        """What is known of the person."""
        if self.history:
            return Preference.IMPLICIT
        return Preference.EXPLICIT if self.liking else Preference.NONE

    @property
    def kind(self) -> str:
        """The kind as one word, such as `P1-I2-T3`."""
        return f"{self.preference}-{self.intention}-{self.form}"
