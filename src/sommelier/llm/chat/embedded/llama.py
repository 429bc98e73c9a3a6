"""llama.cpp with one model loaded, answering requests in the words of the OpenAI protocol.

Each request runs in a thread of its own, without Python's lock, and as many at once as there are
slots. A slot keeps what it has read, so that a prompt which begins like an earlier one is read from
where they differ. Knows nothing of clients and prompts.

Threads are safe; a process that was forked from this one must open a model of its own.
"""

import json
import os
import secrets
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from sommelier.errors import ConfigError, DataError, ModelUnreachable
from sommelier.llm.gguf import check_adapter, check_model

__all__ = ["Llama"]

_PATH = 100  # bytes; a socket's path may not be longer
_QUIET: Final = -1  # below errors: what goes wrong comes back as an answer


class Llama:
    """A loaded model, with an adapter if there is one. Close it, or its memory stays taken."""

    def __init__(
        self,
        model: Path,
        adapter: Path | None = None,
        *,
        slots: int = 2,
        threads: int = 1,
        context: int = 4096,
        listens: bool = False,
    ) -> None:
        """Load the files; `context` tokens are shared by the slots.

        More than one thread pays only on cores that nobody else wants: threads wait for one another
        at every step. With other work on two cores, answers of two took up to 27 s, of one 1.6 s.
        With `listens`, others on this machine may ask too, at `address` with `key`. DataError if a
        file is not what it should be, ConfigError if a number is out of its bounds.
        """
        for name, value in (("slots", slots), ("threads", threads), ("context", context)):
            if value < 1:
                raise ConfigError(f"{name} is {value}; it must be 1 or more.")
        head = check_model(model)
        if adapter is not None:
            check_adapter(adapter, head)
        self.adapted = adapter is not None
        self.key = secrets.token_urlsafe(24)
        self.pool = ThreadPoolExecutor(slots, thread_name_prefix="llama")
        self._process = os.getpid()
        context = min(context, head.context or context)
        params = _params(model, adapter, slots, threads, context)
        params.api_keys = [self.key]
        self._server: Any = _started(params) if listens else _started_unheard(params)

    @property
    def address(self) -> str:
        """Where it listens, if it does."""
        return str(self._running().listening_address)

    def answer(self, request: str, heard: Callable[[str], bool]) -> None:
        """Call `heard` with each piece of the answer, as JSON, until it returns True.

        What goes wrong is a piece too: an object with the key `error`.
        """
        try:
            server = self._running()
            server.handle_chat_completions(
                request, lambda piece: heard(piece) or self._server is None
            )
        except ModelUnreachable as error:
            heard(_fault(503, error.message))
        except (RuntimeError, ValueError) as error:  # all that the library raises
            heard(_fault(400, str(error)))

    def check(self) -> None:
        """Raise ModelUnreachable if it cannot answer any more."""
        self._running()

    def close(self) -> None:
        """Let answers under way end at their next piece, and free the memory."""
        self._server = None  # the last answer under way holds the last reference
        self.pool.shutdown(cancel_futures=True)

    def _running(self) -> Any:
        server = self._server
        if server is None:
            raise ModelUnreachable("The embedded model was closed.", hint="Open it anew.")
        if os.getpid() != self._process:
            raise ModelUnreachable(
                "The embedded model was opened before this process was forked off.",
                hint="Open it after forking, once in each process.",
            )
        return server


def _params(model: Path, adapter: Path | None, slots: int, threads: int, context: int) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    params.model_alias = {model.stem}  # or answers would name the path
    if adapter is not None:
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(adapter), 1.0)]
    params.n_parallel, params.n_ctx = slots, context
    params.kv_unified = True  # or each slot would have its own share only
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.cache_ram_mib = 0  # slots keep their prompts; a second store would grow for ever
    params.n_threads_http = slots + 2
    params.verbosity = _QUIET
    # Nothing is measured, guessed or offered beside.
    params.warmup = params.fit_params = params.ui = params.endpoint_slots = False
    return params


def _started(params: Any) -> Any:
    import xllamacpp

    try:
        server = xllamacpp.Server(params)
        # Its loop starts a moment later than it says, and one that is stopped before would run for
        # ever; an answer shows that it runs, and reads the weights into memory.
        server.handle_completions({"prompt": "a", "n_predict": 1})
    except RuntimeError as error:
        raise DataError(
            f"llama.cpp cannot load {params.model.path}.",
            hint="Is the file whole, of a kind that this version knows, and small enough for the "
            "memory? Run: sommelier models verify",
        ) from error
    return server


def _started_unheard(params: Any) -> Any:
    """Start a server that cannot be reached: it must listen, so it does on a name that is gone."""
    params.n_threads_http = 1
    with tempfile.TemporaryDirectory(prefix="sommelier-") as folder:
        name = f"{folder}/unheard.sock"
        if len(os.fsencode(name)) < _PATH:
            params.hostnames = [name]
        return _started(params)


def _fault(code: int, message: str) -> str:
    return json.dumps({"error": {"code": code, "message": message, "type": "embedded"}})
