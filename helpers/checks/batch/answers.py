"""The two files that a batch writes: answers, and beside them the failures.

A line is on the disk before it counts, even if the process dies. Lines that arrive while the
disk is busy are synced together, in a thread, so the event loop can keep reading; it is woken
once for all of them.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

from ... import lock
from ...errors import CallError
from ...escaping import for_terminal
from ...wire.parsing import parsed
from .row import Row, row_of

# The upper limit for a line: no answer's body is larger.
_LONGEST = 64 << 20
# How our lines and OpenAI's begin, which tells half a line of a batch from other people's text.
_BEGINS = b'{"id": "batch_req_'
_EXPECTED, _ANOTHER = "a file that can be written and continued", "Name another output."


class OutputError(CallError):
    """The output cannot be written or continued."""

    headline = "This output cannot be used"


class _Written(NamedTuple):
    """A line on its way to the disk, and the future that waits for it."""

    row: Row
    line: bytes
    synced: asyncio.Future[None]


class Answers:
    """The output of a batch, open to one process only.

    path, errors:  the file of answers and the file of failures
    rows:          the rows in the first, by custom_id
    failed:        the rows in the second whose prompts have no answer in the first
    """

    def __init__(self, path: Path) -> None:
        self.path, self.errors = path, errors_of(path)
        self.rows: dict[str, Row] = {}
        self.failed: dict[str, Row] = {}
        self._files: dict[bool, IO[bytes]] = {}
        self._waiting: list[_Written] = []
        self._disk = ThreadPoolExecutor(1, "answers")
        self._busy = self._superseded = False

    def open(self, watch: Callable[[], None] = lambda: None) -> None:
        """Lock the files, read the rows in them, and repair a last line that was cut off.

        watch:   called at each line; what it raises ends the reading and releases the files
        raises:  OutputError if another process has them, or a line is not from a batch
        """
        try:
            if self.path.exists() and not self.path.is_file():
                came = "a folder" if self.path.is_dir() else "a device or a pipe"
                raise OutputError(_EXPECTED, f"{came}, {self.path.name}", _ANOTHER)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = self._locked()
            try:
                self._begin(watch)
            except BaseException:
                self._release()
                raise
        except OSError as error:
            came = f"{self.path.name}: {error.strerror or error}"
            raise OutputError(_EXPECTED, came, _ANOTHER) from None

    def _locked(self) -> IO[bytes]:
        """The lock, which this process now holds.

        raises:  OutputError if another process does
        """
        # One lock per file, whatever name it is opened by.
        real = self.path.resolve()
        path = real.with_name(f".{real.name}.lock")
        while True:
            file = path.open("ab")
            if not lock.taken(file):
                file.close()
                raise OutputError(
                    f"to be the only batch that writes {self.path.name}",
                    "another one, which is running now",
                    "Wait until it has ended, or name another output.",
                )
            # The previous holder may have deleted the lock file in the meantime.
            if path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno())):
                return file
            file.close()

    async def add(self, row: Row, line: bytes) -> None:
        """Append a line; it is on the disk when this returns.

        raises:  OSError if it cannot be written
        """
        loop = asyncio.get_running_loop()
        written = _Written(row, line, loop.create_future())
        self._waiting.append(written)
        if not self._busy:
            # Waits for the end of this turn of the loop, so that other lines can join.
            self._busy = True
            loop.call_soon(self._sync, loop)
        await written.synced

    def forget(self, failed: Iterable[Row]) -> None:
        """Drop these failures, as if they had never happened."""
        for row in failed:
            self._superseded = True
            del self.failed[row.custom_id]

    def close(self) -> None:
        """Write the pending lines and release the files."""
        self._disk.shutdown()
        lines, self._waiting = self._waiting, []
        self._synced(lines)
        if self._superseded:
            self._tidy()
        self._release()

    def _begin(self, watch: Callable[[], None]) -> None:
        for apart, path in ((False, self.path), (True, self.errors)):
            file = self._files[apart] = path.open("a+b", buffering=0)
            for row in _rows(file, path.name):
                watch()
                if not row.kind:
                    self.rows[row.custom_id] = row
                elif row.custom_id not in self.rows:
                    self.failed[row.custom_id] = row
                else:
                    self._superseded = True
        for custom_id in self.failed.keys() & self.rows.keys():
            del self.failed[custom_id]

    def _release(self) -> None:
        for file in self._files.values():
            file.close()
        for path in (self.path, self.errors):
            # An empty file says nothing, and a refused run leaves nothing behind.
            if path.is_file() and not path.stat().st_size:
                path.unlink()
        with suppress(OSError):
            os.unlink(self._lock.name)
        self._lock.close()

    def _sync(self, loop: asyncio.AbstractEventLoop) -> None:
        """Write all waiting lines; those that arrive meanwhile form the next batch."""
        lines, self._waiting = self._waiting, []
        if not lines:
            # `close` has written them in the meantime.
            return

        def write() -> None:
            failure = self._synced(lines)
            # If the loop is closed, nobody is waiting any more.
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
        """Append lines and sync them; the error that prevented it, or None."""
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
                # On a full disk, no line is better than half a line to repair later.
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
        """Reduce the error file to the last failure of each prompt that has no answer."""
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
            # On a full disk the file stays as it is, which is still correct.
            part.unlink(missing_ok=True)


def errors_of(path: Path) -> Path:
    """The file for the errors of an output."""
    return path.with_name(f"{path.stem}.errors{path.suffix or '.jsonl'}")


def _append(file: IO[bytes], data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def _rows(file: IO[bytes], name: str) -> Iterator[Row]:
    """Yield the rows of a file; its last line gets its line end, or is removed if incomplete.

    raises:  OutputError for a line that is not from a batch, so other people's files stay intact
    """
    number = 0
    for number, line in enumerate(_lines(Path(str(file.name))), 1):
        if not line.strip():
            continue
        if (row := row_of(parsed(line))) is not None:
            yield row
        elif line.endswith(b"\n") or not (number > 1 or _begun(line)):
            shown = for_terminal(line[:60].decode("utf-8", "replace").strip())
            raise OutputError(
                f"answers of a batch in {name}", f"“{shown}” in line {number}",
                "Name another output, or remove that line.",
            )  # fmt: skip
        else:
            os.ftruncate(file.fileno(), os.fstat(file.fileno()).st_size - len(line))
            os.fsync(file.fileno())
            return
    if number and not line.endswith(b"\n"):
        _append(file, b"\n")
        os.fsync(file.fileno())


def _begun(line: bytes) -> bool:
    """Whether a cut-off line is the start of ours; a crash may leave zeros in its place."""
    return line.startswith(_BEGINS[: len(line)]) or not line.strip(b"\0")


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(_LONGEST + 1):
            if len(line) > _LONGEST:
                came = f"a line of more than {_LONGEST >> 20} MB"
                raise OutputError(f"answers of a batch in {path.name}", came, _ANOTHER)
            yield line


def _tell(synced: asyncio.Future[None], failure: OSError | None) -> None:
    """Report the outcome to the waiting future, unless it is already done."""
    if synced.done():
        return
    if failure is None:
        synced.set_result(None)
    else:
        synced.set_exception(failure)
