"""Who is compared: the engine of taste, words alone, an untuned encoder, and the tuned default."""

from collections.abc import Mapping

from sommelier.data import splits
from sommelier.data.dataset import Dataset
from sommelier.engines.base import Engine
from sommelier.engines.instruct.engine import Instruct, InstructConfig
from sommelier.engines.instruct.following import Follower
from sommelier.engines.making import make_engine
from sommelier.evaluation.instructions.baselines import BM25, Untuned
from sommelier.llm.cache import CachedEncoder
from sommelier.llm.encoder import open_encoder

__all__ = ["DEFAULT", "ENGINE", "make_rankers"]

ENGINE, DEFAULT = "engine alone", "instruct"


def make_rankers(
    dataset: Dataset,
    engine: str,
    settings: Mapping[str, object] | None = None,
    *,
    follower: Follower | None = None,
) -> dict[str, Engine]:
    """Return fitted rankers by the name that a table gives them.

    Nobody's last two events are learned from. NotInstalled without the encoders.
    """
    learned = dataset.with_interactions(splits.leave_last_out(dataset.interactions).train)
    taste = make_engine(engine, settings).fit(learned)
    follows = Instruct(InstructConfig(base=""), follower).fit(learned)
    follows.base = taste  # fitted once, shared
    plain = CachedEncoder(open_encoder())
    return {
        "popularity": make_engine("popularity").fit(learned),
        ENGINE: taste,
        "BM25": BM25().fit(learned),
        "untuned": Untuned(plain).fit(learned),
        "untuned, with history": Untuned(plain, history=True).fit(learned),
        DEFAULT: follows,
    }
