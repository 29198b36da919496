"""What showing a stream costs on IOPub, and how long it takes, in a real kernel."""

from __future__ import annotations

import ast
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.connect import write_connection_file

from helpers.run.bench.source import PER_S, spawned
from helpers.wire.timing import Percentiles, percentiles

_START_S = 60
_SLACK_S = 60
_SHOWS = ("display_data", "update_display_data", "stream")

Moments = Sequence[tuple[float, int]]
"""When, in seconds, and how many characters there were by then; both rise."""


@dataclass(frozen=True)
class Shown:
    """One answer shown at 500 tokens a second.

    sent_bytes:  of the messages that show it, as they go over IOPub
    lost:        characters of the answer that no message shows
    delay_s:     from the arrival of a chunk's bytes to the message that shows it
    """

    tokens: int
    messages: int
    sent_bytes: int
    lost: int
    delay_s: Percentiles

    @property
    def bytes_per_token(self) -> float:
        """Return what a token costs on IOPub."""
        return self.sent_bytes / self.tokens


@dataclass(frozen=True)
class Display:
    """The same answers shown by Live and by a loop that prints each token."""

    live: tuple[Shown, ...]
    printed: tuple[Shown, ...]


def measure(source: str, *, live: Sequence[int], printed: Sequence[int]) -> Display:
    """Return what answers of so many tokens cost, one after the other in one kernel."""
    with _kernel() as kernel:
        _run(kernel, "from helpers.run.bench import cell", "''", _SLACK_S)
        # The first request of a kernel builds its client.
        _shown(kernel, "live", source, 10)
        return Display(
            live=tuple(_shown(kernel, "live", source, count) for count in live),
            printed=tuple(_shown(kernel, "printed", source, count) for count in printed),
        )


def delays(arrived: Moments, shown: Moments) -> list[float]:
    """Return how long after its arrival each chunk was shown whole; never shown ones are absent."""
    found: list[float] = []
    waiting = iter(shown)
    at_s, so_far = 0.0, 0
    for arrived_s, end in arrived:
        while so_far < end:
            moment = next(waiting, None)
            if moment is None:
                return found
            at_s, so_far = moment
        found.append(at_s - arrived_s)
    return found


def moments(messages: Sequence[tuple[int, dict[str, Any]]]) -> list[tuple[float, int]]:
    """Return when how many characters of the answer were shown, from messages with their size."""
    lengths: dict[str, int] = {}
    found = []
    for _, message in messages:
        content = message["content"]
        if message["msg_type"] == "stream":
            lengths["printed"] = lengths.get("printed", 0) + len(content["text"])
        else:
            lengths[content["transient"]["display_id"]] = len(content["data"]["text/plain"])
        found.append((message["header"]["date"].timestamp(), sum(lengths.values())))
    return found


def _shown(kernel: BlockingKernelClient, how: str, source: str, count: int) -> Shown:
    code = f"arrived = await cell.{how}('{source}/paced/{count}/v1')"
    found, messages = _run(kernel, code, "arrived", count / PER_S + _SLACK_S)
    arrived = json.loads(found)
    shown = moments(messages)
    return Shown(
        tokens=count,
        messages=len(messages),
        sent_bytes=sum(size for size, _ in messages),
        lost=arrived[-1][1] - shown[-1][1],
        delay_s=percentiles(delays(arrived, shown)),
    )


def _run(
    kernel: BlockingKernelClient, code: str, value: str, limit_s: float
) -> tuple[str, list[tuple[int, dict[str, Any]]]]:
    """Return a string the code leaves behind, and the messages that showed something meanwhile."""
    asked = kernel.execute(code, store_history=False, user_expressions={"value": value})
    messages = []
    for size, message in _iopub(kernel, limit_s):
        if message["parent_header"].get("msg_id") != asked:
            continue
        if message["msg_type"] in _SHOWS:
            messages.append((size, message))
        elif message["content"].get("execution_state") == "idle":
            break
    reply = _reply(kernel, asked)
    if reply["status"] != "ok":
        raise RuntimeError("\n".join(reply["traceback"]))
    return ast.literal_eval(reply["user_expressions"]["value"]["data"]["text/plain"]), messages


def _reply(kernel: BlockingKernelClient, asked: str) -> dict[str, Any]:
    """Return the content of the reply to one request.

    Waiting for a slow kernel asks it several times whether it is ready, and each gets a reply.
    """
    while True:
        message = kernel.get_shell_msg(timeout=_SLACK_S)
        if message["parent_header"].get("msg_id") == asked:
            content: dict[str, Any] = message["content"]
            return content


def _iopub(kernel: BlockingKernelClient, limit_s: float) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield IOPub's messages with their size on the wire, until the time is up."""
    socket, session = kernel.iopub_channel.socket, kernel.session
    deadline_s = time.monotonic() + limit_s
    while socket.poll(max(0.0, deadline_s - time.monotonic()) * 1000):
        frames = socket.recv_multipart()
        yield sum(map(len, frames)), session.deserialize(session.feed_identities(frames)[1])
    raise TimeoutError(f"Expected the kernel to finish within {limit_s:.0f} s; it did not.")


@contextmanager
def _kernel() -> Iterator[BlockingKernelClient]:
    """Give a client of a new kernel, this interpreter's, which ends with the block."""
    with tempfile.TemporaryDirectory() as folder:
        file, _ = write_connection_file(str(Path(folder, "kernel.json")))
        arguments = ("-f", file, "--HistoryManager.enabled=False", "--log-level=ERROR")
        # The launcher takes the working directory off the path, were it this checkout's.
        with spawned("ipykernel_launcher", *arguments, cwd=folder):
            client = BlockingKernelClient(connection_file=file)
            client.load_connection_file()
            client.start_channels()
            try:
                client.wait_for_ready(timeout=_START_S)
                yield client
            finally:
                client.stop_channels()
