"""Is it really streaming? The verdict on one stream."""

from __future__ import annotations

from collections.abc import Iterator

from ..client.exchange import Exchange
from ..diagnose.stream import StreamReport, judge_stream
from ..finding import Finding, Level

UNSURE = ("unclear", "re-chunked")


def judge_streaming(
    exchange: Exchange, *, stream_required: bool = True, strict: bool = False
) -> list[Finding]:
    """Return what a streamed exchange shows: the word first, then what stands beside it.

    stream_required:  whether an answer that does not stream is red, or a remark
    strict:           whether what could not be told, or was cut into equal pieces, is red too
    """
    if exchange.stopped:
        says = "You stopped the stream, so it was not judged."
        return [Finding("stopped", "unclear", says, do="Run the cell again and let it end.")]
    trouble = exchange.trouble
    status = exchange.recording.status
    if trouble and (status is None or status >= 400):
        return [trouble.finding()]
    report = judge_stream(exchange.recording)
    if trouble and exchange.recording.end == "limit" and not report.chunks:
        return [trouble.finding()]
    return [_word(report, stream_required, strict), *_beside(report)]


def _word(report: StreamReport, stream_required: bool, strict: bool) -> Finding:
    level: Level = "pass"
    if report.word in UNSURE:
        level = "fail" if strict else "unclear" if report.word == "unclear" else "remark"
    elif report.word != "streamed":
        level = "fail" if stream_required else "remark"
    name = report.word.lower().replace(" ", "-")
    return Finding(name, level, report.says, report.evidence, report.remedy)


def _beside(report: StreamReport) -> Iterator[Finding]:
    for found in report.findings:
        yield Finding(found.name, found.level, found.says, found.evidence, found.remedy)
