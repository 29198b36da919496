"""How the answers came over the wire, one fact per row: where the targets differ, and where not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from ...client.exchange import Exchange
from ...diagnose.drift import OWN, field_paths
from ...wording import counted, listed, ms
from .targets import Target
from .turns import TOOLS, Comparison

NONE = "–"
WORD = "what came"
_MOST_NAMED = 6
# Headers that have rows of their own.
_TOLD = {"content-type", "content-encoding", "server", "via", "transfer-encoding"}


@dataclass(frozen=True)
class Fact:
    """One fact about the wire, with each target's value."""

    name: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether it is not the same for all."""
        return len(set(self.values)) > 1


def sample(compared: Comparison, target: Target) -> Exchange | None:
    """The answer that represents a target: a warm, complete one if there is one."""
    found = [*compared.warm(target).values()] or compared.exchanges(target)
    ordered = sorted(found, key=lambda one: (one.failure is not None, one.word == "unclear"))
    return ordered[0] if ordered else None


def facts(compared: Comparison) -> list[Fact]:
    """Every fact about the wire, those that differ first."""
    samples = [sample(compared, target) for target in compared.targets]
    calls = [compared.turn(target, TOOLS) for target in compared.targets]
    found = [*_facts(samples), *_only_in(samples), *_tools(calls)]
    return sorted(found, key=lambda fact: not fact.differs)


def _facts(samples: Sequence[Exchange | None]) -> Iterator[Fact]:
    for name, tell in _TELL.items():
        yield Fact(name, tuple(_fact(tell, name, one) for one in samples))


def _fact(tell: Callable[[Exchange], str], name: str, exchange: Exchange | None) -> str:
    """A fact about one answer; if no response came, only its verdict word can be given."""
    if exchange is None or (exchange.recording.status is None and name != WORD):
        return NONE
    return tell(exchange)


def _only_in(samples: Sequence[Exchange | None]) -> Iterator[Fact]:
    """Fields and headers that not all of them have."""
    answered = [one for one in samples if one and not one.failure]
    for name, of in (("fields only here", fields), ("headers only here", headers)):
        everywhere = set.intersection(*map(of, answered)) if answered else set()
        yield Fact(
            name,
            tuple(
                (one in answered and listed(sorted(of(one) - everywhere), most=_MOST_NAMED)) or NONE
                for one in samples
            ),
        )


def fields(exchange: Exchange) -> set[str]:
    """The paths of all fields in an answer's JSON."""
    return field_paths(exchange.reading)


def headers(exchange: Exchange) -> set[str]:
    """The names of an answer's headers, except those that vary or have a row of their own."""
    return {name.lower() for name, _ in exchange.recording.headers} - OWN - _TOLD


def _tools(calls: Sequence[Exchange | None]) -> Iterator[Fact]:
    if any(calls):
        yield Fact("a tool call", tuple(_call(one) if one else NONE for one in calls))


def _call(exchange: Exchange) -> str:
    """How a tool call arrived: in how many pieces, and how it ended."""
    if exchange.failure and not exchange.answer.tool_calls:
        return exchange.word
    calls = exchange.answer.tool_calls
    if not calls:
        return "text in its place"
    pieces = sum(bool(delta.tool_calls) for _, delta in exchange.reading.outputs)
    many = f"{len(calls)} calls" if len(calls) > 1 else "one call"
    odd = "" if calls[0].id else ", without an id"
    return f"{many} in {counted(pieces, 'piece')}{odd}, {_reason(exchange)}"


def _chunks(exchange: Exchange) -> str:
    chunks, reads = len(exchange.timing.chunk_s), len(exchange.reading.arrivals)
    return f"{chunks} in {counted(reads, 'read')}" if exchange.streamed else "in one piece"


def _sizes(exchange: Exchange) -> str:
    lengths = [len(chunk.text) for chunk in exchange.chunks]
    if not lengths:
        return NONE
    return f"{median(lengths):g} characters at the median, at most {max(lengths)}"


def _gaps(exchange: Exchange) -> str:
    gaps = exchange.timing.gaps_s
    return f"{ms(median(gaps))} at the median, longest {ms(max(gaps))}" if gaps else NONE


def _bytes(exchange: Exchange) -> str:
    return f"{sum(len(data) for _, data in exchange.recording.reads):,}"


def _usage(exchange: Exchange) -> str:
    usage, statistics = exchange.answer.usage, exchange.reading.statistics
    if usage is None:
        return "not sent"
    if not exchange.streamed:
        return "sent"
    beside = statistics.counts["usage-beside-choices"]
    return "beside choices" if beside else "in a chunk of its own"


def _role(exchange: Exchange) -> str:
    count = exchange.reading.statistics.counts["role"]
    chunks = exchange.reading.statistics.chunks
    if not exchange.streamed:
        return NONE
    return {0: "never", 1: "once"}.get(count, f"in {count} of {counted(chunks, 'chunk')}")


def _done(exchange: Exchange) -> str:
    return ("sent" if exchange.reading.done else "not sent") if exchange.streamed else NONE


def _reason(exchange: Exchange) -> str:
    return exchange.answer.finish_reason or "no finish reason"


def _header(name: str) -> Callable[[Exchange], str]:
    return lambda exchange: exchange.recording.header(name)[:80] or NONE


def _status(exchange: Exchange) -> str:
    return str(exchange.recording.status or "no answer")


_TELL: dict[str, Callable[[Exchange], str]] = {
    WORD: lambda exchange: exchange.word,
    "status": _status,
    "model that answered": lambda exchange: exchange.answer.model or NONE,
    "chunks": _chunks,
    "size of a chunk": _sizes,
    "gaps": _gaps,
    "bytes": _bytes,
    "role": _role,
    "finish reason": _reason,
    "usage": _usage,
    "[DONE]": _done,
    "content type": _header("content-type"),
    "compression": _header("content-encoding"),
    "server": _header("server"),
    "via": _header("via"),
}  # fmt: skip
