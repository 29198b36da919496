"""Answers of a sweep in a folder, one file each, so that an interrupted one can be resumed."""

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
    """Earlier answers, found by the question and the endpoint.

    folder:  holds a HAR file for each answer, without any key; if deleted, everything is asked anew
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, question: Question, exchange: Exchange) -> None:
        """Keep an answer, unless it failed or was stopped: those are asked again."""
        if exchange.recording.end and not exchange.stopped and not exchange.failure:
            save_as([exchange.recording], exchange.endpoint, self._file(question))

    def find(self, question: Question) -> Exchange | None:
        """The saved answer, None if there is none that can be read."""
        file = self._file(question)
        try:
            recording = load(str(file))[-1] if file.is_file() else None
        except (RecordingError, OSError, IndexError):
            # An incomplete file is no answer, so its question is asked again.
            return None
        return _as_asked(question, Exchange.of(recording)) if recording else None

    def _file(self, question: Question) -> Path:
        return self.folder / f"{fingerprint([question])}.har"


def fingerprint(questions: Sequence[Question]) -> str:
    """Sixteen characters that change with the requests, their endpoints and the repeat."""
    requests = [
        (one.endpoint.base_url, one.request.path, one.request.fields, one.varied.get(REPEAT, 1))
        for one in questions
    ]
    return hashlib.sha256(json.dumps(requests, default=str).encode()).hexdigest()[:16]


def _as_asked(question: Question, exchange: Exchange) -> Exchange:
    """A loaded exchange attached to its question: with its endpoint and the dropped parameters."""
    exchange.endpoint = replace(question.endpoint, model=exchange.request.model)
    sent = exchange.request.parameters
    exchange.dropped = tuple(
        Dropped(name, "", "") for name in question.request.parameters if name not in sent
    )
    return exchange
