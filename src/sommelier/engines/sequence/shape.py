"""What a causal transformer and a run must be told, whoever's settings say it."""

from typing import Final, Protocol

__all__ = ["EXTRA", "Schedule", "Shape"]

EXTRA: Final = "train"  # the extra that brings what learning needs; scoring needs none


class Shape(Protocol):
    """The settings of a transformer."""

    @property
    def embedding_size(self) -> int:
        """Length of all vectors."""

    @property
    def blocks(self) -> int:
        """How many blocks lie one upon another."""

    @property
    def heads(self) -> int:
        """Attention heads of a block."""

    @property
    def window(self) -> int:
        """Most cells behind the first one."""

    @property
    def position(self) -> str:
        """`learned` or `none`."""

    @property
    def gates(self) -> bool:
        """Whether what a block adds is gated, as in LiGR."""

    @property
    def dropout(self) -> float:
        """Share of states dropped."""


class Schedule(Protocol):
    """The settings of a run over rounds."""

    @property
    def learning_rate(self) -> float:
        """Of AdamW."""

    @property
    def weight_decay(self) -> float:
        """Of AdamW."""

    @property
    def epochs(self) -> int:
        """Most rounds."""

    @property
    def patience(self) -> int:
        """Rounds without a better score before it stops."""

    @property
    def cooldown(self) -> int:
        """Last rounds, over which the learning rate falls to nothing."""

    @property
    def seed(self) -> int:
        """Of all that is random."""
