"""The brain that settings choose, put together: model, budget, recordings, planner.

Reads no environment and makes no call; `probe` of `sommelier.llm.chat` finds out whether a model is
well.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from sommelier import registry
from sommelier.agent.brains.settings import BrainSettings
from sommelier.agent.planners.base import Planner, Warms
from sommelier.agent.planners.model.prompt import Demonstrations, Prompt
from sommelier.errors import ConfigError
from sommelier.llm.adapters import planner_adapter
from sommelier.llm.chat.base import ChatModel, Usage
from sommelier.llm.chat.budget import Budget
from sommelier.llm.models import Store
from sommelier.tools.lexicon import Lexicon

__all__ = [
    "BRAINS",
    "Brain",
    "Shown",
    "chosen",
    "default_brain",
    "installed",
    "open_brain",
    "open_model",
]

BRAINS: Final = {
    "rules": "grammar and the catalogue's words; no model, always there",
    "embedded": "a small language model in this process",
    "rules+embedded": "the rules for short plain words, the small model for all else",
    "openai": "a language model behind any OpenAI-compatible endpoint",
}
_BEST: Final = ("rules+embedded", "rules")  # measured: benchmarks/quality/brains.md
_SHORT: Final = 2048  # tokens for two brief prompts at once, each held in 23 kB
_LONG: Final = 4096  # where the model is told everything, or reads the answer too
Shown: TypeAlias = Callable[[], Demonstrations]


@dataclass(frozen=True, eq=False)
class Brain:
    """A planner, the language model behind it if there is one, and what that may take."""

    planner: Planner
    model: ChatModel | None = None
    budget: Budget = field(default_factory=Budget)
    phrases: bool = False  # whether the model rewords the replies too
    remote: bool = False  # whether the model is asked over the network
    heeds: bool = False  # whether it reads advice and summaries: the full prompt tells them
    judges: bool = False  # whether the model looks at plans that pass the critic
    close: Callable[[], object] = lambda: None  # frees the memory of a model in this process

    @property
    def name(self) -> str:
        """What the planner is called."""
        return self.planner.name

    async def warm(self) -> None:
        """Let a model in this process read the catalogue before the first message."""
        if not self.remote and isinstance(self.planner, Warms):
            await self.planner.warm()


def installed(root: Path | None = None) -> tuple[str, ...]:
    """Return the brains that can answer on this machine as it is; endpoints are elsewhere.

    `root` is where model files lie, by default the user's data folder.
    """
    from importlib.util import find_spec

    from sommelier.llm.chat.embedded.model import EMBEDDED

    embedded = Store(root).find(EMBEDDED) is not None and find_spec("xllamacpp") is not None
    return ("rules", "embedded", "rules+embedded") if embedded else ("rules",)


def default_brain(installed: Collection[str]) -> str:
    """Return the best of these brains."""
    return next(name for name in _BEST if name in installed)


def chosen(settings: BrainSettings) -> str:
    """Return the name of the brain that settings choose."""
    return settings.name or ("openai" if settings.base_url else default_brain(installed()))


def open_brain(
    settings: BrainSettings,
    lexicon: Lexicon,
    *,
    model: ChatModel | None = None,
    key: str = "",
    spent_today: Usage | None = None,
    shown: Shown | None = None,
) -> Brain:
    """Return the brain of these settings; `model` stands in for the one they name.

    `shown` makes the catalogue's demonstrations, where the model needs them. A name that is none of
    `BRAINS` is that of a registered planner. ConfigError says which setting is missing,
    NotInstalled what to install.
    """
    name = chosen(settings)
    if name not in BRAINS or (name == "rules" and not settings.phrase):
        return Brain(registry.load("planners", name)(lexicon))
    budget = _budget(settings, spent_today)
    opened = model or _model(settings, key, budget)
    model = _kept(opened, settings)
    close: Callable[[], object] = getattr(opened, "close", lambda: None)
    remote = bool(settings.base_url)
    shown = shown if settings.demonstrations else None
    planner = _planner(name, settings, lexicon, model, shown)
    heeds = name != "rules" and (settings.prompt or _prompt(name, settings)) == "full"
    return Brain(planner, model, budget, settings.phrase, remote, heeds, settings.judge, close)


def open_model(
    settings: BrainSettings,
    *,
    model: ChatModel | None = None,
    key: str = "",
    spent_today: Usage | None = None,
) -> tuple[ChatModel, Budget]:
    """Return the language model of these settings, or `model` in its place, and its budget."""
    budget = _budget(settings, spent_today)
    return _kept(model or _model(settings, key, budget), settings), budget


def _budget(settings: BrainSettings, spent: Usage | None) -> Budget:
    """What runs in this process costs no money, so no limit of money holds for it."""
    turn, day = settings.turn, settings.day
    if not settings.base_url:
        turn, day = (limits.model_copy(update={"cost": None}) for limits in (turn, day))
    prices = {settings.model: settings.price} if settings.price else None
    return Budget(turn=turn, day=day, prices=prices, spent_today=spent)


def _model(settings: BrainSettings, key: str, budget: Budget) -> ChatModel:
    name = chosen(settings)
    if settings.base_url:
        return _endpoint(settings, key, budget)
    if name in ("openai", "rules"):
        why = "Rewording replies needs a language model, and none" if name == "rules" else "None"
        raise ConfigError(
            f"{why} is named.",
            hint="Give base_url and model in [brain] of sommelier.toml, or --base-url and --model.",
        )
    from sommelier.llm.chat.embedded import open_default, open_embedded

    if settings.model:
        return open_embedded(Path(settings.model), timeout=settings.timeout, budget=budget)
    talks = (
        settings.phrase or settings.judge or (settings.prompt or _prompt(name, settings)) == "full"
    )
    context = _LONG if talks else _SHORT
    return open_default(context=context, timeout=settings.timeout, budget=budget)


def _endpoint(settings: BrainSettings, key: str, budget: Budget) -> ChatModel:
    from sommelier.llm.chat.openai import Endpoint, OpenAIModel

    same = ("base_url", "model", "timeout", "attempts", "longest_wait", "max_tokens")
    endpoint = Endpoint.read({name: getattr(settings, name) for name in same} | {"key": key})
    return OpenAIModel(endpoint, budget=budget)


def _kept(model: ChatModel, settings: BrainSettings) -> ChatModel:
    """Put the recordings before a model, and spans around both."""
    from sommelier.llm.chat.replay import ReplayModel
    from sommelier.llm.chat.trace import traced

    if settings.record:
        model = ReplayModel(model, settings.record, "record")
    elif settings.replay:
        model = ReplayModel(model, settings.replay, "replay")
    return traced(model)


def _planner(
    name: str, settings: BrainSettings, lexicon: Lexicon, model: ChatModel, shown: Shown | None
) -> Planner:
    from sommelier.agent.planners.model.hybrid import HybridPlanner
    from sommelier.agent.planners.model.planner import ModelPlanner

    rules: Planner = registry.load("planners", "rules")(lexicon)
    if name == "rules":  # the model only rewords
        return rules
    prompt = settings.prompt or _prompt(name, settings)
    examples = shown() if shown and prompt == "full" else None
    planner = ModelPlanner(
        lexicon,
        model,
        prompt=prompt,
        fallback=rules,
        demonstrations=examples,
        shots=settings.demonstrations,
        name="embedded" if "embedded" in name else model.name,
    )
    return HybridPlanner(rules, planner, name) if name.startswith("rules+") else planner


def _prompt(name: str, settings: BrainSettings) -> Prompt:
    """The model that ships was taught the brief prompt; any other has to be told everything."""
    tuned = name != "openai" and not (settings.base_url or settings.model) and planner_adapter()
    return "brief" if tuned else "full"
