"""A small language model in this process, as a `ChatModel`: no server, no key, no network.

It speaks through the same client as any endpoint, so what is true of budget, schema and repair
there is true here. With temperature 0 the same messages bring the same answer, but for rounding:
what a slot has read already may change the last digits of a score, so of two words that are as good
as equal the other may come.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from sommelier.errors import ConfigError
from sommelier.llm.adapters import planner_adapter
from sommelier.llm.chat.budget import Budget
from sommelier.llm.chat.embedded.llama import Llama
from sommelier.llm.chat.openai import Endpoint, OpenAIModel
from sommelier.llm.models import Store

if TYPE_CHECKING:
    from openai import AsyncOpenAI

__all__ = ["EMBEDDED", "EmbeddedModel", "open_default", "open_embedded"]

EMBEDDED: Final = "smollm2-135m-instruct"  # what `open_default` opens, by its name in the store
_ADDRESS: Final = "http://in-process/v1"  # nobody resolves it
_LONGEST: Final = 512  # tokens of an answer
_TIMEOUT: Final = 60.0  # seconds for one answer


class EmbeddedModel(OpenAIModel):
    """A model over llama.cpp. One may serve many conversations at once; close it when done."""

    def __init__(
        self,
        llama: Llama,
        name: str,
        *,
        weight: float | None = None,
        timeout: float = _TIMEOUT,
        budget: Budget | None = None,
    ) -> None:
        """`open_embedded` loads a file; `weight` is how much the adapter counts."""
        from sommelier.llm.chat.embedded.transport import Transport

        bounds = {"attempts": 1, "max_tokens": _LONGEST, "timeout": timeout}
        settings = {"base_url": _ADDRESS, "model": name, **bounds}
        transport = Transport(llama, weight)
        super().__init__(Endpoint.read(settings), budget=budget, transport=transport)
        self._llama, self._timeout = llama, timeout

    def weighted(self, weight: float) -> "EmbeddedModel":
        """Return the same loaded model with its adapter counting so much: 0 is without it.

        It has a name of its own, since its answers are its own. Closing either closes both.
        """
        if not self._llama.adapted:
            raise ConfigError(f"The model {self.name!r} has no adapter to weigh.")
        name = self.name.partition("@")[0]
        name = name if weight == 1 else f"{name}@{weight:g}"
        return EmbeddedModel(
            self._llama, name, weight=weight, timeout=self._timeout, budget=self._budget
        )

    def close(self) -> None:
        """Free the memory. Answers under way break off; later calls raise ModelUnreachable."""
        self._llama.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _client(self) -> "AsyncOpenAI":
        self._llama.check()
        return super()._client()


def open_embedded(
    model: Path,
    *,
    adapter: Path | None = None,
    slots: int = 2,
    threads: int = 1,
    context: int = 4096,
    timeout: float = _TIMEOUT,
    budget: Budget | None = None,
) -> EmbeddedModel:
    """Load any GGUF file, with a LoRA adapter if one is given.

    As many requests as `slots` run at once, on `threads` processor cores: take more than one only
    where cores stand idle (see `Llama`). The slots share `context` tokens, and `timeout`
    seconds bound one answer. DataError says which
    file is not what it should be, ConfigError which number.
    """
    llama = Llama(model, adapter, slots=slots, threads=threads, context=context)
    name = model.stem if adapter is None else f"{model.stem}+{adapter.stem}"
    return EmbeddedModel(llama, name, timeout=timeout, budget=budget)


def open_default(
    root: Path | None = None,
    *,
    slots: int = 2,
    threads: int = 1,
    context: int = 4096,
    timeout: float = _TIMEOUT,
    budget: Budget | None = None,
) -> EmbeddedModel:
    """Load the model installed under `root`, by default in the user's data folder.

    With the adapter that ships, where there is one. NotInstalled names the command that brings it.
    """
    manifest = Store(root).manifest(EMBEDDED)
    (file,) = manifest.files
    return open_embedded(
        manifest.folder / file,
        adapter=planner_adapter(),
        slots=slots,
        threads=threads,
        context=context,
        timeout=timeout,
        budget=budget,
    )
