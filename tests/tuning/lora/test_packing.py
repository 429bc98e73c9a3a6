from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs sommelier[train]")

from sommelier.tuning.lora.base import load_base, with_adapter  # noqa: E402
from sommelier.tuning.lora.judging import judge  # noqa: E402
from sommelier.tuning.lora.packing import batch, logits  # noqa: E402
from sommelier.tuning.lora.rows import Pack, packs, read_rows, tokenise  # noqa: E402


@pytest.fixture
def tuned(base: Path):  # type: ignore[no-untyped-def]
    """The model with an adapter that changes something."""
    found = load_base(base, precision="float32", device="cpu")
    model = with_adapter(found, rank=4)
    torch.manual_seed(1)
    for name, part in model.named_parameters():
        if "lora_B" in name:
            part.data.normal_(std=0.1)
    return found, model


def loss_of(model, pack: Pack):  # type: ignore[no-untyped-def]
    given = batch(pack, "cpu")
    return torch.nn.functional.cross_entropy(logits(model, given), given.wanted, reduction="sum")


def test_a_pack_scores_every_answer_as_the_row_alone_would(tuned, base: Path, rows: Path) -> None:  # type: ignore[no-untyped-def]
    found, model = tuned
    tokens = tokenise(read_rows(rows), found.tokenizer)
    pack = Pack(tuple(tokens[:6]))
    packed = logits(model, batch(pack, "cpu"))
    plain = []
    for row in pack.rows:
        ids = torch.tensor([[*row.prefix, *row.asked, *row.answer]])
        scores = model(input_ids=ids).logits[0]
        start = len(row.prefix) + len(row.asked) - 1
        plain.append(scores[start : start + len(row.answer)])
    torch.testing.assert_close(packed, torch.cat(plain), atol=1e-4, rtol=1e-4)


def test_a_pack_teaches_what_its_rows_would_teach_one_by_one(tuned, rows: Path) -> None:  # type: ignore[no-untyped-def]
    found, model = tuned
    tokens = tokenise(read_rows(rows), found.tokenizer)[:5]
    loss_of(model, Pack(tuple(tokens))).backward()
    packed = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    sum(loss_of(model, Pack((row,))) for row in tokens).backward()
    for name, part in model.named_parameters():
        if name in packed:
            torch.testing.assert_close(packed[name], part.grad, atol=1e-4, rtol=1e-3)
    assert packed


def test_every_row_is_in_one_pack_behind_its_own_prefix(base: Path, rows: Path) -> None:
    tokenizer = load_base(base, precision="float32", device="cpu").tokenizer
    tokens = tokenise(read_rows(rows), tokenizer)
    made = packs(tokens, most=200, seed=3)
    assert sum(len(pack.rows) for pack in made) == len(tokens)
    assert {row for pack in made for row in pack.rows} == set(tokens)
    assert all(len({row.prefix for row in pack.rows}) == 1 for pack in made)
    assert all(pack.tokens <= 200 for pack in made)
    assert packs(tokens, most=200, seed=3) == made
    assert packs(tokens, most=200, seed=4) != made


def test_judged_exact_is_what_greedy_writing_gives(tuned, rows: Path) -> None:  # type: ignore[no-untyped-def]
    found, model = tuned
    tokens = tokenise(read_rows(rows), found.tokenizer)
    told = judge(model, found, packs(tokens, most=500, seed=0))
    right = 0
    for row in tokens:
        ids = torch.tensor([[*row.prefix, *row.asked]])
        written = model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=len(row.answer),
            do_sample=False,
        )
        right += tuple(written[0, ids.shape[1] :].tolist()) == row.answer
    assert told.rows == len(tokens)
    assert told.exact == right / len(tokens)
