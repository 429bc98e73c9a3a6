"""RecTools: EASE, and SASRec with the loss that its public benchmark trains it with.

See `jobs` for what a model is. SASRec stops by each user's last event where one is held out, and
tells how many epochs were best; where none is, it trains for the epochs that it is told.
"""

import copy
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import torch
from jobs import Job, main
from pytorch_lightning import Callback, Trainer, seed_everything
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import EASEModel, SASRecModel
from rectools.models.nn.item_net import IdEmbeddingsItemNet
from rectools.models.nn.transformers.lightning import TransformerLightningModule

warnings.filterwarnings("ignore")
START = pd.Timestamp("2000-01-01")


def ease(job: Job) -> Iterator[Any]:
    yield from run(EASEModel(**job.settings, recommend_n_threads=1), job, dataset(*job.events))


def sasrec(job: Job) -> Iterator[Any]:
    seed_everything(0)
    settings = dict(job.settings)
    epochs, patience = settings.pop("epochs"), settings.pop("patience")
    model = SASRecModel(
        **settings,
        get_val_mask_func=last if job.held else None,
        item_net_block_types=(IdEmbeddingsItemNet,),
        recommend_n_threads=1,
        lightning_module_type=Ranked,
        get_trainer_func=lambda: trainer(epochs, patience),
    )
    users, items = job.events
    if job.held:  # the mask takes these out again
        users, items = (np.concatenate(pair) for pair in zip(job.events, job.held, strict=True))
    steps = run(model, job, dataset(users, items), asked_of=dataset(*job.events))
    yield next(steps)
    yield next(steps)
    if job.held:  # the trainer works with a copy of the callback
        [best] = [one for one in model.fit_trainer.callbacks if isinstance(one, Best)]
        job.found["epochs"] = best.epoch
    yield next(steps)


def run(model: Any, job: Job, data: Dataset, asked_of: Dataset | None = None) -> Iterator[Any]:
    asked = job.asked
    yield
    model.fit(data)
    yield
    found = model.recommend(asked, asked_of or data, k=job.k, filter_viewed=True)
    found = found.sort_values([Columns.User, Columns.Rank])
    yield job.rows(found[Columns.User].to_numpy(), found[Columns.Item].to_numpy())


def dataset(users: np.ndarray, items: np.ndarray) -> Dataset:
    """Return events as RecTools wants them; one second passes from each to the next."""
    order = np.argsort(users, kind="stable")
    when = START + pd.to_timedelta(np.arange(len(users)), unit="s")
    frame = {"user_id": users[order], "item_id": items[order], "weight": 1.0, "datetime": when}
    return Dataset.construct(pd.DataFrame(frame))


def last(events: pd.DataFrame) -> np.ndarray:
    """Return which events are the last of their user, of users with at least two."""
    newest = events.groupby(Columns.User)[Columns.Datetime].rank(ascending=False, method="first")
    several = events.groupby(Columns.User)[Columns.Item].transform("size") > 1
    return ((newest == 1) & several).to_numpy()


def trainer(epochs: int, patience: int) -> Trainer:
    return Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        devices=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        callbacks=[Best(patience)],
    )


class Ranked(TransformerLightningModule):
    """Validates by N@10 over all items, as its users are asked later."""

    def validation_step(self, batch: dict[str, torch.Tensor], batch_idx: int) -> Any:
        logits = self.torch_model(batch)[:, -1, :]
        logits.scatter_(1, batch["x"], -torch.inf)
        logits[:, : self.data_preparator.n_item_extra_tokens] = -torch.inf
        target = batch["y"][:, -1:]
        above = (logits > logits.gather(1, target)).sum(1)
        gain = torch.where(above < 10, 1 / torch.log2(above + 2.0), 0.0)
        self.log("N@10", gain.mean(), on_step=False, on_epoch=True, batch_size=len(gain))


class Best(Callback):
    """Keeps the weights of the best epoch, and stops after `patience` epochs without a better."""

    def __init__(self, patience: int) -> None:
        self.patience, self.epoch, self.score, self.weights = patience, 0, -1.0, None

    def on_validation_end(self, trainer: Trainer, module: Any) -> None:
        score, epoch = float(trainer.callback_metrics["N@10"]), trainer.current_epoch + 1
        print(f"epoch {epoch}: N@10 {score:.4f}", flush=True)
        if score > self.score:
            self.score, self.epoch = score, epoch
            self.weights = copy.deepcopy(module.torch_model.state_dict())
        elif epoch - self.epoch >= self.patience:
            trainer.should_stop = True

    def on_train_end(self, trainer: Trainer, module: Any) -> None:
        if self.weights is not None:
            module.torch_model.load_state_dict(self.weights)


if __name__ == "__main__":
    main({"ease": ease, "sasrec": sasrec}, ["rectools", "torch", "numpy", "scipy"])
