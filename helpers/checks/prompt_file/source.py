"""A file of prompts as jobs: OpenAI's Batch format, JSON, tables, Parquet, plain words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ...escaping import for_terminal
from ...wire.literal import not_json
from ...wire.request import Api
from ...wire.template import gaps_in
from .job import InputError, Job
from .meaning import Meaning, Meant, NoPromptError
from .table import TABLES, is_table, parquet, rows
from .text import Text
from .values import WORDS, is_json, values, words


class Index(NamedTuple):
    """The contents of a file of prompts: the fingerprint of each, by custom_id.

    named:     whether every prompt names its model
    streamed:  whether any asks for a stream
    """

    asked: dict[str, str]
    named: bool
    streamed: bool


@dataclass(frozen=True)
class Source:
    """A file of prompts and how its lines become jobs.

    prompt:  for a table, with {{column}} in it
    api:     the API for rows and bare prompts; a Batch line names its own
    model:   asked in place of the one that a line names; "" keeps that
    more:    fields for every body, such as temperature
    """

    path: Path
    prompt: str = ""
    api: Api = "chat"
    model: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    def jobs(self, watch: Callable[[], None] = lambda: None) -> Iterator[Job]:
        """Yield the jobs in order; the file is read as they are consumed.

        watch:   called at each line and each job; what it raises ends the reading
        raises:  InputError, which names the line
        """
        own = {"model": self.model} if self.model else {}
        for number, (custom_id, url, body) in self._entries(watch):
            watch()
            yield Job(custom_id or f"row-{number}", url, {**body, **self.more, **own})

    def wanted(
        self, asked: Mapping[str, str], ids: Collection[str], watch: Callable[[], None]
    ) -> Iterator[Job]:
        """Yield the jobs with these ids, which must not have changed.

        asked:   the fingerprint of each
        watch:   as in `jobs`
        raises:  InputError, also if the file has changed
        """
        left = len(ids)
        for job in self.jobs(watch):
            if job.custom_id not in ids:
                continue
            if asked[job.custom_id] != job.fingerprint:
                break
            left -= 1
            yield job
            if not left:
                return
        raise InputError(
            f"{self.path.name} to stay as it was", "a file that changed while it was read",
            "Run it again: what was answered is kept.",
        )  # fmt: skip

    def index(self, watch: Callable[[], None] = lambda: None) -> Index:
        """The ids and fingerprints of all prompts in the file.

        watch:   as in `jobs`
        raises:  InputError, also if two prompts share an id or the file has none
        """
        if odd := not_json(self.more):
            raise InputError(
                "fields for every request that JSON can hold",
                f"{for_terminal(odd[:80])}, which it cannot",
                "Use only text, numbers, lists and dictionaries.",
            )
        found: dict[str, str] = {}
        named, streamed = True, False
        for place, job in enumerate(self.jobs(watch), 1):
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
            streamed = streamed or bool(job.body.get("stream"))
        if not found:
            raise InputError(f"prompts in {self.path.name}", "an empty file", "Fill it.")
        return Index(found, named, streamed)

    def _entries(self, watch: Callable[[], None]) -> Iterator[tuple[int, Meant]]:
        """Yield the number of each entry and what it asks."""
        text, meaning = Text(self.path, watch), Meaning(self.prompt, self.api)
        if text.parquet or text.suffix in TABLES:
            return self._of_rows(text, meaning)
        if text.suffix not in WORDS or is_json(text):
            return self._of_values(text, meaning)
        if is_table(next(text.lines(), ""), gaps_in(self.prompt)):
            return self._of_rows(text, meaning)
        return self._of_words(text, meaning)

    def _of_values(self, text: Text, meaning: Meaning) -> Iterator[tuple[int, Meant]]:
        for number, unit, value in values(text):
            where = f"{unit} {number}"
            try:
                yield number, meaning.of(value, where)
            except NoPromptError as error:
                raise self._wrong(where, error) from None

    def _of_words(self, text: Text, meaning: Meaning) -> Iterator[tuple[int, Meant]]:
        for number, unit, line in words(text):
            yield number, meaning.of(line, f"{unit} {number}")

    def _of_rows(self, text: Text, meaning: Meaning) -> Iterator[tuple[int, Meant]]:
        found = parquet(text) if text.parquet else rows(text, gaps_in(self.prompt))
        unit = "row" if text.parquet else "line"
        for line, number, row in found:
            try:
                yield number, meaning.of_row(row, self.path.name)
            except NoPromptError as error:
                raise self._wrong(f"{unit} {line}", error) from None

    def _wrong(self, where: str, error: NoPromptError) -> InputError:
        return InputError(
            f"a prompt in {where} of {self.path.name}", str(error),
            "Fix it, or take it out.",
        )  # fmt: skip
