"""Training on the toy bookshop: learned until the right book comes first, and gone on with."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs sommelier[train]")

from safetensors.torch import load_file  # noqa: E402

from sommelier.data.dataset import Dataset  # noqa: E402
from sommelier.engines.query import Query  # noqa: E402
from sommelier.engines.semantic_id import SemanticIdConfig  # noqa: E402
from sommelier.errors import DataError, WorkspaceError  # noqa: E402
from sommelier.testing import toy  # noqa: E402
from sommelier.testing.encoder import BagOfWords  # noqa: E402
from sommelier.tuning.indexing.make import ROWS, make  # noqa: E402
from sommelier.tuning.indexing.serving import IndexLM  # noqa: E402
from sommelier.tuning.indexing.tasks import spelt  # noqa: E402
from sommelier.tuning.indexing.train import Progress, Settings, train  # noqa: E402

Bases = Callable[[bool], Path]
SHORT = Settings(
    rank=2, examples=16, pack=600, precision="float32", threads=1, learning_rate=1e-2, dev_rows=0
)


@pytest.fixture(scope="module")
def few(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first rows of what was made, for runs that need not end well."""
    folder = tmp_path_factory.mktemp("few")
    for path in made.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    lines = (made / ROWS).read_bytes().splitlines(keepends=True)
    (folder / ROWS).write_bytes(b"".join(lines[::4]))
    return folder


def weights(out: Path) -> dict[str, "torch.Tensor"]:
    last = out / "last"
    adapter = last / "adapter_model.safetensors"
    return load_file(adapter if adapter.exists() else last / "model.safetensors")


def interrupted_at(step: int) -> Callable[[Progress], None]:
    def report(told: Progress) -> None:
        if told.step == step:
            os.kill(os.getpid(), signal.SIGINT)

    return report


@pytest.mark.slow
@pytest.mark.parametrize(("rank", "rate"), [(16, 4e-3), (0, 3e-3)], ids=["adapter", "all-weights"])
def test_the_book_that_comes_next_is_first_after_training(
    bases: Bases, tmp_path: Path, rank: int, rate: float
) -> None:
    """Readers go through a shelf in a circle, wherever they begin: after a book comes the next."""
    shelves = range(0, 3 * toy.SHELF, toy.SHELF)
    circles = [
        [shelf + (first + step) % toy.SHELF for step in range(8)]
        for shelf in shelves
        for first in range(toy.SHELF)
    ]
    shop = toy.dataset(circles)
    made, codes = tmp_path / "made", SemanticIdConfig(levels=2, codes=4, directions=4)
    make(shop, made, 800, 1, config=codes, encoder=BagOfWords())
    asks, _ = spelt()["sequence"]
    served = asks[0].format(plural="books").encode()
    lines = (made / ROWS).read_bytes().splitlines(keepends=True)
    (made / ROWS).write_bytes(b"".join(one for one in lines if served in one))
    told = {"rank": rank, "epochs": 45, "examples": 1, "pack": 192, "learning_rate": rate}
    settings = SHORT.model_copy(update=told)
    out = train(bases(True), made, shop.catalog, tmp_path / "out", settings=settings)
    model = IndexLM.open(bases(True), out, shop.catalog, precision="float32")
    found = model.recommend([Query.of(circle[:2]) for circle in circles], 1)
    assert found.items[:, 0].tolist() == [circle[2] for circle in circles]


@pytest.mark.parametrize(
    ("rank", "tied"), [(2, True), (2, False), (0, True)], ids=["tied", "untied", "all-weights"]
)
def test_a_run_that_was_stopped_ends_with_the_weights_of_one_that_was_not(
    bases: Bases, few: Path, shop: Dataset, tmp_path: Path, rank: int, tied: bool
) -> None:
    settings = SHORT.model_copy(update={"rank": rank})

    def run(name: str, report: Callable[[Progress], None] = lambda _: None) -> Path:
        place = tmp_path / name
        return train(bases(tied), few, shop.catalog, place, settings=settings, report=report)

    whole = weights(run("whole"))
    with pytest.raises(KeyboardInterrupt):
        run("parts", interrupted_at(2))
    assert any(
        not torch.equal(part, whole[name]) for name, part in weights(tmp_path / "parts").items()
    )
    parts = weights(run("parts"))
    assert whole.keys() == parts.keys()
    for name, values in whole.items():
        torch.testing.assert_close(values, parts[name])


@pytest.mark.parametrize("rank", [2, 0], ids=["adapter", "all-weights"])
def test_a_model_of_sixteen_bits_learns_in_thirty_two(
    bases: Bases, few: Path, shop: Dataset, tmp_path: Path, rank: int
) -> None:
    settings = SHORT.model_copy(update={"rank": rank, "precision": "bfloat16"})
    out = train(bases(True), few, shop.catalog, tmp_path / "out", settings=settings)
    assert {part.dtype for part in weights(out).values()} == {torch.float32}
    model = IndexLM.open(bases(True), out, shop.catalog, precision="bfloat16")
    scores = torch.from_numpy(model.score([Query.of([1])], beams=shop.n_items))
    torch.testing.assert_close(scores.exp().sum(), torch.tensor(1.0), atol=1e-3, rtol=0)


def test_a_checkpoint_holds_the_new_rows_and_not_the_old_vocabulary(
    bases: Bases, few: Path, shop: Dataset, tmp_path: Path
) -> None:
    out = train(bases(False), few, shop.catalog, tmp_path / "out", settings=SHORT)
    rows = [part for name, part in weights(out).items() if "lora" not in name]
    words = 10
    assert [part.shape[0] for part in rows] == [words, words]


def test_what_is_served_is_what_was_trained(
    bases: Bases, few: Path, shop: Dataset, tmp_path: Path
) -> None:
    out = train(bases(False), few, shop.catalog, tmp_path / "out", settings=SHORT)
    queries = [Query.of([1, 2]), Query.of(text="a planet")]
    first = IndexLM.open(bases(False), out, shop.catalog, precision="float32").score(queries)
    again = IndexLM.open(bases(False), out, shop.catalog, precision="float32").score(queries)
    torch.testing.assert_close(first, again)
    with pytest.raises(WorkspaceError, match="another catalogue"):
        IndexLM.open(bases(False), out, toy.catalog(18))
    (out / "last" / "adapter_config.json").unlink()
    with pytest.raises(DataError, match="holds no model"):
        IndexLM.open(bases(False), out, shop.catalog)
