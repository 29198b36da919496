"""Does it answer? The judge of one prompt sent full and streamed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ..client.exchange import Exchange
from ..finding import Finding

_passed = partial(Finding, level="pass")
_remark = partial(Finding, level="remark")


def judge_answers(full: Exchange, streamed: Exchange | None = None) -> list[Finding]:
    """Return what a full and a streamed answer to the same prompt show.

    Red are: nothing answers, an error, no text, no proper end. All else is a remark, since
    healthy servers differ in it.
    streamed:  None when no stream was asked for
    """
    if streamed is None:
        return list(_one(full))
    if full.trouble and full.trouble == streamed.trouble:
        return [full.trouble.finding()]
    return [*_one(full), *_one(streamed), *_both(full, streamed)]


def _one(exchange: Exchange) -> Iterator[Finding]:
    kind = "streamed" if exchange.streamed else "full"
    if exchange.stopped:
        yield Finding(
            f"{kind}-stopped", "unclear", f"You stopped the {kind} answer, so it was not judged.",
            do="Run the cell again and let it end.",
        )  # fmt: skip
    elif trouble := exchange.trouble:
        yield trouble.finding(f"{kind}-{trouble.name}")
    else:
        yield from _text(exchange, kind)
        yield from _end(exchange, kind)
        yield from _beside(exchange, kind)


def _text(exchange: Exchange, kind: str) -> Iterator[Finding]:
    answer = exchange.answer
    if answer.text:
        arrived = f" in {len(exchange.timing.chunk_s)} chunks" if exchange.streamed else ""
        says = f"The {kind} answer came: {len(answer.text)} characters{arrived}."
        yield _passed(f"{kind}-answer", says=says)
    elif answer.refusal:
        evidence = f"“{answer.refusal[:200]}”"
        yield _remark(f"{kind}-refusal", says="The model refused to answer.", evidence=evidence)
    elif answer.tool_calls:
        yield _remark(f"{kind}-tool-call", says="A tool call came instead of text.")
    else:
        yield _remark(
            f"{kind}-only-reasoning",
            says="It ran out while thinking: reasoning came, but no text.",
            evidence=f"{len(answer.reasoning)} characters of reasoning, "
            f"finish reason {answer.finish_reason!r}",
            do="Raise max tokens, or ask a model that thinks less.",
        )


def _end(exchange: Exchange, kind: str) -> Iterator[Finding]:
    reason = exchange.answer.finish_reason
    if reason != "length":
        says, evidence = f"The {kind} answer ended properly.", f"finish reason {reason!r}"
        yield _passed(f"{kind}-end", says=says, evidence=evidence)
    elif exchange.answer.text:
        yield _remark(
            f"{kind}-length",
            says=f"The {kind} answer ended at the limit of tokens, not by itself.",
            evidence="finish reason 'length'",
            do="Raise max tokens if you want the whole of it.",
        )


def _beside(exchange: Exchange, kind: str) -> Iterator[Finding]:
    """Yield what is worth knowing and breaks nothing."""
    if exchange.reading.findings["full-for-stream"]:
        yield _remark(
            "stream-ignored",
            says="A stream was asked for and one whole answer came.",
            evidence=f"content type {exchange.recording.media_type or 'not given'}",
            do="Switch streaming on in the server or the proxy before it, or ask without stream.",
        )
    if unread := exchange.reading.findings["not-json"]:
        yield _remark(
            f"{kind}-not-json",
            says="Some of what came could not be read, so text may be missing.",
            evidence=f"{unread} times data that is no JSON",
            do="03_stream shows the bytes; look at what stands between you and the server.",
        )
    if exchange.answer.usage is None:
        yield _remark(
            f"{kind}-no-usage",
            says=f"The {kind} answer does not say how many tokens it took.",
            do="Nothing to change unless you count tokens: some servers send usage only if set to.",
        )
    for dropped in exchange.dropped:
        yield _remark(
            f"{kind}-refused-{dropped.name}",
            says=f"The endpoint refused {dropped.name}; the request was repeated without it.",
            evidence=f"“{dropped.words}”",
            do=f"Do not send {dropped.name} to it.",
        )


def _both(full: Exchange, streamed: Exchange) -> Iterator[Finding]:
    if full.trouble or streamed.trouble or not (full.text and streamed.text):
        return
    if full.text == streamed.text:
        yield _passed("same-text", says="Full and streamed, the text is the same.")
    else:
        yield _remark(
            "texts-differ",
            says="Full and streamed, the texts differ, as sampling and batching allow.",
            evidence=f"{len(full.text)} and {len(streamed.text)} characters",
            do="In the panel, temperature 0 and a seed make them comparable.",
        )
