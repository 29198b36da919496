"""The names an explorer types: `import helpers as es`, then `es.` and Tab.

Each docstring holds an example. Every call that asks a server is awaited; every call returns plain
data, which is displayed when it is the value of a cell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import recordings
from .checks.conformance.report import Report
from .checks.replay import replay as replay
from .client.chat import begin, complete
from .client.discovery import FoundServer, find_servers
from .client.exchange import Exchange, check_asked, exchanges_of
from .client.models import model_names
from .diagnose.drift import changes
from .endpoint import Endpoint, endpoint_of
from .endpoint import resolve as resolve
from .recordings import chosen, save_as
from .recordings import kept as kept
from .server.builtin import FOR_MANY, opened
from .server.replay import KEPT
from .session import history as history
from .session import note
from .show.batch.start import batch as batch
from .show.chat.chat import Chat
from .show.clients import clients as clients
from .show.compare.start import compare as compare
from .show.conformance.files import inquiry, keep, written
from .show.conformance.live import LiveReport
from .show.connect.live import Connecting
from .show.exchanges import changes_table, exchanges_table
from .show.load.start import speed as speed
from .show.panel.panel import Panel
from .show.stream.live import Live, bundle
from .show.sweep.start import sweep as sweep
from .show.table import Table
from .show.watch.start import started
from .show.watch.view import Watch
from .signatures import checked
from .wire.answer import Delta
from .wire.parameters import check_parameters
from .wire.request import Api
from .wire.request import chat as _request

SHOWN = ("base_url", "model", "word", "ttft_s", "total_s", "tokens_per_s", "completion_tokens")


@dataclass
class Asked(Exchange):
    """A request and its answer: `a.text`, `a.ttft_s`, `a.usage`, `a.word`, `a.findings`.

    As a cell's value it shows the answer, as inert as it was while it streamed.
    """

    _live: bool = field(default=False, repr=False)

    @checked
    def save(self, path: str | Path) -> Path:
        """Save it as a HAR file, without the key: `a.save("x.har")`."""
        return save_as([self.recording], self.endpoint, Path(path))

    def __repr__(self) -> str:
        return super().__repr__()

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        if self._live or not (self.text or self.answer.reasoning):
            return {"text/plain": repr(self)}
        return bundle(self.text, self.answer.reasoning)


@checked
async def ask(
    prompt: str | tuple[Mapping[str, Any], ...],
    base_url: str | Endpoint = "",
    *,
    model: str = "",
    api_key_env: str = "",
    stream: bool = True,
    show: bool = True,
    timeout_s: float = 300.0,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    api: Api = "chat",
    extra_body: Mapping[str, Any] | None = None,
    **parameters: Any,
) -> Asked:
    """Ask once: `a = await es.ask("write a poem about a tree", "localhost:1337")`.

    prompt:      text, or messages in the API's own format
    base_url:    any address, a preset's name such as "Ollama", "" for the built-in endpoint
    show:        False displays nothing; otherwise the answer streams into this cell
    api:         "chat", "responses" or "messages"
    parameters:  any of the API's: temperature, max_tokens, tools, …; `extra_body` for others
    """
    check_asked(prompt, api)
    endpoint = endpoint_of(
        base_url, model=model, api_key_env=api_key_env, timeout_s=timeout_s, headers=headers,
        query=query,
    )  # fmt: skip
    check_parameters(parameters, ask, extra_body=extra_body)
    body = {**(extra_body or {}), **parameters}
    request = _request(prompt, model=model, stream=stream, api=api, **body)
    begun = begin(await opened(endpoint), request)
    asked = Asked(begun.endpoint, begun.request, _live=show)
    await _streamed(asked, Live() if show else None)
    return asked


async def _streamed(asked: Asked, live: Live | None) -> None:
    """Send the request, show the answer as it arrives, and keep both in the history."""

    def watch(_: Exchange, deltas: list[Delta]) -> None:
        for delta in deltas:
            if live and delta.choice == 0:
                live.write(delta.text + delta.refusal, reasoning=delta.reasoning)

    try:
        await complete(asked, watch=watch, forgiving=True)
    finally:
        if live:
            live.close(f"✕ {asked.failure}" if asked.failure else "")
        note(asked)


@checked
async def conformance(
    base_url: str | Endpoint = "",
    *,
    model: str = "",
    api_key_env: str = "",
    timeout_s: float = 300.0,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    show: bool = True,
    **choice: Any,
) -> Report:
    """What an endpoint really supports: `r = await es.conformance("localhost:1337")`.

    base_url:  "replay:FILE" judges a saved run again, without sending anything
    choice:    profile="chat+tools" for what must work, skip=["embeddings"], stream=False,
               strict=True, baseline=FILE of an earlier run, deep=True for long prompts where paid
    raises:    AddressError, ChoiceError, BaselineError
    """
    endpoint = endpoint_of(
        base_url, otherwise=FOR_MANY, model=model, api_key_env=api_key_env,
        timeout_s=timeout_s, headers=headers, query=query,
    )  # fmt: skip
    asked = inquiry(endpoint, **choice)
    await (LiveReport(asked).ask() if show else asked.ask())
    keep(asked)
    return asked.report


@checked
def export(report: Report, folder: str | Path = KEPT.parent) -> list[Path]:
    """The files of a report, as Markdown, JSON and JUnit, in out/ by default: `es.export(r)`."""
    return written(report, Path(folder))


@checked
async def again(exchange: Exchange, *, show: bool = False, **changes: Any) -> Exchange:
    """The same request sent again, with changes: `await es.again(a, temperature=0.2)`.

    An exchange that could only fail the same way again is returned unchanged, and nothing is sent.
    """
    exchanges_of(exchange)
    if exchange.conclusive:
        return exchange
    check_parameters(changes, again)
    request = exchange.request.without(*changes, **changes)
    asked = Asked(exchange.endpoint, request, _live=show)
    await _streamed(asked, Live() if show else None)
    return asked


@checked
async def models(base_url: str | Endpoint = "", **how: Any) -> tuple[str, ...]:
    """The models an endpoint lists: `await es.models("Ollama")`."""
    return await model_names(await opened(endpoint_of(base_url, **how)))


async def find() -> list[FoundServer]:
    """The servers that answer on the usual ports of this machine: `await es.find()`."""
    return await find_servers()


@checked
async def connect(base_url: str | Endpoint = "", *, show: bool = True, **how: Any) -> Connecting:
    """Where an endpoint is and what it needs: `await es.connect("localhost:1337")`.

    base_url:  whatever you have: an address, a curl command, OPENAI_BASE_URL=…, an endpoint
    show:      False displays nothing; otherwise the layers fill a table in this cell
    how:       model, api_key_env, prompt, stream, timeout_s, headers, query, extra_body, and
               usual_ports=True to try a host's usual ports if the given one does not answer
    """
    found = Connecting(base_url, **how)
    if show:
        found.show()
    await found.look()
    return found


@checked
async def watch(
    base_url: str | Endpoint = "",
    *,
    api_key_env: str = "",
    port: int = 0,
    keep: int = 200,
    bodies: bool = True,
    allow_origin: Sequence[str] = (),
    show: bool = True,
) -> Watch:
    """Forward programs' requests to an endpoint and judge them: `w = await es.watch("Ollama")`.

    Give a program `w.base_url`; `w.seen` lists what has passed. A second call resumes the watch.
    api_key_env:   names the key that *Ask again* sends; programs send their own
    port, keep:    where to listen, 0 for a free port; how many recordings are kept
    bodies:        False records times, sizes and the structure of each message, but no text
    allow_origin:  origins of web pages that may ask, such as ("https://app.example",)
    """
    endpoint = await opened(endpoint_of(base_url, api_key_env=api_key_env))
    watcher = await asyncio.to_thread(
        started, endpoint, port=port, keep=keep, bodies=bodies, origins=allow_origin
    )
    return Watch(watcher, show=show)


@checked
def panel(base_url: str | Endpoint = "", **parameters: Any) -> Panel:
    """The control panel: `await es.panel("localhost:1337").show()`.

    parameters:  those of every notebook: model, api_key_env, prompt, stream, timeout_s, headers,
                 query, extra_body, api
    """
    return Panel(base_url=base_url, **parameters)


@checked
def chat(base_url: str | Endpoint = "", **parameters: Any) -> Chat:
    """A conversation: `c = es.chat("Ollama")`, then `await c.show()` and `await c.say("hello")`.

    parameters:  those of every notebook; system, the system message; and file, a conversation
                 to continue: JSONL, HAR, or a folder that `c.export()` wrote
    """
    return Chat(base_url=base_url, **parameters)


@checked
def load(address: str, number: int = -1) -> Asked:
    """One exchange from a HAR file, ours or a browser's: `b = es.load("x.har")`.

    number:  which exchange, counted from 0; -1 is the last stream
    """
    return Asked.of(chosen(recordings.load(address), number))


@checked
def exchanges(address: str) -> Table:
    """The exchanges in a HAR file, as a table: `es.exchanges("x.har")`."""
    return exchanges_table(recordings.load(address))


@checked
def save(*exchanges: Exchange, name: str = "asked") -> Path:
    """The file, among the recordings, that now holds the exchanges: `es.save(a, b)`."""
    first = exchanges_of(*exchanges)[0]
    return recordings.save([one.recording for one in exchanges], first.endpoint, name=name)


@checked
def table(exchanges: Exchange | Iterable[Exchange]) -> Table:
    """Exchanges as rows: `es.table([await es.ask(p, model=m, show=False) for p in prompts])`.

    `.to_pandas()` has every field of `to_dict()` as a column, if pandas is installed.
    """
    given = exchanges if isinstance(exchanges, Iterable) else (exchanges,)
    rows = [one.to_dict() for one in exchanges_of(*given)]
    cells = tuple(tuple(_cell(row.get(name)) for name in SHOWN) for row in rows)
    return Table(SHOWN, cells, records=tuple(rows))


@checked
def diff(before: Exchange, after: Exchange) -> Table:
    """What changed from one answer to the next: `es.diff(a, b)`."""
    exchanges_of(before, after)
    return changes_table(changes(before.reading, after.reading))


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}"
    return "–" if value is None else str(value)
