"""Checks of a streamed answer, over its events as they came."""

from __future__ import annotations

from typing import Any

from ....diagnose.diagnosis import diagnose
from ....finding import Conformance
from ....wire.builders.builder import DONE
from ....wire.parsing import objects
from ....wording import counted
from ..check import Result, check, deviates, ignored, passed, tolerated, unclear
from ..shots import Shot, Shots
from .chat import REASONS
from .errors import refusal

CHUNK = "OpenAI's CreateChatCompletionStreamResponse"
SSE = "WHATWG HTML, 9.2"
_STREAMS = ("stream", "stream-usage")
_OK_OR_NOT: tuple[Conformance, ...] = ("pass", "deviates")
_OR_LIVES: tuple[Conformance, ...] = ("pass", "tolerated", "deviates")
CLOSES_WITHIN_S = 2.0
# Any network may have merged the pieces of a faster answer.
SLOW_S = 0.5


@check(
    "stream-is-sse", "streaming", "must", "stream: true gives events, not one JSON object",
    core=True, key=True, needs=("stream",), gives=(*_OK_OR_NOT, "ignored", "refused"), source=SSE,
    why="openai-python shows nothing and raises nothing where no event comes.",
    do="Ask without stream, or switch streaming on in the server.",
)  # fmt: skip
def _stream_is_sse(shots: Shots) -> Result:
    shot = shots["stream"]
    if shot.status != 200:
        refused = shot.status is not None and 400 <= shot.status < 500 and shot.status != 429
        came = f"status {shot.status}"
        return Result("refused" if refused else "unclear", came, shot.words, shot.label)
    if shot.error and shot.reading.outputs:
        return unclear("events came, and then an error ended them", shot, shot.error)
    if shot.reading.sse and (shot.chunks or shot.error):
        return passed(counted(len(shot.events), "event"), shot)
    first, *_ = diagnose(shot.reading)
    if first.name == "full-for-stream":
        return ignored("the whole answer came as one JSON object", shot, shot.beginning)
    return deviates(first.says.removesuffix("."), shot, shot.beginning)


@check(
    "stream-content-type", "streaming", "should", "Content-Type: text/event-stream",
    needs=("stream",), gives=("pass", "tolerated"), source=CHUNK,
    why="Browsers' EventSource and some proxies stream only what is called so.",
    do="Send text/event-stream.",
)  # fmt: skip
def _stream_content_type(shots: Shots) -> Result:
    shot = shots.streamed("stream")
    media = shot.recording.media_type
    if media == "text/event-stream":
        return passed(media, shot)
    return tolerated(f"Content-Type {media or 'missing'}", shot)


@check(
    "stream-framing", "streaming", "should", "fields, comments and line ends as SSE has them",
    needs=("stream",), gives=("pass", "tolerated"), source=SSE,
    why="Legal oddities (a BOM, events without data) still stop some clients.",
    do="Send data lines and comments, and nothing else.",
)  # fmt: skip
def _stream_framing(shots: Shots) -> Result:
    shot = shots.streamed("stream")
    names = ("bom", "bad-utf-8", "empty-data", "event-without-data", "unknown-field")
    found = [name for name in names if shot.reading.findings.get(name)]
    if found:
        return tolerated(f"unusual: {', '.join(found)}", shot, shot.beginning)
    return passed("nothing unusual", shot)


@check(
    "stream-json", "streaming", "must", "the data of every event is JSON, or [DONE]",
    core=True, needs=("stream",), gives=_OR_LIVES, source=CHUNK,
    why="One event that is not JSON ends most clients with an exception.",
    do="Send one JSON object in each event.",
)  # fmt: skip
def _stream_json(shots: Shots) -> Result:
    shot = shots.streamed("stream")
    found = shot.reading.findings
    bad = [name for name in ("not-json", "glued-chunks", "nan", "json-twice") if found.get(name)]
    if bad:
        quote = (shot.reading.unparsed or [shot.beginning])[0]
        return deviates(f"not JSON: {', '.join(bad)}", shot, quote)
    if found.get("odd-done"):
        return tolerated("[DONE] comes with spaces or quotes", shot)
    return passed("all of it is JSON", shot)


@check(
    "stream-finish-once", "streaming", "must", "one finish_reason, in the last chunk with a choice",
    core=True, needs=("stream",), gives=_OR_LIVES, source=CHUNK,
    why="It is the only sign that the answer is whole: without it a cut looks like an end.",
    do="Send finish_reason with the last chunk, null before.",
)  # fmt: skip
def _stream_finish_once(shots: Shots) -> Result:
    shot = whole(shots)
    reasons = [choice.get("finish_reason") for choice in choices_of(shot)]
    words = [reason for reason in reasons if isinstance(reason, str) and reason]
    if not words:
        return deviates("no finish_reason came", shot, shot.json_of(shot.chunks[-1]))
    if len(set(words)) > 1:
        return deviates(f"they contradict each other: {', '.join(words[:4])}"[:200], shot)
    if words[0] not in REASONS:
        return tolerated(f"a word of its own: {words[0]!r}"[:120], shot)
    if len(words) > 1:
        return tolerated(f"it came {counted(len(words), 'time')}", shot)
    if "" in reasons:
        return tolerated('"" comes in place of null', shot)
    return passed(f"finish_reason {words[0]}, once", shot)


@check(
    "stream-done", "streaming", "should", "the last event is data: [DONE]",
    needs=("stream",), gives=("pass", "tolerated"),
    source="OpenAI's ChatCompletionStreamOptions",
    why="Some clients wait for it.", do="Send data: [DONE] at the end.",
)  # fmt: skip
def _stream_done(shots: Shots) -> Result:
    shot = whole(shots)
    data = [event.data for _, _, event in shot.events]
    if DONE not in [one.strip() for one in data]:
        return tolerated("it never comes; the body just ends", shot, data[-1])
    if data[-1] != DONE:
        return tolerated("something comes after it, or around it", shot, data[-1])
    return passed("[DONE] is the last event", shot)


@check(
    "stream-closes", "streaming", "should", f"the body ends within {CLOSES_WITHIN_S:g} s of [DONE]",
    needs=("stream",), gives=("pass", "deviates"), source="HTTP",
    why="Older clients wait until their read timeout after a whole answer.",
    do="End the chunked body after [DONE].",
)  # fmt: skip
def _stream_closes(shots: Shots) -> Result:
    shot = whole(shots)
    done = [at_s for at_s, _, event in shot.events if event.data.strip() == DONE]
    ended_s = shot.recording.end_s
    if not done or ended_s is None or not shot.recording.timed:
        return unclear("when it ended is not known", shot)
    if shot.recording.end != "eof" or ended_s - done[0] > CLOSES_WITHIN_S:
        return deviates(f"still open {ended_s - done[0]:.1f} s later", shot)
    return passed("it ends", shot)


@check(
    "stream-complete-transfer", "streaming", "must", "the body ends as HTTP and SSE have it",
    core=True, needs=("stream",), gives=_OK_OR_NOT, source="RFC 9112; WHATWG HTML, 9.2",
    why="The end of the answer is missing, and few clients say so.",
    do="Check the server's log, and for a time limit in the proxy in front of it.",
)  # fmt: skip
def _stream_complete_transfer(shots: Shots) -> Result:
    shot = shots.streamed("stream")
    if shot.recording.end == "broken":
        return deviates("the connection was lost in the middle", shot, shot.recording.detail)
    if shot.recording.end == "limit":
        return unclear("the limits ended it", shot)
    if shot.reading.findings.get("unfinished-event"):
        return _tolerated_end(shot)
    return passed("it ends properly", shot)


def _tolerated_end(shot: Shot) -> Result:
    """The result for a last event without its empty line: harmless after [DONE], else a cut."""
    if shot.reading.done or shot.answer.finish_reason:
        return passed("all but the last empty line", shot)
    return deviates("an event was cut in the middle", shot)


@check(
    "stream-no-error-inside", "streaming", "must", "an error has a status, and no stream holds one",
    core=True, needs=("stream",), also=_STREAMS[1:], gives=_OK_OR_NOT, source=CHUNK,
    why="A 200 was already counted as success when the error comes.",
    do="Check the request before the headers are sent; the error's words say what else failed.",
)  # fmt: skip
def _stream_no_error_inside(shots: Shots) -> Result:
    shot = shots["stream"]
    if shot.status != 200:
        return unclear(f"status {shot.status}", shot)
    if not shot.error:
        return passed("no error in it", shot)
    if not shot.reading.outputs:
        return deviates("an error in place of a status", shot, shot.error)
    streams = [shots[label] for label in _STREAMS if label in shots]
    # A single run may fail by chance.
    if len(streams) > 1 and all(one.error and one.reading.outputs for one in streams):
        return deviates(f"each of {len(streams)} streams broke off with an error", shot, shot.error)
    return unclear("the run failed after output had come", shot, shot.error)


@check(
    "stream-gradual", "streaming", "should", "pieces arrive while the model writes",
    needs=("stream", "max-completion-tokens"), gives=_OK_OR_NOT,
    source="what stream is for",
    why="A stream that comes at once keeps its reader waiting as long as a full answer.",
    do="03_stream finds what holds it back (proxy_buffering, gzip).",
)  # fmt: skip
def _stream_gradual(shots: Shots) -> Result:
    shot, short = shots.streamed("stream"), shots.streamed("max-completion-tokens")
    if not shot.recording.timed:
        return unclear("when its parts came is not known", shot)
    first, *_ = diagnose(shot.reading)
    if first.name == "streamed":
        return passed(first.evidence or first.says, shot)
    if first.name not in ("buffered", "one-delta", "buffered-by-compression"):
        return unclear(first.says, shot)
    ttft_s, early_s = shot.reading.timing.ttft_s, short.reading.timing.ttft_s
    if ttft_s is None or early_s is None or ttft_s < SLOW_S:
        return unclear("all at once, and too quickly to tell", shot)
    if ttft_s < 1.5 * early_s:
        return unclear("all at once, but the first text does not move with the length", shot)
    return deviates(first.says, shot)


@check(
    "stream-keep-alive", "streaming", "feature", "signs of life are comments",
    needs=("stream",), gives=("pass", "tolerated"), source=SSE,
    why="Events without data stop some clients; comments stop none.",
    do="Send keep-alives as lines that begin with a colon.",
)  # fmt: skip
def _stream_keep_alive(shots: Shots) -> Result:
    shot = shots.streamed("stream")
    pings = shot.reading.statistics.pings
    if pings:
        return tolerated(f"{counted(pings, 'event')} that only keep the connection alive", shot)
    comments = shot.reading.findings.get("comment", 0)
    return passed(f"{comments} comments" if comments else "none came", shot)


@check(
    "stream-bad-request-status", "streaming", "must", "a bad request gets 4xx, also for a stream",
    core=True, needs=("stream", "stream-no-messages"), gives=_OR_LIVES,
    source="OpenAI's ErrorResponse",
    why="Inside a 200 stream no client notices that the request was wrong.",
    do="Check the request before the headers are sent.",
)  # fmt: skip
def _stream_bad_request_status(shots: Shots) -> Result:
    shots.sound_stream()
    shot = shots["stream-no-messages"]
    if shot.status == 200 and shot.error:
        return deviates("the error comes inside a 200", shot, shot.error)
    words = "a request without messages is answered with 200"
    return refusal(shot) or deviates(words, shot, shot.beginning)


def whole(shots: Shots) -> Shot:
    """The stream, if its end can be judged: neither an error nor our own limit ended it.

    raises:  Lacking if it cannot
    """
    shot = shots.streamed("stream")
    if shot.error or shot.recording.end != "eof":
        raise shots.lacking("the stream did not come to its own end")
    return shot


def choices_of(shot: Shot) -> list[dict[str, Any]]:
    """The choices of every chunk of a stream, in order."""
    return [choice for chunk in shot.chunks for choice in objects(chunk["choices"])]
