"""The settings of `sasrec`, each declared once. Defaults are those chosen on Amazon Beauty."""

from typing import Annotated, Literal, Self

from pydantic import Field as Setting
from pydantic import model_validator

from sommelier.engines.base import EngineConfig

__all__ = ["SASRecConfig"]


class SASRecConfig(EngineConfig):
    """What is built, how it learns, and what a query's words and dislikes weigh."""

    embedding_size: Annotated[int, Setting(description="length of all vectors", ge=4)] = 64
    blocks: Annotated[int, Setting(description="transformer blocks", ge=1)] = 1
    heads: Annotated[int, Setting(description="attention heads of a block", ge=1)] = 1
    window: Annotated[int, Setting(description="newest events of a history that count", ge=1)] = 50
    position: Annotated[
        Literal["learned", "none"], Setting(description="whether a place has a vector of its own")
    ] = "learned"
    gates: Annotated[
        bool, Setting(description="a learned gate on what a block adds, as in LiGR")
    ] = False
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
    dropout: Annotated[float, Setting(description="share of states dropped", ge=0, lt=1)] = 0.3
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
    judged: Annotated[int, Setting(description="people the NDCG is taken over", ge=1)] = 5000
    refit: Annotated[
        bool, Setting(description="learn anew from all events, for as long as was found best")
    ] = True
    precision: Annotated[
        Literal["auto", "float32", "bfloat16"],
        Setting(description="of products in training; auto is bfloat16 on a GPU"),
    ] = "auto"
    device: Annotated[
        Literal["auto", "cpu", "cuda"], Setting(description="that trains; auto takes a GPU")
    ] = "auto"
    seed: Annotated[int, Setting(description="of all that is random", ge=0)] = 0
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
