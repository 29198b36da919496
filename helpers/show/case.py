"""The case file: what was sent and what came, as Markdown for an issue tracker."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from ..client.keys import secrets_of
from ..client.openai_reader import SecondReading
from ..diagnose.stream import StreamReport, judge_stream
from ..endpoint import Endpoint
from ..escaping import for_terminal
from ..recordings import load, save, write_private
from ..secrets.redaction import Redaction
from ..server.replay import KEPT
from ..wire.reading import read
from ..wire.recording import Recording
from .raw import raw_view
from .report import moments
from .snippets import as_curl, as_python

PACKAGES = ("endpointscope", "openai", "aiohttp")
LONGEST = 12_000


def write_case(
    recording: Recording,
    endpoint: Endpoint,
    second: SecondReading | None = None,
    *,
    folder: Path = KEPT,
) -> Path:
    """Return the Markdown file of a case; the recording lies beside it as HAR, without its key.

    The text is made of what the HAR holds; only what the client raised is not in it.
    second:  what the plain openai client made of the same bytes
    """
    word = judge_stream(recording).word
    har = save([recording], endpoint, name="case", word=word, folder=folder)
    [kept] = load(str(har))
    path = har.with_suffix(".md")
    hide = Redaction(recording, secrets_of(endpoint)).secrets.text
    write_private(path, hide(case(kept, endpoint, second, har.name)))
    return path


def case(
    recording: Recording, endpoint: Endpoint, second: SecondReading | None = None, har: str = ""
) -> str:
    """Return the case as Markdown in which nothing a server said is live."""
    report = judge_stream(recording)
    reading = read(recording)
    beside = f" The recording is in `{har}`: any viewer of HAR files opens it." if har else ""
    return "\n\n".join([
        f"# {report.word[0].upper()}{report.word[1:]}",
        f"Recorded {recording.started_at or 'at an unknown time'}.{beside}",
        "## Sent",
        _block(as_curl(recording, endpoint.api_key_env), "sh"),
        "## Came",
        _block(_beginning(repr(raw_view(recording)))),
        "## When",
        _block(repr(moments(reading))),
        "## Findings",
        _block("\n".join(_findings(report, second))),
        "## A program that sends the same",
        _block(as_python(recording, endpoint.api_key_env), "python"),
        "## With",
        _versions(),
    ]) + "\n"  # fmt: skip


def _findings(report: StreamReport, second: SecondReading | None) -> Iterator[str]:
    yield _item(report.word, report.says, report.evidence, report.remedy)
    for found in report.findings:
        yield _item(found.name, found.says, found.evidence, found.remedy)
    if second is not None:
        seen = second.error or f"{second.chunks} chunks, {len(second.text)} characters, no error"
        yield _item("openai client", "The plain client over the same bytes saw:", seen)


def _item(name: str, *parts: str) -> str:
    """Return one finding on lines of its own, in words that a code block shows as they are."""
    said = (" ".join(part.split()) for part in parts if part)
    return "\n    ".join([f"{name}: {next(said)}", *said])


def _beginning(text: str) -> str:
    """Return as many whole lines as an issue tracker takes, and a word on the rest."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST].rpartition(chr(10))[0]}\n… the rest is in the recording"


def _block(text: str, language: str = "") -> str:
    """Return a code block whose fence is longer than any run of backticks inside."""
    text = for_terminal(text)
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _versions() -> str:
    found = [f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return f"{', '.join(found)}; written {datetime.now(UTC):%Y-%m-%d}."
