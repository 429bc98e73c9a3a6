"""LensKit: its scorers in its own top-n pipeline. See `jobs` for what a model is."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from jobs import Job, main
from lenskit.als import ImplicitMFConfig, ImplicitMFScorer
from lenskit.batch import recommend
from lenskit.data import from_interactions_df
from lenskit.knn import EASEConfig, EASEScorer, ItemKNNConfig, ItemKNNScorer
from lenskit.pipeline import topn_pipeline
from lenskit.training import TrainingOptions


def als(job: Job) -> Iterator[Any]:
    yield from run(ImplicitMFScorer(ImplicitMFConfig(**job.settings)), job)


def ease(job: Job) -> Iterator[Any]:
    yield from run(EASEScorer(EASEConfig(**job.settings)), job)


def knn(job: Job) -> Iterator[Any]:
    yield from run(ItemKNNScorer(ItemKNNConfig(**job.settings, feedback="implicit")), job)


def run(scorer: Any, job: Job) -> Iterator[Any]:
    users, items = job.events
    data = from_interactions_df(pd.DataFrame({"user_id": users, "item_id": items}))
    pipeline = topn_pipeline(scorer, n=job.k)
    asked = job.asked
    yield
    pipeline.train(data, TrainingOptions(rng=0))
    yield
    found = recommend(pipeline, asked.tolist(), n_jobs=1)
    frame = found.to_df()
    frame = frame.sort_values(["user_id", "rank"])
    yield job.rows(frame["user_id"].to_numpy(np.int64), frame["item_id"].to_numpy(np.int64))


if __name__ == "__main__":
    main({"als": als, "ease": ease, "knn": knn}, ["lenskit", "torch", "numpy", "scipy"])
