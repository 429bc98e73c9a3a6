"""implicit: matrix factorisation and item-item neighbours. See `jobs` for what a model is."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender
from jobs import Job, main

NEIGHBOURS = {"cosine": CosineRecommender, "tfidf": TFIDFRecommender, "bm25": BM25Recommender}


def als(job: Job) -> Iterator[Any]:
    yield from run(AlternatingLeastSquares(**job.settings, random_state=0, num_threads=1), job)


def bpr(job: Job) -> Iterator[Any]:
    yield from run(BayesianPersonalizedRanking(**job.settings, random_state=0, num_threads=1), job)


def knn(job: Job) -> Iterator[Any]:
    settings = dict(job.settings)
    yield from run(NEIGHBOURS[settings.pop("weighting")](**settings, num_threads=1), job)


def run(model: Any, job: Job) -> Iterator[Any]:
    asked, histories = job.asked, job.matrix[job.asked]
    yield
    model.fit(job.matrix, show_progress=False)
    yield
    items, scores = model.recommend(asked, histories, N=job.k)
    # Where nothing else is left, it fills lists with what was met: with a score of 0 among
    # neighbours, with a huge negative one from factors.
    rows = np.repeat(np.arange(len(asked)), items.shape[1])
    own = np.asarray(histories[rows, items.ravel()]).reshape(items.shape) > 0
    yield np.where(own | (scores < -1e30), -1, items)


if __name__ == "__main__":
    main({"als": als, "bpr": bpr, "knn": knn}, ["implicit", "numpy", "scipy"])
