"""The list of models, the name that was given, and the response to a name that cannot exist."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from urllib.parse import urlsplit

from ...client.models import UNLISTED, list_models
from ...diagnose.layers import serving
from ...diagnose.observed import is_page, server_words
from ...wire.builders.completion import full_answer
from ...wire.parsing import parsed
from ...wire.recording import Recording
from ...wire.request import chat
from .known import Clock, Known, Steps
from .probing import CHAT, probe

TOKENS = 16
NEAR = 3


async def models(known: Known) -> Steps:
    """One step on the list, one on the name."""
    clock = Clock()
    listed = known.models = await list_models(known.asked_at(known.base))
    named = known.endpoint.model
    known.model = named or listed.chosen or UNLISTED
    if listed.names:
        body = parsed(listed.recording.body.removeprefix(b"\xef\xbb\xbf"))
        standard = isinstance(body, dict) and isinstance(body.get("data"), list)
        finding = serving.models_listed(listed.names, known.model, standard=standard)
        yield clock.step("models", finding)
    elif listed.failure and listed.recording.end == "broken" and listed.recording.status:
        yield clock.step("models", serving.refused_for(listed.failure, known.endpoint))
    else:
        yield clock.step("models", serving.no_models(known.model, _why_none(listed.recording)))
    clock = Clock()
    if named and listed.names and named not in listed.names:
        near = near_to(named, listed.names)
        # An alias need not be listed: llama3.2 works if llama3.2:latest is there.
        if not near or known.thinks or _answers(await _answer_to(known, named)):
            yield clock.step("model name", serving.model_unlisted(named, near))
            return
        known.model = near[0]
        yield clock.step("model name", serving.model_misspelled(named, near))
        return
    if known.thinks:
        return
    nonsense = f"no-such-model-{secrets.token_hex(4)}"
    recording = await _answer_to(known, nonsense)
    if _answers(recording):
        answered = full_answer(recording.body).model
        yield clock.step("model name", serving.any_model("" if answered == nonsense else answered))
    elif recording.status is not None and 400 <= recording.status < 500 and recording.status != 429:
        yield clock.step("model name", serving.names_checked(recording.status))


def _why_none(recording: Recording) -> str:
    """Why the answer to a request for models names none."""
    if recording.status in (401, 403):
        return f"The list of models was refused ({recording.status})"
    if recording.status != 200 or not recording.body.strip():
        return "There is no list of models"
    if is_page(recording):
        return "A web page came instead of a list of models"
    body = parsed(recording.body)
    if body == [] or (isinstance(body, dict) and not body.get("data", True)):
        return "The list of models is empty"
    words = serving.short(server_words(recording, recording.body))
    return f"What came for a list of models names none (“{words}”)"


async def _answer_to(known: Known, model: str) -> Recording:
    """The answer to a chat with a model of this name."""
    request = chat(
        known.prompt, model=model, stream=False, **{"max_tokens": TOKENS, **known.extra_body}
    )
    path = f"{urlsplit(known.base).path}{CHAT}"
    return await probe(known, path, method="POST", request=replace(request, raw=request.body()))


def _answers(recording: Recording) -> bool:
    return recording.status == 200 and not full_answer(recording.body).error


def near_to(named: str, names: Sequence[str]) -> list[str]:
    """The listed names closest to the given one, the closest first.

    The usual slips are in upper case, the owner before the name, and the tag after it.
    """
    plain = {name: _plain(name) for name in names}
    same = [name for name, bare in plain.items() if bare == _plain(named)]
    begins = [name for name in names if name.lower().startswith(named.lower())]
    lower = {name.lower(): name for name in names}
    close = [lower[one] for one in get_close_matches(named.lower(), lower, NEAR, 0.75)]
    return list(dict.fromkeys([*same, *begins, *close]))[:NEAR]


def _plain(name: str) -> str:
    return name.lower().rpartition("/")[2].partition(":")[0].replace("_", "-")
