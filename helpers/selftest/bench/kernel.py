"""A real kernel, and every byte it sends on IOPub while code runs in it."""

from __future__ import annotations

import ast
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

from ...server.stamped import spawned

SLACK_S = 60

_START_S = 60
_SHOWS = ("display_data", "update_display_data", "stream")

Messages = list[tuple[int, dict[str, Any]]]
"""Messages, each with its size on the wire."""


def run(
    kernel: BlockingKernelClient, code: str, value: str, limit_s: float
) -> tuple[str, Messages]:
    """A string that the code leaves behind, and the messages that showed something."""
    asked = kernel.execute(code, store_history=False, user_expressions={"value": value})
    messages: Messages = []
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
    """The content of the reply to one request.

    Waiting for a slow kernel asks it several times whether it is ready, and each time gets a reply.
    """
    while True:
        message = kernel.get_shell_msg(timeout=SLACK_S)
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
def running() -> Iterator[BlockingKernelClient]:
    """Start a kernel with this interpreter, give its client, and end it with the block.

    The code to be measured is imported in it as `cell`.
    """
    with tempfile.TemporaryDirectory() as folder:
        file, _ = write_connection_file(str(Path(folder, "kernel.json")))
        arguments = ("-f", file, "--HistoryManager.enabled=False", "--log-level=ERROR")
        # The launcher removes the working directory from the path, even if it is this checkout.
        with spawned("ipykernel_launcher", *arguments, cwd=folder):
            client = BlockingKernelClient(connection_file=file)
            client.load_connection_file()
            # A busy machine misses heartbeats, and the client would report the kernel dead.
            client.start_channels(hb=False)
            try:
                client.wait_for_ready(timeout=_START_S)
                run(client, f"from {__package__} import cell", "''", SLACK_S)
                yield client
            finally:
                client.stop_channels()
