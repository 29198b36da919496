"""The tools as an agent sees them: their docstrings are the descriptions it reads.

Nothing slow is imported here: a thread loads the instruments while the agent reads the list.
"""

from __future__ import annotations

import asyncio
import importlib
from types import ModuleType
from typing import Any, Literal

from .allowed import Keys

POEM = "write a poem about a tree"
Reply = dict[str, Any]
Api = Literal["chat", "responses", "messages"]
_BEHIND = ("instruments", "measuring")


class Tools:
    """The instruments, one call at a time, so that no measurement disturbs another.

    keys:  the keys that the server was started with
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._turn = asyncio.Lock()
        self._loading: asyncio.Future[list[ModuleType]] | None = None

    async def ask(
        self,
        base_url: str = "",
        prompt: str = POEM,
        model: str = "",
        api: Api = "chat",
        timeout_s: float = 120.0,
        parameters: dict[str, Any] | None = None,
    ) -> Reply:
        """Does it answer? One prompt, streamed and in full, and what is wrong with either answer.

        base_url:    the endpoint, such as localhost:1337 or https://api.openai.com/v1; "" for the
                     built-in one, demo:NAME for one of its faults
        model:       "" for the first one listed
        parameters:  the API's, such as temperature, max_tokens, tools
        """
        return await self._call(
            "ask", base_url=base_url, prompt=prompt, model=model, api=api, timeout_s=timeout_s,
            parameters=parameters,
        )  # fmt: skip

    async def stream(
        self,
        base_url: str = "",
        prompt: str = POEM,
        model: str = "",
        api: Api = "chat",
        timeout_s: float = 120.0,
        parameters: dict[str, Any] | None = None,
    ) -> Reply:
        """Is it really streaming? A one-word verdict on the stream, with times, cause and remedy.

        Arguments as in `ask`. If the answer was too short to judge, a longer one is requested.
        """
        return await self._call(
            "stream", base_url=base_url, prompt=prompt, model=model, api=api, timeout_s=timeout_s,
            parameters=parameters,
        )  # fmt: skip

    async def connect(self, base_url: str = "", model: str = "", timeout_s: float = 60.0) -> Reply:
        """Where is it, and what does it need? Name, port, TLS, path, key and model, layer by layer.

        Also returns the base URL that works, and the lines to paste into programs.
        """
        return await self._call("connect", base_url=base_url, model=model, timeout_s=timeout_s)

    async def conformance(
        self,
        base_url: str = "",
        model: str = "",
        profile: str = "chat",
        skip: list[str] | None = None,
        timeout_s: float = 120.0,
    ) -> Reply:
        """What does it really support? Over a hundred checks, some sixty requests; takes minutes.

        profile:  what must work: chat, streaming, tools, structured, embeddings, responses, several
                  joined by +, or all
        skip:     checks, groups or profiles to leave out, such as embeddings
        """
        return await self._call(
            "conformance", base_url=base_url, model=model, profile=profile, skip=skip,
            timeout_s=timeout_s,
        )  # fmt: skip

    async def clients(
        self,
        base_url: str = "",
        recording: str = "",
        model: str = "",
        readers: list[str] | None = None,
        timeout_s: float = 120.0,
    ) -> Reply:
        """Which programs will work with it? Real clients read exactly the bytes that came.

        recording:  a file that another call returned: its answers are read, nothing is sent
        readers:    clients such as openai, curl, langchain, if they are installed
        """
        return await self._call(
            "clients", base_url=base_url, recording=recording, model=model, readers=readers,
            timeout_s=timeout_s,
        )  # fmt: skip

    async def replay(self, recording: str, number: int = -1) -> Reply:
        """What exactly did it say back then? A recording, judged and replayed offline.

        recording:  a file that another call returned
        number:     which exchange of several, from 0; -1 for the last stream
        """
        return await self._call("replay", recording=recording, number=number)

    async def speed(
        self,
        base_url: str = "",
        model: str = "",
        prompt: str = POEM,
        at_once: list[int] | None = None,
        requests: int = 10,
        max_tokens: int = 64,
        seconds: float = 30.0,
        timeout_s: float = 60.0,
    ) -> Reply:
        """How fast is it, alone and under load? Percentiles for each number of requests at once.

        at_once:     requests at once, up to 16, one load after another; [1, 4] by default
        requests:    per load, at most 50, but never fewer than three per concurrent stream
        max_tokens:  per answer, at most 512
        seconds:     for all loads together, at most 120
        """
        return await self._call(
            "speed", base_url=base_url, model=model, prompt=prompt, at_once=at_once,
            requests=requests, max_tokens=max_tokens, seconds=seconds, timeout_s=timeout_s,
        )  # fmt: skip

    async def compare(
        self,
        targets: list[str],
        models: list[str] | None = None,
        prompt: str = POEM,
        turns: int = 3,
        max_tokens: int = 64,
        timeout_s: float = 60.0,
    ) -> Reply:
        """Which server, which model? The same prompt to each in turns: speed with its interval.

        targets:  2 to 4 addresses; or one, and several models
        models:   one for all, or one each; None for the first one listed
        turns:    how many times each pair is asked, at most 8
        """
        return await self._call(
            "compare", targets=targets, models=models, prompt=prompt, turns=turns,
            max_tokens=max_tokens, timeout_s=timeout_s,
        )  # fmt: skip

    async def sweep(
        self,
        prompts: list[str],
        base_url: str = "",
        model: str = "",
        parameters: dict[str, Any] | None = None,
        repeats: int = 1,
        timeout_s: float = 60.0,
    ) -> Reply:
        """What do parameters change? Each prompt with every combination of values, 30 at most.

        parameters:  a list is values to try, such as {"temperature": [0, 1], "max_tokens": 64}
        """
        return await self._call(
            "sweep", prompts=prompts, base_url=base_url, model=model, parameters=parameters,
            repeats=repeats, timeout_s=timeout_s,
        )  # fmt: skip

    async def batch(
        self,
        prompts: list[str],
        base_url: str = "",
        model: str = "",
        parameters: dict[str, Any] | None = None,
        at_once: int = 4,
        timeout_s: float = 120.0,
    ) -> Reply:
        """What does it say to many prompts? At most 200; called again, it asks what is unanswered.

        at_once:  at most 16; fewer if the server cannot take more
        """
        return await self._call(
            "batch", prompts=prompts, base_url=base_url, model=model, parameters=parameters,
            at_once=at_once, timeout_s=timeout_s,
        )  # fmt: skip

    @property
    def all(self) -> list[Any]:
        """Every tool, in the order in which they are offered."""
        return [
            self.ask, self.stream, self.connect, self.conformance, self.speed, self.compare,
            self.sweep, self.batch, self.clients, self.replay,
        ]  # fmt: skip

    def load(self) -> asyncio.Future[list[ModuleType]]:
        """Start loading the instruments, unless that has begun."""
        if self._loading is None:
            self._loading = asyncio.ensure_future(asyncio.to_thread(_loaded))
        return self._loading

    async def _call(self, name: str, **asked: Any) -> Reply:
        modules = await self.load()
        instrument = next(getattr(one, name) for one in modules if hasattr(one, name))
        async with self._turn:
            reply: Reply = await instrument(self._keys, **asked)
            return reply


def _loaded() -> list[ModuleType]:
    return [importlib.import_module(f"{__package__}.{name}") for name in _BEHIND]
