"""The files of a report: its recordings, an earlier run, and the report in other formats."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ...checks.conformance.asking import Inquiry, verdicts_over
from ...checks.conformance.check import VERDICTS
from ...checks.conformance.exports import to_json, to_junit, to_markdown
from ...checks.conformance.report import Report
from ...endpoint import REPLAY, CallError, Endpoint, is_replay
from ...files import in_words, json_in
from ...finding import Conformance
from ...recordings import load, save, write_private
from ...wire.recording import Recording

NAME = "04_conformance"
FORMS = {"md": to_markdown, "json": to_json, "xml": to_junit}


class BaselineError(CallError):
    """The earlier run cannot be read."""

    headline = "This is not an earlier run"


def inquiry(endpoint: Endpoint, *, baseline: str = "", **choice: Any) -> Inquiry:
    """A report in progress; if the endpoint is a replay's file, its contents are judged again.

    baseline:  the JSON or the HAR of an earlier run
    raises:    BaselineError, ChoiceError, RecordingError
    """
    recorded: Iterable[Recording] = load(endpoint.base_url) if is_replay(endpoint.base_url) else ()
    before = verdicts_of(baseline) if baseline else {}
    return Inquiry(endpoint, before=before, recorded=recorded, **choice)


def verdicts_of(address: str) -> dict[str, Conformance]:
    """The verdicts of an earlier run by check: from its JSON, or judged again from its HAR.

    raises:  BaselineError, RecordingError for a file that is neither
    """
    path = Path(address.removeprefix(f"{REPLAY}:"))
    if path.suffix != ".json":
        return verdicts_over(load(address))
    try:
        rows = json_in(path)["checks"]
        found = {str(row["check"]): str(row["verdict"]) for row in rows}
    except (ValueError, KeyError, TypeError) as error:
        raise BaselineError(
            "a report's JSON, or its HAR",
            f"{path.name}: {in_words(error)}",
            "Give a file that 04_conformance wrote.",
        ) from None
    return {name: verdict for name, verdict in found.items() if verdict in VERDICTS}


def keep(inquiry: Inquiry) -> None:
    """Save every recording of a run in one HAR file, unless it was loaded from a file."""
    if inquiry.run and inquiry.run.recordings:
        inquiry.kept = str(save(inquiry.run.recordings, inquiry.run.endpoint, name=NAME))


def written(report: Report, folder: Path) -> list[Path]:
    """The files that now hold a report: Markdown, JSON and JUnit."""
    paths = [folder / f"conformance.{suffix}" for suffix in FORMS]
    for path, form in zip(paths, FORMS.values(), strict=True):
        write_private(path, form(report))
    return paths
