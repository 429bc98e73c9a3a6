"""RecBole: EASE, SLIM and SASRec. See `jobs` for what a model is.

Its linear models learn while they are made. SASRec stops by each user's last event where one is
held out, and tells how many epochs were best; where none is, it trains for as many as it is told.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from jobs import Job, main
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.data.interaction import Interaction
from recbole.trainer import Trainer
from recbole.utils import get_model, init_seed

BATCH = 256  # users ranked at once


def linear(name: str, job: Job) -> Iterator[Any]:
    with TemporaryDirectory() as folder:
        config, data = prepared(name, job, job.settings, Path(folder), held=False)
        learned, _, _ = data.build()
        users = data.token2id("user_id", job.asked.astype(str))
        yield
        model = get_model(name)(config, learned)
        yield
        batches = [Interaction({"user_id": torch.tensor(part)}) for part in parts(users)]
        yield ranked(model, data, batches, job)


def ease(job: Job) -> Iterator[Any]:
    yield from linear("EASE", job)


def slim(job: Job) -> Iterator[Any]:
    yield from linear("SLIMElastic", job)


def sasrec(job: Job) -> Iterator[Any]:
    settings = dict(job.settings)
    patience = settings.pop("patience")
    told = {**settings, "stopping_step": patience, "train_neg_sample_args": None}
    with TemporaryDirectory() as folder:
        held = job.held is not None
        config, data = prepared("SASRec", job, told, Path(folder), held=held)
        learned, validation, _ = data_preparation(config, data)
        model = get_model("SASRec")(config, learned.dataset)
        trainer, best = Trainer(config, model), Best()
        histories = sequences(data, job, config["MAX_ITEM_LIST_LENGTH"])
        yield
        trainer.fit(learned, validation if held else None, saved=held, callback_fn=best)
        if held:
            job.found["epochs"] = best.epoch
            weights = torch.load(trainer.saved_model_file, weights_only=False)["state_dict"]
            model.load_state_dict(weights)
        yield
        model.eval()
        yield ranked(model, data, histories, job)


class Best:
    """Told each epoch's N@10; remembers which was the highest."""

    def __init__(self) -> None:
        self.epoch, self.score = 0, -1.0

    def __call__(self, epoch: int, score: float) -> None:
        print(f"epoch {epoch + 1}: N@10 {score:.4f}", flush=True)
        if score > self.score:
            self.epoch, self.score = epoch + 1, score


def prepared(
    name: str, job: Job, settings: dict[str, Any], folder: Path, *, held: bool
) -> tuple[Config, Any]:
    """Return RecBole's configuration and data; an event's place stands for its time."""
    users, items = job.events
    if held:
        users, items = (np.concatenate(pair) for pair in zip(job.events, job.held, strict=True))
    (folder / "set").mkdir()
    table = np.column_stack([users, items, np.arange(len(users))])
    header = "user_id:token\titem_id:token\ttimestamp:float"
    place = folder / "set" / "set.inter"
    np.savetxt(place, table, fmt="%d", delimiter="\t", header=header, comments="")
    split = {"LS": "valid_only"} if held else {"RS": [1.0, 0.0, 0.0]}
    told = {
        **settings,
        "data_path": str(folder),
        "checkpoint_dir": str(folder),
        "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
        "eval_args": {"split": split, "order": "TO", "mode": "full", "group_by": "user"},
        "metrics": ["NDCG"],
        "topk": [10],
        "valid_metric": "NDCG@10",
        "seed": 0,
        "reproducibility": True,
        "use_gpu": False,
        "show_progress": False,
        "worker": 0,
    }
    config = Config(model=name, dataset="set", config_dict=told)
    init_seed(0, True)
    return config, create_dataset(config)


def sequences(data: Any, job: Job, longest: int) -> list[Interaction]:
    """Return what SASRec is asked: each user's newest items, in RecBole's own numbers."""
    numbers = np.zeros(job.n_items, np.int64)
    known = data.field2id_token["item_id"][1:].astype(np.int64)
    numbers[known] = np.arange(1, len(known) + 1)
    users, items = job.events
    rows, lengths = np.zeros((len(job.asked), longest), np.int64), []
    for row, user in zip(rows, job.asked, strict=True):
        first, end = np.searchsorted(users, [user, user + 1])
        newest = numbers[items[first:end][-longest:]]
        row[: len(newest)] = newest
        lengths.append(max(1, len(newest)))
    return [
        Interaction({"item_id_list": torch.tensor(part), "item_length": torch.tensor(length)})
        for part, length in zip(parts(rows), parts(np.array(lengths)), strict=True)
    ]


def ranked(model: Any, data: Any, batches: list[Interaction], job: Job) -> np.ndarray:
    """Return the lists for the users of the batches, in our numbers, without what they have met."""
    known = data.field2id_token["item_id"][1:].astype(np.int64)
    found = []
    with torch.no_grad():
        for asked, batch in zip(parts(job.asked), batches, strict=True):
            own = model.full_sort_predict(batch).view(len(asked), -1).numpy()
            scores = np.full((len(asked), job.n_items), -np.inf, np.float32)
            scores[:, known] = own[:, 1:]
            found.append(job.best(scores, asked))
    return np.concatenate(found)


def parts(array: np.ndarray) -> list[np.ndarray]:
    return [array[start : start + BATCH] for start in range(0, len(array), BATCH)]


if __name__ == "__main__":
    models = {"ease": ease, "slim": slim, "sasrec": sasrec}
    main(models, ["recbole", "torch", "scikit-learn", "numpy", "scipy"])
