"""Recordings as files: kept without their secrets, found again, and loaded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from .client.keys import secrets_of
from .endpoint import REPLAY, CallError, Endpoint
from .server.replay import KEPT, file_at, parted
from .wire.har import from_har, to_har
from .wire.recording import Recording


class RecordingError(CallError):
    """A file holds no recording that can be read."""

    headline = "This is no recording"


def save(
    recordings: Sequence[Recording], endpoint: Endpoint, *, name: str, folder: Path = KEPT
) -> Path:
    """Return the file that now holds the recordings as HAR, the endpoint's secrets taken out.

    name:  ours, such as "03_stream": nothing a server said becomes part of a path
    """
    folder.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")[:-3]
    path = folder / f"{at}-{name}.har"
    return save_as(recordings, endpoint, path)


def save_as(recordings: Sequence[Recording], endpoint: Endpoint, path: Path) -> Path:
    """The file of that name, which now holds the recordings, the endpoint's secrets taken out."""
    har = to_har(recordings, secrets=secrets_of(endpoint))
    path.write_text(json.dumps(har, indent=1), encoding="utf-8")
    return path


def load(address: str) -> list[Recording]:
    """Return the exchanges of a HAR file, ours or a browser's.

    address:  its path, or "replay:" and its path, with or without a speed behind
    raises:   AddressError for a file that is nowhere, RecordingError for one that is no recording
    """
    file = file_at(parted(address.removeprefix(f"{REPLAY}:"))[0])
    try:
        return from_har(json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, RecursionError) as error:
        came = " ".join(str(error).split())[:200]
        raise RecordingError(
            f"a HAR file in {file.name}", came, "Save it again, or choose another one."
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
    """Return the names of the recordings in out/recordings/, the newest first."""
    return sorted((path.name for path in KEPT.glob("*.har")), reverse=True)
