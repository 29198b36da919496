"""Reads the text files next to this module."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
Verse = tuple[str, ...]


def lines(name: str) -> list[str]:
    """A file's lines without comments."""
    text = (HERE / name).read_text(encoding="utf-8")
    return [line.rstrip() for line in text.splitlines() if not line.startswith("#")]


def sections(name: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each section's title and lines."""
    title, body = "", list[str]()
    for line in lines(name):
        if match := re.fullmatch(r"\[([\w ]+)\]", line):
            if title:
                yield title, body
            title, body = match[1], []
        else:
            body.append(line)
    yield title, body


@cache
def verses() -> dict[tuple[str, str], list[Verse]]:
    """The verses by (role, theme)."""
    found: dict[tuple[str, str], list[Verse]] = {}
    for title, body in sections("verses.txt"):
        role, theme = title.split()
        blocks = "\n".join(body).strip().split("\n\n")
        found.setdefault((role, theme), []).extend(tuple(block.split("\n")) for block in blocks)
    return found


@cache
def talk() -> dict[str, tuple[list[str], dict[str, list[str]]]]:
    """Each section's prompts, and its answers by mode ("" for no mode)."""
    found = {}
    for title, body in sections("talk.txt"):
        prompts = [line[2:] for line in body if line.startswith("> ")]
        answers: dict[str, list[str]] = {}
        for line in body:
            if line.startswith("<"):
                mode, answer = line[1:].split(" ", 1)
                answers.setdefault(mode, []).append(answer.replace("\\n", "\n"))
        found[title] = prompts, answers
    return found


@cache
def nouns() -> list[str]:
    """Nouns that belong to no theme."""
    return " ".join(lines("nouns.txt")).split()
