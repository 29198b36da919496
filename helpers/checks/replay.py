"""A recording replayed: whether the text is the same, and how accurate the timing is."""

from __future__ import annotations

from dataclasses import dataclass

from ..client.chat import ask
from ..client.exchange import Exchange
from ..diagnose.diagnosis import diagnose
from ..diagnose.words import word_of
from ..endpoint import REPLAY, resolve
from ..finding import Finding
from ..server.builtin import opened
from ..server.replay import pace_of, parted, timing_errors_s
from ..signatures import checked
from ..wire.reading import Reading
from ..wire.request import request_of
from ..wire.timing import Percentiles, percentiles


@dataclass(frozen=True)
class Replayed:
    """The exchange that a replayed recording produced, beside the original.

    off:  how far each replayed read was from its due time, in seconds
    """

    recorded: Reading
    exchange: Exchange
    off: Percentiles

    @property
    def same_text(self) -> bool:
        """Whether text and reasoning are identical to the recording's, to the character."""
        before, after = self.recorded.answer, self.exchange.answer
        return (before.text, before.reasoning) == (after.text, after.reasoning)

    def __repr__(self) -> str:
        text = "the same text" if self.same_text else "another text"
        if self.off.p50 is None:
            return f"Replayed: {text}."
        name, high = ("p95", self.off.p95) if self.off.p99 is None else ("p99", self.off.p99)
        return (
            f"Replayed: {text}; off its timing by {self.off.p50 * 1000:.1f} ms at the median, "
            f"{name} {(high or 0.0) * 1000:.1f} ms (n {self.off.n})."
        )


@checked
async def replay(base_url: str, recorded: Reading) -> Replayed:
    """A recording asked again: `await es.replay("replay:x.har", es.load("x.har").reading)`.

    base_url:  "replay:FILE", followed by the speed if it is not the original one
    """
    endpoint = await opened(resolve(base_url, model="recorded"))
    request = request_of(recorded.recording)
    exchange = await ask(endpoint, request)
    # A replay knows no other paths; their original answers are part of the recording.
    exchange.note_sibling(recorded.recording.sibling)
    pace = pace_of(parted(base_url.removeprefix(f"{REPLAY}:"))[1])
    errors_s = timing_errors_s(recorded.recording, exchange.recording, pace=pace)
    return Replayed(recorded, exchange, percentiles([abs(error_s) for error_s in errors_s]))


@checked
def judge_replay(replayed: Replayed) -> list[Finding]:
    """Whether a recording can be read and reproduces its answer."""
    recorded, failure = diagnose(replayed.recorded), replayed.exchange.failure
    word = word_of(recorded, streamed=replayed.recorded.streamed)
    if failure and recorded[0].name != failure.name:
        return [failure]
    if (came := replayed.exchange.findings[0]).name == "not-recorded":
        # The request is the recording's own: this one holds no chat that can be replayed.
        return [came.at("fail")]
    if replayed.same_text:
        says = "Replayed, it says the same to the character."
        same = Finding("same-answer", "pass", says, f"recorded: {word}")
        if not failure:
            return [same]
        sentence = f"The recorded answer was a failure, and it still is: {failure.says}"
        return [same, Finding("recorded-fault", "remark", sentence, failure.came, failure.do)]
    says = "Replayed, it says something else."
    return [Finding("another-answer", "fail", says, repr(replayed), blame="call")]
