"""The embedded model as an OpenAI-compatible server, to be met as a stranger over HTTP."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sommelier.llm.chat.embedded.llama import Llama
from sommelier.llm.chat.openai import Endpoint

__all__ = ["served"]


@contextmanager
def served(
    model: Path,
    *,
    adapter: Path | None = None,
    slots: int = 2,
    threads: int = 1,
    context: int = 4096,
) -> Iterator[Endpoint]:
    """Serve a GGUF file by llama.cpp's own server on loopback, at a free port, while inside.

    Gives the endpoint to talk to it. DataError says which file is not what it should be.
    """
    with closing(
        Llama(model, adapter, slots=slots, threads=threads, context=context, listens=True)
    ) as llama:
        settings = {"base_url": f"{llama.address}/v1", "model": model.stem, "key": llama.key}
        yield Endpoint.read(settings)
