"""A file of prompts as text, whatever its compression and encoding."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from itertools import count
from pathlib import Path
from typing import IO, Any, NoReturn, cast

from ...escaping import for_terminal
from ...secrets.shapes import is_key_for_model
from .job import InputError

PATH_SHOWN = 300
# More than any prompt: without it, a file that has no line ends would be read whole.
_LONGEST = 64 << 20
_Open = Callable[[Path], Any]
_PACKED: dict[bytes, _Open] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
}
_PACKING = (".gz", ".bz2", ".xz")
_TROUBLE = (OSError, EOFError, zlib.error, lzma.LZMAError)
PARQUET = b"PAR1"
_OTHERS = {
    b"PK\x03\x04": ("an Excel workbook or a zip archive", "Save the sheet as CSV, or unpack it."),
    b"\xd0\xcf\x11\xe0": ("an Excel workbook", "Save the sheet as CSV."),
    b"\x28\xb5\x2f\xfd": ("a file compressed with zstd", "Unpack it."),
    b"%PDF": ("a PDF", "Save its text, one prompt per line."),
    b"ARROW1": ("an Arrow file", "Save it as Parquet."),
}
_OTHER = "Give the path of another."
# The marks of 32 bits come first, because they begin like those of 16.
_MARKS = {
    BOM_UTF32_LE: "utf-32", BOM_UTF32_BE: "utf-32", BOM_UTF16_LE: "utf-16", BOM_UTF16_BE: "utf-16",
}  # fmt: skip
_BEFORE, _SHOWN = 10, 30


class Text:
    """The lines of a file, which is reopened each time they are read.

    name:     its name
    suffix:   the end of that, without a ".gz"
    parquet:  whether it is a table in Parquet's format rather than text
    """

    def __init__(self, path: Path, watch: Callable[[], None] = lambda: None) -> None:
        """Look at how the file begins.

        watch:   called at each line; what it raises ends the reading
        raises:  InputError if it is not text
        """
        self.path, self.name, self._watch = path, path.name, watch
        self.suffix = Path(path.stem if is_packed(path) else path.name).suffix.lower()
        _check_is_file(path)
        begins = self._beginning(_plain)
        packed = (unpack for mark, unpack in _PACKED.items() if begins.startswith(mark))
        self._open = next(packed, _plain)
        begins = self._beginning(self._open)
        self.parquet = begins.startswith(PARQUET)
        self._encoding = _encoding(begins)
        self._check_is_text(begins)

    def _beginning(self, opened: _Open) -> bytes:
        try:
            with opened(self.path) as file:
                begins: bytes = file.read(8)
        except _TROUBLE as error:
            self._fail(error)
        return begins

    def _check_is_text(self, begins: bytes) -> None:
        for mark, (what, do) in _OTHERS.items():
            if begins.startswith(mark):
                raise InputError("a file of prompts", f"{what}, {self.name}", do)
        if self.suffix == ".parquet" and not self.parquet:
            raise InputError(
                f"a Parquet file in {self.name}", "another format", "Give it the right extension."
            )
        if self._encoding == "utf-8-sig" and b"\0" in begins and not self.parquet:
            raise InputError("a file of prompts", f"bytes that are not text, {self.name}", _OTHER)

    def lines(self) -> Iterator[str]:
        """Yield the lines, unchanged and with their line ends.

        raises:  InputError for a line that is too long, or that the encoding cannot decode
        """
        try:
            with self._open(self.path) as file:
                text = TextIOWrapper(cast(IO[bytes], file), self._encoding, newline="")
                for number in count(1):
                    self._watch()
                    line = text.readline(_LONGEST + 1)
                    if len(line) > _LONGEST:
                        self._too_long(number)
                    if not line:
                        return
                    yield line
        except UnicodeDecodeError as error:
            self._undecodable(error)
        except _TROUBLE as error:
            self._fail(error)

    def whole(self) -> str:
        """The whole text.

        raises:  InputError if it is longer than a line may be
        """
        parts, length = [], 0
        for line in self.lines():
            parts.append(line)
            length += len(line)
            if length > _LONGEST:
                self._too_long(1)
        return "".join(parts)

    def _too_long(self, number: int) -> NoReturn:
        raise InputError(
            f"prompts in {self.name}, each in a line",
            f"more than {_LONGEST >> 20} million characters in one piece from line {number} on",
            "Give each prompt a line of its own (jq -c '.[]' makes them of a JSON list).",
        )

    def _undecodable(self, error: UnicodeDecodeError) -> NoReturn:
        """Raise InputError with the place, and with how it reads in Windows' default encoding."""
        if self._encoding != "utf-8-sig":
            raise InputError(
                f"{self._encoding.upper()} in {self.name}, as its first bytes say",
                error.reason, "Save it as UTF-8.",
            ) from None  # fmt: skip
        number, shown = self._misread()
        raise InputError(
            f"UTF-8 in {self.name}",
            f"another encoding: line {number} has “{for_terminal(shown)}” if that is Windows-1252",
            "Save it as UTF-8 (Excel: CSV UTF-8; a shell: iconv -f WINDOWS-1252 -t UTF-8).",
        ) from None

    def _misread(self) -> tuple[int, str]:
        """The first line that is not UTF-8, and the text around that place."""
        with self._open(self.path) as file:
            for number in count(1):
                line = file.readline(_LONGEST)
                try:
                    line.decode()
                except UnicodeDecodeError as error:
                    begin = max(error.start - _BEFORE, 0)
                    near = line[begin : begin + _SHOWN]
                    return number, near.decode("cp1252", "replace").strip()
                if not line:
                    return number, ""
        raise AssertionError

    def _fail(self, error: BaseException) -> NoReturn:
        if isinstance(error, OSError) and error.errno is not None:
            came, do = error.strerror or str(error), "Give the path of one."
        else:
            came, do = f"a packed file that is damaged or cut off ({error})", "Pack it again."
        raise InputError("a file of prompts", f"{self.name[:80]}: {came}", do) from None


def _check_is_file(path: Path) -> None:
    try:
        came = "" if path.is_file() else "a folder" if path.is_dir() else "no file"
    except OSError as error:
        came = (error.strerror or "no file").lower()
    if came:
        key = is_key_for_model(path.name)
        where = "a name that looks like a key" if key else str(path)[:PATH_SHOWN]
        raise InputError("a file of prompts", f"{came} at {where}", "Give the path of one.")


def is_packed(path: Path) -> bool:
    """Whether a name ends like that of a compressed file."""
    return path.suffix.lower() in _PACKING


def _plain(path: Path) -> IO[bytes]:
    return path.open("rb")


def _encoding(begins: bytes) -> str:
    """The encoding that a file's first bytes indicate."""
    if mark := next((mark for mark in _MARKS if begins.startswith(mark)), None):
        return _MARKS[mark]
    # Without a mark, every second byte of Latin letters in UTF-16 is zero.
    if len(begins) > 3 and b"\0" in begins[:4]:
        if not begins[1] and not begins[3] and begins[0]:
            return "utf-16-le"
        if not begins[0] and not begins[2] and begins[1]:
            return "utf-16-be"
    return "utf-8-sig"
