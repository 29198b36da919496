"""What every reader in Python shares: its arguments, and the one line of JSON that it writes.

A reader asks one endpoint as a program on its client would, and reports what it saw. It runs on its
own, in the environment of its client, so neither it nor this file knows anything of the kit:

    python openai_python.py --base-url URL --model NAME --prompt TEXT --tools JSON --way loop

With several base URLs it asks one after another, and writes a line for each. A reader that knows
several kinds of answers gets one `--kind` for each base URL.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib import metadata
from itertools import zip_longest
from typing import Any

KEY = "none"
LONGEST_ERROR = 2000


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


# After its parent was killed, nobody reads the results. Started here, since a client's own import
# takes seconds, and its retries minutes.
threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()


@dataclass
class Asked:
    """What a reader is to ask.

    way:   how its client is used, such as "loop" or "stream"
    kind:  "chat" or "responses", streamed, or either "in one piece"
    """

    base_url: str
    model: str
    prompt: str
    tools: list[dict[str, Any]]
    way: str
    kind: str = "chat"

    @property
    def messages(self) -> list[dict[str, str]]:
        """The prompt as the API's messages."""
        return [{"role": "user", "content": self.prompt}]

    @property
    def offered(self) -> dict[str, Any]:
        """The tools as a keyword argument, {} if there are none."""
        return {"tools": self.tools} if self.tools else {}


@dataclass
class Seen:
    """What a reader saw, filled as it reads, so that an exception does not lose it.

    None means that this client has no word for it, and it is not compared.
    chunks:  how many pieces the client yielded
    """

    text: str | None = ""
    reasoning: str | None = ""
    tool_calls: list[dict[str, Any]] | None = field(default_factory=list)
    finish: str | None = None
    usage: dict[str, Any] | None = None
    chunks: int = 0
    error: str = ""

    def call(self, id: object, name: object, arguments: object) -> None:
        """Note a complete tool call."""
        if self.tool_calls is not None:
            self.tool_calls.append({"id": id, "name": name, "arguments": arguments})

    def count(self, prompt: object, completion: object) -> None:
        """Note the token counts that the client reports."""
        self.usage = {"prompt_tokens": prompt, "completion_tokens": completion}


def main(read: Callable[[Asked, Seen], None], *packages: str, version: str = "") -> None:
    """Ask each base URL and write what was seen of it.

    packages:  whose versions are written, the client's own first
    version:   of a client that is not a package
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--base-url", action="append", required=True)
    parser.add_argument("--model", default="recorded")
    parser.add_argument("--prompt", default="?")
    parser.add_argument("--tools", type=json.loads, default=[])
    parser.add_argument("--way", default="loop")
    parser.add_argument("--kind", action="append", default=[])
    given = parser.parse_args()
    # Some clients print to stdout, so the results get a file descriptor of their own.
    results = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
    os.dup2(2, 1)
    versions = version or ", ".join(f"{name} {metadata.version(name)}" for name in packages)
    for base_url, kind in zip_longest(given.base_url, given.kind, fillvalue="chat"):
        seen = Seen()
        asked = Asked(base_url, given.model, given.prompt, given.tools, given.way, kind)
        try:
            read(asked, seen)
        # Whatever escapes is the result, and no client promises one exception class for it.
        except Exception as error:
            seen.error = f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
        results.write(json.dumps(asdict(seen) | {"versions": versions}, default=str) + "\n")
        results.flush()
    # A client's threads must not keep the process alive.
    sys.stderr.flush()
    os._exit(0)


class Pieces:
    """Tool calls joined from their pieces, as the API's documentation says."""

    def __init__(self) -> None:
        self._calls: dict[Any, dict[str, Any]] = {}

    def add(self, piece: Any) -> None:
        """Add one piece to the call of its index."""
        call = self._calls.setdefault(piece.index, {"id": None, "name": "", "arguments": ""})
        call["id"] = call["id"] or piece.id
        if piece.function:
            call["name"] += piece.function.name or ""
            call["arguments"] += piece.function.arguments or ""

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The calls, as far as they came."""
        return list(self._calls.values())
