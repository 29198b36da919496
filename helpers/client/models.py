"""The models an endpoint lists, and the one that is used if none is named."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from ..diagnose.connection.no_answer import DOCTOR
from ..diagnose.diagnosis import diagnose
from ..diagnose.names import UNLISTED as UNLISTED
from ..diagnose.observed import is_page, server_words
from ..endpoint import CallError, Endpoint
from ..finding import Finding, explained
from ..wire.bounds import values
from ..wire.parsing import parsed
from ..wire.reading import Reading
from ..wire.recording import Recording
from ..wire.retry import retry_after_s
from ..wire.surrogates import encodable
from .connection import Broken
from .keys import key_state
from .transport import get_models, prepare, ran_out

LIST_S = 20.0
LONGEST_NAME = 1000

_NOT_CHAT = re.compile(
    r"embed|rerank|whisper|transcri|tts|speech|audio|realtime|dall-e|image|diffusion|flux|sora|"
    # A star is LiteLLM's for any name, and the name of none.
    r"video|moderation|guard|clip|ocr|\*|(^|/)(bge|e5|gte|nomic)-|davinci|babbage|-instruct-0914",
    re.IGNORECASE,
)
_EMBEDS = re.compile(r"embed|(^|/)(bge|e5|gte|nomic|minilm|jina)-", re.IGNORECASE)
# Cloudflare numbers its models by UUID.
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NOT_CHAT_TYPES = {
    "embedding",
    "embeddings",
    "rerank",
    "image",
    "audio",
    "moderation",
    "tts",
    "stt",
}


@dataclass(frozen=True)
class ModelList:
    """What an endpoint answered when asked for its models.

    names:        in the endpoint's order
    chosen:       the first chat model; "default" without a list; "" if the endpoint cannot be asked
    passed_over:  listed before the chosen one, but not for chat
    """

    names: tuple[str, ...]
    chosen: str
    passed_over: tuple[str, ...]
    reading: Reading
    failure: Finding | None = None

    @property
    def embedding(self) -> str:
        """The first name that looks like an embedding model's, "" if none does."""
        return next(filter(_EMBEDS.search, self.names), "")

    @property
    def recording(self) -> Recording:
        """The recording of the request for the list."""
        return self.reading.recording

    @property
    def sentence(self) -> str:
        """One sentence on which model was chosen and why."""
        if not self.chosen:
            return self.failure.says if self.failure else "No model was chosen."
        if not self.names:
            return f"No model was named and none is listed, so {self.chosen!r} is used."
        which = "the first listed one that chats" if self.passed_over else "the first listed one"
        return f"No model was named, so {self.chosen} is used: {which}."


# The names a list is found under: OpenAI's, Ollama's, and those of others.
_LISTS = ("data", "models", "result", "results", "items", "model_list")
_DEEP = 3


async def model_names(endpoint: Endpoint) -> tuple[str, ...]:
    """The names of the endpoint's models.

    raises:  CallError with the cause, if it lists none
    """
    found = await list_models(endpoint)
    if found.failure and not found.names:
        came = f"none: {found.failure.says}"
        raise CallError("a list of models", came, found.failure.do, headline="No model is listed")
    return found.names


async def list_models(endpoint: Endpoint, *, limit_s: float = LIST_S) -> ModelList:
    """The endpoint's models; whatever goes wrong is the list's `failure`."""
    recording = Recording("GET", f"{endpoint.url}/models")
    key = key_state(endpoint)
    if not key.usable:
        recording.end = "broken"
        recording.cause = "key-malformed" if key.is_set else "key-not-set"
        recording.detail = key.problem
        return _failed(endpoint, recording)
    limit_s = min(limit_s, endpoint.limits.first_chunk_s)
    await prepare(endpoint)
    try:
        async with asyncio.timeout(limit_s):
            await get_models(endpoint, recording)
            if (wait_s := _busy_s(recording)) < limit_s / 2:
                # Without the list, the chat would ask for a model that may not be there.
                await asyncio.sleep(wait_s)
                recording = Recording("GET", f"{endpoint.url}/models")
                await get_models(endpoint, recording)
    except TimeoutError:
        ran_out(recording, "first", limit_s)
        return _failed(endpoint, recording)
    except Broken as broken:
        recording.cause, recording.detail = broken.cause, broken.detail
        # With the whole list there, the chat shows what is wrong with the answers' ends.
        if not entries(recording):
            return _failed(endpoint, recording)
    if recording.status in (401, 403, 407, 429):
        # Some keys may chat but not list models, so the chat decides.
        return replace(_failed(endpoint, recording), chosen=UNLISTED)
    return _read(endpoint, recording)


def _busy_s(recording: Recording) -> float:
    """How long a busy server asks to be left alone; inf if it is not busy or names no time."""
    wait_s = retry_after_s(recording) if recording.status in (429, 503) else None
    return inf if wait_s is None else wait_s


def _read(endpoint: Endpoint, recording: Recording) -> ModelList:
    listed = entries(recording) if recording.status == 200 else []
    names = tuple(dict.fromkeys(entry["id"] for entry in listed))
    chats = [entry["id"] for entry in listed if _chats(entry)]
    reading = Reading(recording, streamed=False)
    if not names:
        return ModelList((), UNLISTED, (), reading, _no_list(endpoint, recording))
    chosen = chats[0] if chats else names[0]
    return ModelList(names, chosen, names[: names.index(chosen)], reading)


def entries(recording: Recording) -> list[dict[str, Any]]:
    """The listed models: from OpenAI's `data`, a bare array, or wherever others nest the list."""
    body = recording.body.removeprefix(b"\xef\xbb\xbf")
    # Counted before parsing: as objects, 64 MB of brackets would need gigabytes.
    most = recording.bounds.values
    listed = None if values(body.decode("latin-1"), enough=most) > most else parsed(body)
    entries = [item if isinstance(item, dict) else {"id": item} for item in _list_in(listed, _DEEP)]
    entries = [
        entry | {"id": _called(entry) or entry.get("name") or entry.get("model")}
        for entry in entries
    ]
    # No request, page or file can encode a lone surrogate, and a name of a megabyte would be
    # repeated in every row, line and address.
    return [
        entry | {"id": encodable(entry["id"])}
        for entry in entries
        if isinstance(entry["id"], str) and len(entry["id"]) <= LONGEST_NAME
    ]


def _called(entry: dict[str, Any]) -> Any:
    """An entry's id, unless it is a database's key beside the name that requests use.

    In OpenAI's own form, an id is what requests use, and a name is only there to read.
    """
    called = entry.get("id")
    named = isinstance(entry.get("name"), str) and entry["name"] and entry.get("object") != "model"
    return None if named and isinstance(called, str) and _KEY.fullmatch(called) else called


def _list_in(value: Any, deep: int) -> list[Any]:
    """The list in a value: itself, under one of the usual names, or an object keyed by name."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or not deep:
        return []
    for name in _LISTS:
        if name in value:
            inside = value[name]
            by_name = isinstance(inside, dict) and not {*_LISTS} & inside.keys()
            found = _keyed(inside) if by_name else _list_in(inside, deep - 1)
            if found:
                return found
    return []


def _keyed(value: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of an object keyed by model name."""
    return [{"id": name} | one for name, one in value.items() if isinstance(one, dict)]


def _chats(entry: dict[str, Any]) -> bool:
    kind = str(entry.get("type") or entry.get("task") or "").lower()
    return kind not in _NOT_CHAT_TYPES and not _NOT_CHAT.search(entry["id"])


def _no_list(endpoint: Endpoint, recording: Recording) -> Finding:
    if is_page(recording):
        says = "A web page came instead of a list of models."
        do = (
            "This address belongs to a web site or a login page: look up the base URL in the "
            f"server's documentation. {DOCTOR}"
        )
    else:
        says = "There is no list of models: type the model's name."
        do = "Type the name your server was started with, then Send: chat may work without a list."
    return explained(
        "no-model-list", says,
        expected=f'{{"object": "list", "data": […]}} from GET {endpoint.base_url}/models',
        came=f"{recording.status} {recording.reason}".strip(),
        do=do, quote=server_words(recording, recording.body),
    )  # fmt: skip


def _failed(endpoint: Endpoint, recording: Recording) -> ModelList:
    reading = Reading(recording, streamed=False)
    reading.catch_up()
    findings = diagnose(reading, endpoint=endpoint)
    return ModelList((), "", (), reading, findings[0])
