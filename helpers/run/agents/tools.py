"""The instruments as an agent calls them; each docstring is what the agent reads of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from ...checks.ask import judge_answers
from ...checks.clients.environments import stands
from ...checks.clients.findings import judge_clients, name_of
from ...checks.clients.matrix import Heard, Matrix, heard, matrix
from ...checks.clients.registry import Reader, chosen
from ...checks.clients.tool import with_a_tool
from ...checks.connect.walk import connect
from ...checks.replay import judge_replay
from ...checks.replay import replay as play
from ...checks.stream import ask_for_more, judge_streaming
from ...client.chat import ask as send
from ...client.exchange import Exchange
from ...diagnose.diagnosis import diagnose
from ...diagnose.words import word_of
from ...endpoint import Endpoint
from ...finding import Finding, conclude
from ...product import COMMAND
from ...recordings import chosen as one_of
from ...recordings import load, save
from ...server.builtin import opened
from ...show.conformance.files import inquiry, keep
from ...wire.reading import read
from ...wire.request import Request, chat, request_of
from .allowed import Keys, NotAllowedError, endpoint_at, parameters_of, recording_at
from .told import figures, told

POEM = "write a poem about a tree"
Told = dict[str, Any]
Api = Literal["chat", "responses", "messages"]


class Tools:
    """The instruments, one call at a time: what measures time must not disturb another.

    keys:  those that the server was started with
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._turn = asyncio.Lock()

    async def ask(
        self,
        base_url: str = "",
        prompt: str = POEM,
        model: str = "",
        api: Api = "chat",
        timeout_s: float = 120.0,
        parameters: dict[str, Any] | None = None,
    ) -> Told:
        """Does it answer? One prompt as a stream and in one piece, and what is wrong with either.

        base_url:    the endpoint, such as localhost:1337 or https://api.openai.com/v1; "" for the
                     built-in one, demo:NAME for one of its faults
        model:       "" for the first one that is listed
        parameters:  of the API, such as temperature, max_tokens, tools
        """
        request = _request(prompt, model, api, parameters)
        async with self._turn:
            endpoint = await self._opened(base_url, model, timeout_s)
            streamed, full = await send(endpoint, request, forgiving=True), None
            if not streamed.conclusive:
                again = streamed.request.as_stream(False)
                full = await send(streamed.endpoint, again, forgiving=True)
            findings = await judge_answers(streamed, full)
            asked = [one for one in (streamed, full) if one]
            return self._told("ask", "Does it answer?", findings, asked)

    async def stream(
        self,
        base_url: str = "",
        prompt: str = POEM,
        model: str = "",
        api: Api = "chat",
        timeout_s: float = 120.0,
        parameters: dict[str, Any] | None = None,
    ) -> Told:
        """Is it really streaming? One word for how a stream came, its times, cause and remedy.

        Arguments as in `ask`. Where an answer was too short to tell, a longer one is asked for.
        """
        request = _request(prompt, model, api, parameters)
        async with self._turn:
            endpoint = await self._opened(base_url, model, timeout_s)
            longer = await ask_for_more(await send(endpoint, request, forgiving=True))
            findings = await judge_streaming(longer)
            return self._told("stream", "Is it really streaming?", findings, [longer])

    async def connect(self, base_url: str = "", model: str = "", timeout_s: float = 60.0) -> Told:
        """Where is it, and what does it need? Name, port, TLS, path, key and model, layer by layer.

        Beside the verdict stand the base URL that works, and the lines that programs want.
        """
        async with self._turn:
            endpoint = endpoint_at(base_url, self._keys, model=model, timeout_s=timeout_s)
            found = await connect(endpoint)
            asked = [one for one in (found.known.full, found.known.streamed) if one]
            return told(
                found.verdict, recording=_kept("connect", asked), keys=self._keys.values,
                works_at=found.base_url or None,
                lines={one.what: one.line for one in found.spellings},
            )  # fmt: skip

    async def conformance(
        self,
        base_url: str = "",
        model: str = "",
        profile: str = "chat",
        skip: list[str] | None = None,
        timeout_s: float = 120.0,
    ) -> Told:
        """What does it really support? Some ninety checks over fifty requests; may take minutes.

        profile:  what must work: chat, streaming, tools, structured, embeddings, responses, several
                  joined by +, or all
        skip:     checks, groups or profiles to leave out, such as embeddings
        """
        async with self._turn:
            # At reading speed a built-in answer takes a second, and there are dozens.
            endpoint = endpoint_at(
                base_url or "demo:fast", self._keys, model=model, timeout_s=timeout_s
            )
            asking = inquiry(endpoint, profile=profile, skip=skip or [])
            report = await asking.ask()
            keep(asking)
        verdict = conclude(
            "What does it really support?", report.findings, base_url=report.base_url,
            model=report.model, yes=report.headline.removesuffix("."),
        )  # fmt: skip
        kept = Path(asking.kept) if asking.kept else None
        return told(verdict, recording=kept, keys=self._keys.values, requests=report.requests)

    async def clients(
        self,
        base_url: str = "",
        recording: str = "",
        model: str = "",
        readers: list[str] | None = None,
        timeout_s: float = 120.0,
    ) -> Told:
        """Which programs will work with it? Real clients read the very bytes that came.

        recording:  a file that another call returned: its answers are read, nothing is asked
        readers:    clients such as openai, curl, langchain, as far as they are installed
        """
        chosen_ones = _installed(readers or [])
        async with self._turn:
            file, asked = recording_at(recording) if recording else None, []
            if file is None:
                endpoint = await self._opened(base_url, model, timeout_s)
                asked = [await send(endpoint, chat(POEM, model=model), forgiving=True)]
                asked.append(await with_a_tool(asked[0]))
            made = await matrix(_of_file(file) if file else _of(asked), chosen_ones)
        verdict = conclude(
            "Which programs will work with it?", judge_clients(made, *asked),
            base_url=asked[0].endpoint.base_url if asked else f"replay:{file}",
            model=asked[0].request.model if asked else "",
        )  # fmt: skip
        kept = file or _kept("clients", asked)
        return told(verdict, recording=kept, keys=self._keys.values, breaks=_breaks(made))

    async def replay(self, recording: str, number: int = -1) -> Told:
        """What exactly did it say then? A recording judged again and played again, offline.

        recording:  a file that another call returned
        number:     which exchange of several, from 0; -1 for the last stream
        """
        async with self._turn:
            file = recording_at(recording)
            reading = read(one_of(load(str(file)), number))
            replayed = await play(f"replay:{file}@0", reading)
        request = request_of(reading.recording)
        said = diagnose(reading, reading.recording.ending, request)
        verdict = conclude(
            "Does the recording still say what it said?", judge_replay(replayed),
            base_url=f"replay:{file}", model=request.model,
        )  # fmt: skip
        return told(
            verdict, recording=file, keys=self._keys.values,
            word=word_of(said, streamed=reading.streamed), text=reading.answer.text,
            recorded=[str(found) for found in said],
        )  # fmt: skip

    async def _opened(self, base_url: str, model: str, timeout_s: float) -> Endpoint:
        return await opened(endpoint_at(base_url, self._keys, model=model, timeout_s=timeout_s))

    def _told(
        self, name: str, question: str, findings: Iterable[Finding], asked: Sequence[Exchange]
    ) -> Told:
        first = asked[0]
        verdict = conclude(
            question, findings, base_url=first.endpoint.base_url, model=first.request.model
        )
        return told(
            verdict, recording=_kept(name, asked), keys=self._keys.values,
            answers=[figures(one) for one in asked],
        )  # fmt: skip


def _request(prompt: str, model: str, api: Api, given: dict[str, Any] | None) -> Request:
    parameters = parameters_of(given, prompt)
    return chat(prompt, model=model, stream=True, api=api, **parameters)


def _kept(name: str, asked: Sequence[Exchange]) -> Path | None:
    """The file that now holds what was sent, None where nothing was."""
    sent = [one for one in asked if one.recording.sent is not None]
    if not sent:
        return None
    recordings = list({id(one): one.recording for one in sent}.values())
    return save(recordings, sent[0].endpoint, name=f"mcp-{name}", word=sent[0].word)


def _installed(names: Sequence[str]) -> list[Reader]:
    """The readers that are named, those that are here where none is.

    raises:  NotAllowedError for one that would have to be installed
    """
    found = chosen(names)
    if missing := [one.client for one in found if not stands(one)]:
        raise NotAllowedError(
            "clients that are installed", ", ".join(dict.fromkeys(missing)),
            f"A person installs them: {COMMAND} clients --readers {missing[0]}",
        )  # fmt: skip
    return found


def _of_file(file: Path) -> list[Heard]:
    """The answers in a HAR file that there are readers for."""
    every = [heard(one, f"exchange {number}") for number, one in enumerate(load(str(file)))]
    return [one for one in every if one.kind]


def _of(asked: Sequence[Exchange]) -> list[Heard]:
    """What came, each once; behind another status stands no answer that a client would read."""
    return [
        heard(one.recording, name_of(one), one.findings)
        for one in {id(one): one for one in asked}.values()
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
