"""The comparison of brains as data and as a table: shares with intervals, costs, differences."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from sommelier.evaluation.brains.measure import Result
from sommelier.evaluation.significance import difference, holm
from sommelier.types import Floats, Json

__all__ = ["make_report", "table"]

_DRAWS: Final = 2_000
_Part = Callable[[Result], tuple[float, float]]  # what counts, and out of how much

_SHARES: Final[dict[str, _Part]] = {
    "intent": lambda r: (r.intent, 1),
    "precision": lambda r: (r.hits, r.hits + len(r.wrong)),
    "recall": lambda r: (r.hits, r.hits + len(r.missing)),
    "slot_f1": lambda r: (2 * r.hits, 2 * r.hits + len(r.wrong) + len(r.missing)),
    "exact": lambda r: (r.exact, 1),
    "exact_first": lambda r: (r.first, 1),
    "runs": lambda r: (r.runs, 1),
    "satisfied": lambda r: (r.satisfied or 0.0, r.satisfied is not None),
    "fell_back": lambda r: (bool(r.planned.fell_back), 1),
}
_COLUMNS: Final = {
    "intent": "intent",
    "slot_f1": "slot F1",
    "exact": "exact",
    "runs": "runs",
    "satisfied": "conditions met",
    "fell_back": "fell back",
}


def make_report(results: Mapping[str, Sequence[Result]], *, seed: int = 0) -> Json:
    """Return the figures of brains that planned the same cases.

    Intervals are 95 % bootstrap intervals over groups of cases, since cases of one catalogue are
    alike. `p` compares exact plans with the best brain: paired randomisation, Holm-corrected.
    """
    brains = {name: _figures(found, seed) for name, found in results.items()}
    best = max(brains, key=lambda name: brains[name]["exact"]["mean"])
    others = [name for name in brains if name != best]
    exact = {
        name: np.array([r.exact for r in found], np.float64) for name, found in results.items()
    }
    p_values = holm([difference(exact[best], exact[name], seed=seed) for name in others])
    for name, p in zip(others, p_values, strict=True):
        brains[name]["p"] = p
    cases = [result.case for result in results[best]]
    return {
        "cases": len(cases),
        "groups": len({case.group for case in cases}),
        "best": best,
        "brains": brains,
    }


def _figures(results: Sequence[Result], seed: int) -> Json:
    shares = {name: _share(results, part, seed) for name, part in _SHARES.items()}
    seconds = np.array([r.seconds for r in results])
    spent = [r.planned.spent for r in results]
    costs = {
        "p50_ms": round(float(np.quantile(seconds, 0.5)) * 1000, 1),
        "p95_ms": round(float(np.quantile(seconds, 0.95)) * 1000, 1),
        "calls": float(np.mean([one.calls for one in spent])),
        "prompt_tokens": float(np.mean([one.prompt_tokens for one in spent])),
        "completion_tokens": float(np.mean([one.completion_tokens for one in spent])),
    }
    kinds: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        kinds[result.case.kind].append(result)
    by_kind = {
        kind: {"cases": len(some)} | {n: _mean(some, _SHARES[n]) for n in ("intent", "exact")}
        for kind, some in sorted(kinds.items(), key=lambda pair: -len(pair[1]))
    }
    return {**shares, **costs, "by_kind": by_kind}


def _mean(results: Sequence[Result], part: _Part) -> float | None:
    counted, of = np.array([part(r) for r in results], np.float64).sum(0)
    return float(counted / of) if of else None


def _share(results: Sequence[Result], part: _Part, seed: int) -> Json | None:
    """Return a share with its interval; None where it is of nothing."""
    groups: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for result in results:
        groups[result.case.group].append(part(result))
    sums: Floats = np.array([np.sum(parts, axis=0) for parts in groups.values()], np.float64)
    if not sums[:, 1].sum():
        return None
    drawn = np.random.default_rng(seed).multinomial(
        len(sums), np.full(len(sums), 1 / len(sums)), size=_DRAWS
    )
    counted, of = (drawn @ sums).T
    low, high = np.quantile(counted[of > 0] / of[of > 0], [0.025, 0.975])
    mean = sums[:, 0].sum() / sums[:, 1].sum()
    return {"mean": float(mean), "low": float(low), "high": float(high)}


def table(report: Json) -> str:
    """Return the report as a Markdown table, the best brain first."""
    heads = ["brain", *_COLUMNS.values(), "p50 / p95 ms", "tokens in / out", "calls"]
    lines = [f"| {' | '.join(heads)} |", f"|---{'|---:' * (len(heads) - 1)}|"]
    ordered = sorted(report["brains"].items(), key=lambda pair: -pair[1]["exact"]["mean"])
    for name, figures in ordered:
        cells = [_cell(figures[key]) for key in _COLUMNS]
        if figures.get("p", 1.0) < 0.05:
            cells[list(_COLUMNS).index("exact")] += " *"
        cells.append(f"{figures['p50_ms']:.0f} / {figures['p95_ms']:.0f}")
        cells.append(f"{figures['prompt_tokens']:.0f} / {figures['completion_tokens']:.0f}")
        lines.append(f"| {name} | {' | '.join([*cells, format(figures['calls'], '.2f')])} |")
    lines += ["", f"{report['cases']:,} cases in {report['groups']:,} groups; 95 % intervals."]
    lines[-1] += " * differs from the best (paired randomisation, Holm-corrected p < 0.05)."
    return "\n".join(lines) + "\n"


def _cell(share: Json | None) -> str:
    if share is None:
        return "–"
    return f"{share['mean']:.1%} ({share['low']:.1%}–{share['high']:.1%})".replace("%–", "–")
