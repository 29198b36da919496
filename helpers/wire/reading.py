"""A recording as it is read: its events, answer and times, while it grows or long after."""

from __future__ import annotations

from collections import Counter

from .answer import Answer, Chunk, Delta
from .builders.builder import Builder, Step
from .builders.chunk_statistics import ChunkStatistics
from .builders.completion import CompletionBuilder
from .builders.messages import MessagesBuilder
from .builders.responses import ResponsesBuilder
from .misplaced_text import LARGE, MisplacedText, find_misplaced_text, spread_text
from .parsing import parsed
from .recording import Decoder, Recording
from .request import Api, api_of, asked_for, choices_asked
from .server_error import server_error, text_error
from .sse import EVENT_STREAM, Event, SSEParser, looks_like_sse
from .timing import Timing

SILENCE_S = 1.0

GRAMMARS: dict[Api, type[Builder]] = {"responses": ResponsesBuilder, "messages": MessagesBuilder}


class Reading:
    """The interpretation of a recording, followed read by read; no input makes it raise.

    api:        the API whose grammar it is read by, decided by its URL
    streamed:   whether a stream was asked for; None looks it up in the recorded request
    events:     (time, index of the read that completed it, event) of every event
    outputs:    (index of the event, delta) of every delta with output
    arrivals:   the moments at which output arrived, one for each network read
    silences:   (start, end, whether another part of the answer began after it) of each time over
                SILENCE_S without output, in seconds since send
    sse:        whether the body is read as SSE; None until enough of it has arrived to tell
    limit:      the bound that was reached, "" if none was; nothing is read after it
    misplaced:  where a complete answer without text has it instead; None if nowhere or unfinished
    """

    def __init__(self, recording: Recording, streamed: bool | None = None) -> None:
        self.recording = recording
        self.api = api_of(recording.url)
        self.streamed = asked_for(recording, "stream") is True if streamed is None else streamed
        self.events: list[tuple[float, int, Event]] = []
        self.outputs: list[tuple[int, Delta]] = []
        self.arrivals: list[float] = []
        self.silences: list[tuple[float, float, bool]] = []
        self.sse: bool | None = None
        self.limit = ""
        self.misplaced: MisplacedText | None = None
        self._parser = SSEParser()
        self._builder = GRAMMARS.get(self.api, CompletionBuilder)(recording.bounds)
        self._decoder: Decoder | None = None
        self._findings: Counter[str] = Counter()
        self._next = 0
        self._head = b""
        self._body: list[bytes] = []
        self._pieces: list[tuple[float, int]] = []
        self._unknown_seen = 0
        self._output_s: list[float] = []
        self._output_read = -1
        self._part = ""
        self._ttfo_s: float | None = None
        self._whole_s: float | None = None
        self._answer: Answer | None = None

    def catch_up(self) -> list[Delta]:
        """The deltas since the last call."""
        deltas: list[Delta] = []
        reads = self.recording.reads
        while self._next < len(reads) and not self.limit:
            at_s, data = reads[self._next]
            self._read(at_s, data, deltas)
            self._next += 1
        if self.recording.end and self._answer is None:
            self._close(deltas)
            self._answer = self._builder.answer
            self._look_for_misplaced_text(deltas)
        return deltas

    @property
    def answer(self) -> Answer:
        """The answer received so far."""
        return self._answer or self._builder.answer

    @property
    def text(self) -> str:
        """The answer's text, even if the server put it in the wrong place."""
        found = self.misplaced
        return found.text if found and found.is_text else self.answer.text

    @property
    def done(self) -> bool:
        """Whether [DONE], or a message's message_stop, arrived."""
        return self._builder.done

    @property
    def statistics(self) -> ChunkStatistics:
        """Counts over the chunks' form."""
        return self._builder.statistics

    @property
    def chunks(self) -> int:
        """How many JSON chunks or typed events arrived before [DONE], not counting errors."""
        return self._builder.chunks

    @property
    def steps(self) -> list[Step]:
        """The typed events; [] for a chat, whose chunks have no type."""
        return self._builder.steps

    @property
    def output_chunks(self) -> list[Chunk]:
        """The chunks with output, each with the text or reasoning it added."""
        texts: dict[int, str] = {}
        for event, delta in self.outputs:
            texts[event] = texts.get(event, "") + (delta.text or delta.reasoning or delta.refusal)
        return [
            Chunk(self.events[event][0], text, self.events[event][2].data)
            for event, text in texts.items()
        ]

    @property
    def unparsed(self) -> list[str]:
        """The beginnings of the first data that was not JSON."""
        return self._builder.unparsed

    @property
    def unknown_lines(self) -> list[tuple[str, str]]:
        """The first lines with an unknown field, as (name, value)."""
        return self._parser.unknown_lines

    @property
    def findings(self) -> Counter[str]:
        """A count of each oddity: the parser's, the builder's, and those of the body.

        The body's are "bad-encoding", "full-for-stream", "stream-for-full", "not-sse", "cut-json",
        "odd-media-type".
        """
        found = self._parser.findings + self._builder.findings + self._findings
        if self.encoding_trouble:
            found["bad-encoding"] += 1
        if self.limit:
            found[self.limit] += 1
        return found

    @property
    def encoding_trouble(self) -> str:
        """Why the bytes do not match their content encoding, "" if they do."""
        undone = self._decoder.trouble if self._decoder else ""
        return self.recording.encoding_trouble or undone

    @property
    def body(self) -> bytes:
        """The body received so far, decompressed once."""
        if len(self._body) > 1:
            self._body[:] = [b"".join(self._body)]
        return self._body[0] if self._body else b""

    @property
    def pieces(self) -> list[tuple[float, int]]:
        """(time, bytes of the decoded body) of each network read."""
        return self._pieces

    @property
    def timing(self) -> Timing:
        """The times known so far."""
        recording, output, usage = self.recording, self._output_s, self._builder.usage
        return Timing(
            call_s=recording.call_s,
            headers_s=recording.headers_s,
            first_byte_s=recording.reads[0][0] if recording.reads else None,
            first_event_s=self.events[0][0] if self.events else None,
            ttft_s=output[0] if output else None,
            ttfo_s=self._ttfo_s,
            last_output_s=output[-1] if output else self._whole_s,
            end_s=recording.end_s,
            chunk_s=tuple(output),
            tokens=usage.completion_tokens if usage else None,
        )

    def _read(self, at_s: float, data: bytes, deltas: list[Delta]) -> None:
        if self._decoder is None:
            self._decoder = Decoder(self.recording.encoding, self.recording.bounds)
        data = self._decoder.feed(data)
        self._body.append(data)
        self._pieces.append((at_s, len(data)))
        if self.sse is None:
            self._head += data
            self.sse = looks_like_sse(self._head, self.recording.media_type)
            data = self._head
        if self.sse:
            self._feed(at_s, data, deltas)
            if self._parser.pending > self.recording.bounds.event_bytes and not self.limit:
                self.limit = "event-too-large"
            if len(self._parser.unknown_lines) > self._unknown_seen:
                self._look_for_errors()
        # A body that was decoded on arrival was cut at its bound, which its last read reached.
        last = self._next == len(self.recording.reads) - 1
        reached = self._decoder.limit or (self.recording.bound if last else "")
        self.limit = reached or self._builder.limit or self.limit

    def _feed(self, at_s: float, data: bytes, deltas: list[Delta]) -> None:
        builder, arrived, read = self._builder, self.events, self._next
        most, largest = self.recording.bounds.events, self.recording.bounds.event_bytes
        for event in self._parser.feed(data):
            if len(arrived) >= most or len(event.data) > largest:
                many = len(arrived) >= most
                self.limit = "too-many-events" if many else "event-too-large"
                break
            arrived.append((at_s, read, event))
            part = ""
            for delta in builder.feed(event):
                deltas.append(delta)
                if delta.text or delta.refusal:
                    part = "text"
                elif delta.tool_calls:
                    part = "tool call"
                elif delta.reasoning:
                    part = "reasoning"
                else:
                    continue
                if part != "reasoning" and self._ttfo_s is None:
                    self._ttfo_s = at_s
                self.outputs.append((len(arrived) - 1, delta))
            if part:
                if read != self._output_read:
                    self._note_arrival(at_s, read, part)
                self._part = part
                self._output_s.append(at_s)

    def _note_arrival(self, at_s: float, read: int, part: str) -> None:
        """Note the moment of a read with output, and the silence that it ended, if any."""
        if self.arrivals and at_s - self.arrivals[-1] > SILENCE_S:
            self.silences.append((self.arrivals[-1], at_s, part != self._part))
        self.arrivals.append(at_s)
        self._output_read = read

    def _look_for_errors(self) -> None:
        """Read lines such as `error: {…}` as errors; older llama.cpp servers send them."""
        for name, value in self._parser.unknown_lines[self._unknown_seen :]:
            self._unknown_seen += 1
            if name == "error":
                error = server_error(parsed(value.encode()), value)
                self._builder.fail(error or text_error(value))

    def _close(self, deltas: list[Delta]) -> None:
        if self._decoder:
            self._decoder.close()
        if self.sse:
            self._parser.close()
            if not self.streamed:
                self._findings["stream-for-full"] += 1
            if self.recording.media_type != EVENT_STREAM:
                self._findings["odd-media-type"] += 1
        else:
            self.sse = False
            taken = self._builder.take_body(self.body)
            self.limit = self.limit or self._builder.limit
            deltas += taken
            self._stamp_whole(taken)
            answer = self._builder.answer
            self._findings["cut-json"] += answer.cut
            if self.streamed and self.recording.reads:
                self._findings["full-for-stream" if answer.choices else "not-sse"] += 1
        deltas += self._builder.close()

    def _look_for_misplaced_text(self, deltas: list[Delta]) -> None:
        """Find the text of an answer that has none in the right place, and add it as a delta."""
        choices = self.answer.choices
        answered = any(one.text.strip() or one.refusal or one.tool_calls for one in choices)
        # Beside a typed API's own events there is text that is no answer, such as code to run.
        typed = self.sse and self.api in GRAMMARS and self.statistics.chunks
        if len(choices) > 1 and choices_asked(self.recording) == 1:
            self.misplaced = spread_text([delta for _, delta in self.outputs])
        elif not (answered or typed or len(self.body) > LARGE):
            self.misplaced = find_misplaced_text(
                [event.data for *_, event in self.events if event.event != "error"], self.body,
                type(self._builder)(self.recording.bounds), failed=bool(self.answer.error),
                streamed=self.streamed,
                pieces=len(self._pieces) if self.recording.status == 200 else 0,
            )  # fmt: skip
        if self.text != self.answer.text:
            deltas.append(Delta(text=self.text.removeprefix(self.answer.text)))

    def _stamp_whole(self, taken: list[Delta]) -> None:
        """Date a full answer by its last byte, since it cannot be read before that."""
        output = any(one.has_output for one in taken)
        self._whole_s = self.recording.reads[-1][0] if output else None


def read(recording: Recording) -> Reading:
    """The reading of a finished recording."""
    reading = Reading(recording)
    reading.catch_up()
    return reading
