"""`sommelier recommend`: a list for a user of the log, or for anybody's history."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from sommelier.cli.screen import err, out, safe
from sommelier.errors import UnknownName, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sommelier.data.catalog import Catalog
    from sommelier.data.dataset import Dataset
    from sommelier.types import Nums

__all__ = ["command", "named", "show"]

_MANY = 100_000  # names among which the nearest are still looked for


def command(
    workspace: Annotated[Path, typer.Argument(help="The workspace's folder.")],
    *,
    user: Annotated[str | None, typer.Option(help="A user of the log.")] = None,
    history: Annotated[
        str | None, typer.Option(help='Titles or ids, oldest first: "Title A;Title B".')
    ] = None,
    where: Annotated[
        str | None, typer.Option(help="Condition: \"year >= 1990 AND genres CONTAINS 'Comedy'\".")
    ] = None,
    engine: Annotated[str | None, typer.Option(help="Which fitted engine; else the default.")] = (
        None
    ),
    k: Annotated[int, typer.Option("-k", help="How many.", min=1)] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Recommend items that are not in the history."""
    if (user is None) == (history is None):
        raise UsageError("Whose list? Give either --user or --history.")
    from sommelier import shop as shops
    from sommelier.data import where as conditions
    from sommelier.engines.query import Query

    shop = shops.open(workspace)
    dataset = shop.dataset
    candidates = dataset.catalog.select(conditions.parse(where)) if where else None
    told = _of_user(dataset, user) if user is not None else _of_titles(dataset, history or "")
    ranking = shop.engine(engine).recommend([Query.of(told)], k, candidates=candidates)
    show(dataset.catalog, ranking.row(0), as_json=as_json)


def _of_user(dataset: Dataset, user: str) -> Nums:
    log = dataset.interactions
    number = log.user_index.get(user)
    if number is None:
        raise UnknownName("user", user, log.user_ids if log.n_users <= _MANY else [])
    return log.history(number)


def _of_titles(dataset: Dataset, history: str) -> list[int]:
    names = [name.strip() for name in history.split(";") if name.strip()]
    return [named(dataset, name) for name in names]


def named(dataset: Dataset, name: str) -> int:
    """Return the item_num of a title or id, exact or but for capitals; else UnknownName.

    Of several items of one title it is the one that most events are of.
    """
    import numpy as np

    from sommelier.tools.lexicon import Lexicon

    catalog = dataset.catalog
    if name in catalog.index:
        return catalog.index[name]
    met = np.bincount(dataset.interactions.items, minlength=len(catalog)).astype(np.float32)
    found = Lexicon(catalog, met).titled(name)
    if not found:
        known = catalog.titles if len(catalog) <= _MANY else []
        raise UnknownName(catalog.schema.noun, name, known)
    return found[0]


def show(catalog: Catalog, ranked: Iterable[tuple[int, float]], *, as_json: bool) -> None:
    """Print (item_num, score) pairs, best first, as a table or as JSON."""
    pairs = list(ranked)
    if not pairs:
        err.print(f"No {catalog.schema.noun} fits.", markup=False)
    if as_json:
        rows = [
            {
                "item_id": catalog.ids[num],
                "title": catalog.titles[num],
                "score": score,
                "rank": rank,
            }
            for rank, (num, score) in enumerate(pairs, start=1)
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    table = Table("", "title", "id", "score", box=None)
    for rank, (num, score) in enumerate(pairs, start=1):
        title, item_id = safe(catalog.titles[num]), safe(catalog.ids[num])
        table.add_row(str(rank), title, item_id, f"{score:.3f}")
    if pairs:
        out.print(table)
