"""Does it answer? The judge of one prompt sent full and streamed."""

from __future__ import annotations

from collections.abc import Iterator

from helpers.client.chat import Exchange
from helpers.client.explain import Trouble
from helpers.verdict import Finding


def judge_answers(full: Exchange, streamed: Exchange | None = None) -> list[Finding]:
    """Return what a full and a streamed answer to the same prompt show.

    Red are: nothing answers, an error, no text, no proper end. All else is a remark, since
    healthy servers differ in it.
    streamed:  None when no stream was asked for
    """
    if streamed is None:
        return list(_one(full))
    if full.trouble and full.trouble == streamed.trouble:
        return [_failure(full.trouble, full.trouble.name)]
    return [*_one(full), *_one(streamed), *_both(full, streamed)]


def _one(exchange: Exchange) -> Iterator[Finding]:
    kind = "streamed" if exchange.streamed else "full"
    if exchange.stopped:
        yield Finding(
            f"{kind}-stopped",
            "unclear",
            f"The {kind} answer was stopped by you, so it was not judged.",
            do="Run the cell again and let it end.",
        )
        return
    if trouble := exchange.trouble:
        yield _failure(trouble, f"{kind}-{trouble.name}")
        return
    yield from _text(exchange, kind)
    yield from _end(exchange, kind)
    if exchange.answer.usage is None:
        yield Finding(
            f"{kind}-no-usage", "remark", f"The {kind} answer does not say how many tokens it took.",
            do="Nothing to change unless you count tokens: some servers send usage only when set to.",
        )  # fmt: skip
    for dropped in exchange.dropped:
        yield Finding(
            f"{kind}-refused-{dropped.name}", "remark",
            f"The endpoint refused the parameter {dropped.name}; the request was sent again without it.",
            f"“{dropped.words}”", f"Do not send {dropped.name} to it.",
        )  # fmt: skip


def _text(exchange: Exchange, kind: str) -> Iterator[Finding]:
    answer, chunks = exchange.answer, len(exchange.timing.chunk_s)
    if answer.text:
        arrived = f" in {chunks} chunks" if exchange.streamed else ""
        yield Finding(
            f"{kind}-answer",
            "pass",
            f"The {kind} answer came: {len(answer.text)} characters{arrived}.",
        )
    elif answer.refusal:
        yield Finding(
            f"{kind}-refusal", "remark", "The model refused to answer.", f"“{answer.refusal[:200]}”"
        )
    elif answer.tool_calls:
        yield Finding(f"{kind}-tool-call", "remark", "A tool call came instead of text.")
    else:
        yield Finding(
            f"{kind}-only-reasoning", "remark", "It ran out while thinking: reasoning came, but no text.",
            f"{len(answer.reasoning)} characters of reasoning, finish reason {answer.finish_reason!r}",
            "Raise max tokens, or ask a model that thinks less.",
        )  # fmt: skip
    if exchange.streamed and exchange.reading.findings["full-for-stream"]:
        yield Finding(
            "stream-ignored", "remark", "A stream was asked for and one whole answer came.",
            f"content type {exchange.recording.media_type or 'not given'}",
            "Switch streaming on in the server or the proxy before it, or ask without stream.",
        )  # fmt: skip


def _end(exchange: Exchange, kind: str) -> Iterator[Finding]:
    reason = exchange.answer.finish_reason
    if reason == "length" and exchange.answer.text:
        yield Finding(
            f"{kind}-length", "remark", f"The {kind} answer ended at the limit of tokens, not by itself.",
            "finish reason 'length'", "Raise max tokens if you want the whole of it.",
        )  # fmt: skip
    elif reason != "length":
        yield Finding(
            f"{kind}-end", "pass", f"The {kind} answer ended properly.", f"finish reason {reason!r}"
        )


def _both(full: Exchange, streamed: Exchange) -> Iterator[Finding]:
    if full.trouble or streamed.trouble or not (full.text and streamed.text):
        return
    if full.text == streamed.text:
        yield Finding("same-text", "pass", "Full and streamed, the text is the same.")
    else:
        yield Finding(
            "texts-differ", "remark", "Full and streamed, the texts differ, as sampling and batching allow.",
            f"{len(full.text)} and {len(streamed.text)} characters",
            "To compare them, set temperature 0 and a seed in Parameters.",
        )  # fmt: skip


def _failure(trouble: Trouble, name: str) -> Finding:
    quote = f" “{trouble.quote}”" if trouble.quote else ""
    evidence = f"Expected {trouble.expected}; came {trouble.came}{quote}."
    return Finding(name, "fail", f"{trouble.headline}.", evidence, trouble.do, trouble.blame)
