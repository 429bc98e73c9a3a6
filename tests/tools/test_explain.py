"""Every reason is true of the row it stands beside."""

import numpy as np
import pytest

from sommelier.data.predicates import Compare
from sommelier.engines.query import Query
from sommelier.testing import agents, worlds
from sommelier.testing.judge import expression
from sommelier.tools.candidates import Candidates
from sommelier.tools.explain import explain
from sommelier.tools.filter import filter_items
from sommelier.tools.rank import Wishes, rank

FILMS = agents.small_toolbox(worlds.films(200))
HARD = Compare("year", ">=", 1980)
SOFT = (Compare("genres", "contains", "Drama"), Compare("runtime", "<", 110))
LEAN = ((Compare("countries", "contains", "Japan"), 1.0),)


def reasoned(box, wishes, hard=()):
    pool = Candidates.everything(len(box.catalog))
    for condition in hard:
        pool = filter_items(box, pool, condition)
    ranked = rank(box, pool, wishes, 12)
    return zip(box.catalog.rows(ranked.nums), explain(box, ranked, wishes, hard), strict=True)


def holds(condition, row):
    table = FILMS.catalog.table
    kept = table.filter(expression(condition, FILMS.schema))
    return row["item_id"] in set(kept["item_id"])


def check(box, wishes, row, reason):
    num = box.catalog.num(row["item_id"])
    match reason.kind:
        case "meets" | "leaning":
            assert holds(reason.condition, row)
        case "misses":
            assert not holds(reason.condition, row)
        case "shares":
            seeds = box.catalog.rows(wishes.seeds)
            assert set(reason.values) <= set(row[reason.field])
            assert set(reason.values) <= {v for seed in seeds for v in seed[reason.field]}
        case "history":
            known = [*wishes.query.history, *wishes.query.liked]
            assert set(reason.items) <= {box.catalog.ids[n] for n in known}
        case "known":
            assert reason.amount == box.counts[num] > 0
        case "like":
            assert reason.items == tuple(box.ids(wishes.seeds))
        case "text":
            assert reason.values == (wishes.text,)


@pytest.mark.parametrize("seed", range(6))
def test_every_reason_is_true(seed):
    rng = np.random.default_rng(seed)
    some = rng.choice(200, 6, replace=False).astype(np.int32)
    wishes = Wishes(
        query=Query.of(some[:4], liked=some[4:5]),
        text="a baker falls for a rival" if seed % 2 else "",
        seeds=some[5:] if seed % 3 else some[:0],
        soft=SOFT,
        leanings=LEAN,
    )
    kinds = set()
    for row, reasons in reasoned(FILMS, wishes, (HARD,)):
        for reason in reasons:
            kinds.add(reason.kind)
            check(FILMS, wishes, row, reason)
    assert {"meets", "known"} <= kinds


def test_a_missed_wish_is_told_and_a_missing_keyword_is_not(cinema_box):
    wishes = Wishes(
        soft=(Compare("genres", "contains", "Western"), Compare("keywords", "contains", "bees"))
    )
    for row, reasons in reasoned(cinema_box, wishes):
        told = {(r.kind, r.condition.field) for r in reasons if r.kind in ("meets", "misses")}
        western, bees = "Western" in row["genres"], "bees" in row["keywords"]
        assert ("misses", "genres") in told or western
        assert ("misses", "keywords") not in told
        assert (("meets", "keywords") in told) == bees


def test_a_stranger_is_told_of_no_history():
    kinds = {r.kind for _, reasons in reasoned(FILMS, Wishes()) for r in reasons}
    assert kinds == {"known"}


def test_nothing_ranked_gives_no_reasons(cinema_box):
    empty = rank(cinema_box, Candidates(np.empty(0, np.int32)), Wishes(), 5)
    assert explain(cinema_box, empty, Wishes(), ()) == []
