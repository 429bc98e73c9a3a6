"""The default engine is chosen on validation, from honest trials, and never on test."""

import numpy as np

from sommelier.evaluation import Protocol, choose_engine
from sommelier.evaluation.select import DECAYS, thinned


def test_the_engine_that_learns_wins_and_every_decay_was_tried(clubs):
    choice = choose_engine(clubs, ["popularity", "ease"])
    assert choice.engine == "ease"
    assert choice.settings in [trial.settings for trial in choice.trials]
    tried = [t.settings["decay"] for t in choice.trials if t.engine == "ease"]
    assert sorted(tried) == sorted(DECAYS)
    scores = [trial.score for trial in choice.trials]
    assert scores == sorted(scores, reverse=True)
    assert choice.settings_of("popularity") == {}


def test_the_last_events_have_no_say(dataset_of, clubs):
    histories = [history.tolist() for history in clubs.interactions.histories()]
    turned = dataset_of([[*h[:-1], (h[-1] + 7) % 40] for h in histories], 40)
    one, two = choose_engine(clubs, ["ease"]), choose_engine(turned, ["ease"])
    assert one.trials == two.trials


def test_a_grid_says_what_is_tried(clubs):
    grid = {"ease": [{"reg": reg, "decay": decay} for reg in (1.0, 50.0) for decay in (1.0, 0.5)]}
    told = []
    choice = choose_engine(clubs, ["ease"], grid=grid, progress=told.append)
    assert sorted(map(repr, (t.settings for t in choice.trials))) == sorted(map(repr, grid["ease"]))
    assert len(told) == 2  # one fit for each reg


def test_sharing_a_fit_gives_what_fitting_alone_gives(clubs):
    grid = {"ease": [{"decay": 1.0}, {"decay": 0.5}]}
    together = choose_engine(clubs, ["ease"], grid=grid).trials
    alone = [choose_engine(clubs, ["ease"], grid={"ease": [one]}).trials[0] for one in grid["ease"]]
    assert sorted(together, key=repr) == sorted(alone, key=repr)


def test_the_choice_is_always_made_on_validation(clubs):
    asked = Protocol(stage="test", fit_validation=True, k=3)
    choice = choose_engine(clubs, ["popularity"], protocol=asked)
    assert choice.protocol.stage == "validation"
    assert not choice.protocol.fit_validation


def test_a_large_log_is_thinned_to_whole_histories_and_repeatably(clubs):
    small = thinned(clubs, 100, seed=3)
    sizes = np.diff(small.interactions.starts)
    assert set(sizes.tolist()) == {0, 8}
    assert len(small.interactions) == 96
    assert np.array_equal(small.interactions.items, thinned(clubs, 100, seed=3).interactions.items)
    assert thinned(clubs, None, seed=3) is clubs


def test_what_is_fixed_is_not_for_trial(clubs):
    fixed = {"ease": {"reg": 3.0}, "knn": {"decay": 0.55}}
    trials = choose_engine(clubs, ["ease", "knn", "popularity"], fixed=fixed).trials
    tried = {name: [t.settings for t in trials if t.engine == name] for name in fixed}
    assert sorted(tried["ease"], key=repr) == [{"decay": d, "reg": 3.0} for d in sorted(DECAYS)]
    assert tried["knn"] == [{"decay": 0.55}]
