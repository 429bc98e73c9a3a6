"""The settings of `sasrec`, each declared once. Defaults are those chosen on Amazon Beauty."""

from typing import Annotated, Literal, Self

from pydantic import Field as Setting
from pydantic import model_validator

from sommelier.engines.base import EngineConfig
from sommelier.engines.sequence.settings import (
    BatchSize,
    Cooldown,
    Device,
    Dropout,
    Epochs,
    Gates,
    Heads,
    Judged,
    LearningRate,
    Patience,
    Position,
    Refit,
    Seed,
    WeightDecay,
    Window,
)

__all__ = ["SASRecConfig"]


class SASRecConfig(EngineConfig):
    """What is built, how it learns, and what a query's words and dislikes weigh."""

    embedding_size: Annotated[int, Setting(description="length of all vectors", ge=4)] = 64
    blocks: Annotated[int, Setting(description="transformer blocks", ge=1)] = 1
    heads: Heads = 1
    window: Window = 50
    position: Position = "learned"
    gates: Gates = False
    text: Annotated[
        Literal["none", "gated", "subspace", "only"],
        Setting(
            description="what an item is: its learned vector, that gated into its text's, text in "
            "the leading half and the learned vector in the rest, or text alone"
        ),
    ] = "gated"
    id_dropout: Annotated[
        float, Setting(description="share of items known by text alone in a step", ge=0, lt=1)
    ] = 0.2
    dropout: Dropout = 0.3
    loss: Annotated[
        Literal["softmax", "gbce"], Setting(description="over the right item and the negatives")
    ] = "softmax"
    negatives: Annotated[
        int,
        Setting(description="drawn evenly for each batch; 0 takes every item, and no others", ge=0),
    ] = 512
    in_batch: Annotated[
        int, Setting(description="further negatives drawn from the batch's own targets", ge=0)
    ] = 512
    log_q: Annotated[
        bool, Setting(description="softmax only: correct negatives for how often they are drawn")
    ] = True
    calibration: Annotated[
        float, Setting(description="gBCE only: 0 is plain BCE, 1 fully calibrated", ge=0, le=1)
    ] = 0.75
    batch_size: BatchSize = 128
    learning_rate: LearningRate = 1e-3
    weight_decay: WeightDecay = 0.0
    epochs: Epochs = 200
    patience: Patience = 10
    cooldown: Cooldown = 10
    judged: Judged = 5000
    refit: Refit = True
    precision: Annotated[
        Literal["auto", "float32", "bfloat16"],
        Setting(description="of products in training; auto is bfloat16 on a GPU"),
    ] = "auto"
    device: Device = "auto"
    seed: Seed = 0
    disliked: Annotated[
        float, Setting(description="how far a disliked item pushes, over the person's length", ge=0)
    ] = 0.3
    said: Annotated[
        float, Setting(description="how far the words of a query pull, over the same", ge=0)
    ] = 1.0

    @model_validator(mode="after")
    def _even(self) -> Self:
        if self.embedding_size % (2 * self.heads):
            raise ValueError(
                f"embedding_size {self.embedding_size} is not a multiple of 2 x heads {self.heads}"
            )
        return self
