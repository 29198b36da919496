"""What a proxy changed in the answers: when the text came, how it was cut, what was added."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from ...client.exchange import Exchange
from ...finding import Finding
from ...wording import counted, listed, ms
from ..ratio import Ratio
from .speed import TargetSpeed, rate_said, speed_of
from .targets import Target, same_server
from .turns import Comparison
from .wire import fields, headers, sample

ABOUT = "proxy"
PROXY_TIME = "proxy-first-text"
# Numbers of chunks within this share of each other count as the same.
_SAME = 0.1
_MOST_NAMED = 8
# Chunks this close together can merge in any proxy, but not half of them.
_DENSE_S = 0.01
_JOINED = 0.5


def what_the_proxy_changed(compared: Comparison) -> list[Finding]:
    """Each change as a finding; [] unless the second target is the first one through a proxy."""
    if not same_server(compared.targets):
        return []
    direct, proxied = (sample(compared, one) for one in compared.targets[:2])
    if direct is None or proxied is None or direct.failure or proxied.failure:
        return []
    found = [*_later(compared), *_joined(compared), *_delivery(direct, proxied)]
    found += [*_compressed(direct, proxied), *_headers(direct, proxied), *_fields(direct, proxied)]
    return [finding.concerning(ABOUT) for finding in found]


def _later(compared: Comparison) -> Iterator[Finding]:
    first, rate = (speed_of(compared, compared.targets[1], what) for what in ("first text", "rate"))
    direct, directly = (speed_of(compared, compared.first, what) for what in ("first text", "rate"))
    if first.middle is not None and direct.middle is not None and first.ratio:
        later_s = first.middle - direct.middle
        yield _timed(first, PROXY_TIME, "first text", f"{ms(abs(later_s))} "
                     f"{'later' if later_s > 0 else 'earlier'}")  # fmt: skip
    if first.cold is not None and direct.cold is not None and direct.middle is not None:
        cold_s = first.cold - direct.cold
        if cold_s > 2 * abs((first.middle or 0.0) - direct.middle) + 0.1:
            yield Finding(
                "proxy-cold", "remark",
                f"Through the proxy the very first text came {ms(cold_s)} later.",
                f"directly {ms(direct.cold)}, through the proxy {ms(first.cold)}",
                "Ask it once after it has started, before anyone is waiting.",
            )  # fmt: skip
    if rate.ratio and rate.ratio.seen and rate.ratio.value < 1:
        figures = f"{rate_said(directly.middle)} directly, {rate_said(rate.middle)} through it"
        says = "Through the proxy the text comes more slowly."
        yield Finding("proxy-rate", "remark", says, f"{figures}; {rate.ratio}")


def _timed(speed: TargetSpeed, name: str, what: str, later: str) -> Finding:
    ratio: Ratio | None = speed.ratio
    if ratio is None or not ratio.known:
        return Finding(name, "unclear", f"Too few pairs to tell how much later the {what} comes.",
                       str(ratio), "Ask more turns: turns=4.")  # fmt: skip
    if not ratio.seen:
        says = f"Through the proxy the {what} comes just as soon: no difference seen."
        return Finding(name, "pass", says, str(ratio))
    return Finding(name, "pass", f"Through the proxy the {what} comes {later}.", str(ratio))


def _joined(compared: Comparison) -> Iterator[Finding]:
    """Whether chunks that came one by one are joined by the proxy, or cut differently."""
    direct, proxied = (_streams(compared, target) for target in compared.targets[:2])
    if not direct or not proxied:
        return
    one, fewer = (median(map(_reads_for_a_chunk, streams)) for streams in (direct, proxied))
    reads = f"{one:.2g} reads for a chunk directly, {fewer:.2g} through the proxy"
    gaps_s = [gap_s for stream in direct for gap_s in stream.timing.gaps_s]
    if fewer < one * (1 - _SAME) and gaps_s and median(gaps_s) < _DENSE_S and fewer > _JOINED * one:
        says = "Through the proxy some chunks arrive together, as chunks so close in time may."
        yield Finding("proxy-joins", "pass", says, f"{reads}; {ms(median(gaps_s))} apart directly")
    elif fewer < one * (1 - _SAME):
        yield Finding(
            "proxy-joins", "remark", "The proxy joins chunks: they arrive together in fewer reads.",
            reads,
            "Switch off buffering and delayed sending in the proxy (nginx: proxy_buffering off; "
            "HAProxy: option http-no-delay).",
        )  # fmt: skip
    was, now = (list(filter(None, map(_chunks_for_a_token, each))) for each in (direct, proxied))
    if was and now and abs(median(now) / median(was) - 1) > _SAME:
        how = "fewer" if median(now) < median(was) else "more"
        yield Finding(
            "proxy-recuts", "remark", f"The proxy rewrites the stream, in {how} chunks.",
            f"{median(was):.2g} chunks for a token directly, {median(now):.2g} through the proxy",
        )  # fmt: skip


def _streams(compared: Comparison, target: Target) -> list[Exchange]:
    warm = compared.warm(target).values()
    return [one for one in warm if one.streamed and not one.failure and one.timing.chunk_s]


def _reads_for_a_chunk(stream: Exchange) -> float:
    return len(stream.reading.arrivals) / len(stream.timing.chunk_s)


def _chunks_for_a_token(stream: Exchange) -> float | None:
    tokens = stream.usage.completion_tokens if stream.usage else None
    return len(stream.timing.chunk_s) / tokens if tokens else None


def _delivery(direct: Exchange, proxied: Exchange) -> Iterator[Finding]:
    if direct.word != proxied.word and "unclear" not in (direct.word, proxied.word):
        found = proxied.findings[0]
        yield Finding(
            "proxy-delivery", "remark",
            f"Directly it is {direct.word}, through the proxy {proxied.word}.",
            found.evidence, found.do,
        )  # fmt: skip


def _compressed(direct: Exchange, proxied: Exchange) -> Iterator[Finding]:
    was, now = (one.recording.header("content-encoding") for one in (direct, proxied))
    if was != now:
        says = f"The proxy changes the compression: {was or 'none'} becomes {now or 'none'}."
        do = "Leave text/event-stream uncompressed: compressing holds text back." if now else ""
        yield Finding("proxy-compression", "remark", says, "", do)


def _headers(direct: Exchange, proxied: Exchange) -> Iterator[Finding]:
    was, now = headers(direct), headers(proxied)
    yield from _added("proxy-headers", "header", now - was, was - now)


def _fields(direct: Exchange, proxied: Exchange) -> Iterator[Finding]:
    was, now = fields(direct), fields(proxied)
    yield from _added("proxy-fields", "field", now - was, was - now)


def _added(name: str, noun: str, added: set[str], gone: set[str]) -> Iterator[Finding]:
    if not added and not gone:
        return
    parts = [
        f"{how} {counted(len(names), noun)}"
        for how, names in (("adds", added), ("takes away", gone)) if names
    ]  # fmt: skip
    details = [
        f"{how}: {listed(sorted(names), most=_MOST_NAMED)}"
        for how, names in (("added", added), ("gone", gone)) if names
    ]  # fmt: skip
    yield Finding(name, "pass", f"The proxy {' and '.join(parts)}.", "; ".join(details))
