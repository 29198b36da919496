"""The truth table of the conformance report: which fault changes which check, and nothing else.

First the endpoint that plays the textbook is judged; then every planted fault in front of it,
what depends on a clock or a key, and the built-in engine. So every check is seen to give each
verdict that it claims it can give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ..checks.conformance.asking import Inquiry
from ..checks.conformance.catalogue import checks
from ..checks.conformance.check import HARMFUL
from ..checks.conformance.judging import judge
from ..checks.conformance.plan.step import Question
from ..checks.conformance.runner import Run, Send
from ..checks.conformance.shots import Shots
from ..diagnose.diagnosis import diagnose
from ..endpoint import resolve
from ..finding import Conformance
from ..server.faults.catalogue import applied, placed
from ..server.faults.registry import REGISTRY
from ..server.http1 import HangupError, Reply
from ..server.http1 import Request as ServerRequest
from ..show.table import Cells, Table
from ..wire.recording import Recording
from ..wire.request import Request
from .planted import PLANTED
from .turned import Turned

TEXTBOOK = "textbook"
ENGINE = "fast"
LONG = ("context-cut", "usage-cached", "usage-no-details")
PIECE_S, GAP_S = 0.001, 0.05
_BESIDE = ("unclear", "skipped")


@dataclass(frozen=True)
class FaultEffect:
    """What one fault changed in the report.

    verdicts:  of every check
    turned:    those that differ from the textbook's, except unclear ones
    wrong:     the difference from what was planted, "" if there is none
    """

    fault: str
    verdicts: Turned
    turned: Turned
    wrong: str = ""


async def turns(faults: Iterable[str] = PLANTED) -> list[FaultEffect]:
    """A row for the textbook, for each fault, for crafted recordings, and for the engine."""
    recordings, plain = await _judged(TEXTBOOK)
    rows = [FaultEffect(TEXTBOOK, plain, {})]
    for fault in faults:
        _, verdicts = await _judged(f"{TEXTBOOK}+{fault}", deep=fault in LONG)
        rows.append(_turn(fault, verdicts, plain, PLANTED[fault]))
    for name, (craft, planted) in CRAFTED.items():
        verdicts = _verdicts([craft(one) for one in recordings])
        rows.append(_turn(name, verdicts, plain, planted))
    _, engine = await _judged(ENGINE)
    return [*rows, FaultEffect("the engine", engine, _differing(engine, plain))]


def dialects() -> list[str]:
    """The named servers and services with known behaviour, for which nothing may be red."""
    return [name for name, entry in REGISTRY.items() if entry.parts]


async def reds(mode: str) -> list[str]:
    """What turns red if a mode stands in front of the textbook; for a dialect, nothing should.

    Of the checks, everything harmful counts, experimental or not; of each recording that holds an
    answer, whatever any other notebook would call a failure.
    """
    recordings, verdicts = await _judged(f"{TEXTBOOK}+{mode}")
    red = [f"{name} {verdict}" for name, verdict in verdicts.items() if verdict in HARMFUL]
    answers = [shot for shot in Shots(recordings) if shot.answer.choices]
    failed = [
        f"{shot.label}: {found.name}"
        for shot in answers
        for found in diagnose(shot.reading)
        if found.level == "fail"
    ]
    return [*red, *failed] if answers else ["nothing was answered"]


def unseen(rows: Iterable[FaultEffect]) -> list[str]:
    """The verdicts that checks claim they can give, but did not give in these rows."""
    reached = {(name, verdict) for row in rows for name, verdict in row.verdicts.items()}
    return [
        f"{one.name}: {verdict}"
        for one in checks()
        for verdict in one.gives
        if (one.name, verdict) not in reached
    ]


def shown(rows: Iterable[FaultEffect]) -> Table:
    """The table: the fault, and which checks it changed to what."""
    return Table(("fault", "turns", ""), tuple(map(_row, rows)))


def _row(row: FaultEffect) -> Cells:
    turned = ", ".join(f"{name} {verdict}" for name, verdict in row.turned.items())
    return row.fault, turned or "nothing", f"✕ {row.wrong}" if row.wrong else "✓"


async def _judged(modes: str, *, deep: bool = True) -> tuple[list[Recording], Turned]:
    endpoint = resolve(f"demo:{modes}", model="endpointscope-tiny")
    inquiry = Inquiry(endpoint, skip=() if deep else ("context",))
    report = await inquiry.ask(send=None if modes == ENGINE else _from(modes))
    recordings = list(inquiry.run.recordings) if inquiry.run else []
    return recordings, {row.check.name: row.verdict for row in report.rows}


def _from(modes: str) -> Send:
    """A `Send` that asks the modes directly, without a network, so a run takes milliseconds."""
    ask, (prefix, _) = applied(modes, _nobody), placed(modes)

    async def send(run: Run, label: str, question: Question) -> Recording:
        method, body = "GET", b""
        if isinstance(question, Request):
            method, body = "POST", question.body()
        headers = (("content-type", "application/json"),)
        asked = ServerRequest(method, f"{prefix}{question.path}", "HTTP/1.1", headers, body)
        asked.received_s = len(run.recordings) / 1000
        recording = await _recorded(asked, await ask(asked))
        run.keep(recording, label)
        return recording

    return send


async def _recorded(asked: ServerRequest, reply: Reply) -> Recording:
    """A reply as a recording, its pieces a millisecond apart."""
    recording = Recording(
        asked.method, f"http://textbook{asked.target}", asked.body, status=reply.status,
        headers=reply.headers, headers_s=PIECE_S, end="eof",
    )  # fmt: skip
    try:
        async for piece in reply.body:
            if piece:
                recording.reads.append((PIECE_S * (len(recording.reads) + 2), piece))
    except HangupError:
        recording.end, recording.cause = "broken", "reset"
    recording.end_s = PIECE_S * (len(recording.reads) + 3)
    return recording


async def _nobody(_: ServerRequest) -> Reply:
    raise ValueError("Expected a mode that answers by itself; got none.")


def _verdicts(recordings: list[Recording]) -> Turned:
    return {row.check.name: row.verdict for row in judge(Shots(recordings), checks())}


def _turn(fault: str, verdicts: Turned, plain: Turned, planted: Turned) -> FaultEffect:
    turned = _differing(verdicts, plain)
    odd = {n: v for n, v in turned.items() if planted.get(n) != v}
    missing = {n: v for n, v in planted.items() if turned.get(n) != v}
    wrong = [f"{n} is {v}" for n, v in odd.items()] + [
        f"{n} is not {v}" for n, v in missing.items()
    ]
    return FaultEffect(fault, verdicts, turned, "; ".join(wrong))


def _differing(verdicts: Turned, plain: Turned) -> Turned:
    return {
        name: verdict
        for name, verdict in verdicts.items()
        if verdict not in _BESIDE and plain.get(name) != verdict
    }


Craft = Callable[[Recording], Recording]


def _retimed(one: Recording, at_s: Callable[[int], float], end_s: float) -> Recording:
    reads = [(at_s(place), data) for place, data in enumerate(_events(one))]
    return replace(one, reads=reads, headers_s=0.01, end_s=end_s)


def _events(one: Recording) -> list[bytes]:
    return [event + b"\n\n" for event in one.body.split(b"\n\n") if event]


def _at_reading_speed(one: Recording) -> Recording:
    if one.label != "stream":
        return one
    return _retimed(one, lambda place: 0.1 + GAP_S * place, 0.2 + GAP_S * len(_events(one)))


def _held_back(one: Recording) -> Recording:
    """The whole answer at the end, which comes later for a longer one."""
    ends = {"stream": 2.0, "max-completion-tokens": 1.0}
    if one.label not in ends:
        return one
    end_s = ends[one.label]
    return replace(one, reads=[(end_s, one.body)], headers_s=end_s, end_s=end_s)


def _stays_open(one: Recording) -> Recording:
    return replace(one, end_s=(one.end_s or 0.0) + 4.0) if one.label == "stream" else one


def _key_echoed(one: Recording) -> Recording:
    return replace(one, echoed=one.label == "chat")


_GOOD: Conformance = "pass"
CRAFTED: dict[str, tuple[Craft, Turned]] = {
    "at reading speed": (_at_reading_speed, {"stream-same-created": _GOOD}),
    "held back": (
        _held_back, {"stream-gradual": "deviates", "stream-same-created": _GOOD},
    ),
    "stays open": (
        _stays_open, {"stream-closes": "deviates", "stream-same-created": _GOOD},
    ),
    "key echoed": (_key_echoed, {"key-not-echoed": "deviates"}),
}  # fmt: skip
