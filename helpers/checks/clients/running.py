"""One reader run on several base URLs, and what it reported on each."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from ...diagnose.clients.agreement import Seen
from ...server.children import end_all
from ...wire.answer import ToolCall
from .environments import Place, reader_variables

# Importing a client takes seconds on a busy machine, before its first answer.
START_S = 90.0
LONGEST_LINE = 2**24
_LAST = 300

Arguments = Mapping[str, str]


class _EndedError(Exception):
    """A reader reports no more; the message says why."""


async def read(
    place: Place, places: Sequence[Arguments], *, limit_s: float, **asked: str
) -> AsyncIterator[Seen]:
    """Yield what a reader saw at each place, in order.

    A reader that hangs, or dies, is started again for those that are left.
    places:   the arguments of each: base-url, and kind for a reader that knows several
    limit_s:  how long it may take for one
    asked:    the arguments of every reader: model, prompt, tools, way
    """
    left = list(places)
    while left:
        async for seen in _lines(place, tuple(left), limit_s, asked):
            del left[0]
            yield seen


async def _lines(
    place: Place, places: Sequence[Arguments], limit_s: float, asked: Arguments
) -> AsyncIterator[Seen]:
    """Yield what one process reports until it has read everything, hangs or dies."""
    arguments = [
        part for one in (*places, asked) for name, value in one.items()
        for part in (f"--{name}", value)
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *place.command, *arguments, cwd=place.folder, env=reader_variables(place),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE, limit=LONGEST_LINE, start_new_session=True,
    )  # fmt: skip
    last_words = asyncio.ensure_future(_last_words(process))
    try:
        for number in range(len(places)):
            line = await _line(process, limit_s if number else START_S + limit_s)
            if not line.endswith(b"\n"):
                # The first word of its last line is the exception's name.
                raise _EndedError(
                    await last_words or "The reader ended without reporting anything."
                )
            yield _seen_in(line)
    except TimeoutError:
        yield Seen(hung=True)
    except _EndedError as ended:
        yield Seen(error=str(ended))
    finally:
        end_all(process)
        await process.wait()
        last_words.cancel()


async def _line(process: asyncio.subprocess.Process, wait_s: float) -> bytes:
    """The next line that a process reports; cut off, or empty, if it has ended.

    raises:  TimeoutError; _EndedError if the line is too long
    """
    async with asyncio.timeout(wait_s):
        try:
            return await process.stdout.readline() if process.stdout else b""
        except ValueError:
            raise _EndedError("The reader returned more than is accepted.") from None


async def _last_words(process: asyncio.subprocess.Process) -> str:
    """The last line that a process wrote to stderr; anything before it is dropped."""
    kept = b""
    while process.stderr and (data := await process.stderr.read(4096)):
        kept = (kept + data)[-4096:]
    lines = kept.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:_LAST] if lines else ""


def _seen_in(line: bytes) -> Seen:
    """The contents of a reader's line; any value in place of a text is converted to text."""
    fields: dict[str, Any] = json.loads(line)
    calls, usage = fields["tool_calls"], fields["usage"]
    return Seen(
        text=_text(fields["text"]),
        reasoning=_text(fields["reasoning"]),
        tool_calls=None if calls is None else tuple(map(_call, calls)),
        finish=_text(fields["finish"]),
        usage=(usage["prompt_tokens"], usage["completion_tokens"]) if usage else None,
        chunks=fields["chunks"],
        error=fields["error"],
        versions=fields["versions"],
    )


def _call(fields: Mapping[str, Any]) -> ToolCall:
    texts = {name: _text(fields.get(name)) or "" for name in ("id", "name", "arguments")}
    return ToolCall(texts["id"], texts["name"], texts["arguments"])


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
