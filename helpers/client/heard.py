"""What a connection knows about an answer beyond its bytes: their times, and their framing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from time import perf_counter

from ..wire.head import LARGEST, HeadReader


class Heard:
    """What a connection knows about one answer beyond what its client is told.

    Moments are perf_counter's, taken when the socket was read: the task that reads the body may
    get its turn much later, after every other task that is ready.
    misframed:  why the chunked body could not be read any further, "" if it could
    reused:     whether the connection had carried an answer before
    idle_bytes: how much has arrived since the body last grew: sizes of chunks, and trailers
    head_at:    when the head was complete, 0.0 until then
    ended_at:   when the body was complete, 0.0 until then
    """

    def __init__(self, *, reused: bool = False) -> None:
        self.head = HeadReader()
        self.reused = reused
        self.misframed = ""
        self.idle_bytes = 0
        self.head_at = self.ended_at = 0.0
        self._arrived: deque[tuple[float, int]] = deque()
        self._bytes = 0

    def note(self, at: float, body_bytes: int, *, ended: bool, read_bytes: int = 0) -> None:
        """Note one read from the socket.

        body_bytes:  how much of the body has arrived so far, including this read
        ended:       whether the body is complete
        read_bytes:  how much was read, framing included
        """
        self.idle_bytes += read_bytes
        if body_bytes > self._bytes:
            self.idle_bytes = 0
            self._arrived.append((at, body_bytes - self._bytes))
            self._bytes = body_bytes
        if ended and not self.ended_at:
            self.ended_at = at
        # aiohttp bounds the number of trailers and the length of each, but not their sum.
        if self.idle_bytes > LARGEST and not ended:
            self.misframed = "trailers without end"

    def apart(self, data: bytes) -> Iterator[tuple[float, bytes]]:
        """Yield (time, part) for a piece of the body, split the way the socket delivered it."""
        arrived, size = self._arrived, len(data)
        if arrived and arrived[0][1] == size:
            yield arrived.popleft()[0], data
            return
        start = 0
        while start < size:
            at, left = arrived.popleft() if arrived else (perf_counter(), size)
            end = min(start + left, size)
            yield at, data[start:end]
            if left > end - start:
                arrived.appendleft((at, left - (end - start)))
            start = end
