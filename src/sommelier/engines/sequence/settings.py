"""Settings of all engines that train a transformer on sequences, with their bounds and sentences.

Defaults are each engine's own business.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field as Setting

__all__ = [
    "BatchSize",
    "Cooldown",
    "Device",
    "Dropout",
    "Epochs",
    "Gates",
    "Heads",
    "Judged",
    "LearningRate",
    "Patience",
    "Position",
    "Refit",
    "Seed",
    "WeightDecay",
    "Window",
]

Heads: TypeAlias = Annotated[int, Setting(description="attention heads of a block", ge=1)]
Window: TypeAlias = Annotated[
    int, Setting(description="newest events of a history that count", ge=1)
]
Position: TypeAlias = Annotated[
    Literal["learned", "none"], Setting(description="whether a place has a vector of its own")
]
Gates: TypeAlias = Annotated[
    bool, Setting(description="a learned gate on what a block adds, as in LiGR")
]
Dropout: TypeAlias = Annotated[float, Setting(description="share of states dropped", ge=0, lt=1)]

BatchSize: TypeAlias = Annotated[int, Setting(description="people in a step", ge=1)]
LearningRate: TypeAlias = Annotated[float, Setting(description="of AdamW", gt=0)]
WeightDecay: TypeAlias = Annotated[float, Setting(description="of AdamW", ge=0)]
Epochs: TypeAlias = Annotated[int, Setting(description="most rounds over all people", ge=1)]
Patience: TypeAlias = Annotated[
    int,
    Setting(
        description="rounds without a better NDCG@10 on everybody's last event, held out, "
        "before it stops; 0 holds nothing out and goes through all epochs",
        ge=0,
    ),
]
Cooldown: TypeAlias = Annotated[
    int, Setting(description="last rounds, over which the learning rate falls to nothing", ge=0)
]
Judged: TypeAlias = Annotated[int, Setting(description="people the NDCG is taken over", ge=1)]
Refit: TypeAlias = Annotated[
    bool, Setting(description="learn anew from all events, for as long as was found best")
]
Device: TypeAlias = Annotated[
    Literal["auto", "cpu", "cuda"], Setting(description="that trains; auto takes a GPU")
]
Seed: TypeAlias = Annotated[int, Setting(description="of all that is random", ge=0)]
