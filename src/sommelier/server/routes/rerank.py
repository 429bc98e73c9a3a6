"""Reranking as Jina and Cohere shape it: documents in, places and scores from 0 to 1 out."""

import asyncio
import uuid
from typing import Annotated, Self

from fastapi import APIRouter, Response
from pydantic import BaseModel, model_validator
from pydantic import Field as Setting

from sommelier.server.callers import Here, Reader
from sommelier.server.problems import answers
from sommelier.server.routes.items import answer
from sommelier.server.shapes import Identifier, Shape, Words
from sommelier.shop.reranking import Document, relevances
from sommelier.types import Json

__all__ = ["DocumentRequest", "RerankAnswer", "RerankRequest", "RerankResult", "rerank", "router"]

router = APIRouter(tags=["lists"])


class DocumentRequest(Shape):
    """A text, or an item of the catalogue."""

    text: Annotated[Words | None, Setting(max_length=20_000)] = None
    item_id: Annotated[Identifier | None, Setting(examples=["603"])] = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.text is None) == (self.item_id is None):
            raise ValueError("give either a text or an item_id")
        return self


class RerankRequest(Shape):
    """What is to be put in order, for which query and for whom."""

    query: Annotated[Words, Setting(max_length=2_000, examples=["a quiet film about the sea"])]
    documents: Annotated[
        list[Annotated[Words, Setting(max_length=20_000)] | DocumentRequest],
        Setting(min_length=1, max_length=1_000, examples=[["a storm at sea", {"item_id": "603"}]]),
    ]
    model: Annotated[str | None, Setting(description="named in the answer", max_length=200)] = None
    top_n: Annotated[int | None, Setting(ge=1, le=1_000)] = None
    return_documents: bool = False
    user_id: Annotated[Identifier | None, Setting(description="whose taste counts too")] = None


class RerankResult(BaseModel):
    """One document's place."""

    index: Annotated[int, Setting(description="in the request, from 0")]
    relevance_score: Annotated[float, Setting(ge=0, le=1)]
    document: Json | None = None


class RerankAnswer(BaseModel):
    """The documents, best first."""

    id: str
    model: str
    results: list[RerankResult]
    usage: dict[str, int]


@router.post("/rerank", response_model=RerankAnswer, responses=answers())
async def rerank(hosted: Here, caller: Reader, told: RerankRequest) -> Response:
    """Put documents in order: free texts, items by their ids, or both.

    Items that the operator lets nobody see are left out.
    """
    user_id = caller.for_user(told.user_id)
    documents = [
        Document(one) if isinstance(one, str) else Document(one.text or "", one.item_id)
        for one in told.documents
    ]
    for one in documents:
        if one.item_id is not None:
            hosted.shelf.items.get(one.item_id)

    def scored() -> list[float | None]:
        profile = hosted.profile(user_id, None)
        return relevances(hosted.lists, user_id, profile, told.query, documents)

    scores = await asyncio.to_thread(scored)
    placed = sorted(
        ((at, score) for at, score in enumerate(scores) if score is not None),
        key=lambda one: -one[1],
    )
    return answer(
        {
            "id": uuid.uuid4().hex,
            "model": told.model or hosted.lists.engine,
            "results": [
                {"index": at, "relevance_score": score}
                | ({"document": _document(documents[at])} if told.return_documents else {})
                for at, score in placed[: told.top_n]
            ],
            "usage": {"total_tokens": _words(told.query, documents)},
        }
    )


def _document(one: Document) -> Json:
    return {"text": one.text} if one.item_id is None else {"item_id": one.item_id}


def _words(query: str, documents: list[Document]) -> int:
    """Return how many words were read: what others bill by, and nobody is billed here."""
    return sum(len(text.split()) for text in (query, *(one.text for one in documents)))
