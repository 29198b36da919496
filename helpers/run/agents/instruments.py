"""The instruments that send few requests, each named like its tool and with the same arguments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...checks.ask import judge_answers
from ...checks.clients.environments import stands
from ...checks.clients.findings import judge_clients, name_of
from ...checks.clients.matrix import Matrix, ServedRecording, matrix, served
from ...checks.clients.registry import Reader, chosen
from ...checks.clients.tool import with_a_tool
from ...checks.connect.walk import connect as walk
from ...checks.replay import judge_replay
from ...checks.replay import replay as play
from ...checks.stream import ask_for_more, judge_streaming
from ...client.chat import ask as send
from ...client.exchange import Exchange
from ...diagnose.diagnosis import diagnose
from ...diagnose.words import word_of
from ...finding import conclude
from ...product import COMMAND
from ...recordings import chosen as one_of
from ...recordings import load
from ...server.builtin import FOR_MANY
from ...show.conformance.files import inquiry, keep
from ...wire.reading import read
from ...wire.request import Api, Request, chat, request_of
from .allowed import Keys, NotAllowedError, endpoint_at, parameters_of, recording_at
from .answering import Reply, answered, endpoint_of, kept
from .reply import reply
from .tools import POEM


async def ask(
    keys: Keys, base_url: str, prompt: str, model: str, api: Api, timeout_s: float,
    parameters: dict[str, Any] | None,
) -> Reply:  # fmt: skip
    """One prompt, as a stream and in one piece."""
    request = _request(prompt, model, api, parameters)
    endpoint = await endpoint_of(keys, base_url, model, timeout_s)
    streamed, full = await send(endpoint, request, forgiving=True), None
    if not streamed.conclusive:
        again = streamed.request.as_stream(False)
        full = await send(streamed.endpoint, again, forgiving=True)
    findings = await judge_answers(streamed, full)
    asked = [one for one in (streamed, full) if one]
    return answered(keys, "ask", "Does it answer?", findings, asked)


async def stream(
    keys: Keys, base_url: str, prompt: str, model: str, api: Api, timeout_s: float,
    parameters: dict[str, Any] | None,
) -> Reply:  # fmt: skip
    """One stream, long enough to show how it was delivered."""
    request = _request(prompt, model, api, parameters)
    endpoint = await endpoint_of(keys, base_url, model, timeout_s)
    longer = await ask_for_more(await send(endpoint, request, forgiving=True))
    findings = await judge_streaming(longer)
    return answered(keys, "stream", "Is it really streaming?", findings, [longer])


async def connect(keys: Keys, base_url: str, model: str, timeout_s: float) -> Reply:
    """The layers of a connection, one after the other."""
    found = await walk(endpoint_at(base_url, keys, model=model, timeout_s=timeout_s))
    asked = [one for one in (found.known.full, found.known.streamed) if one]
    return reply(
        found.verdict, recording=kept("connect", asked), keys=keys.values,
        works_at=found.base_url or None, lines={one.what: one.line for one in found.spellings},
    )  # fmt: skip


async def conformance(
    keys: Keys, base_url: str, model: str, profile: str, skip: list[str] | None, timeout_s: float
) -> Reply:
    """All checks, and which of them must pass."""
    endpoint = endpoint_at(base_url or FOR_MANY, keys, model=model, timeout_s=timeout_s)
    asking = inquiry(endpoint, profile=profile, skip=skip or [])
    report = await asking.ask()
    keep(asking)
    verdict = conclude(
        "What does it really support?", report.findings, base_url=report.base_url,
        model=report.model, yes=report.headline.removesuffix("."),
    )  # fmt: skip
    file = Path(asking.kept) if asking.kept else None
    return reply(verdict, recording=file, keys=keys.values, requests=report.requests)


async def clients(
    keys: Keys, base_url: str, recording: str, model: str, readers: list[str] | None,
    timeout_s: float,
) -> Reply:  # fmt: skip
    """How real clients read an endpoint's answers, or recorded ones."""
    chosen_ones = _installed(readers or [])
    file, asked = recording_at(recording) if recording else None, []
    if file is None:
        endpoint = await endpoint_of(keys, base_url, model, timeout_s)
        asked = [await send(endpoint, chat(POEM, model=model), forgiving=True)]
        asked.append(await with_a_tool(asked[0]))
    made = await matrix(_of_file(file) if file else _of(asked), chosen_ones)
    verdict = conclude(
        "Which programs will work with it?", judge_clients(made, *asked),
        base_url=asked[0].endpoint.base_url if asked else f"replay:{file}",
        model=asked[0].request.model if asked else "",
    )  # fmt: skip
    return reply(
        verdict, recording=file or kept("clients", asked), keys=keys.values, breaks=_breaks(made)
    )


async def replay(keys: Keys, recording: str, number: int) -> Reply:
    """A recording, judged again and served again."""
    file = recording_at(recording)
    reading = read(one_of(load(str(file)), number))
    replayed = await play(f"replay:{file}@0", reading)
    request = request_of(reading.recording)
    findings = diagnose(reading, reading.recording.ending, request)
    verdict = conclude(
        "Does the recording still say what it said?", judge_replay(replayed),
        base_url=f"replay:{file}", model=request.model,
    )  # fmt: skip
    return reply(
        verdict, recording=file, keys=keys.values,
        word=word_of(findings, streamed=reading.streamed), text=reading.answer.text,
        recorded=[str(found) for found in findings],
    )  # fmt: skip


def _request(prompt: str, model: str, api: Api, given: dict[str, Any] | None) -> Request:
    parameters = parameters_of(given, prompt)
    return chat(prompt, model=model, stream=True, api=api, **parameters)


def _installed(names: Sequence[str]) -> list[Reader]:
    """The named readers, or all installed ones if none is named.

    raises:  NotAllowedError for one that would have to be installed first
    """
    found = chosen(names)
    if missing := [one.client for one in found if not stands(one)]:
        raise NotAllowedError(
            "clients that are installed", ", ".join(dict.fromkeys(missing)),
            f"A person has to install them: {COMMAND} clients --readers {missing[0]}",
        )  # fmt: skip
    return found


def _of_file(file: Path) -> list[ServedRecording]:
    """The answers in a HAR file that some reader can read."""
    every = [served(one, f"exchange {number}") for number, one in enumerate(load(str(file)))]
    return [one for one in every if one.kind]


def _of(exchanges: Sequence[Exchange]) -> list[ServedRecording]:
    """What came, each exchange once; other statuses carry no answer for a client to read."""
    return [
        served(one.recording, name_of(one), one.findings)
        for one in {id(one): one for one in exchanges}.values()
        if one.recording.status == 200
    ]


def _breaks(made: Matrix) -> list[dict[str, str]]:
    """Each reader that does not get what was sent, and whose fault that is."""
    return [
        {"recording": row.name, "reader": name, "outcome": cell.outcome, "says": cell.says,
         "fault": cell.fault}
        for row in made.rows
        for name, cell in row.cells.items()
        if cell.breaks
    ]  # fmt: skip
