"""Checks of embeddings."""

from __future__ import annotations

import base64
import binascii
import math
import struct
from typing import Any

from ....wire.parsing import objects
from ....wording import counted
from ..check import (
    Result,
    check,
    deviates,
    granted,
    ignored,
    passed,
    tolerated,
    turned_down,
    unclear,
)
from ..plan.embeddings import SHORTER
from ..shots import Shot, Shots

SCHEMA = "OpenAI's CreateEmbeddingResponse"
# Half-precision vectors are slightly off.
_ROUNDING = 0.01


@check(
    "embeddings-basic", "embeddings", "feature", "two inputs give two vectors of one length",
    core=True, key=True, needs=("embed",), gives=("pass", "absent", "deviates"), source=SCHEMA,
    why="Search and RAG rest on it.", do="Choose an embedding model, or a second endpoint.",
)  # fmt: skip
def _embeddings_basic(shots: Shots) -> Result:
    shot = shots["embed"]
    if no := _none(shot):
        return no
    vectors: list[Any] = [one.get("embedding") for one in _data(shot)]
    words = shot.sent.get("input")
    if len(vectors) != (len(words) if isinstance(words, list) else 1):
        return deviates(f"{len(vectors)} vectors came", shot, shot.words)
    if not all(map(_is_vector, vectors)):
        return deviates("no list of numbers", shot, shot.json_of(_data(shot))[:200])
    if not all(math.isfinite(number) for vector in vectors for number in vector):
        return deviates("a number is NaN or infinite", shot, shot.json_of(_data(shot))[:200])
    if len({len(vector) for vector in vectors}) != 1:
        return deviates("vectors of different length", shot)
    if len(vectors) == 2 and vectors[0] == vectors[1]:
        return deviates("two words, one and the same vector", shot)
    return passed(f"{len(vectors)} vectors of {len(vectors[0])} numbers", shot)


@check(
    "embeddings-order", "embeddings", "must", "index 0 and 1, in the order of the inputs",
    needs=("embed",), gives=("pass", "tolerated"), source=SCHEMA,
    why="Vectors would be stored under the wrong texts.", do="Sort by index.",
)  # fmt: skip
def _embeddings_order(shots: Shots) -> Result:
    shot = _answered(shots)
    indices = [one.get("index") for one in _data(shot)]
    if indices == [*range(len(indices))]:
        return passed("counted from 0", shot)
    return tolerated(f"the indices are {indices[:4]}"[:80], shot)


@check(
    "embeddings-usage", "embeddings", "should", "usage counts the tokens of the inputs",
    needs=("embed",), gives=("pass", "absent"), source=SCHEMA,
    why="Embeddings are billed by it.", do="Count with a tokenizer of your own.",
)  # fmt: skip
def _embeddings_usage(shots: Shots) -> Result:
    shot = _answered(shots)
    usage = shot.value.get("usage")
    if isinstance(usage, dict) and usage.get("prompt_tokens"):
        return passed(f"{counted(usage['prompt_tokens'], 'token')}", shot)
    return Result("absent", "not counted", shot.json_of(usage), shot.label)


@check(
    "embeddings-base64", "embeddings", "feature", "encoding_format base64 gives the same vector",
    needs=("embed", "embed-base64"), gives=("pass", "ignored", "refused", "deviates"),
    source=SCHEMA,
    why="openai's clients ask for base64 by themselves; those for JavaScript and C# need it.",
    do='Pass encoding_format="float".',
)  # fmt: skip
def _embeddings_base64(shots: Shots) -> Result:
    plain, shot = _answered(shots), granted(shots["embed-base64"])
    found = _first(shot)
    if _is_vector(found):
        return ignored("a list of numbers came", shot)
    vector = _decoded(found)
    if vector is None:
        return deviates("not base64 of 32-bit numbers", shot, str(found)[:200])
    # If the first vector's index is not 0, either may belong to the first input.
    either: list[Any] = [_first(plain), _data(plain)[0].get("embedding")]
    expected = [one for one in either if _is_vector(one)]
    if not any(len(one) == len(vector) for one in expected):
        return deviates(f"{len(vector)} numbers in base64, another number as a list", shot)
    if not all(map(math.isfinite, expected[0])):
        return unclear("the list holds NaN or infinite numbers", plain)
    if not any(_close(vector, one) for one in expected):
        return deviates("a different vector from the list's", shot)
    return passed(f"the same {len(vector)} numbers", shot)


def _close(one: list[float], other: list[float]) -> bool:
    pairs = zip(one, other, strict=False)
    return len(one) == len(other) and all(math.isclose(a, b, abs_tol=1e-3) for a, b in pairs)


@check(
    "embeddings-dimensions", "embeddings", "feature", f"dimensions {SHORTER} gives shorter vectors",
    needs=("embed", "embed-shorter"), gives=("pass", "ignored", "refused", "deviates"),
    source="OpenAI's CreateEmbeddingRequest",
    why="A database made for short vectors refuses the long ones, or is filled with them.",
    do="Cut the vectors yourself and bring them to length 1, where the model allows it.",
)  # fmt: skip
def _embeddings_dimensions(shots: Shots) -> Result:
    plain, shot = _answered(shots), granted(shots["embed-shorter"])
    expected, found = _first(plain), _first(shot)
    if not _is_vector(found) or not _is_vector(expected):
        return deviates("no list of numbers", shot, shot.words)
    if len(expected) <= SHORTER:
        return unclear(f"the vectors have {len(expected)} numbers anyway", shot)
    if len(found) == len(expected):
        return ignored(f"{len(found)} numbers came anyway", shot)
    if len(found) != SHORTER:
        return deviates(f"{len(found)} numbers came", shot)
    return passed(f"{len(expected)} numbers, then {SHORTER}", shot)


@check(
    "embeddings-unit-length", "embeddings", "feature", "each vector has length 1",
    needs=("embed",), gives=("pass", "tolerated"), source="OpenAI's guide to embeddings",
    why="Programs that compare by dot product alone rank longer vectors first.",
    do="Compare by cosine, or divide each vector by its length.",
)  # fmt: skip
def _embeddings_unit_length(shots: Shots) -> Result:
    shot = _answered(shots)
    vectors = [one["embedding"] for one in _data(shot) if _is_vector(one.get("embedding"))]
    lengths = [math.hypot(*vector) for vector in vectors]
    if not lengths or not all(map(math.isfinite, lengths)) or not all(lengths):
        return unclear("no vectors that have a length", shot)
    odd = next((length for length in lengths if abs(length - 1) > _ROUNDING), None)
    return passed("1", shot) if odd is None else tolerated(f"the length is {odd:.3g}", shot)


def _first(shot: Shot) -> Any:
    """The vector of the first input: the one with index 0, wherever it is in the list."""
    data = _data(shot)
    numbered = [one for one in data if one.get("index") == 0]
    return (numbered or data or [{}])[0].get("embedding")


def _decoded(found: object) -> list[float] | None:
    """The numbers encoded as base64, None if there are none."""
    if not isinstance(found, str) or not found:
        return None
    try:
        data = base64.b64decode(found, validate=True)
        return [*struct.unpack(f"<{len(data) // 4}f", data)]
    except (binascii.Error, struct.error, ValueError):
        return None


def _none(shot: Shot) -> Result | None:
    """Why no embeddings came, None if they did."""
    no = turned_down(shot)
    if no and no.verdict == "refused":
        # A chat model refuses, which says nothing about embeddings.
        return unclear("refused, perhaps because the model does not embed", shot, shot.words)
    if no and no.verdict == "deviates":
        return unclear(no.came, shot, shot.words)
    return no


def _answered(shots: Shots) -> Shot:
    """The embeddings.

    raises:  Lacking if none came
    """
    shot = shots["embed"]
    if _none(shot) or not _data(shot):
        raise shots.lacking("no embeddings came")
    return shot


def _data(shot: Shot) -> list[dict[str, Any]]:
    return objects(shot.value.get("data"))


def _is_vector(value: Any) -> bool:
    return (
        isinstance(value, list) and bool(value) and all(isinstance(x, int | float) for x in value)
    )  # fmt: skip
