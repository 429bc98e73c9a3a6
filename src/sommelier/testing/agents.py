"""An agent over a dataset in memory: what `Shop` wires from a workspace, without the workspace."""

from pathlib import Path

import numpy as np

from sommelier.agent.agent import Agent
from sommelier.agent.plan import Plan
from sommelier.agent.planners.base import Planned, Planner, View
from sommelier.agent.planners.rules import RulesPlanner
from sommelier.agent.policy import Policy
from sommelier.agent.replies import Writer
from sommelier.data.dataset import Dataset
from sommelier.engines.base import Engine
from sommelier.engines.content import Content
from sommelier.engines.linear.ease import EASE
from sommelier.state.store import Store
from sommelier.testing.encoder import BagOfWords
from sommelier.tools.base import Toolbox
from sommelier.types import Nums

__all__ = ["Scripted", "agent", "small_toolbox", "toolbox"]


class Scripted:
    """A brain that plays the plans it was given, in order, whatever is said."""

    name = "scripted"

    def __init__(self, *plans: Plan) -> None:
        self._plans = iter(plans)

    async def plan(self, message: str, view: View) -> Planned:
        """Return the next plan; an empty one after the last."""
        return Planned(next(self._plans, Plan()), self.name)


def toolbox(
    dataset: Dataset, ranker: Engine | None = None, reader: Engine | None = None
) -> Toolbox:
    """Return the tools over a dataset with these fitted engines."""
    log = dataset.interactions

    def history(user_id: str) -> Nums:
        number = log.user_index.get(user_id)
        return np.empty(0, np.int32) if number is None else log.history(number)

    counts = np.bincount(log.items, minlength=dataset.n_items).astype(np.float32)
    return Toolbox(dataset.catalog, counts, ranker, reader, history)


def small_toolbox(dataset: Dataset) -> Toolbox:
    """Return the tools with engines that a small dataset fits in a moment, and no model."""
    return toolbox(dataset, EASE().fit(dataset), Content(encoder=BagOfWords(64)).fit(dataset))


def agent(
    box: Toolbox, state: Path, policy: Policy | None = None, planner: Planner | None = None
) -> Agent:
    """Return an agent over these tools; what it remembers goes into the file `state`."""
    brain = planner or RulesPlanner(box.lexicon)
    return Agent(box, brain, Store.open(state), policy or Policy(), Writer(box))
