"""A conversation from a file written by `export` or by another program."""

from __future__ import annotations

from pathlib import Path

from ...checks.chat.imported import LARGEST, ConversationFileError, Imported, of_exchanges, of_lines
from ...client.exchange import Exchange
from ...recordings import load

FILES = ("conversation.har", "conversation.jsonl")


def imported(path: Path, number: int = 0) -> Imported:
    """The conversation in a file, or in a folder that `export` wrote.

    number:  which line of a JSONL file
    raises:  ConversationFileError, RecordingError
    """
    path = path.expanduser()
    if path.is_dir():
        path = next((path / name for name in FILES if (path / name).is_file()), path / FILES[0])
    try:
        size = path.stat().st_size
        if size > LARGEST:
            do = "Keep only the part that matters."
            raise ConversationFileError(f"at most {LARGEST >> 20} MB", f"{size >> 20} MB", do)
        if path.suffix == ".har":
            return of_exchanges([Exchange.of(one) for one in load(str(path))])
        return of_lines(path.read_text("utf-8-sig"), number)
    except (OSError, UnicodeError) as error:
        do = "Give the path of a JSONL or HAR file, or of a folder that chat.export() wrote."
        raise ConversationFileError("a file that can be read", str(error)[:200], do) from None
