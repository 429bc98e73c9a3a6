"""The settings of `semantic_id`, each declared once. Defaults are those tried on Amazon Beauty."""

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

__all__ = ["SemanticIdConfig"]


class SemanticIdConfig(EngineConfig):
    """How items get codes, what reads and writes them, how it learns, and what words do."""

    quantiser: Annotated[
        Literal["kmeans", "vae"],
        Setting(description="codes of the items' vectors, or of what a network (RQ-VAE) makes"),
    ] = "kmeans"
    levels: Annotated[
        int, Setting(description="codes of an item, without that which tells equals apart", ge=1)
    ] = 3
    codes: Annotated[int, Setting(description="codes that a level may choose from", ge=2)] = 256
    company: Annotated[
        float, Setting(description="weight of who met an item, over that of its text", ge=0)
    ] = 1.0
    directions: Annotated[
        int, Setting(description="length of the vector that says who met an item", ge=1)
    ] = 64
    embedding_size: Annotated[int, Setting(description="length of all states", ge=4)] = 128
    blocks: Annotated[int, Setting(description="transformer blocks over the events", ge=1)] = 2
    writing: Annotated[
        int, Setting(description="transformer blocks over the codes of the next item", ge=1)
    ] = 1
    heads: Heads = 4
    window: Window = 50
    position: Position = "learned"
    gates: Gates = False
    dropout: Dropout = 0.3
    batch_size: BatchSize = 128
    learning_rate: LearningRate = 1e-3
    weight_decay: WeightDecay = 0.0
    epochs: Epochs = 200
    patience: Patience = 10
    cooldown: Cooldown = 10
    judged: Judged = 2000
    refit: Refit = True
    device: Device = "auto"
    seed: Seed = 0
    beams: Annotated[
        int, Setting(description="beginnings of items that are followed at a time", ge=1)
    ] = 64
    disliked: Annotated[
        float, Setting(description="log-probability that likeness to a disliked item costs", ge=0)
    ] = 3.0
    said: Annotated[
        float, Setting(description="log-probability that likeness to the words brings", ge=0)
    ] = 10.0

    @model_validator(mode="after")
    def _even(self) -> Self:
        if self.embedding_size % self.heads:
            raise ValueError(
                f"embedding_size {self.embedding_size} is not a multiple of heads {self.heads}"
            )
        return self
