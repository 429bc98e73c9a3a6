import json
import os
import signal
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs sommelier[train]")

from safetensors.torch import load_file  # noqa: E402

from sommelier.errors import UsageError  # noqa: E402
from sommelier.tuning.lora.train import Progress, Settings, train  # noqa: E402

SHORT = Settings(
    rank=2, examples=2, pack=90, epochs=2, precision="float32", threads=1, learning_rate=1e-2
)


def weights(folder: Path) -> dict[str, "torch.Tensor"]:
    return load_file(folder / "adapter_model.safetensors")


def interrupted_at(step: int):  # type: ignore[no-untyped-def]
    def report(told: Progress) -> None:
        if told.step == step:
            os.kill(os.getpid(), signal.SIGINT)

    return report


def test_a_run_that_was_stopped_ends_with_the_weights_of_one_that_was_not(
    base: Path, rows: Path, tmp_path: Path
) -> None:
    whole = weights(train(base, rows, tmp_path / "whole", settings=SHORT))
    for step in (2, 4):
        with pytest.raises(KeyboardInterrupt):
            train(base, rows, tmp_path / "parts", settings=SHORT, report=interrupted_at(step))
    parts = weights(train(base, rows, tmp_path / "parts", settings=SHORT))
    assert whole.keys() == parts.keys()
    for name, values in whole.items():
        torch.testing.assert_close(values, parts[name])


def test_training_lowers_the_loss_and_logs_every_step(
    base: Path, rows: Path, tmp_path: Path
) -> None:
    settings = SHORT.model_copy(update={"epochs": 12})
    train(base, rows, tmp_path / "out", dev=rows, settings=settings)
    log = [json.loads(line) for line in (tmp_path / "out/log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in log] == list(range(1, len(log) + 1))
    assert log[-1]["loss"] < 0.9 * log[0]["loss"]
    assert log[-1]["dev_loss"] < log[0]["loss"]
    assert log[-1]["rate"] < log[len(log) // 2]["rate"]


def test_a_checkpoint_of_other_rows_is_not_gone_on_from(
    base: Path, rows: Path, tmp_path: Path
) -> None:
    train(base, rows, tmp_path / "out", settings=SHORT)
    rows.write_text(rows.read_text("utf-8").replace("shop a", "shop c"), "utf-8")
    with pytest.raises(UsageError, match="other rows or settings"):
        train(base, rows, tmp_path / "out", settings=SHORT)
