"""Runs that stop early, that are killed and go on; and that what learns is what serves."""

import numpy as np
import pytest

from sommelier.data.interactions import Interactions
from sommelier.engines.semantic_id import SemanticId, SemanticIdConfig
from sommelier.engines.semantic_id.judging import Judge
from sommelier.engines.semantic_id.model import Model
from sommelier.engines.semantic_id.serving import Generator, parts_of
from sommelier.engines.semantic_id.training import epoch, learn, quantise
from sommelier.engines.sequence.rows import pack
from sommelier.errors import DataError, UsageError
from sommelier.testing import toy
from sommelier.testing.encoder import BagOfWords

torch = pytest.importorskip("torch", reason="needs sommelier[train]")
pytest.importorskip("onnx", reason="needs sommelier[train]")

SMALL = {
    "levels": 2,
    "codes": 3,
    "directions": 8,
    "embedding_size": 16,
    "blocks": 1,
    "heads": 2,
    "window": 8,
    "dropout": 0.2,
    "batch_size": 8,
    "learning_rate": 0.01,
    "epochs": 5,
    "patience": 2,
    "cooldown": 0,
    "threads": 1,
}
NO_TEXT = np.zeros((16, 0), np.float32)


def settings(**changes):
    return SemanticIdConfig(**SMALL | changes)


def learned(**how):
    engine = SemanticId(settings(**how.pop("config", {})), BagOfWords(64), **how)
    return engine.fit(toy.world().dataset).arrays()


def same(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one)


class Killed(Exception):
    """What a test throws to end a run after some rounds."""


@pytest.mark.parametrize(("phase", "rounds"), [("search", 2), ("refit", 1)])
def test_a_killed_run_goes_on_to_the_same_weights(tmp_path, phase, rounds):
    def kill(told):
        if (told.phase, told.round) == (phase, rounds):
            raise Killed

    whole, told = learned(), []
    with pytest.raises(Killed):
        learned(checkpoints=tmp_path, progress=kill)
    assert same(learned(checkpoints=tmp_path, progress=told.append), whole)
    assert told[0].phase != phase or told[0].round == rounds + 1


def test_a_checkpoint_of_other_events_or_settings_is_refused(tmp_path):
    learned(checkpoints=tmp_path)
    with pytest.raises(UsageError, match="other events"):
        learned(checkpoints=tmp_path, config={"codes": 4})
    with pytest.raises(UsageError, match="other events"):
        SemanticId(settings(), checkpoints=tmp_path).fit(toy.dataset([[0, 1, 2]]))
    (tmp_path / "search.pt").write_bytes(b"none")
    with pytest.raises(DataError, match="cannot be read"):
        learned(checkpoints=tmp_path)


def test_the_seed_decides_everything_and_nothing_outside_is_changed():
    before = torch.get_rng_state(), torch.get_num_threads()
    one, again, other = (learned(config={"seed": seed}) for seed in (3, 3, 4))
    assert same(one, again)
    assert not np.array_equal(one["items"], other["items"])
    assert torch.equal(torch.get_rng_state(), before[0])
    assert torch.get_num_threads() == before[1]


def test_it_stops_when_the_held_out_events_are_found_no_better_and_keeps_the_best():
    told, log = [], toy.world().dataset.interactions
    config = settings(epochs=40, refit=False)
    found = learn(log, NO_TEXT, config, progress=told.append)
    scores = [one.score for one in told]
    assert found.rounds == int(np.argmax(scores)) + 1 == len(scores) - 2
    assert found.score == max(scores)
    assert Judge(log, config)(found.parts) == pytest.approx(found.score)


def test_codes_are_made_without_the_events_that_are_held_out():
    log = toy.world().dataset.interactions
    last = np.append(log.users[1:] != log.users[:-1], True)
    items = np.where(last, toy.LONELY, log.items).astype(np.int32)
    other = Interactions(log.user_ids, log.users, items, log.n_items)
    one, two = (
        learn(events, NO_TEXT, settings(epochs=1, refit=False)).parts for events in (log, other)
    )
    np.testing.assert_array_equal(one.codes, two.codes)


def test_an_epoch_teaches_every_event_once_and_depends_on_seed_and_round_alone():
    log = toy.world().dataset.interactions
    config = settings(batch_size=7)

    def taught(number):
        return np.concatenate([batch.targets for batch in epoch(log, config, number)])

    assert sorted(taught(1)) == sorted(log.items)
    assert (taught(1) == taught(1)).all()
    assert (taught(1) != taught(2)).any()


@pytest.mark.parametrize("how", [{}, {"gates": True, "blocks": 2, "writing": 2}, {"levels": 1}])
def test_the_loss_is_what_the_served_model_makes_of_the_same_items(how):
    config = settings(dropout=0.0, **how)
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((16, 6)).astype(np.float32)
    quantised = quantise(vectors, np.zeros(16, np.int64), config)
    torch.manual_seed(0)
    model = Model(config, quantised.codes, vectors, np.ones(16, bool), torch.device("cpu"))
    with torch.no_grad():
        for part in model.weights.values():
            part.add_(torch.randn_like(part), alpha=0.3)
    histories = [rng.integers(0, 16, size).astype(np.int32) for size in (0, 5, 1, 8)]
    wanted = rng.integers(0, 16, 4)
    rows = pack(np.concatenate(histories).astype(np.int64), np.array([0, 5, 1, 8]))
    items = model.items(torch.arange(16))
    states = model.states(items, rows, learn=False)[rows.lasts]
    loss = model.loss(states, torch.from_numpy(wanted)).item()
    served = Generator(parts_of(model, quantised, config), 16).scores(histories)
    assert -served[np.arange(4), wanted].mean() == pytest.approx(loss, rel=1e-4)


def test_what_nobody_met_is_not_learned_as_wrong():
    codes = np.array([[0, 0], [0, 1], [0, 2]])
    known = np.array([True, True, False])
    config = settings(dropout=0.0)
    model = Model(config, codes, np.zeros((3, 1), np.float32), known, torch.device("cpu"))
    model.loss(torch.zeros(2, 16), torch.tensor([0, 1])).backward()
    pushed = model.weights["written"].grad.abs().sum(dim=1)
    assert pushed[1:3].min() > 0  # the second codes of what was met
    assert pushed[3] == 0
