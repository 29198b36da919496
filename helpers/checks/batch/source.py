"""A file of prompts as jobs: OpenAI's Batch format, JSONL of messages, CSV, Parquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from ...escaping import for_terminal
from ...wire.request import PATHS, Api
from ...wire.template import filled, gaps_in
from .job import InputError, Job, path_of, said
from .template import check_columns

_TABLES = {".csv": ",", ".tsv": "\t"}
# More than any prompt: a file without line ends would be read whole as one.
_LONGEST = 64 << 20
_IDS = ("custom_id", "id")
_URLS = {path_of(api): api for api in PATHS}
# A cell may hold a whole document.
csv.field_size_limit(16 << 20)


class Index(NamedTuple):
    """What a file of prompts holds: the fingerprint of each by its custom_id.

    named:  whether each says which model is to be asked
    """

    asked: dict[str, str]
    named: bool


@dataclass(frozen=True)
class Source:
    """A file of prompts and how its lines become jobs.

    prompt:  for a table, with {{column}} in it
    api:     which one rows and bare prompts go to; a Batch line says so itself
    model:   asked in place of the one that a line names; "" keeps that
    more:    fields for every body, such as temperature
    """

    path: Path
    prompt: str = ""
    api: Api = "chat"
    model: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    def jobs(self) -> Iterator[Job]:
        """Yield the jobs in order; the file is read on as they are taken.

        raises:  InputError, which names the line
        """
        own = {"model": self.model} if self.model else {}
        for number, custom_id, url, body in self._lines():
            if not url:
                raise self._wrong(number, "a line without messages, a prompt or a body")
            yield Job(custom_id or f"row-{number}", url, {**body, **self.more, **own})

    def index(self) -> Index:
        """What the file holds.

        raises:  InputError, also for an id that two prompts share and for a file without any
        """
        found: dict[str, str] = {}
        named = True
        for place, job in enumerate(self.jobs(), 1):
            if job.custom_id in found:
                first = list(found).index(job.custom_id) + 1
                raise InputError(
                    "a custom_id of its own for each prompt",
                    f"“{for_terminal(job.custom_id[:80])}” for prompts {first} and {place} of "
                    f"{self.path.name}",
                    "Rename one of them: answers are told apart by it.",
                )
            found[job.custom_id] = job.fingerprint
            named = named and bool(job.body.get("model"))
        if not found:
            raise InputError(f"prompts in {self.path.name}", "an empty file", "Fill it.")
        return Index(found, named)

    def _lines(self) -> Iterator[tuple[int, str, str, dict[str, Any]]]:
        """Yield (number, custom_id, url, body) of each; url "" where nothing is asked."""
        try:
            if not self.path.is_file():
                came = "a folder" if self.path.is_dir() else "no file"
                raise InputError(
                    "a file of prompts", f"{came} at {self.path}", "Give the path of one."
                )
            if self.path.suffix.lower() in (*_TABLES, ".parquet"):
                yield from self._rows()
            else:
                yield from self._json_lines()
        except OSError as error:
            came = f"{self.path.name[:80]}: {error.strerror or error}"
            raise InputError("a file of prompts", came, "Give the path of one.") from None
        except UnicodeDecodeError as error:
            raise InputError(
                f"UTF-8 in {self.path.name}", f"another encoding ({error.reason})",
                "Save it as UTF-8.",
            ) from None  # fmt: skip

    def _json_lines(self) -> Iterator[tuple[int, str, str, dict[str, Any]]]:
        with self.path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(self._bounded(file), 1):
                if not line.strip():
                    continue
                try:
                    value = json.loads(line)
                except (ValueError, RecursionError):
                    raise self._wrong(number, "no JSON") from None
                yield (number, *self._taken(number, value))

    def _taken(self, number: int, value: Any) -> tuple[str, str, dict[str, Any]]:
        """The (custom_id, url, body) that a line's value means."""
        if isinstance(value, str):
            return "", path_of(self.api), said(value, self.api)
        if isinstance(value, list):
            return "", path_of("chat"), {"messages": value}
        if not isinstance(value, dict):
            raise self._wrong(number, "neither an object nor a list nor a text")
        custom_id = next((str(value[name]) for name in _IDS if value.get(name) is not None), "")
        rest = {name: one for name, one in value.items() if name not in _IDS}
        if "body" in rest:
            return custom_id, *self._batch_line(number, rest)
        if "messages" in rest:
            return custom_id, path_of("chat"), rest
        if "input" in rest:
            api: Api = "responses" if self.api == "responses" else "embeddings"
            return custom_id, path_of(api), rest
        if isinstance(prompt := rest.pop("prompt", None), str):
            return custom_id, path_of(self.api), {**said(prompt, self.api), **rest}
        if gaps_in(self.prompt):
            check_columns(self.prompt, value, f"line {number}")
            return custom_id, path_of(self.api), said(filled(self.prompt, value), self.api)
        return custom_id, "", {}

    def _batch_line(self, number: int, value: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        url, body, method = value.get("url", path_of("chat")), value["body"], value.get("method")
        if not isinstance(body, dict):
            raise self._wrong(number, "a body that is no object")
        if method not in (None, "POST"):
            raise self._wrong(number, "another method than POST")
        if url not in _URLS:
            known = ", ".join(_URLS)
            raise self._wrong(
                number, f"the url {for_terminal(str(url)[:80])!r}, not one of {known}"
            )
        return url, body

    def _rows(self) -> Iterator[tuple[int, str, str, dict[str, Any]]]:
        for number, row in enumerate(self._cells(), 1):
            if number == 1:
                check_columns(self.prompt, row, self.path.name)
            custom_id = next(
                (str(row[name]) for name in _IDS if row.get(name) not in (None, "")), ""
            )
            yield number, custom_id, path_of(self.api), said(filled(self.prompt, row), self.api)

    def _cells(self) -> Iterator[Mapping[str, Any]]:
        if self.path.suffix.lower() == ".parquet":
            yield from _parquet(self.path)
            return
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            lines = self._bounded(file)
            rows = csv.DictReader(lines, delimiter=_TABLES[self.path.suffix.lower()], strict=True)
            try:
                for row in rows:
                    if None in row or None in row.values():
                        raise self._wrong(rows.line_num, "more or fewer cells than the first line")
                    yield row
            except csv.Error as error:
                raise self._wrong(rows.line_num, str(error)) from None

    def _bounded(self, file: TextIO) -> Iterator[str]:
        for number in count(1):
            line = file.readline(_LONGEST + 1)
            if len(line) > _LONGEST:
                raise self._wrong(number, f"more than {_LONGEST >> 20} million characters")
            if not line:
                return
            yield line

    def _wrong(self, number: int, came: str) -> InputError:
        return InputError(
            f"a prompt in line {number} of {self.path.name}", came,
            "Mend that line, or take it out.",
        )  # fmt: skip


def _parquet(path: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a Parquet file, some thousand in memory at a time."""
    try:
        from pyarrow import parquet  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        raise InputError(
            "pyarrow, which reads Parquet", f"{path.name}, and no pyarrow is installed",
            "Install it (pip install pyarrow), or save the table as CSV.",
        ) from None  # fmt: skip
    for group in parquet.ParquetFile(path).iter_batches(batch_size=4096):
        yield from group.to_pylist()
