"""The running pass-through, and the judge of what passes."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any, cast
from urllib.parse import urlsplit

from ...client.proxies import proxy_for
from ...endpoint import AddressError, Endpoint
from ...server.children import end, environment
from . import recorder
from .judging import watched_exchange
from .raw_exchange import RawExchange, unpacked
from .watched import WatchedExchange

MOST_SEEN = 500
MOST_SEEN_BYTES = 128 << 20
# Exchanges waiting for the judge. Beyond this, they pass unjudged.
MOST_WAITING = 300
_log = logging.getLogger(__name__)

Keep = Callable[[WatchedExchange], Path | None]


class Watcher:
    """Passes requests on to an endpoint, and keeps and judges what passes.

    The relay is a process of its own, which ends with this one. One thread reads the exchanges and
    another judges them; the newest `MOST_SEEN` stay.
    base_url:   what to put into a program's base URL; "" while it does not listen
    refused:    what was not passed on, in words
    begun, passed_unseen:  how many requests have come, and how many of them were too many to
                judge
    keeps_words:  whether the words are kept, or only the form
    on_seen, on_refused:   called from those threads
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        keep: Keep = lambda seen: None,
        bodies: bool = True,
        origins: Collection[str] = (),
        on_seen: Callable[[WatchedExchange], None] = lambda seen: None,
        on_refused: Callable[[str], None] = lambda words: None,
    ) -> None:
        if endpoint.userinfo or endpoint.query or endpoint.path_keys:
            raise AddressError(
                "an address without a password, a key or a query", "one with them",
                "The program that is watched sends them itself: put them there.",
            )  # fmt: skip
        self.endpoint, self.on_seen, self.on_refused = endpoint, on_seen, on_refused
        self.base_url = ""
        self.refused: deque[str] = deque(maxlen=MOST_SEEN)
        self.begun = self.passed_unseen = self.open = 0
        self.keeps_words = bodies
        self._keep, self._origins = keep, list(origins)
        self._seen: deque[WatchedExchange] = deque(maxlen=MOST_SEEN)
        self._process: subprocess.Popen[bytes] | None = None
        self._ended: SimpleQueue[RawExchange | None] = SimpleQueue()
        self._waiting = self._pinged = self._ponged = 0
        self._changed = threading.Condition()

    def start(self, port: int = 0) -> None:
        """Listen, on a free port if none is given.

        raises:  OSError if the port is taken
        """
        process = self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", f"{__package__}.process"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=environment("SSL_CERT_FILE", "SSL_CERT_DIR"),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
        # Sent over the pipe, since a proxy's address may contain its password.
        order = {
            "to": self.endpoint.url, "proxy": self.proxy, "port": port, "origins": self._origins,
        }  # fmt: skip
        self._order(json.dumps(order | {"most_bytes": recorder.MOST_BYTES}))
        stdout = cast(IO[bytes], process.stdout)
        first = json.loads(stdout.readline() or b"{}")
        if "port" not in first:
            end(process)
            raise OSError(first.get("error", "its process did not start"))
        self.base_url = f"http://127.0.0.1:{first['port']}{urlsplit(self.endpoint.url).path}"
        for work in (partial(self._listen, process, stdout), self._judge):
            threading.Thread(target=work, daemon=True, name="endpointscope watch").start()

    def stop(self) -> None:
        """Stop listening, end what is open, and judge what is left."""
        if self.base_url:
            self.base_url = ""
            self._order("stop")

    @property
    def running(self) -> bool:
        """Whether it listens."""
        return bool(self.base_url)

    @property
    def proxy(self) -> str:
        """The proxy that this kit would use for the endpoint; "" for none."""
        direct = self.endpoint.loopback or self.endpoint.direct
        return "" if direct else proxy_for(self.endpoint.url)

    @property
    def seen(self) -> list[WatchedExchange]:
        """The exchanges judged so far, the newest last."""
        return [*self._seen]

    def settle(self, timeout_s: float | None = None) -> bool:
        """Wait until nothing is in progress and everything is judged; False if that timed out."""
        with self._changed:
            # What began before the ping is reported before the pong.
            self._pinged += 1
            number = self._pinged
            self._order("ping")
            return self._changed.wait_for(
                lambda: self._ponged >= number and not (self.open or self._waiting), timeout_s
            )

    def _order(self, line: str) -> None:
        process = self._process
        if process and process.stdin:
            try:
                process.stdin.write(line.encode() + b"\n")
                process.stdin.flush()
            except (OSError, ValueError):
                self._ponged = self._pinged

    def _listen(self, process: subprocess.Popen[bytes], stdout: IO[bytes]) -> None:
        """Read the process's reports until it has stopped."""
        while line := stdout.readline():
            message = json.loads(line)
            taken = unpacked(message, stdout) if "taken" in message else None
            with self._changed:
                self._take(message, taken)
                self._changed.notify_all()
            if "refused" in message:
                self.on_refused(message["refused"])
            if "stopped" in message:
                break
        self.base_url = ""
        end(process)
        with self._changed:
            self.open, self._ponged = 0, self._pinged
            self._changed.notify_all()
        self._ended.put(None)

    def _take(self, message: dict[str, Any], raw: RawExchange | None) -> None:
        if "begun" in message:
            self.begun, self.open = self.begun + 1, self.open + 1
        elif "pong" in message:
            self._ponged += 1
        elif "refused" in message:
            self.refused.append(message["refused"])
        elif "unreported" in message or (raw and self._waiting >= MOST_WAITING):
            self.open, self.passed_unseen = self.open - 1, self.passed_unseen + 1
        elif raw:
            self.open, self._waiting = self.open - 1, self._waiting + 1
            self._ended.put(raw)

    def _judge(self) -> None:
        """Judge the ended exchanges one after another, until there are no more."""
        number = 0
        while taken := self._ended.get():
            number += 1
            try:
                watched = watched_exchange(taken, self.endpoint, number, bodies=self.keeps_words)
                if taken.known and not taken.too_large:
                    watched.file = self._keep(watched)
                self._seen.append(watched)
                self._make_room()
                self.on_seen(watched)
            except Exception:
                # Whatever went wrong, the next exchange is still judged.
                _log.exception("An exchange was not judged")
            finally:
                with self._changed:
                    self._waiting -= 1
                    self._changed.notify_all()

    def _make_room(self) -> None:
        while len(self._seen) > 1 and sum(map(_size, self._seen)) > MOST_SEEN_BYTES:
            self._seen.popleft()


def _size(watched: WatchedExchange) -> int:
    return sum(watched.sizes)
