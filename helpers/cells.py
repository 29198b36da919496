"""The calls that notebook cells make besides the kit: one per part of a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .checks.ask import judge_answers as judge_answers
from .checks.clients.findings import judge_clients as judge_clients
from .checks.clients.tool import with_a_tool as with_a_tool
from .checks.conformance.report import Report
from .checks.replay import judge_replay as judge_replay
from .checks.stream import ask_for_more as ask_for_more
from .checks.stream import judge_streaming as judge_streaming
from .checks.watch.findings import judge_watched as judge_watched
from .client.exchange import Exchange
from .client.openai_reader import read_by_openai as read_by_openai
from .show.case import write_case
from .show.chat.chat import Chat
from .show.clients import LiveClients as LiveClients
from .show.clients import clients_known as clients_known
from .show.closer_look import CloserLookView
from .show.conformance.page import changes_table as _report_changes
from .show.conformance.page import parameters_table as parameters_table
from .show.exchanges import costs as costs
from .show.exchanges import moments as _moments
from .show.exchanges import played_back
from .show.exchanges import readers_table as readers_table
from .show.plotting import Plot
from .show.raw import raw_view
from .show.snippets import as_curl, as_python
from .show.table import Table
from .show.timeline.live import LiveTimeline as LiveTimeline
from .show.timeline.plots import gaps_plot
from .show.verdict import VerdictLine
from .show.verdict import conclude as conclude
from .show.verdict import verdict as verdict
from .signatures import checked


@checked
async def look_closer(exchange: Exchange, *, deep: bool = True, **second: str) -> CloserLookView:
    """The same prompt over other routes, and a stopped stream: `await cells.look_closer(a)`.

    deep:    False sends nothing yet and shows a button that does
    second:  second_base_url and second_api_key_env: the same server at another address
    """
    look = CloserLookView(exchange, **second)
    if deep:
        await look.ask()
    return look


@checked
def moments(exchange: Exchange) -> Table:
    """When each part of an answer arrived: `cells.moments(a)`."""
    return _moments(exchange.reading)


@checked
def play(exchange: Exchange) -> None:
    """Show an exchange as it was shown live, with its word and timeline: `cells.play(b)`."""
    played_back(exchange.reading, exchange.findings)


@checked
def program(exchange: Exchange) -> str:
    """The same request as a Python program: `print(cells.program(a))`."""
    return as_python(exchange)


@checked
def curl(exchange: Exchange) -> str:
    """The same request as a curl command: `print(cells.curl(a))`."""
    return as_curl(exchange)


@checked
def raw(exchange: Exchange) -> Any:
    """Every line received, with its time: `cells.raw(a)`."""
    return raw_view(exchange.reading)


@checked
def rhythm(exchange: Exchange) -> Plot:
    """A plot of how evenly the chunks arrived: `cells.rhythm(a)`."""
    return gaps_plot(exchange.reading)


@checked
def case(exchange: Exchange, *, seen: Any = None) -> Path:
    """A case file to hand to whoever runs the server: `cells.case(a)`."""
    return write_case(exchange.recording, exchange.endpoint, seen)


@checked
def report_changes(report: Report) -> Table:
    """What changed since an earlier run: `cells.report_changes(r)`."""
    return _report_changes(report)


@checked
async def say_in_turn(chat: Chat, prompt: str, then: Sequence[str] = ()) -> None:
    """Send the prompts one after another, each once the previous answer is complete."""
    for text in (prompt, *then):
        await chat.say(text)


@checked
def verdict_line(question: str) -> VerdictLine:
    """A line that holds a question: `line = cells.verdict_line("…?")`, then `line.conclude(…)`."""
    return VerdictLine(question)


@checked
async def overhead(file: str = "", **how: Any) -> Any:
    """The overhead of this kit itself, measured now: `o = await cells.overhead()`.

    file:  the JSON of an earlier `bench`, judged instead of measuring
    how:   full=True judges every budget, strict=True makes a missed one red, show=False is quiet
    """
    # Only one notebook of twelve measures; the others should not wait for the bench to import.
    from .selftest.overhead import overhead as measured

    return await measured(file, **how)
