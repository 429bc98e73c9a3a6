"""`sommelier similar`: what is like an item, by a fitted engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sommelier.cli.recommend import named, show
from sommelier.errors import UsageError

if TYPE_CHECKING:
    from sommelier.engines.base import Similar
    from sommelier.shop import Shop

__all__ = ["command"]


def command(
    workspace: Annotated[Path, typer.Argument(help="The workspace's folder.")],
    item: Annotated[str, typer.Argument(help="A title or an id.")],
    *,
    engine: Annotated[str | None, typer.Option(help="Which fitted engine; else the default.")] = (
        None
    ),
    k: Annotated[int, typer.Option("-k", help="How many.", min=1)] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the items most like one."""
    import numpy as np

    from sommelier import shop as shops
    from sommelier.engines.ranking import best

    shop = shops.open(workspace)
    number = named(shop.dataset, item)
    scores = _judge(shop, engine).similar(np.array([number], np.int32)).copy()
    scores[0, number] = -np.inf
    found = [(int(num), float(scores[0, num])) for num in best(scores, k)[0] if num >= 0]
    show(shop.dataset.catalog, found, as_json=as_json)


def _judge(shop: Shop, name: str | None) -> Similar:
    """Return the engine named or the default; if that knows no likeness, another that does."""
    from sommelier.engines.base import Similar

    engine = shop.engine(name)
    if isinstance(engine, Similar):
        return engine
    if name is not None:
        raise UsageError(
            f"The engine {name!r} does not know what is alike.",
            hint="Try --engine ease, knn, als or content.",
        )
    for other in shop.workspace.fitted():
        found = shop.engine(other)
        if isinstance(found, Similar):
            return found
    raise UsageError(
        "No fitted engine knows what is alike.",
        hint=f"Fit one: sommelier fit {shop.workspace.path} --engines ease",
    )
