"""Recordings as files: saved without their secrets, listed and loaded."""

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
    """A file does not hold a readable recording."""

    headline = "This is not a recording"


def save(
    recordings: Sequence[Recording], endpoint: Endpoint, *, name: str, word: str = "",
    folder: Path = KEPT, most: int | None = None,
) -> Path:  # fmt: skip
    """The HAR file that now holds the recordings, without the endpoint's secrets.

    name:  what was asked, such as "03_stream"
    word:  the outcome, such as "streamed"
    most:  how many files of ours the folder keeps (None: MOST_KEPT), of 1 GiB in all; the oldest
           are deleted
    """
    secrets = secrets_of(endpoint)
    hidden = Secrets(secrets).text
    parts = [slug(hidden(part)) for part in (endpoint.base_url, endpoint.model, word)]
    at = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")[:-3]
    path = folder / ("-".join([at, name, *filter(None, parts)]) + ".har")
    save_as(recordings, endpoint, path)
    _prune(folder, MOST_KEPT if most is None else most)
    return path


def save_as(recordings: Sequence[Recording], endpoint: Endpoint, path: Path) -> Path:
    """The path, whose file now holds the recordings without the endpoint's secrets."""
    har = to_har(recordings, secrets=secrets_of(endpoint))
    write_private(path, json.dumps(har, indent=1))
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file atomically, readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.parent.is_relative_to(KEPT):
        # An earlier version may have created it readable by everyone.
        path.parent.chmod(0o700)
    part = path.with_name(f"{path.name}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def slug(text: str) -> str:
    """Text from a server or a person, reduced for a file name: a-z, 0-9, dots and dashes."""
    text = re.sub(r"^[a-z]+://", "", text[:200].lower())
    return re.sub(r"\.{2,}|[^a-z0-9.]+", "-", text)[:_LONGEST_PART].strip("-.")


def _prune(folder: Path, most: int) -> None:
    """Delete our oldest recordings beyond the limits, together with their case files."""
    ours = [path for path in folder.glob("*.har") if _OURS.match(path.name)]
    kept = size = 0
    for path in sorted(ours, reverse=True):
        kept, size = kept + 1, size + path.stat().st_size
        # The newest is kept whatever its size.
        if kept > most or (size > MOST_BYTES and kept > 1):
            path.with_suffix(".md").unlink(missing_ok=True)
            path.unlink(missing_ok=True)


def load(address: str) -> list[Recording]:
    """The exchanges in a HAR file, ours or a browser's.

    address:  its path, or "replay:" and its path, with or without a trailing speed
    raises:   AddressError if the file does not exist, RecordingError if it is not a recording
    """
    file = file_at(parted(address.removeprefix(f"{REPLAY}:"))[0])
    try:
        return from_har(json_in(file))
    except ValueError as error:
        raise RecordingError(
            f"a HAR file in {file.name}", in_words(error), "Save it again, or choose another one."
        ) from None


def chosen(recordings: Sequence[Recording], number: int) -> Recording:
    """One exchange of a file; -1 is its last stream or, without streams, its last exchange.

    raises:  RecordingError if no exchange has that number
    """
    if number == -1 and recordings:
        streams = [one for one in recordings if one.media_type == "text/event-stream"]
        return (streams or list(recordings))[-1]
    if 0 <= number < len(recordings):
        return recordings[number]
    if not recordings:
        raise RecordingError(
            "a HAR file with an exchange in it", "an empty one", "Export it again."
        )
    raise RecordingError(
        f"a number below {len(recordings)}", str(number), "The table lists the exchanges."
    )


def kept() -> list[str]:
    """The recordings in out/recordings/, newest first: `es.load(es.kept()[0])`."""
    return sorted((path.name for path in KEPT.glob("*.har")), reverse=True)
