"""The settings of the engine `prompted`: whose candidates, how they are asked about, and when."""

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field as Setting
from pydantic import model_validator

from sommelier.engines.prompted.models import WithModel
from sommelier.types import Json

__all__ = ["PromptedConfig", "Shape", "Style", "When"]

Shape: TypeAlias = Literal["listwise", "setwise", "pairwise", "pointwise", "graded"]
Style: TypeAlias = Literal["sequential", "recency", "in_context"]
When: TypeAlias = Literal["cold", "text", "always"]


class PromptedConfig(WithModel):
    """Beside these, which language model is asked and what it may take."""

    base: Annotated[
        str,
        Setting(description="the engine that proposes candidates; best one that hears words"),
    ] = "slist"
    base_settings: Annotated[
        Json | None, Setting(description="settings of that engine; none: its own")
    ] = None
    depth: Annotated[
        int, Setting(description="its best items that are put in order", ge=2, le=200)
    ] = 20
    shape: Annotated[Shape, Setting(description="how candidates are asked about")] = "listwise"
    prompt: Annotated[Style, Setting(description="how the history is told")] = "sequential"
    history: Annotated[
        int, Setting(description="newest items of the history that are told", ge=1, le=200)
    ] = 20
    window: Annotated[
        int, Setting(description="listwise: candidates seen at once", ge=2, le=26)
    ] = 20
    step: Annotated[
        int, Setting(description="listwise: how far the window moves, from the back", ge=1, le=25)
    ] = 10
    choices: Annotated[
        int, Setting(description="setwise: candidates that the best is picked of", ge=2, le=26)
    ] = 4
    places: Annotated[
        int, Setting(description="setwise: places that are filled; the rest keep their order", ge=1)
    ] = 10
    all_pairs: Annotated[
        int,
        Setting(
            description="pairwise: candidates up to which all pairs are asked; more: a sort", ge=0
        ),
    ] = 6
    rounds: Annotated[
        int,
        Setting(description="listwise, setwise: looks, each in another order", ge=1, le=24),
    ] = 1
    seed: Annotated[int, Setting(description="of those orders", ge=0)] = 0
    when: Annotated[
        When,
        Setting(description="text: where words are said; cold: there, and for short histories"),
    ] = "cold"
    cold_below: Annotated[
        int, Setting(description="items met or liked, from which nobody is cold", ge=0)
    ] = 5
    min_history: Annotated[
        int, Setting(description="items met or liked that it takes where no words are said", ge=1)
    ] = 1

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.base == "prompted":
            raise ValueError("an engine cannot put its own candidates in order")
        if self.step >= self.window:
            raise ValueError("`step` must be below `window`, or nothing rises from one to the next")
        if self.rounds > 1 and self.shape not in ("listwise", "setwise"):
            raise ValueError(
                f"`rounds` changes nothing for {self.shape}: each is asked alone, or both ways"
            )
        return self

    def asks(self, known: int, *, said: bool) -> bool:
        """Return whether the model is asked about somebody with so many items met or liked."""
        if said:
            return True
        if self.when == "text" or known < self.min_history:
            return False
        return self.when == "always" or known < self.cold_below
