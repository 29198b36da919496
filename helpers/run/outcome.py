"""How one notebook ended: a word, a sentence, an exit code, and the verdict it left."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..finding import MIME, SCHEMA

Word = Literal["passed", "failed", "not judged"]
# The verdict's own exception, then CallError and its kinds: what was asked for cannot be done.
CALL_ERRORS = (
    "CallFailed", "CallError", "AddressError", "KeyNameError", "ModelNameError", "MisnamedError",
    "RecordingError", "BaselineError", "BenchError", "ChoiceError", "ClusterError",
    "ConversationFileError", "EarlierRunError", "EmptyPrompt", "FieldError",
    "GridError", "InputError", "LoadError", "OutputError", "PlanError", "PortError", "PresetError",
    "ShapeError", "TargetError", "ToolError", "TurnError", "UnknownReaderError",
)  # fmt: skip
EXIT: dict[Word, int] = {"passed": 0, "failed": 1, "not judged": 2}

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_TRACEBACK_LINES = 25


@dataclass(frozen=True)
class Outcome:
    """What is reported about one notebook.

    sentence:  the reason, or the verdict's headline
    details:   for finding a bug of ours: the cell and its error
    verdict:   the verdict's JSON, None if the notebook gave none
    executed:  the executed notebook's file name, "" if there is none
    """

    notebook: str
    word: Word
    sentence: str
    seconds: float = 0.0
    details: str = field(default="", repr=False)
    verdict: dict[str, Any] | None = field(default=None, repr=False)
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    executed: str = ""

    @property
    def exit_code(self) -> int:
        """0 if it passed, 1 if the endpoint failed, 2 if it was not judged."""
        return EXIT[self.word]


def verdict_in(notebook: Mapping[str, Any]) -> dict[str, Any] | None:
    """The last verdict in an executed notebook, None if there is no readable one."""
    found = [data[MIME] for data in _displayed(notebook) if MIME in data]
    for verdict in reversed(found):
        if isinstance(verdict, dict) and verdict.get("schema") == SCHEMA and _has_findings(verdict):
            return verdict
    return None


def judge(
    ended: str,
    verdict: Mapping[str, Any] | None,
    *,
    error_name: str = "",
    message: str = "",
    limit_s: float = 0.0,
) -> tuple[Word, str]:
    """The word and the sentence for how a notebook ended and what it concluded.

    ended:  as in notebooks.Execution
    """
    if ended == "raised" and error_name == "EndpointFailed":
        return "failed", _headline(verdict) or message or "The endpoint failed."
    if ended == "raised" and error_name in CALL_ERRORS:
        return "not judged", message or _headline(verdict) or "The call was wrong."
    if ended == "raised":
        return "not judged", f"A cell failed with {error_name}: {_first_line(message)}".rstrip(": ")
    if ended == "limit":
        return (
            "not judged",
            f"Time limit reached: it was stopped after {limit_s:g} s; --limit-s sets it.",
        )
    if ended == "died":
        return "not judged", "The kernel died while a cell ran."
    if ended == "broken":
        return "not judged", f"It could not be run: {error_name}: {_first_line(message)}"
    if verdict is None:
        return "not judged", "It ran to its end without a verdict, so nothing passed."
    if verdict["passed"] is True:
        return "passed", _headline(verdict)
    blames = {finding.get("blame") for finding in verdict["findings"] if finding["level"] == "fail"}
    return ("failed" if "endpoint" in blames else "not judged"), _headline(verdict)


def is_ours(ended: str, error_name: str) -> bool:
    """Whether the fault is the kit's, so that a reader needs to see the failing cell."""
    return ended in ("limit", "died", "broken") or (
        ended == "raised" and error_name not in ("EndpointFailed", *CALL_ERRORS)
    )


def details(source: str, traceback: str) -> str:
    """The failing cell and the end of its traceback, for finding the bug."""
    lines = _ANSI.sub("", traceback).splitlines()[-_TRACEBACK_LINES:]
    return "\n".join(["The cell:", *(f"    {line}" for line in source.splitlines()), "", *lines])


def _displayed(notebook: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for cell in notebook.get("cells", []):
        for output in cell.get("outputs", []):
            yield output.get("data", {})


def _has_findings(verdict: Mapping[str, Any]) -> bool:
    findings = verdict.get("findings")
    return (
        isinstance(verdict.get("passed"), bool)
        and isinstance(findings, list | tuple)
        and all(isinstance(f, dict) and {"name", "level", "says"} <= set(f) for f in findings)
    )


def _headline(verdict: Mapping[str, Any] | None) -> str:
    return str(verdict.get("headline", "")) if verdict else ""


def _first_line(message: str) -> str:
    return message.strip().partition("\n")[0][:500]
