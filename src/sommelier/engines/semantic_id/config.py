"""The settings of `semantic_id`, each declared once. Defaults are those tried on Amazon Beauty."""

from typing import Annotated, Literal, Self

from pydantic import Field as Setting
from pydantic import model_validator

from sommelier.engines.base import EngineConfig

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
    heads: Annotated[int, Setting(description="attention heads of a block", ge=1)] = 4
    window: Annotated[int, Setting(description="newest events of a history that count", ge=1)] = 50
    position: Annotated[
        Literal["learned", "none"], Setting(description="whether a place has a vector of its own")
    ] = "learned"
    gates: Annotated[
        bool, Setting(description="a learned gate on what a block adds, as in LiGR")
    ] = False
    dropout: Annotated[float, Setting(description="share of states dropped", ge=0, lt=1)] = 0.3
    batch_size: Annotated[int, Setting(description="people in a step", ge=1)] = 128
    learning_rate: Annotated[float, Setting(description="of AdamW", gt=0)] = 1e-3
    weight_decay: Annotated[float, Setting(description="of AdamW", ge=0)] = 0.0
    epochs: Annotated[int, Setting(description="most rounds over all people", ge=1)] = 200
    patience: Annotated[
        int,
        Setting(
            description="rounds without a better NDCG@10 on everybody's last event, held out, "
            "before it stops; 0 holds nothing out and goes through all epochs",
            ge=0,
        ),
    ] = 10
    cooldown: Annotated[
        int, Setting(description="last rounds, over which the learning rate falls to nothing", ge=0)
    ] = 10
    judged: Annotated[int, Setting(description="people the NDCG is taken over", ge=1)] = 2000
    refit: Annotated[
        bool, Setting(description="learn anew from all events, for as long as was found best")
    ] = True
    device: Annotated[
        Literal["auto", "cpu", "cuda"], Setting(description="that trains; auto takes a GPU")
    ] = "auto"
    seed: Annotated[int, Setting(description="of all that is random", ge=0)] = 0
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
