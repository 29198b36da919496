"""The plan's requests for embeddings."""

from __future__ import annotations

from typing import Any

from ....wire.request import Request
from ..shots import Shots
from .step import Asking, lack, raw, step

# The length of a shortened vector; no model's own vectors are this short.
SHORTER = 8


@step("embed", after=("models",), tokens=4)
def _embed(asking: Asking, shots: Shots) -> Request:
    return _embedded(asking, ["tree", "house"], "float")


@step("embed-base64", after=("models",), tokens=2)
def _embed_base64(asking: Asking, shots: Shots) -> Request:
    return _embedded(asking, "tree", "base64")


@step("embed-shorter", after=("embed",), tokens=2)
def _embed_shorter(asking: Asking, shots: Shots) -> Request:
    if shots["embed"].status != 200:
        raise lack("no embeddings came")
    return _embedded(asking, "tree", "float", dimensions=SHORTER)


def _embedded(asking: Asking, words: Any, encoding: str, **more: Any) -> Request:
    model = asking.embedding_model or asking.model
    return raw(asking, "embeddings", model=model, input=words, encoding_format=encoding, **more)
