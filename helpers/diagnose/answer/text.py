"""What was said and what was not: a success without text, and text that reveals a fault."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...finding import Finding, explained
from ...wording import counted
from ..body.disguise import events_disguised
from ..body.misplaced_text import error_of_a_choice, misplaced_text
from ..names import same_model
from ..observed import Observed
from .reasons import meaning
from .repeats import of_the_repeats

FILTERED = "refused-by-policy"
LONG = 80
LOOKED_AT = 50_000
_TEMPLATE = re.compile(
    r"(?:<\|[A-Za-z][A-Za-z_]{1,29}\|>|</?s>|<(?:eos|bos|pad|unk)>|<\|(?:turn|channel)>|"
    r"<(?:turn|channel)\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_(?:turn|utterance)>|"
    r"<｜[^｜]{1,30}｜>)"
)
# One of them alone may be what a text is about; two in a row are where another turn begins.
_NEXT_TURN = re.compile(rf"{_TEMPLATE.pattern}\s*{_TEMPLATE.pattern}")
_THINK = re.compile(
    r"^\s*(<(\w{1,10}:)?(think|thinking|thought|reasoning)>|\[THINK\]|◁think▷|<\|channel>thought"
    # gpt-oss's channels, without the tokens around their names.
    r"|analysis(?=[\s\S]*assistantfinal))"
    # Text that only mentions such a tag puts it in backticks.
    r"|(?<!`)</(\w{1,10}:)?(think|thinking|thought)>|\[/THINK\]|◁/think▷"
)
# How byte-level BPE and SentencePiece write a space, a line end and a byte.
_TOKENIZER = re.compile("[ĠĊ▁]|<0x[0-9A-F]{2}>")
_BYTES = re.compile("(<0x[0-9A-F]{2}>){3}")
_ENTITY = re.compile(r"&(?:#39|#x27|quot|amp|lt|gt|apos);")
# What UTF-8 read as Latin-1 or Windows-1252 looks like: é, “, 🌳.
_MOJIBAKE = re.compile(r"Ã[\x80-\xbf©¤¶¼±¨ª«¬®¯°]|â€[™œ\x9d“”˜¦]|ðŸ|Â[\xa0-\xbf]")


def error_inside(observed: Observed) -> Finding | None:
    """An error that the server reported inside its answer."""
    error = observed.answer.error or (None if observed.finished else error_of_a_choice(observed))
    cut_short = observed.broken_off or (observed.ending.end == "limit" and not observed.reading.sse)
    if error is None or observed.is_page or cut_short:
        return None
    after = f" after {counted(observed.chunks, 'chunk')}" if observed.chunks else ""
    where = "stream" if observed.reading.streamed else "answer"
    return explained(
        "error-inside", f"The server reported an error inside the {where}{after}.",
        expected="the answer", came=f"an error, with status {observed.recording.status}"
        + (f", code {error.code[:40]}" if error.code else ""),
        do="Its message says what failed; check the server's log, or the provider behind "
        f"it.{observed.kept()}",
        quote=error.message,
    )  # fmt: skip


def gave_up(observed: Observed) -> Finding | None:
    """A finish reason that means failure."""
    reason = observed.answer.finish_reason
    if meaning(reason) != "failed":
        return None
    error = error_of_a_choice(observed)
    return explained(
        "failed", "The endpoint gave up in the middle.", expected="an answer that ends by itself",
        came=f"the finish reason {reason!r}", quote=error.message if error else "",
        do=f"Check the server's log, or the provider behind it.{observed.kept()}",
    )  # fmt: skip


def no_text(observed: Observed) -> Finding | None:
    """Why an answer that claims to be complete holds no text; calls and refusals are answers."""
    answer, reading = observed.answer, observed.reading
    if observed.said_something or not reading.recording.end or not answer.choices:
        return None
    reason = answer.finish_reason
    if meaning(reason) == "policy":
        return explained(
            FILTERED, "A content filter stopped the answer before any text.",
            expected="text", came=f"the finish reason {reason!r} and no text",
            do="The endpoint works; its filter refused this prompt. Try another prompt, or change "
            "the filter's settings.",
        ).at("unclear")  # fmt: skip
    if found := misplaced_text(observed):
        return found
    if observed.reading.unparsed and (found := events_disguised(observed)):
        return found
    if observed.found["other-item"] and meaning(reason) != "length":
        return Finding(
            "not-text", "remark", "The answer is not text: its output holds other items.",
            _kinds(observed), "This page shows only text, and the calls of your own tools.",
        )  # fmt: skip
    if answer.reasoning:
        return _only_thoughts(
            observed, f"{counted(len(answer.reasoning), 'character')} of reasoning"
        )
    if meaning(reason) == "length":
        return _out_of_tokens(observed)
    blank = ", only white space" if answer.text else ""
    return explained(
        "no-text", "The answer holds no text, but says that it is complete.", expected="text",
        came=f"{_counted(observed)}{blank}, {observed.terms.why(reason)}",
        do="Try another prompt. A gateway that could not read its upstream's answer does this: "
        "check its log.",
    )  # fmt: skip


def _out_of_tokens(observed: Observed) -> Finding:
    answer = observed.answer
    if thought := answer.usage.thought_tokens if answer.usage else 0:
        return _only_thoughts(
            observed, f"{counted(thought, 'token')} of reasoning that is not shown"
        )
    return explained(
        "length-without-text", "The tokens ran out before any text came.",
        expected="text", came=f"the finish reason {answer.finish_reason!r} and no text",
        do="Raise max tokens. A model that thinks first may hide its thoughts and still spend "
        "the tokens on them.",
    )  # fmt: skip


def _kinds(observed: Observed) -> str:
    """The types of the items that a stream announced, each once."""
    added = (one.kind for one in observed.reading.steps if one.type.endswith("output_item.added"))
    return ", ".join(dict.fromkeys(added))[:LONG]


def _only_thoughts(observed: Observed, thoughts: str) -> Finding:
    """Reasoning without text: its tokens ran out, or the answer is in the wrong field."""
    why = observed.terms.why(observed.answer.finish_reason)
    if meaning(observed.answer.finish_reason) == "length":
        return Finding(
            "only-reasoning", "remark", "The model was still thinking when its tokens ran out.",
            f"{thoughts}, no text, {why}",
            "Raise max tokens, or ask a model that thinks less.",
        )  # fmt: skip
    return explained(
        "wrong-reasoning-field",
        "The whole answer came as reasoning, so programs show nothing.",
        expected="text in content",
        came=f"{thoughts} and no text, {why}",
        do="The server took the answer for reasoning: choose the reasoning parser for this model, "
        "or switch it off (vLLM: --reasoning-parser, llama.cpp: --reasoning-format).",
    )  # fmt: skip


def nothing_said(observed: Observed) -> Finding | None:
    """An event stream without a single chunk of an answer."""
    reading, statistics = observed.reading, observed.statistics
    if not reading.sse or observed.chunks or not reading.recording.end:
        return None
    if not reading.streamed and observed.answer.choices:
        return None
    if found := _only_empty_chunks(observed) or _only_signs_of_life(observed):
        return found
    if statistics.chunks or observed.ending.end == "limit":
        return None
    done = "nothing but [DONE]" if reading.done else "not a single chunk"
    return explained(
        "only-done" if reading.done else "zero-chunks",
        f"The stream holds {done}.", expected="chunks with text",
        came=f"{observed.came}, {counted(len(reading.events), 'event')}",
        do="Check the server's log. A gateway that lost its upstream ends like this.",
        quote=observed.words if not reading.done else "",
    )  # fmt: skip


def _only_empty_chunks(observed: Observed) -> Finding | None:
    statistics, ended_s = observed.statistics, observed.ending.at_s or 0.0
    empty = statistics.counts["empty-choices"]
    if empty and not statistics.chunks:
        lacks, came = "no answer", f"{counted(empty, 'chunk')} without choices"
    elif statistics.chunks and observed.ending.end == "limit":
        lacks, came = "no text", counted(statistics.chunks, "chunk")
    else:
        return None
    return explained(
        "only-empty-chunks", f"Only empty chunks came, and {lacks} in them.",
        expected="chunks with text", came=f"{came} in {ended_s:.1f} s",
        do="Check the server's log: it ended, or is waiting, without a word.",
    )  # fmt: skip


def _only_signs_of_life(observed: Observed) -> Finding | None:
    statistics, found = observed.statistics, observed.found
    pings = found["comment"] + found["event-without-data"] + statistics.pings
    if not pings or statistics.chunks or observed.reading.done:
        return None
    return explained(
        "keep-alives-only", "Only keep-alives came, and no answer.",
        expected="chunks with text",
        came=f"{pings} comments or empty events in {observed.ending.at_s or 0.0:.1f} s",
        do="The server is waiting for something: check its log and its queue. Keep-alives keep a "
        "client's read timeout from ever running out, so limit the time without text.",
    )  # fmt: skip


def beside_the_text(observed: Observed) -> Iterator[Finding]:
    """Yield what the text itself reveals."""
    yield from of_the_repeats(observed)
    answer = observed.answer
    text, prompt = answer.text, observed.request.prompt.strip()
    if len(prompt) > LONG // 4 and text.lstrip().startswith(prompt):
        yield Finding(
            "prompt-echoed", "remark", "The answer begins with the prompt.",
            f"“{prompt[:LONG]}”", "Have the server return only what the model wrote after it.",
        )  # fmt: skip
    if found := _THINK.search(text[:LOOKED_AT]):
        yield Finding(
            "think-tags", "remark", "The model's reasoning is in the text.",
            f"“{found[0].strip()}”",
            "Switch on the server's reasoning parser, so that it comes in a field of its own.",
        )  # fmt: skip
    if text.strip() and answer.reasoning.strip() == text.strip():
        yield Finding(
            "reasoning-is-text", "remark", "The same text came twice: as text and as reasoning.",
            counted(len(text), "character"),
            "Have the server send the answer as content alone: programs that show both show it "
            "twice.",
        )  # fmt: skip
    quoted = "`" in text
    if found := _TEMPLATE.search(text[:20] + "\n" + text[-40:]) or (
        None if quoted else _NEXT_TURN.search(text[:LOOKED_AT])
    ):
        yield Finding(
            "template-tokens", "remark", "The text holds a token of the chat template.",
            f"“{found[0]}”", "Check the model's chat template and its stop tokens in the server.",
        )  # fmt: skip
    yield from _garbled(text)
    yield from _damaged(observed)
    yield from _other_model(observed)


def _garbled(text: str) -> Iterator[Finding]:
    """Yield signs that the characters were damaged on the way."""
    if len(_MOJIBAKE.findall(text)) > 1:
        yield Finding(
            "mojibake", "remark", "Characters are garbled: UTF-8 was decoded as another encoding.",
            f"“{_around(text)}”", "Have the server, or the proxy, pass UTF-8 on as it is.",
        )  # fmt: skip
    if len(_TOKENIZER.findall(text)) > max(4, text.count(" ")) or _BYTES.search(text):
        yield Finding(
            "tokenizer-marks", "remark", "The text holds the tokenizer's own marks.",
            f"“{text[:LONG]}”", "Ġ, ▁ and <0x0A> stand for white space: have the server decode the "
            "tokens, not join their names.",
        )  # fmt: skip
    if len(_ENTITY.findall(text)) > 2 and not re.search("[\"'<>]|&(?!#?\\w+;)", text):
        yield Finding(
            "html-escaped", "remark", "The text is escaped for HTML.",
            f"“{text[:LONG]}”", "Escape it where a page is made, not in the API: programs show "
            "&quot; for a quotation mark.",
        )  # fmt: skip
    if "\0" in text:
        yield Finding(
            "nul", "remark", "The text holds the character NUL.",
            counted(text.count(chr(0)), "time"),
            "Have the server leave it out: many programs and databases cut the text there.",
        )  # fmt: skip


def _damaged(observed: Observed) -> Iterator[Finding]:
    pieces = [piece for part in observed.parts.values() for piece in part.pieces]
    damaged = sum("\ufffd" in piece for piece in pieces)
    known = observed.found["lone-surrogate"] or observed.found["bad-utf-8"]
    last = pieces[-1] if pieces else ""
    cut = (
        meaning(observed.answer.finish_reason) == "length"
        and damaged == 1
        and last.endswith("\ufffd")
    )
    if damaged and not known and not cut:
        yield Finding(
            "replacement-character", "remark",
            "Some characters are damaged: U+FFFD took their place.",
            f"in {counted(damaged, 'piece')}",
            "Hold an incomplete character's bytes back until it is whole.",
        )  # fmt: skip


def _other_model(observed: Observed) -> Iterator[Finding]:
    asked, answered = observed.request.model, observed.answer.model
    if not asked or not answered or same_model(asked, answered):
        return
    yield Finding(
        "other-model", "remark", f"The model that answered calls itself {answered[:LONG]!r}.",
        f"asked for {asked!r}", "Make sure that this is the model you meant: gateways replace "
        "models they don't have, and some servers ignore the name.",
    )  # fmt: skip


def _counted(observed: Observed) -> str:
    count = observed.statistics.chunks
    return counted(count, "chunk") if observed.reading.sse else "an empty message"


def _around(text: str) -> str:
    found = _MOJIBAKE.search(text)
    return text[max(found.start() - 10, 0) : found.end() + 10] if found else ""
