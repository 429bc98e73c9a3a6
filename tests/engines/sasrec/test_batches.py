"""What an epoch holds. Needs no torch."""

import numpy as np

from sommelier.engines.sasrec import SASRecConfig
from sommelier.engines.sasrec.batches import epoch
from sommelier.testing import toy


def test_an_epoch_teaches_every_event_once_and_depends_on_seed_and_round_alone():
    log = toy.world().dataset.interactions
    config = SASRecConfig(batch_size=7, negatives=3, in_batch=2, log_q=True)
    pool = np.arange(15, dtype=np.int32)
    batches = list(epoch(log, pool, config, 1))
    taught = np.concatenate([batch.items[batch.targets] for batch in batches])
    assert sorted(taught) == sorted(log.items)
    assert [len(batch.negatives) for batch in batches] == [5] * 5
    assert all(np.isfinite(batch.shift).all() for batch in batches)
    again = np.concatenate([b.items[b.targets] for b in epoch(log, pool, config, 1)])
    other = np.concatenate([b.items[b.targets] for b in epoch(log, pool, config, 2)])
    assert (again == taught).all()
    assert (other != taught).any()
