"""What `engines.py` runs in the peers' own environments: one fit of EASE, as one JSON line.

python engines_peers.py rectools|lenskit EVENTS.csv REG
"""

import json
import resource
import sys
import time

import pandas as pd


def rectools(frame: pd.DataFrame, reg: float) -> float:
    from rectools.dataset import Dataset
    from rectools.models import EASEModel

    data = Dataset.construct(frame.assign(weight=1.0, datetime=pd.Timestamp("2000-01-01")))
    model = EASEModel(regularization=reg)
    began = time.perf_counter()
    model.fit(data)
    return time.perf_counter() - began


def lenskit(frame: pd.DataFrame, reg: float) -> float:
    from lenskit.data import from_interactions_df
    from lenskit.knn import EASEScorer

    data = from_interactions_df(frame)
    scorer = EASEScorer(regularization=reg)
    began = time.perf_counter()
    scorer.train(data)
    return time.perf_counter() - began


def main() -> None:
    peer, path, reg = sys.argv[1], sys.argv[2], float(sys.argv[3])
    frame = pd.read_csv(path)
    fit = {"rectools": rectools, "lenskit": lenskit}[peer]
    fit(frame[frame["user_id"] < 50], reg)  # loads what loads late
    seconds = fit(frame, reg)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(json.dumps({"seconds": seconds, "peak_gb": peak}))


if __name__ == "__main__":
    main()
