"""Runs that stop early, that are killed and go on, and that can be repeated to the last bit."""

import numpy as np
import pytest

from sommelier.engines.query import Query
from sommelier.engines.sasrec import SASRec, SASRecConfig
from sommelier.engines.sasrec.batches import epoch
from sommelier.engines.sasrec.judging import Judge
from sommelier.engines.sasrec.model import Model
from sommelier.engines.sasrec.training import learn, loss_of
from sommelier.engines.sequence.heldout import last_events
from sommelier.errors import DataError, UsageError
from sommelier.testing import toy

torch = pytest.importorskip("torch", reason="needs sommelier[train]")
pytest.importorskip("onnx", reason="needs sommelier[train]")

NO_TEXT = np.zeros((16, 0), np.float32)
SMALL = {
    "text": "none",
    "embedding_size": 8,
    "window": 8,
    "dropout": 0.2,
    "negatives": 0,
    "batch_size": 8,
    "learning_rate": 0.01,
    "epochs": 6,
    "patience": 2,
    "cooldown": 0,
    "threads": 1,
}


def settings(**changes):
    return SASRecConfig(**SMALL | changes)


def learned(engine):
    engine.fit(toy.world().dataset)
    return engine.arrays()


def same(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one)


class Killed(Exception):
    """What a test throws to end a run after some rounds."""


def killer(rounds, phase):
    def after(told):
        if (told.phase, told.round) == (phase, rounds):
            raise Killed

    return after


@pytest.mark.parametrize(("phase", "rounds"), [("search", 2), ("refit", 1)])
def test_a_killed_run_goes_on_to_the_same_weights(tmp_path, phase, rounds):
    whole = learned(SASRec(settings()))
    with pytest.raises(Killed):
        learned(SASRec(settings(), checkpoints=tmp_path, progress=killer(rounds, phase)))
    told = []
    resumed = SASRec(settings(), checkpoints=tmp_path, progress=told.append)
    assert same(learned(resumed), whole)
    assert told[0].phase != phase or told[0].round == rounds + 1
    assert not [path.name for path in tmp_path.iterdir() if path.suffix != ".pt"]


def test_a_finished_run_is_not_run_again(tmp_path):
    first, told = SASRec(settings(), checkpoints=tmp_path), []
    again = SASRec(settings(), checkpoints=tmp_path, progress=told.append)
    assert same(learned(first), learned(again))
    assert told == []


def test_rounds_can_be_added_to_a_finished_run_and_fewer_begin_anew(tmp_path):
    for epochs in (3, 5, 2):
        config = settings(patience=0, epochs=epochs)
        kept = learned(SASRec(config, checkpoints=tmp_path))
        assert same(kept, learned(SASRec(config)))


def test_a_checkpoint_of_other_events_or_settings_is_refused(tmp_path):
    SASRec(settings(), checkpoints=tmp_path).fit(toy.world().dataset)
    with pytest.raises(UsageError, match="other events"):
        SASRec(settings(learning_rate=0.02), checkpoints=tmp_path).fit(toy.world().dataset)
    with pytest.raises(UsageError, match="other events"):
        SASRec(settings(), checkpoints=tmp_path).fit(toy.dataset([[0, 1, 2]]))


def test_a_checkpoint_that_is_none_is_refused(tmp_path):
    for broken in (b"", b"no checkpoint", b"PK\x03\x04"):
        (tmp_path / "search.pt").write_bytes(broken)
        with pytest.raises(DataError, match="cannot be read"):
            SASRec(settings(), checkpoints=tmp_path).fit(toy.world().dataset)


def test_the_seed_decides_everything_and_nothing_outside_is_changed():
    before = torch.get_rng_state(), torch.get_num_threads()
    one, same_seed, other = (learned(SASRec(settings(seed=seed))) for seed in (3, 3, 4))
    assert same(one, same_seed)
    assert not np.array_equal(one["items"], other["items"])
    assert torch.equal(torch.get_rng_state(), before[0])
    assert torch.get_num_threads() == before[1]


def test_it_stops_when_the_held_out_events_are_found_no_better_and_keeps_the_best():
    told = []
    log = toy.world().dataset.interactions
    config = settings(epochs=50, refit=False)
    found = learn(log, NO_TEXT, config, progress=told.append)
    scores = [one.score for one in told]
    assert found.rounds == int(np.argmax(scores)) + 1 == len(scores) - 2
    assert found.score == max(scores)
    known = np.bincount(log.items[~last_events(log)], minlength=16) > 0
    assert (found.known == known).all()
    assert Judge(log, config)(found.model, known) == pytest.approx(found.score)


def test_nobody_with_two_events_is_no_reason_to_fail():
    engine = SASRec(settings(epochs=2)).fit(toy.dataset([[0], [1], [2]]))
    assert np.isfinite(engine.score([Query(), Query.of([1])])).all()


def test_a_judge_ranks_the_held_out_event_among_all_that_is_new():
    log = toy.dataset([[0, 1, 2], [3, 3], [4]]).interactions

    class Fixed(Model):
        def all_items(self, known):
            return torch.eye(16)

        def cells(self, items, rows, *, learn):
            row = torch.zeros(16)
            row[[0, 1, 5, 6, 2]] = torch.tensor([9.0, 8.0, 7.0, 6.0, 5.0])
            return row.expand(len(rows.cells), 16)

    model = Fixed(settings(embedding_size=16), NO_TEXT, torch.device("cpu"))
    judge = Judge(log, settings())
    assert len(judge) == 1  # the second met the item before, the third has no other event
    assert judge(model, np.ones(16, bool)) == pytest.approx(1 / np.log2(4))


@pytest.mark.parametrize(
    "changes",
    [
        {"loss": "gbce", "negatives": 12, "in_batch": 0, "epochs": 100},
        {"negatives": 6, "in_batch": 6, "epochs": 12},
        {"gates": True, "blocks": 2, "heads": 2, "position": "none", "epochs": 8},
        {"precision": "bfloat16", "epochs": 8},
    ],
    ids=str,
)
def test_every_way_of_learning_finds_the_unread_book(changes):
    world = toy.world()
    engine = SASRec(settings(patience=0, **changes)).fit(world.dataset)
    asked = [Query.of(history) for history in world.dataset.interactions.histories()]
    best = engine.recommend(asked, 1).items[:, 0]
    right = sum(item == world.unread(reader) for reader, item in enumerate(best))
    assert right >= 27


def test_a_cell_sees_only_what_came_before_in_its_own_history():
    model = Model(settings(), NO_TEXT, torch.device("cpu"))
    log = toy.dataset([[0, 1, 2], [5, 6]]).interactions
    [batch] = epoch(log, np.arange(16, dtype=np.int32), settings(), 1)
    items = model.vectors(torch.from_numpy(batch.items))
    state = model.cells(items, batch.rows, learn=False)
    state[1, 0].backward()  # the second cell of the first sequence
    grads = model.weights["ids"].grad.abs().sum(dim=1)
    assert torch.count_nonzero(grads) == 1


def test_sampled_softmax_over_everything_is_the_whole_softmax():
    config = settings(dropout=0.0)
    model = Model(config, NO_TEXT, torch.device("cpu"))
    log, pool = toy.world().dataset.interactions, np.arange(16, dtype=np.int32)
    batch = next(epoch(log, pool, config, 1))
    items = model.vectors(torch.from_numpy(batch.items))
    logits = model.cells(items, batch.rows, learn=False) @ items.T
    right = torch.nn.functional.cross_entropy(logits, torch.from_numpy(batch.targets))
    assert loss_of(model, batch, 16).item() == pytest.approx(right.item(), rel=1e-5)


def test_the_last_rounds_learn_less_and_less():
    told = []
    log = toy.world().dataset.interactions
    config = settings(epochs=50, cooldown=3, refit=False)
    found = learn(log, NO_TEXT, config, progress=told.append)
    begun = len(told) - 3
    level = [one.score for one in told[:begun]]
    assert begun == int(np.argmax(level)) + 1 + config.patience
    assert found.score == max(one.score for one in told)
    best = int(np.argmax([one.score for one in told]))
    assert found.rounds == (best + 1 if best < begun else int(np.argmax(level)) + 1 + 3)


@pytest.mark.parametrize("rounds", [1, 4, 5])
def test_a_run_killed_while_it_cools_goes_on_to_the_same_weights(tmp_path, rounds):
    config = settings(patience=0, epochs=6, cooldown=3)
    with pytest.raises(Killed):
        learned(SASRec(config, checkpoints=tmp_path, progress=killer(rounds, "refit")))
    resumed = learned(SASRec(config, checkpoints=tmp_path))
    assert same(resumed, learned(SASRec(config)))
    assert not same(resumed, learned(SASRec(config.model_copy(update={"cooldown": 0}))))


def test_what_has_cooled_is_not_warmed_again_but_begun_anew(tmp_path):
    for epochs in (3, 5):
        config = settings(patience=0, epochs=epochs, cooldown=2)
        assert same(learned(SASRec(config, checkpoints=tmp_path)), learned(SASRec(config)))
