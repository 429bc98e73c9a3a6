"""Answers kept by content: a run that was recorded replays with no call and the same answers.

One JSON file a request, named by the hash of model, messages, schema and options. It appears whole
or not at all, so that several processes may share a folder. The files hold everything that was said
to the model and by it. Wrap the model itself: what is replayed takes nothing of a budget.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from sommelier.errors import ModelError, NotRecorded, StateError
from sommelier.llm.chat.base import ChatModel, Completion, Message
from sommelier.llm.chat.schema import Schema

__all__ = ["Mode", "ReplayModel"]

Mode = Literal["off", "record", "replay", "read-write"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Failure(_Frozen):
    kind: str
    message: str
    hint: str
    retry_after: float | None

    def error(self) -> ModelError:
        kinds = {kind.__name__: kind for kind in ModelError.__subclasses__()}
        kind = kinds.get(self.kind, ModelError)
        return kind(self.message, hint=self.hint, retry_after=self.retry_after)


class _Recording(_Frozen):
    """One request, what streamed, and how it ended."""

    request: dict[str, Any]
    pieces: tuple[str, ...] = ()
    end: Completion | _Failure

    def answer(self) -> Completion:
        if isinstance(self.end, _Failure):
            raise self.end.error()
        return self.end.model_copy(update={"replayed": True})


class ReplayModel:
    """A model before which a folder of recordings is looked up.

    `off` passes everything through. `record` makes every call and writes what came, errors too; a
    request that comes twice in one run is asked once, so that its replay is the same. `replay`
    makes no call; NotRecorded names what is missing. `read-write` looks first, and writes what it
    had to ask for, but no errors; of two processes that ask the same at once, the first to write
    wins, and the other gives its answer too.
    """

    def __init__(self, model: ChatModel, folder: Path, mode: Mode = "read-write") -> None:
        self._model = model
        self._folder = folder
        self._mode = mode
        self._seen: set[Path] = set()  # what this run has recorded

    @property
    def name(self) -> str:
        """The name of the model behind it."""
        return self._model.name

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: Schema | None = None,
        max_tokens: int | None = None,
        temperature: float = 0.0,
    ) -> Completion:
        """Return the recorded answer, or the model's; raises what was recorded or ModelError."""
        how: dict[str, Any] = {"max_tokens": max_tokens, "temperature": temperature}
        if self._mode == "off":
            return await self._model.complete(messages, schema=schema, **how)
        asked = None if schema is None else {"name": schema.name, "body": schema.body}
        request = self._request(messages, {**how, "schema": asked, "stream": False})
        if (known := self._find(request)) is not None:
            return known.answer()
        try:
            found = await self._model.complete(messages, schema=schema, **how)
        except ModelError as error:
            self._keep_failure(request, error)
            raise
        other = self._keep(_Recording(request=request, end=found))
        return found if other is None else other.answer()

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float = 0.0,
    ) -> AsyncIterator[str | Completion]:
        """Yield the recorded pieces and completion, or the model's.

        A stream that its reader leaves early is not recorded.
        """
        how: dict[str, Any] = {"max_tokens": max_tokens, "temperature": temperature}
        request = self._request(messages, {**how, "schema": None, "stream": True})
        known = None if self._mode == "off" else self._find(request)
        if known is not None:
            for text in known.pieces:
                yield text
            yield known.answer()
            return
        pieces: list[str] = []
        try:
            async for piece in self._model.stream(messages, **how):
                if isinstance(piece, Completion):
                    self._keep(_Recording(request=request, pieces=tuple(pieces), end=piece))
                else:
                    pieces.append(piece)
                yield piece
        except ModelError as error:
            self._keep_failure(request, error, pieces)
            raise

    def _request(self, messages: Sequence[Message], how: dict[str, Any]) -> dict[str, Any]:
        said = [message.model_dump() for message in messages]
        # Through JSON and back, so that what is hashed is what a reader of the file would hash.
        whole: dict[str, Any] = json.loads(
            json.dumps({"model": self.name, "messages": said, **how}, default=dict)
        )
        return whole

    def _place(self, request: dict[str, Any]) -> Path:
        canonical = json.dumps(request, sort_keys=True, ensure_ascii=True).encode()
        return self._folder / f"{hashlib.blake2b(canonical, digest_size=16).hexdigest()}.json"

    def _find(self, request: dict[str, Any]) -> _Recording | None:
        """Return the recording of a request; NotRecorded where there must be one."""
        place = self._place(request)
        if self._mode == "record" and place not in self._seen:
            return None
        try:
            return _Recording.model_validate_json(place.read_bytes())
        except FileNotFoundError:
            if self._mode == "replay":
                raise self._missing(request, place) from None
            return None
        except (OSError, ValidationError) as error:
            raise StateError(
                f"The recording {place} cannot be read: {error}",
                hint="Delete it and record again.",
            ) from error

    def _missing(self, request: dict[str, Any], place: Path) -> NotRecorded:
        said = request["messages"][-1]["content"] if request["messages"] else ""
        shown = said if len(said) <= 120 else f"{said[:120]}..."
        return NotRecorded(
            f"{self._folder} holds no answer of {self.name!r} to the message {shown!r} "
            f"({place.name}, with {len(request['messages'])} messages in all).",
            hint="Run once with `record` or `read-write`, with the same prompts and options.",
        )

    def _keep_failure(
        self, request: dict[str, Any], error: ModelError, pieces: Sequence[str] = ()
    ) -> None:
        """Errors belong to a recorded run; as a cache they would outlast their cause."""
        if self._mode == "record":
            failure = _Failure(
                kind=type(error).__name__,
                message=error.message,
                hint=error.hint,
                retry_after=error.retry_after,
            )
            self._keep(_Recording(request=request, pieces=tuple(pieces), end=failure))

    def _keep(self, recording: _Recording) -> _Recording | None:
        """Write a recording; return the other one if another process was first."""
        if self._mode == "off":
            return None
        place = self._place(recording.request)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._folder, suffix=".partial")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(recording.model_dump_json(indent=1).encode())
                    file.flush()
                    os.fsync(file.fileno())
                if self._mode == "record":
                    Path(name).replace(place)
                else:
                    place.hardlink_to(name)  # unlike a rename, fails where something stands
            finally:
                Path(name).unlink(missing_ok=True)
        except FileExistsError:
            return self._find(recording.request)
        except OSError as error:
            raise StateError(f"The recording {place} cannot be written: {error}") from error
        self._seen.add(place)
        return None
