"""Recordings as files: kept without their secrets, found again, and loaded."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from .client.keys import secrets_of
from .endpoint import REPLAY, CallError, Endpoint
from .files import in_words, json_in
from .secrets.spellings import Secrets
from .server.replay import KEPT, file_at, parted
from .wire.har import from_har, to_har
from .wire.recording import Recording

MOST_KEPT = 200
MOST_BYTES = 1 << 30
_LONGEST_PART = 40
_OURS = re.compile(r"\d{8}T\d{9}-")


class RecordingError(CallError):
    """A file holds no recording that can be read."""

    headline = "This is not a recording"


def save(
    recordings: Sequence[Recording], endpoint: Endpoint, *, name: str, word: str = "",
    folder: Path = KEPT, most: int | None = None, most_bytes: int = MOST_BYTES,
) -> Path:  # fmt: skip
    """Return the file that now holds the recordings as HAR, the endpoint's secrets taken out.

    name:  what was asked, such as "03_stream"
    word:  what came of it, such as "streamed"
    most, most_bytes:  how many files of ours the folder keeps (None: MOST_KEPT), and how large they
           are together; the oldest go
    """
    secrets = secrets_of(endpoint)
    hidden = Secrets(secrets).text
    parts = [slug(hidden(part)) for part in (endpoint.base_url, endpoint.model, word)]
    at = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")[:-3]
    path = folder / ("-".join([at, name, *filter(None, parts)]) + ".har")
    save_as(recordings, endpoint, path)
    _prune(folder, MOST_KEPT if most is None else most, most_bytes)
    return path


def save_as(recordings: Sequence[Recording], endpoint: Endpoint, path: Path) -> Path:
    """The file of that name, which now holds the recordings, the endpoint's secrets taken out."""
    har = to_har(recordings, secrets=secrets_of(endpoint))
    write_private(path, json.dumps(har, indent=1))
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.parent.is_relative_to(KEPT):
        # Made by an earlier version, it may be open to everybody.
        path.parent.chmod(0o700)
    part = path.with_name(f"{path.name}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def slug(said: str) -> str:
    """Return what a server or a person said as part of a file's name: a-z, 0-9, dots and dashes."""
    said = re.sub(r"^[a-z]+://", "", said[:200].lower())
    return re.sub(r"\.{2,}|[^a-z0-9.]+", "-", said)[:_LONGEST_PART].strip("-.")


def _prune(folder: Path, most: int, most_bytes: int) -> None:
    """Remove the oldest recordings of ours, and their cases, beyond as many as are kept."""
    ours = [path for path in folder.glob("*.har") if _OURS.match(path.name)]
    kept = size = 0
    for path in sorted(ours, reverse=True):
        kept, size = kept + 1, size + path.stat().st_size
        # The newest stays, whatever its size.
        if kept > most or (size > most_bytes and kept > 1):
            path.with_suffix(".md").unlink(missing_ok=True)
            path.unlink(missing_ok=True)


def load(address: str) -> list[Recording]:
    """Return the exchanges of a HAR file, ours or a browser's.

    address:  its path, or "replay:" and its path, with or without a speed behind
    raises:   AddressError for a file that is nowhere, RecordingError for one that is no recording
    """
    file = file_at(parted(address.removeprefix(f"{REPLAY}:"))[0])
    try:
        return from_har(json_in(file))
    except ValueError as error:
        raise RecordingError(
            f"a HAR file in {file.name}", in_words(error), "Save it again, or choose another one."
        ) from None


def chosen(recordings: Sequence[Recording], number: int) -> Recording:
    """Return one exchange of a file; -1 is the last stream in it, or its last exchange.

    raises:  RecordingError when there is none of that number
    """
    if number == -1 and recordings:
        streams = [one for one in recordings if one.media_type == "text/event-stream"]
        return (streams or list(recordings))[-1]
    if 0 <= number < len(recordings):
        return recordings[number]
    raise RecordingError(
        f"a number below {len(recordings)}", str(number), "The table lists the exchanges."
    )


def kept() -> list[str]:
    """The recordings in out/recordings/, newest first: `es.load(es.kept()[0])`."""
    return sorted((path.name for path in KEPT.glob("*.har")), reverse=True)
