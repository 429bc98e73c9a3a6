"""The run that teaches a causal model the items' words: adapters, and the new rows as a whole.

It is the run of `tuning/lora`, with a vocabulary that grew: checkpoints, going on and the log are
its own. A checkpoint holds the adapter and the new rows, not the old vocabulary.
"""

from collections.abc import Callable
from pathlib import Path

from sommelier.data.catalog import Catalog
from sommelier.tuning.indexing.growing import begun, grown
from sommelier.tuning.indexing.make import ROWS
from sommelier.tuning.indexing.vocabulary import Vocabulary
from sommelier.tuning.lora.base import load_base
from sommelier.tuning.lora.train import Progress, Settings
from sommelier.tuning.lora.train import train as run

__all__ = ["Progress", "Settings", "train"]


def train(
    base: Path,
    folder: Path,
    catalog: Catalog,
    out: Path,
    *,
    settings: Settings | None = None,
    report: Callable[[Progress], None] = lambda _: None,
) -> Path:
    """Teach the model at `base` what `make` wrote into `folder`; return `out`, which serving opens.

    `settings.rank` 0 teaches all weights, for a small model that knows nothing yet. The same call
    goes on from the last checkpoint. WorkspaceError if the codes are of another catalogue.
    """
    settings = settings or Settings()
    vocabulary = Vocabulary.load(folder)
    vocabulary.check(catalog)
    model = grown(load_base(base, precision=settings.precision), vocabulary)
    vocabulary.save(out)
    run(
        begun(model, vocabulary, catalog.texts()),
        folder / ROWS,
        out,
        settings=settings,
        report=report,
    )
    return out
