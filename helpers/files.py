"""JSON read from a path that a person gave; anything else there is reported, never waited for.

It reads HARs, earlier runs and presets.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .wire.bounds import values

# Larger than one of our own recordings with every bound reached.
MOST_BYTES = 1 << 29
# As objects, half a gigabyte of brackets would need twenty.
MOST_VALUES = 5_000_000


def json_in(path: Path) -> Any:
    """The JSON in a file.

    raises:  ValueError, with a readable message, if it is not a file, too large, or not JSON
    """
    try:
        # Reading a pipe or a device could block or never end.
        if not path.is_file():
            raise ValueError("a folder" if path.is_dir() else "no file")
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"more than {MOST_BYTES >> 20} MB")
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(error.strerror or type(error).__name__) from None
    try:
        text = data.decode()
        large = values(text, enough=MOST_VALUES) > MOST_VALUES
        told = None if large else json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"something that is not JSON ({error})") from None
    if large:
        raise ValueError(f"JSON of more than {MOST_VALUES:,} values")
    return told


def in_words(error: Exception) -> str:
    """What was wrong with a file, or with the JSON in it, on one line."""
    reason = str(error) if isinstance(error, ValueError) else "JSON of another kind"
    return " ".join(reason.split())[:200]
