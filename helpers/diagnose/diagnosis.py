"""The one diagnosis, shared by every notebook, the panel, a replay and the truth table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from ..endpoint import Endpoint
from ..finding import Finding
from ..wire.reading import Reading
from ..wire.recording import Ending
from ..wire.request import Api, Request, request_of
from ..wording import counted, ms
from .answer.calls import of_the_calls
from .answer.full import of_a_full_answer, of_the_counts
from .answer.ignored import of_what_was_asked
from .answer.reasons import meaning
from .answer.text import beside_the_text, error_inside, gave_up, no_text, nothing_said
from .body.instead import instead_of_an_answer, stream_for_full
from .connection.breaking_off import (
    badly_framed,
    ended_early,
    lost,
    out_of_time,
    says_no_end,
    too_large,
)
from .connection.http import of_the_head
from .connection.no_answer import no_connection, not_sent
from .observed import Observed
from .status.codes import refused
from .status.redirects import of_a_redirect
from .stream.chunks import of_a_text, of_the_chunks, of_the_end
from .stream.delivery import DELIVERY, beside_the_delivery, how_it_came
from .stream.framing import of_the_framing
from .stream.typed_events import completed_at_its_limit, not_finished, of_a_message, of_the_events

Judge = Callable[[Observed], Finding | None]

# The first judge that finds something gives the word: earlier events explain later ones.
_JUDGES: tuple[Judge, ...] = (
    not_sent,
    no_connection,
    refused,
    too_large,
    badly_framed,
    instead_of_an_answer,
    error_inside,
    nothing_said,
    out_of_time,
    stream_for_full,
    lost,
    not_finished,
    ended_early,
    gave_up,
    no_text,
)

# What is said about the pieces of a stream, by API.
_OF_THE_API: dict[Api, Callable[[Observed], Iterator[Finding]]] = {
    "responses": of_the_events,
    "messages": of_a_message,
    "completions": of_a_text,
}

# What is no stream of chunks, or not in UTF-8, has no faults of a chunk or of a line besides.
_FORMS = ("another-api", "wide-charset", "bad-encoding")
_OF_A_FORM = ("bad-utf-8", "no-choices", "unknown-field", "unfinished-event", "usage-names", "ping")
_FOLLOWS = ("no-finish-reason", "no-usage", "no-done", "client-stops")


def diagnose(
    reading: Reading,
    ending: Ending | None = None,
    request: Request | None = None,
    *,
    endpoint: Endpoint | None = None,
) -> tuple[Finding, ...]:
    """The findings on what came: the first one sums it up in a word, the others add to it.

    ending, request:  taken from the recording unless given
    endpoint:         the one that was asked; advice then names its key and its address
    returns:          () while the answer is still coming
    """
    observed = Observed(
        reading,
        ending or reading.recording.ending,
        request or request_of(reading.recording),
        endpoint,
    )
    if not observed.ending.end:
        return ()
    word = _timed(_word(observed), observed.ending.at_s)
    # Whatever ended it also explains why no finish reason and no usage came.
    implied = {word.name, *(_FOLLOWS if word.level == "fail" and word.name not in DELIVERY else ())}
    implied.update(_OF_A_FORM if word.name in _FORMS else ())
    beside = [found for found in _beside(observed) if found.name not in implied]
    return (word, *(found for found in beside if not _said_already(word, found)))


def _said_already(word: Finding, finding: Finding) -> bool:
    """Whether the word already quotes the text that is found not to be JSON."""
    return finding.name == "not-json" and bool(word.quote) and word.quote[:40] in finding.evidence


def _timed(word: Finding, at_s: float | None) -> Finding:
    """A failure with how long it took; findings on a stream's delivery give their own times."""
    if word.level != "fail" or at_s is None or word.name in DELIVERY:
        return word
    took = ms(at_s) if at_s < 10 else f"{at_s:,.0f} s"
    return replace(word, evidence=f"{word.evidence} It took {took}.".strip())


def _word(observed: Observed) -> Finding:
    if observed.ending.end == "closed":
        how = "stream" if observed.reading.streamed else "answer"
        return Finding(
            "stopped", "unclear", f"You stopped the {how}, so it was not judged.",
            f"{counted(observed.chunks, 'chunk')} came before that", "Ask again and let it end.",
        )  # fmt: skip
    for judge in _JUDGES:
        if found := judge(observed):
            return found
    if observed.reading.streamed or observed.reading.sse:
        return how_it_came(observed)
    return _answered(observed)


def _answered(observed: Observed) -> Finding:
    answer = observed.answer
    if answer.text.strip():
        says = f"The answer came: {counted(len(answer.text), 'character')}."
    elif answer.refusal:
        says = "The model refused to answer."
    else:
        says = "A tool call came instead of text."
    return Finding("answered", "pass", says, observed.terms.why(answer.finish_reason))


def _beside(observed: Observed) -> Iterator[Finding]:
    """Yield what is worth saying besides the word, if anything came to judge."""
    recording, reading = observed.recording, observed.reading
    if recording.echoed:
        yield key_echoed()
    if moved := of_a_redirect(observed):
        yield moved
    yield from of_the_head(observed)
    if recording.status is None or not 200 <= recording.status < 300:
        return
    if reading.sse:
        yield from of_the_framing(observed)
        if observed.statistics.chunks:
            yield from _OF_THE_API.get(reading.api, of_the_chunks)(observed)
            yield from of_the_end(observed)
            yield from beside_the_delivery(observed)
    else:
        yield from of_a_full_answer(observed)
    yield from of_the_counts(observed)
    yield from of_what_was_asked(observed)
    if observed.said_something:
        yield from beside_the_text(observed)
        yield from of_the_calls(observed)
    yield from _ending_beside(observed)


def _ending_beside(observed: Observed) -> Iterator[Finding]:
    answer = observed.answer
    if found := completed_at_its_limit(observed):
        yield found
    why = meaning(answer.finish_reason)
    if why == "length" and observed.said_something:
        yield Finding(
            "length", "remark", "The answer ended at the token limit, not by itself.",
            observed.terms.why(answer.finish_reason), "Raise max tokens if you want all of it.",
        )  # fmt: skip
    if answer.refusal and observed.reading.sse and not answer.text.strip():
        yield Finding(
            "refused-by-model", "pass", "The model refused to answer.",
            f"“{answer.refusal[:80]}”", "Ask something else: the endpoint works.",
        )  # fmt: skip
    if why == "policy" and answer.text.strip():
        yield Finding(
            "filtered", "remark", "A content filter cut the answer off.",
            observed.terms.why(answer.finish_reason),
            "What came before it is kept. Try another prompt, or change the filter's settings.",
        )  # fmt: skip
    if says_no_end(observed):
        yield Finding(
            "no-finish-reason", "remark", "The answer does not say why it ended.",
            "its JSON is whole, and finish_reason is missing or null",
            "Send “stop” or “length”: only the latter tells a program that the answer was cut.",
        )  # fmt: skip
    if answer.usage is None and not observed.reading.sse and answer.choices:
        yield Finding(
            "no-usage", "remark", "The answer does not say how many tokens it took.", "",
            "Nothing to change unless you count tokens.",
        )  # fmt: skip


def key_echoed() -> Finding:
    """The finding that the answer contained the key that was sent."""
    return Finding(
        "key-echoed", "fail", "The server repeats the key that was sent to it.",
        "stars replace it in everything that is shown or kept",
        "Anyone who can read its answers or its logs can read the key: have this fixed, and "
        "replace the key.",
    )  # fmt: skip
