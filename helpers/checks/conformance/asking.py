"""The report on an endpoint: asked now, or judged again from a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import perf_counter
from typing import Any

from ...diagnose.diagnosis import diagnose
from ...endpoint import Endpoint, is_replay
from ...finding import Conformance, Finding
from ...server.builtin import opened
from ...signatures import checked
from ...wire.reading import read
from ...wire.recording import Recording
from ...wording import counted
from .catalogue import checks, profiles
from .check import Check
from .judging import Judged, compared, judge, skipped
from .plan.step import Asking, cost, steps_for
from .report import Report
from .runner import PLAIN, Run, Send, conduct, silenced
from .shots import Shots

POEM = "Write a poem about a tree."


class Inquiry:
    """One report in progress: planned, then asked or loaded; it can be judged at any moment.

    run:   what was asked so far; None for a file
    kept:  the file that holds its recordings, "" while there is none
    """

    @checked
    def __init__(
        self,
        endpoint: Endpoint,
        *,
        prompt: str = POEM,
        extra_body: Mapping[str, Any] | None = None,
        profile: str = "chat",
        stream: bool = True,
        skip: Iterable[str] = (),
        strict: bool = False,
        before: Mapping[str, Conformance] | None = None,
        recorded: Iterable[Recording] = (),
        deep: bool = False,
    ) -> None:
        """A new run, or one that is over.

        stream:    False skips the checks of streaming
        before:    the verdicts of an earlier run by check
        recorded:  the recordings of a run that is over: they are judged, and nothing is asked
        """
        self.endpoint, self.profile, self.strict = endpoint, profile, strict
        profiles(profile)
        self.checks: Sequence[Check] = checks(skip if stream else [*skip, "streaming"])
        self.before = dict(before or {})
        needs = {label for one in self.checks for label in (*one.needs, *one.also)}
        # Anyone who pays for answers must agree before long prompts are sent.
        paid = bool(endpoint.api_key_env) and not endpoint.near
        self.steps = steps_for(needs, deep=deep or not paid)
        self.run: Run | None = None
        self.kept = ""
        self._asking = Asking(prompt or POEM, endpoint.model, extra=dict(extra_body or {}))
        self.recordings: list[Recording] = [*recorded]
        self._seconds = 0.0

    @property
    def announcement(self) -> str:
        """What it will ask and the most it can cost, before anything is sent."""
        requests, tokens, deep = cost(self.steps)
        long = f", and {deep:,} in long prompts" if deep else ""
        asked = f"{counted(len(self.checks), 'check')}, {counted(requests, 'request')}"
        return f"{asked}, at most {counted(tokens, 'token')}{long}"

    async def ask(
        self, *, watch: Callable[[str], None] | None = None, send: Send | None = None
    ) -> Report:
        """The report, once everything was asked; if cancelled, what came so far is kept.

        watch:  called with the label of each request before it is sent
        send:   as in `conduct`; the endpoint is not opened then
        """
        if self.recordings:
            return self.report
        began = perf_counter()
        endpoint = self.endpoint if send else await opened(self.endpoint)
        self.run = Run(endpoint, self.steps, self._asking)
        self.recordings = self.run.recordings
        try:
            on_step = (lambda _, label: watch(label)) if watch else None
            await conduct(self.run, watch=on_step, send=send)
        finally:
            self._seconds = perf_counter() - began
        return self.report

    @property
    def report(self) -> Report:
        """What is known so far; a check still waiting for recordings has no row."""
        run = self.run
        shots = run.shots if run else Shots(self.recordings)
        running = run is not None and not self._seconds
        pending = [
            one.label
            for one in self.steps
            if running and one.label not in shots and run and one.label not in run.unasked
        ]
        unasked = dict(run.unasked) if run else {}
        if run and run.gave_up:
            unasked |= {one.label: run.gave_up for one in self.steps if one.label not in shots}
        rows = judge(shots, self.checks, unasked=unasked, pending=pending)
        rows = compared([*rows, *([] if running else skipped(self.checks))], self.before)
        endpoint = run.endpoint if run else self.endpoint
        asked = run.asking if run else None
        return Report(
            base_url=_address(endpoint, self.recordings),
            model=endpoint.model or _model(shots),
            rows=tuple(rows), profile=self.profile, strict=self.strict, baseline=self.before,
            requests=len(self.recordings), tokens=_tokens(shots),
            seconds=self._seconds or _seconds(self.recordings),
            started_at=self.recordings[0].started_at if self.recordings else "",
            unanswered=_unanswered(endpoint, self.recordings, rows),
            kept=self.kept, notes=(*(asked.notes if asked else ()), *_notes(run)),
        )  # fmt: skip


def verdicts_over(recordings: Iterable[Recording]) -> dict[str, Conformance]:
    """The verdicts of an earlier run by check, judged again from its recordings."""
    rows = judge(Shots(recordings), checks())
    return {row.check.name: row.verdict for row in rows if row.verdict != "skipped"}


def _notes(run: Run | None) -> list[str]:
    if run is None:
        return []
    waited = f"The endpoint asked for a pause: {run.waited_s:.0f} s." if run.waited_s else ""
    gave_up = f"The rest was not asked: {run.gave_up}." if run.gave_up else ""
    return [*run.endpoint.notes, *filter(None, (waited, gave_up))]


def _unanswered(
    endpoint: Endpoint, recordings: Sequence[Recording], rows: Sequence[Judged]
) -> Finding | None:
    """Why even the plain question got nothing to judge, or what silenced the endpoint later.

    An unknown result is a failure here. None if everything asked was answered somehow.
    """
    last = silenced(recordings)
    if last is None and any(
        row.check.name == "chat-basic" and row.verdict == "unclear" for row in rows
    ):
        plain = (one for one in reversed(recordings) if one.label == PLAIN)
        last = next(plain, recordings[-1] if recordings else None)
    found = diagnose(read(last), endpoint=endpoint) if last else ()
    return found[0].at("fail") if found and found[0].level != "pass" else None


def _address(endpoint: Endpoint, recordings: Sequence[Recording]) -> str:
    """The address that was asked; for a file, taken from its recordings."""
    if is_replay(endpoint.base_url) and recordings:
        return recordings[0].url.partition("?")[0].rpartition("/models")[0] or recordings[0].url
    return endpoint.base_url


def _model(shots: Shots) -> str:
    return str(shots["chat"].sent.get("model", "")) if "chat" in shots else ""


def _tokens(shots: Shots) -> int:
    counts = (shot.answer.usage.total_tokens for shot in shots if shot.answer.usage)
    return sum(count or 0 for count in counts)


def _seconds(recordings: Sequence[Recording]) -> float:
    return sum(one.end_s or 0.0 for one in recordings)
