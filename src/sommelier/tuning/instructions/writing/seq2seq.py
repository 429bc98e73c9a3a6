"""Tuning of sequence-to-sequence models (T5 and its family) on instructions, as in InstructRec.

Low-rank adapters on every linear layer; Transformers' own trainer does the rest: mixed precision,
checkpoints, several GPUs by `accelerate launch`. Knows rows of instructions, no catalogue.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Setting

from sommelier.errors import DataError
from sommelier.evaluation.instructions.rows import InstructionRow
from sommelier.extras import load
from sommelier.tuning.lora.base import EXTRA

__all__ = ["Seq2SeqSettings", "train"]


class Seq2SeqSettings(BaseModel):
    """How a run learns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rank: Annotated[int, Setting(ge=1, le=256)] = 16
    learning_rate: Annotated[float, Setting(gt=0)] = 3e-4
    batch: Annotated[int, Setting(ge=1, description="rows in one pass on one device")] = 8
    together: Annotated[int, Setting(ge=1, description="passes for one step")] = 8
    steps: Annotated[int, Setting(ge=1)] = 2000
    save_steps: Annotated[int, Setting(ge=1)] = 200
    longest: Annotated[int, Setting(ge=32, description="tokens of an instruction")] = 512
    answer: Annotated[int, Setting(ge=4, description="tokens of an answer")] = 64
    think: Annotated[bool, Setting(description="learn the reason before the answer")] = False
    seed: int = 0


def train(
    base: str | Path,
    rows: Sequence[InstructionRow],
    out: Path,
    *,
    settings: Seq2SeqSettings | None = None,
    report: Callable[[int, float], object] = lambda _step, _loss: None,
) -> Path:
    """Tune the model of a folder or hub name on the training rows; return the adapter's folder.

    `report` hears the step and its loss. A run that was stopped goes on from the last checkpoint in
    `out`. DataError for a model of another kind, and for rows that have nothing to train on.
    """
    transformers, peft = load("transformers", extra=EXTRA), load("peft", extra=EXTRA)
    load("accelerate", extra=EXTRA)
    settings = settings or Seq2SeqSettings()
    learned = [row for row in rows if row.split == "train"]
    if not learned:
        raise DataError("None of these rows is for training.")
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(base))
        model = transformers.AutoModelForSeq2SeqLM.from_pretrained(str(base))
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            f"{base} cannot be read as a sequence-to-sequence model: {error}",
            hint="Give a Transformers folder or a hub name, such as google/flan-t5-xl.",
        ) from error
    adapter = peft.LoraConfig(
        r=settings.rank,
        lora_alpha=2 * settings.rank,
        target_modules="all-linear",
        task_type="SEQ_2_SEQ_LM",
    )
    trainer = transformers.Seq2SeqTrainer(
        model=peft.get_peft_model(model, adapter),
        args=_arguments(transformers, out, settings),
        train_dataset=_Rows(learned, tokenizer, settings),
        data_collator=transformers.DataCollatorForSeq2Seq(tokenizer),
        callbacks=[_teller(transformers, report)],
    )
    begun = any(out.glob("checkpoint-*"))
    trainer.train(resume_from_checkpoint=begun or None)
    trainer.save_model(str(out / "adapter"))
    tokenizer.save_pretrained(str(out / "adapter"))
    return out / "adapter"


def _arguments(transformers: Any, out: Path, settings: Seq2SeqSettings) -> Any:
    torch = load("torch", extra=EXTRA)
    return transformers.Seq2SeqTrainingArguments(
        output_dir=str(out),
        max_steps=settings.steps,
        per_device_train_batch_size=settings.batch,
        gradient_accumulation_steps=settings.together,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=max(settings.steps // 30, 1),
        save_steps=settings.save_steps,
        save_total_limit=2,
        logging_steps=1,
        bf16=torch.cuda.is_available() and torch.cuda.is_bf16_supported(),
        report_to=[],
        disable_tqdm=True,
        seed=settings.seed,
    )


class _Rows:
    """Rows as tokens, made when they are asked for: a quarter of a million need no memory."""

    def __init__(
        self, rows: Sequence[InstructionRow], tokenizer: Any, settings: Seq2SeqSettings
    ) -> None:
        self._rows, self._tokenizer, self._settings = rows, tokenizer, settings

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: int) -> dict[str, list[int]]:
        row, made = self._rows[place], self._settings
        answer = f"{row.rationale} {row.answer}" if made.think else row.answer
        asked = self._tokenizer(row.text, truncation=True, max_length=made.longest)
        told = self._tokenizer(text_target=answer, truncation=True, max_length=made.answer)
        return {"input_ids": asked["input_ids"], "labels": told["input_ids"]}


def _teller(transformers: Any, report: Callable[[int, float], object]) -> Any:
    class Teller(transformers.TrainerCallback):  # type: ignore[misc]
        def on_log(
            self, args: Any, state: Any, control: Any, logs: Any = None, **_more: Any
        ) -> None:
            if logs and "loss" in logs:
                report(state.global_step, float(logs["loss"]))

    return Teller()
