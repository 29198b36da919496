"""The case file: what was sent and what came back, as Markdown for an issue tracker."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from ..client.keys import secrets_of
from ..diagnose.clients.plain import ClientReading, what_a_client_sees
from ..diagnose.diagnosis import diagnose
from ..diagnose.words import word_of
from ..endpoint import Endpoint
from ..environment.interpreter import versions
from ..escaping import for_terminal
from ..finding import SYMBOLS, Finding
from ..recordings import load, save, write_private
from ..server.replay import KEPT
from ..wire.reading import Reading, read
from ..wire.recording import Recording
from ..wire.redaction import Redaction
from ..wording import counted, duration
from .exchanges import moments
from .raw import raw_view
from .snippets import as_curl, as_python

PACKAGES = ("endpointscope", "openai", "aiohttp")
LONGEST = 12_000


def write_case(
    recording: Recording,
    endpoint: Endpoint,
    seen: ClientReading | None = None,
    *,
    folder: Path = KEPT,
) -> Path:
    """The Markdown file of a case; next to it the recording is saved as HAR, without its key.

    The text is built from the contents of the HAR, except for what the client raised.
    seen:  what the plain openai client made of the same bytes
    """
    reading = read(recording)
    word = word_of(diagnose(reading, endpoint=endpoint), streamed=reading.streamed)
    har = save([recording], endpoint, name="case", word=word, folder=folder)
    [kept] = load(str(har))
    path = har.with_suffix(".md")
    hide = Redaction(recording, secrets_of(endpoint)).secrets.text
    write_private(path, hide(case(kept, endpoint, seen, har.name)))
    return path


def case(
    recording: Recording, endpoint: Endpoint, seen: ClientReading | None = None, har: str = ""
) -> str:
    """The case as Markdown, the findings first, with everything a server said escaped."""
    reading = read(recording)
    findings = diagnose(reading, endpoint=endpoint)
    if seen is not None:
        findings += tuple(what_a_client_sees(reading, findings, seen))
    beside = f" The recording is in `{har}`: any viewer of HAR files opens it." if har else ""
    return "\n\n".join([
        f"# {_title(reading, findings)}",
        f"Recorded {recording.started_at or 'at an unknown time'}.{beside}",
        _block("\n".join(_findings(findings, seen))),
        "## What was sent",
        _block(as_curl(recording, endpoint.api_key_env), "sh"),
        "## When it came",
        _block(repr(moments(reading))),
        "## What came",
        _folded("Every line, with its time", _block(_beginning(repr(raw_view(reading))))),
        "## A program that sends the same",
        _folded("Python, standard library only",
                _block(as_python(recording, endpoint.api_key_env), "python")),
        "## Versions",
        _written(),
    ]) + "\n"  # fmt: skip


def _title(reading: Reading, findings: Sequence[Finding]) -> str:
    """The verdict and its numbers, which is what readers of an issue list want to know."""
    word, timing = word_of(findings, streamed=reading.streamed), reading.timing
    facts = [f"{word[:1].upper()}{word[1:]}"]
    if timing.chunk_s:
        facts.append(counted(len(timing.chunk_s), "chunk"))
    if timing.ttft_s is not None:
        facts.append(f"first text after {duration(timing.ttft_s)}")
    if timing.end_s is not None:
        facts.append(f"ended after {duration(timing.end_s)}")
    return " · ".join(facts)


def _findings(findings: Sequence[Finding], seen: ClientReading | None) -> Iterator[str]:
    for found in findings:
        yield _item(f"{SYMBOLS[found.level]} {found.name}", found.says, found.evidence, found.do)
    if seen is not None:
        saw = (
            seen.error
            or f"{counted(seen.chunks, 'chunk')}, {counted(len(seen.text), 'character')}, no error"
        )
        yield _item(
            f"{seen.client} {seen.version}", "What the plain client saw in the same bytes:", saw
        )


def _folded(title: str, block: str) -> str:
    """A block that an issue tracker shows only when the reader opens it."""
    return f"<details><summary>{title}</summary>\n\n{block}\n\n</details>"


def _item(name: str, *parts: str) -> str:
    """One finding on lines of its own, in text that a code block shows unchanged."""
    lines = (" ".join(part.split()) for part in parts if part)
    return "\n    ".join([f"{name}: {next(lines)}", *lines])


def _beginning(text: str) -> str:
    """As many whole lines as an issue tracker accepts, and a note about the rest."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST].rpartition(chr(10))[0]}\n… the rest is in the recording"


def _block(text: str, language: str = "") -> str:
    """A code block whose fence is longer than any run of backticks inside."""
    text = for_terminal(text)
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


@cache
def _versions() -> str:
    found = versions(PACKAGES)
    python = f"Python {found.pop('python')} on {found.pop('system')}"
    return ", ".join([python, *(f"{name} {version}" for name, version in found.items())])


def _written() -> str:
    return f"{_versions()}; written {datetime.now(UTC):%Y-%m-%d}."
