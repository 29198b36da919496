"""Answers of a sweep in a folder, a file each, so that one that was killed goes on from there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ...client.exchange import Dropped, Exchange
from ...recordings import RecordingError, load, save_as
from .grid import REPEAT, Question


class Saved:
    """What came of questions before, found by what was asked of whom.

    folder:  holds a HAR file for each answer, without any key; deleted, everything is asked anew
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, question: Question, exchange: Exchange) -> None:
        """Keep an answer; one that failed or was stopped is asked again, and not kept."""
        if exchange.recording.end and not exchange.stopped and not exchange.failure:
            save_as([exchange.recording], exchange.endpoint, self._file(question))

    def find(self, question: Question) -> Exchange | None:
        """The answer that was kept, None where there is none that can be read."""
        file = self._file(question)
        try:
            recording = load(str(file))[-1] if file.is_file() else None
        except (RecordingError, OSError, IndexError):
            # Half a file is no answer: what it was of is asked again.
            return None
        return _as_asked(question, Exchange.of(recording)) if recording else None

    def _file(self, question: Question) -> Path:
        return self.folder / f"{fingerprint([question])}.har"


def fingerprint(questions: Sequence[Question]) -> str:
    """Sixteen letters that change with what is asked, of whom, and which time it is."""
    told = [
        (one.endpoint.base_url, one.request.path, one.request.fields, one.varied.get(REPEAT, 1))
        for one in questions
    ]
    return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()[:16]


def _as_asked(question: Question, exchange: Exchange) -> Exchange:
    """An exchange of a file as one of the question: of its endpoint, with what was left out."""
    exchange.endpoint = replace(question.endpoint, model=exchange.request.model)
    sent = exchange.request.parameters
    exchange.dropped = tuple(
        Dropped(name, "", "") for name in question.request.parameters if name not in sent
    )
    return exchange
