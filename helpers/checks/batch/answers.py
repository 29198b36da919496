"""The two files that a batch writes: answers, and beside them what failed.

Each line is on the disk before it counts, whatever becomes of the process. Lines that come while
the disk is busy are synced together, in a thread, so that the loop goes on reading; it is woken
once for all of them.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

from ... import lock
from ...address import CallError
from ...escaping import for_terminal
from ...wire.parsing import parsed
from .row import Row, row_of

# An answer's body is no larger.
_LONGEST = 64 << 20


class OutputError(CallError):
    """The output cannot be written, or gone on with."""

    headline = "This output cannot be used"


class _Written(NamedTuple):
    """A line on its way to the disk, and who waits for it."""

    row: Row
    line: bytes
    synced: asyncio.Future[None]


class Answers:
    """The output of a batch, open for one process alone.

    path, errors:  the file of answers, and that of what failed
    rows:          what stands in the first, by custom_id
    failed:        what stands in the second and not in the first
    """

    def __init__(self, path: Path) -> None:
        self.path, self.errors = path, errors_of(path)
        self.rows: dict[str, Row] = {}
        self.failed: dict[str, Row] = {}
        self._files: dict[bool, IO[bytes]] = {}
        self._waiting: list[_Written] = []
        self._disk = ThreadPoolExecutor(1, "answers")
        self._busy = self._superseded = False

    def open(self) -> None:
        """Take the files, read what stands in them, and mend a last line that was cut off.

        raises:  OutputError where another process has them, or a line is none of a batch
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = self._locked()
            try:
                self._begin()
            except BaseException:
                self._release()
                raise
        except OSError as error:
            raise OutputError(
                "a file that can be written and gone on with",
                f"{self.path.name}: {error.strerror or error}", "Name another output.",
            ) from None  # fmt: skip

    def _locked(self) -> IO[bytes]:
        """The lock that this process now holds.

        raises:  OutputError where another one does
        """
        path = self.path.with_name(f".{self.path.name}.lock")
        while True:
            file = path.open("ab")
            if not lock.taken(file):
                file.close()
                raise OutputError(
                    f"to be the only batch that writes {self.path.name}",
                    "another one that runs now",
                    "Wait until it has ended, or name another output.",
                )
            # Whoever held it before may have taken the file away in between.
            if path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno())):
                return file
            file.close()

    async def add(self, row: Row, line: bytes) -> None:
        """Append a line; it is on the disk when this returns.

        raises:  OSError where it cannot be written
        """
        loop = asyncio.get_running_loop()
        written = _Written(row, line, loop.create_future())
        self._waiting.append(written)
        if not self._busy:
            # Whatever else comes in this turn of the loop goes along.
            self._busy = True
            loop.call_soon(self._sync, loop)
        await written.synced

    def forget(self, failed: Iterable[Row]) -> None:
        """Take failures for such as never were."""
        for row in failed:
            self._superseded = True
            del self.failed[row.custom_id]

    def close(self) -> None:
        """Write what is on its way and let go of the files."""
        self._disk.shutdown()
        self._synced(self._waiting)
        if self._superseded:
            self._tidy()
        self._release()

    def _begin(self) -> None:
        for apart, path in ((False, self.path), (True, self.errors)):
            file = self._files[apart] = path.open("a+b", buffering=0)
            _mend(file)
            for row in _rows(path):
                if apart and row.custom_id not in self.rows:
                    self.failed[row.custom_id] = row
                elif apart:
                    self._superseded = True
                else:
                    self.rows[row.custom_id] = row

    def _release(self) -> None:
        for file in self._files.values():
            file.close()
        if self.errors.exists() and not self.errors.stat().st_size:
            self.errors.unlink()
        with suppress(OSError):
            os.unlink(self._lock.name)
        self._lock.close()

    def _sync(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have all lines that wait written; those that come meanwhile are the next ones."""
        lines, self._waiting = self._waiting, []

        def write() -> None:
            failure = self._synced(lines)
            # A loop that was closed has nobody left who waits.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(written, failure)

        def written(failure: OSError | None) -> None:
            for one in lines:
                _tell(one.synced, failure)
            self._busy = bool(self._waiting)
            if self._busy:
                self._sync(loop)

        self._disk.submit(write)

    def _synced(self, lines: list[_Written]) -> OSError | None:
        """Append lines and sync them; what kept them off the disk, None where nothing did."""
        failure = self._appended(lines)
        if failure is None:
            for one in lines:
                self._note(one.row)
        return failure

    def _appended(self, lines: list[_Written]) -> OSError | None:
        for apart, file in self._files.items():
            mine = b"".join(one.line for one in lines if bool(one.row.kind) is apart)
            if not mine:
                continue
            before = os.fstat(file.fileno()).st_size
            try:
                _append(file, mine)
                os.fsync(file.fileno())
            except OSError as error:
                # Half a line on a full disk would be mended later; none is better.
                os.ftruncate(file.fileno(), before)
                return error
        return None

    def _note(self, row: Row) -> None:
        if row.kind:
            self._superseded |= row.custom_id in self.failed
            self.failed[row.custom_id] = row
        else:
            self._superseded |= self.failed.pop(row.custom_id, None) is not None
            self.rows[row.custom_id] = row

    def _tidy(self) -> None:
        """Leave in the file of errors the last one of each prompt that has no answer."""
        part = self.errors.with_name(f"{self.errors.name}.part")
        last: dict[str, bytes] = {}
        for line in _lines(self.errors):
            row = row_of(parsed(line))
            if row is not None and row.custom_id in self.failed:
                last[row.custom_id] = line
        try:
            with part.open("wb") as file:
                file.writelines(last.values())
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.errors)
        except OSError:
            # On a full disk it stays as it is, which is right, too.
            part.unlink(missing_ok=True)


def errors_of(path: Path) -> Path:
    """Where the errors of an output go."""
    return path.with_name(f"{path.stem}.errors{path.suffix or '.jsonl'}")


def _mend(file: IO[bytes]) -> None:
    """End a file with a whole line: a last one without its end is completed or taken away."""
    size = file.seek(0, os.SEEK_END)
    at, blocks = size, [b""]
    while at and b"\n" not in blocks[-1]:
        if size - at > _LONGEST:
            raise OutputError(
                f"answers of a batch in {Path(str(file.name)).name}",
                f"a last line of more than {_LONGEST >> 20} MB", "Name another output.",
            )  # fmt: skip
        step = min(at, 1 << 16)
        at -= step
        file.seek(at)
        blocks.append(file.read(step))
    tail = b"".join(reversed(blocks))
    half = tail[tail.rfind(b"\n") + 1 :]
    if not half:
        return
    if row_of(parsed(half)) is not None:
        _append(file, b"\n")
    else:
        os.ftruncate(file.fileno(), size - len(half))
    os.fsync(file.fileno())


def _append(file: IO[bytes], data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def _rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a file.

    raises:  OutputError for a line that is none of a batch: somebody's own file is not appended to
    """
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        row = row_of(parsed(line))
        if row is None:
            shown = for_terminal(line[:60].decode("utf-8", "replace").strip())
            raise OutputError(
                f"answers of a batch in {path.name}", f"“{shown}” in line {number}",
                "Name another output, or take that line out.",
            )  # fmt: skip
        yield row


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file


def _tell(synced: asyncio.Future[None], failure: OSError | None) -> None:
    """Tell who waits; nobody may any more."""
    if synced.done():
        return
    if failure is None:
        synced.set_result(None)
    else:
        synced.set_exception(failure)
