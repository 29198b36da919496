"""The pass-through at work: in a thread of its own, so that no cell of the kernel can stop it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Collection
from pathlib import Path
from queue import SimpleQueue
from urllib.parse import urlsplit

from ...client.own_lag import OwnLag, spare_the_imports
from ...endpoint import AddressError, Endpoint
from ...server.passing import Terms
from ...server.relay import Relay, behind
from ...server.rewriting import Rewritten
from .judging import seen_of
from .recorder import Recorder
from .seen import Seen

MOST_SEEN = 500
MOST_SEEN_BYTES = 128 << 20
MOST_WAITING = 300
_log = logging.getLogger(__name__)

Keep = Callable[[Seen], Path | None]


class Watcher:
    """Passes requests on to an endpoint, and keeps and judges what passes.

    Its thread ends with the process. What has passed is judged by a second thread, so that the
    traffic does not wait for that; the newest `MOST_SEEN` stay.
    base_url:   what to put into a program's base URL; "" while it does not listen
    refused:    what was not passed on, in words
    begun, passed_unseen:  how many requests have come, and how many were not judged for their
                number
    keeps_words:  whether what was said is kept, or its form alone
    on_seen, on_refused:   called from those threads
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        keep: Keep = lambda seen: None,
        bodies: bool = True,
        origins: Collection[str] = (),
        on_seen: Callable[[Seen], None] = lambda seen: None,
        on_refused: Callable[[str], None] = lambda words: None,
    ) -> None:
        if endpoint.userinfo or endpoint.query:
            raise AddressError(
                "an address without a password and a query", "one with them",
                "The program that is watched sends them itself: put them there.",
            )  # fmt: skip
        self.endpoint, self.on_seen, self.on_refused = endpoint, on_seen, on_refused
        self.base_url = ""
        self.refused: deque[str] = deque(maxlen=MOST_SEEN)
        self.begun = self.passed_unseen = 0
        self._keep, self.keeps_words = keep, bodies
        self._seen: deque[Seen] = deque(maxlen=MOST_SEEN)
        self._terms = Terms(behind(endpoint.url), self._begin, self._refuse, origins)
        self._relay = Relay(self._terms)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lag: OwnLag | None = None
        self._open = 0
        self._ended: SimpleQueue[Recorder | None] = SimpleQueue()
        self._waiting = 0
        self._settled = threading.Condition()

    def start(self, port: int = 0) -> None:
        """Listen, on a free port if none is given.

        raises:  OSError for a port that is taken
        """
        spare_the_imports()
        listening: SimpleQueue[int | OSError] = SimpleQueue()
        for work in (lambda: asyncio.run(self._serve(port, listening)), self._judge):
            threading.Thread(target=work, daemon=True, name="endpointscope watch").start()
        found = listening.get()
        if isinstance(found, OSError):
            self._ended.put(None)
            raise found
        self.base_url = f"http://127.0.0.1:{found}{urlsplit(self.endpoint.url).path}"

    def stop(self) -> None:
        """Listen no more, end what is open, and judge what is left."""
        if self._loop and self.base_url:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self.base_url = ""

    @property
    def running(self) -> bool:
        """Whether it listens."""
        return bool(self.base_url)

    @property
    def seen(self) -> list[Seen]:
        """What has passed and was judged, the newest last."""
        return [*self._seen]

    @property
    def open(self) -> int:
        """How many exchanges are under way."""
        return self._open

    def settle(self, timeout_s: float | None = None) -> bool:
        """Wait until nothing is under way and all is judged; whether that came in time."""
        with self._settled:
            return self._settled.wait_for(lambda: not (self._open or self._waiting), timeout_s)

    async def _serve(self, port: int, listening: SimpleQueue[int | OSError]) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        try:
            listening.put(await self._relay.listen(port))
        except OSError as error:
            listening.put(error)
            return
        await self._stopping.wait()
        self._relay.close()
        # Those that end by it are told of their end in the loop's next rounds.
        while self._terms.open:
            await asyncio.sleep(0)
        self._ended.put(None)

    def _begin(self, at: float, request: Rewritten) -> Recorder:
        self.begun += 1
        if not self._open:
            self._lag = OwnLag().__enter__()
        with self._settled:
            self._open += 1
        return Recorder(at, request, self._end)

    def _end(self, taken: Recorder) -> None:
        if self._lag:
            taken.pauses = self._lag.pauses(taken.began)
        with self._settled:
            self._open -= 1
            crowded = self._waiting >= MOST_WAITING
            self._waiting += not crowded
            self.passed_unseen += crowded
            self._settled.notify_all()
        if not self._open and self._lag:
            self._lag.__exit__(None, None, None)
            self._lag = None
        if not crowded:
            self._ended.put(taken)

    def _refuse(self, _: int, words: str) -> None:
        self.refused.append(words)
        self.on_refused(words)

    def _judge(self) -> None:
        """Judge what has ended, one after the other, until there is no more."""
        number = 0
        while taken := self._ended.get():
            number += 1
            try:
                seen = seen_of(taken, self.endpoint, number, bodies=self.keeps_words)
                if taken.known and not taken.too_large:
                    seen.file = self._keep(seen)
                self._seen.append(seen)
                self._make_room()
                self.on_seen(seen)
            except Exception:
                # Whatever it is, the next one is judged.
                _log.exception("An exchange was not judged")
            finally:
                with self._settled:
                    self._waiting -= 1
                    self._settled.notify_all()

    def _make_room(self) -> None:
        while len(self._seen) > 1 and sum(map(_size, self._seen)) > MOST_SEEN_BYTES:
            self._seen.popleft()


def _size(seen: Seen) -> int:
    return sum(seen.sizes)
