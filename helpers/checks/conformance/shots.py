"""The recordings of a run by label, each parsed once: what every judge looks at."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import pairwise
from typing import Any

from ...diagnose.diagnosis import diagnose
from ...diagnose.observed import server_words
from ...wire.answer import Answer
from ...wire.parsing import as_object, objects, parsed, strict
from ...wire.reading import Reading, read
from ...wire.recording import Recording
from ...wire.request import PATHS


class Lacking(Exception):
    """Something a judge needs did not come; the message says what and why."""

    def __init__(self, why: str, *, asked: bool) -> None:
        super().__init__(why)
        self.asked = asked


class Shot:
    """One recording, with everything that judges ask of it computed once."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.label = recording.label

    @property
    def status(self) -> int | None:
        """The HTTP status, None if no answer came."""
        return self.recording.status

    @property
    def is_chat(self) -> bool:
        """Whether it asked for a chat completion."""
        return self.recording.url.partition("?")[0].endswith(PATHS["chat"])

    @cached_property
    def reading(self) -> Reading:
        """The parsed recording."""
        return read(self.recording)

    @cached_property
    def answer(self) -> Answer:
        """The answer, as far as it arrived."""
        return self.reading.answer

    @property
    def text(self) -> str:
        """The text of the first choice."""
        return self.answer.text

    @cached_property
    def sent(self) -> dict[str, Any]:
        """The request body, {} if it was not a JSON object."""
        return as_object(parsed(self.recording.request_body))

    @cached_property
    def body(self) -> Any:
        """The whole body as JSON, None if it is not JSON."""
        return parsed(self.reading.body)

    @cached_property
    def is_strict_json(self) -> bool:
        """Whether every JSON parser accepts the body."""
        try:
            strict(self.reading.body)
        except ValueError:
            return False
        return True

    @property
    def value(self) -> dict[str, Any]:
        """The whole body as a JSON object, {} if it is not one."""
        return as_object(self.body)

    @cached_property
    def chunks(self) -> list[dict[str, Any]]:
        """The JSON objects in a stream's events that have a list of choices."""
        values = objects([parsed(event.data) for _, _, event in self.events])
        return [value for value in values if isinstance(value.get("choices"), list)]

    @property
    def events(self) -> list[tuple[float, int, Any]]:
        """The events of a stream, each with its time and the number of the read it arrived in."""
        return self.reading.events

    @property
    def beginning(self) -> str:
        """The beginning of the body as text."""
        return self.reading.body[:500].decode("utf-8", "replace")

    @property
    def deltas(self) -> list[dict[str, Any]]:
        """The deltas of a stream that are objects, in order."""
        choices = [choice for chunk in self.chunks for choice in objects(chunk["choices"])]
        return objects([choice.get("delta") for choice in choices])

    @cached_property
    def pieces(self) -> list[str]:
        """The texts in the first choice's deltas."""
        deltas = (delta for _, delta in self.reading.outputs)
        return [delta.text for delta in deltas if delta.choice == 0 and delta.text]

    @property
    def cumulative(self) -> bool:
        """Whether each delta repeats the text before it."""
        pairs = pairwise(self.pieces)
        grows = all(later.startswith(earlier) for earlier, later in pairs)
        return grows and len(self.pieces) > 3 and self.pieces[0] != self.pieces[-1]

    @property
    def choices(self) -> list[dict[str, Any]]:
        """The choices of a full answer that are objects."""
        return objects(self.value.get("choices"))

    @property
    def message(self) -> dict[str, Any]:
        """The first choice's message in a full answer, {} if there is none."""
        return as_object(self.choices[0].get("message")) if self.choices else {}

    @property
    def usage(self) -> dict[str, Any]:
        """The token counts exactly as they came, {} if none did."""
        usage = self.answer.usage
        return dict(usage.raw) if usage else {}

    @property
    def error(self) -> str:
        """The error reported by an answer of status 200, "" for none."""
        error = self.answer.error
        return error.message or error.body if error else ""

    @property
    def words(self) -> str:
        """The server's own words, cut."""
        return server_words(self.recording, self.reading.body)

    @property
    def failure(self) -> str:
        """Why no complete answer came, in one sentence; "" if one did."""
        first, *_ = diagnose(self.reading)
        return first.says if first.level == "fail" else ""

    @property
    def no_such_model(self) -> bool:
        """Whether the server says that it does not have the model."""
        return diagnose(self.reading)[0].name == "no-such-model"

    @property
    def cut_by_length(self) -> bool:
        """Whether the answer ended at the token limit."""
        return self.answer.finish_reason == "length"

    @property
    def spent(self) -> bool:
        """Whether the tokens were used up, regardless of the finish reason."""
        limits = ("max_tokens", "max_completion_tokens", "max_output_tokens")
        limit = next(filter(None, map(self.sent.get, limits)), None)
        counted = self.answer.usage.completion_tokens if self.answer.usage else None
        used_up = isinstance(limit, int) and counted is not None and counted >= limit
        return self.cut_by_length or used_up

    def json_of(self, value: object) -> str:
        """A part of the answer, as JSON on one line."""
        return json.dumps(value, ensure_ascii=False, default=str)


class Shots:
    """The recordings of one run by label; a later one replaces an earlier one of the same label."""

    def __init__(self, recordings: Iterable[Recording] = ()) -> None:
        self._shots: dict[str, Shot] = {}
        for recording in recordings:
            self.add(recording)

    def add(self, recording: Recording) -> None:
        """Add a recording that has ended; one without a label belongs to no step.

        One that was stopped here says nothing about the endpoint, as if it had not been asked.
        """
        if recording.label and recording.end != "closed":
            self._shots[recording.label] = Shot(recording)

    def rename(self, recording: Recording, label: str) -> None:
        """Give a recording another label."""
        self._shots.pop(recording.label, None)
        recording.label = label
        self.add(recording)

    def __iter__(self) -> Iterator[Shot]:
        return iter(self._shots.values())

    def __contains__(self, label: object) -> bool:
        return label in self._shots

    def __len__(self) -> int:
        return len(self._shots)

    def __getitem__(self, label: str) -> Shot:
        """The recording with that label.

        raises:  Lacking if it was not asked, or no answer came at all
        """
        shot = self._shots.get(label)
        if shot is None:
            raise Lacking("it was not asked", asked=False)
        if shot.status is None:
            raise Lacking(f"no answer came: {shot.failure}", asked=True)
        return shot

    def answered(self, label: str) -> Shot:
        """The recording with that label, if it is a complete answer in its own format and no error.

        raises:  Lacking if it is not
        """
        shot = self[label]
        streamed = shot.reading.streamed
        whole = shot.answer.choices and not shot.answer.cut and (streamed or shot.value)
        if shot.status != 200 or shot.error or not whole:
            words = f"status {shot.status}: {shot.words[:200]}" if shot.words else shot.failure
            raise Lacking(f"the request “{label}” was not answered ({words})", asked=True)
        return shot

    def streamed(self, label: str) -> Shot:
        """The recording with that label, if it is an event stream with chunks.

        raises:  Lacking if it is not
        """
        shot = self[label]
        if shot.status != 200 or not shot.reading.sse or not shot.chunks:
            raise Lacking("no stream of chunks came", asked=True)
        return shot

    def sound_stream(self) -> Shot:
        """The plain stream, if it has no fault that every other stream would share.

        raises:  Lacking if it has one
        """
        shot = self.streamed("stream")
        if shot.error or shot.recording.end != "eof" or not shot.deltas or shot.cumulative:
            raise self.lacking("the plain stream is wrong already")
        if not shot.answer.finish_reason:
            raise self.lacking("the plain stream has no end")
        return shot

    @staticmethod
    def lacking(why: str) -> Lacking:
        """The exception to raise if a recording exists but cannot be judged."""
        return Lacking(why, asked=True)

    @property
    def all(self) -> list[Shot]:
        """Every recording, in order."""
        return list(self)
