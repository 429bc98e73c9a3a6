"""What `sequences.py` runs in the peers' own environments, as one JSON line.

python sequences_peers.py rank EVENTS.csv            (RecBole)
python sequences_peers.py epoch EVENTS.csv PEOPLE    (RecTools)
"""

import json
import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd


def now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def took(before: tuple[float, float]) -> dict[str, float]:
    return {
        name: end - begin
        for name, begin, end in zip(("seconds", "cpu"), before, now(), strict=True)
    }


def rank(events: str) -> dict[str, Any]:
    """RecBole's EASE and SASRec: full sort of all items for all users, the best 100."""
    from recbole.utils import get_model

    found = {}
    for name, settings in (
        ("EASE", {"reg_weight": 300.0}),
        (
            "SASRec",
            {
                "hidden_size": 64,
                "inner_size": 256,
                "n_layers": 2,
                "n_heads": 1,
                "MAX_ITEM_LIST_LENGTH": 200,
                "train_neg_sample_args": None,
            },
        ),
    ):
        with TemporaryDirectory() as folder:
            config, learned, asked = prepared(name, settings, pd.read_csv(events), Path(folder))
            model = get_model(name)(config, learned.dataset).eval()
            found[f"recbole {name.lower()}"] = full_sort(model, asked, config)
    return found


def prepared(name: str, settings: dict[str, Any], frame: pd.DataFrame, folder: Path) -> Any:
    """Return RecBole's configuration, and its loaders of what is learned and what is asked."""
    from recbole.config import Config
    from recbole.data import create_dataset, data_preparation

    (folder / "set").mkdir()
    frame = frame.assign(timestamp=np.arange(len(frame)))
    frame.columns = ["user_id:token", "item_id:token", "timestamp:float"]
    frame.to_csv(folder / "set" / "set.inter", sep="\t", index=False)
    told = {
        **settings,
        "data_path": str(folder),
        "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
        "eval_args": {"split": {"LS": "test_only"}, "order": "TO", "mode": "full"},
        "eval_batch_size": 1_000_000 if name == "EASE" else 256,
        "use_gpu": False,
        "show_progress": False,
        "worker": 0,
    }
    config = Config(model=name, dataset="set", config_dict=told)
    learned, _, asked = data_preparation(config, create_dataset(config))
    return config, learned, asked


def full_sort(model: Any, asked: Any, config: Any) -> dict[str, float]:
    """Time RecBole's batches: scores, history masked, the best 100."""
    import torch
    from recbole.trainer import Trainer

    trainer = Trainer(config, model)
    trainer.tot_item_num = asked._dataset.item_num
    if hasattr(trainer, "item_tensor") is False or trainer.item_tensor is None:
        trainer.item_tensor = asked._dataset.get_item_feature()
    people = 0
    with torch.no_grad():
        before = now()
        for batch in asked:
            _, scores, _, _ = trainer._full_sort_batch_eval(batch)
            people += len(torch.topk(scores, 100, dim=1).indices)
        return {**took(before), "people": people}


def epoch(events: str, people: str) -> dict[str, float]:
    """RecTools' SASRec: the second of two epochs."""
    from pytorch_lightning import Callback, Trainer, seed_everything
    from rectools.dataset import Dataset
    from rectools.models import SASRecModel
    from rectools.models.nn.item_net import IdEmbeddingsItemNet

    class Clock(Callback):
        def on_train_epoch_start(self, *_: Any) -> None:
            self.before = now()

        def on_train_epoch_end(self, *_: Any) -> None:
            CLOCK.update(took(self.before))

    def trainer() -> Trainer:
        return Trainer(
            max_epochs=2,
            accelerator="cpu",
            devices=1,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            callbacks=[Clock()],
        )

    seed_everything(0)
    frame = pd.read_csv(events)
    frame = frame[frame["user_id"] < int(people)]
    when = pd.Timestamp("2000-01-01") + pd.to_timedelta(np.arange(len(frame)), unit="s")
    model = SASRecModel(
        n_factors=64,
        n_blocks=2,
        n_heads=1,
        dropout_rate=0.1,
        session_max_len=200,
        loss="sampled_softmax",
        n_negatives=256,
        lr=0.001,
        batch_size=128,
        item_net_block_types=(IdEmbeddingsItemNet,),
        get_trainer_func=trainer,
    )
    model.fit(Dataset.construct(frame.assign(weight=1.0, datetime=when)))
    return {**CLOCK, "events": len(frame), "gb": peak_gb()}


CLOCK: dict[str, float] = {}


def peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


if __name__ == "__main__":
    try:
        import torch

        torch.set_num_threads(1)
    except ImportError:
        pass
    print(json.dumps({"rank": rank, "epoch": epoch}[sys.argv[1]](*sys.argv[2:])))
