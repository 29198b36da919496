"""Does it answer? One prompt, streamed and unstreamed, and whether plain clients can read both."""

from __future__ import annotations

from ..client.exchange import Exchange
from ..client.openai_reader import read_by_openai
from ..diagnose.clients.plain import what_a_client_sees
from ..diagnose.stream.delivery import DELIVERY
from ..finding import Finding, explained
from ..signatures import checked
from ..wording import counted

# Fewer joined words than this may come from sampling.
MOST_JOINED = 3
STREAMED, FULL = "streamed answer", "full answer"


@checked
async def judge_answers(
    streamed: Exchange | None, full: Exchange | None, *, require: tuple[str, ...] = ()
) -> list[Finding]:
    """The findings on a streamed and an unstreamed answer to the same prompt.

    How the stream arrived is another notebook's question, so here it is a remark at most.
    streamed, full:  None for one that was not asked for
    require:         clients that must read both answers, such as ("openai",)
    """
    asked = [exchange for exchange in (streamed, full) if exchange is not None]
    findings = [found for one in asked for found in await _one(one, require)]
    findings += about_the_call(asked[0]) if asked else []
    if streamed and full:
        findings += _compared(streamed, full)
    return findings


async def _one(exchange: Exchange, require: tuple[str, ...]) -> list[Finding]:
    about = STREAMED if exchange.streamed else FULL
    found = [softened(finding) for finding in exchange.findings]
    if exchange.recording.status == 200 and not exchange.stopped:
        seen = await read_by_openai(exchange.recording, stream=exchange.streamed)
        found += what_a_client_sees(exchange.reading, exchange.findings, seen, required=require)
    found += [_dropped(one.name, one.words) for one in exchange.dropped]
    return [finding.concerning(about) for finding in found]


def about_the_call(exchange: Exchange) -> list[Finding]:
    """Notes for the report: changes to the address, the chosen model, waits for a busy server."""
    notes = [Finding("address", "pass", note, about="call") for note in exchange.endpoint.notes]
    if exchange.models and exchange.models.chosen:
        notes.append(Finding("model", "pass", exchange.models.sentence, about="call"))
    if exchange.waited_s:
        says = f"The server was busy: it was asked again after {exchange.waited_s:.1f} s."
        notes.append(Finding("waited", "remark", says, about="call"))
    return notes


def softened(finding: Finding) -> Finding:
    """A finding about how a stream arrived, made less severe for users who only want an answer."""
    if finding.name not in DELIVERY or finding.level == "pass":
        return finding
    return finding.at("remark") if finding.level == "fail" else finding.at("pass")


def _dropped(name: str, words: str) -> Finding:
    return Finding(
        f"refused-{name}", "remark",
        f"The endpoint refused {name}, so it was asked again without it.", f"“{words}”",
        f"Do not send {name} to it.",
    )  # fmt: skip


def _compared(streamed: Exchange, full: Exchange) -> list[Finding]:
    one, other = streamed.text.strip(), full.text.strip()
    if streamed.failure or full.failure or not (one and other):
        return []
    if one == other:
        return [Finding("same-text", "pass", "Streamed and in full, the text is the same.")]
    if one == other + other:
        return [_doubled(len(other))]
    if "".join(one.split()) == "".join(other.split()):
        return [_respaced(one, other)]
    says = "Streamed and in full, the texts differ, as sampling allows."
    counts = f"{len(one)} and {counted(len(other), 'character')}"
    return [Finding("texts-differ", "pass", says, counts)]


def _respaced(streamed: str, full: str) -> Finding:
    words = len(full.split()) - len(streamed.split())
    if words < MOST_JOINED:
        says = "Streamed and in full, the text is the same but for its white space."
        return Finding("white-space-differs", "pass", says)
    return explained(
        "white-space-lost", "Streamed, the text has lost its white space.",
        expected=f"{len(full.split())} words, as in full", came=f"{len(streamed.split())}",
        do="Something trims each chunk (strip() on a delta): have it pass the text on as it is.",
    )  # fmt: skip


def _doubled(length: int) -> Finding:
    return explained(
        "text-doubled", "Streamed, the text comes twice; in full it comes once.",
        expected=counted(length, "character"), came=f"the same {length} twice",
        do="The server or a gateway sends the whole text once more at the end of the stream: "
        "programs show it twice.",
    )  # fmt: skip
