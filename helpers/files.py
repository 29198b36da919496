"""A file that somebody names, read as JSON: whatever lies there is named, and none of it waits.

Standard library only, at the bottom of the house: a HAR, an earlier run and a preset are read so.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

# A recording of our own at all its bounds is smaller.
MOST_BYTES = 1 << 29


def json_in(path: Path, *, most: int = MOST_BYTES) -> Any:
    """The JSON that a file holds.

    raises:  ValueError, in words, for what is no file, is too large, or holds something else
    """
    try:
        # A pipe or a device would be waited for, or never end.
        if not path.is_file():
            raise ValueError("a folder" if path.is_dir() else "no file")
        if path.stat().st_size > most:
            raise ValueError(f"more than {most >> 20} MB")
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(error.strerror or type(error).__name__) from None
    try:
        return json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"something that is not JSON ({error})") from None


def in_words(error: Exception) -> str:
    """What was wrong with a file, or with what its JSON holds, on one line."""
    told = str(error) if isinstance(error, ValueError) else "JSON of another kind"
    return " ".join(told.split())[:200]
