"""Recordings as files: kept without their secrets, and loaded again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from helpers.client.keys import read_key
from helpers.endpoint import CallError, Endpoint
from helpers.wire.har import from_har, to_har
from helpers.wire.recording import Recording

FOLDER = Path(__file__).resolve().parents[2] / "out" / "recordings"
SHIPPED = Path(__file__).resolve().parents[1] / "engine" / "recordings"


class RecordingError(CallError):
    """A file holds no recording that can be read."""

    headline = "This is no recording"


def save(
    recordings: Sequence[Recording], endpoint: Endpoint, *, name: str, folder: Path = FOLDER
) -> Path:
    """Return the file that now holds the recordings as HAR, the endpoint's secrets taken out.

    name:  ours, such as "03_stream": nothing a server said becomes part of a path
    """
    folder.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")[:-3]
    path = folder / f"{at}-{name}.har"
    secrets = tuple(filter(None, (read_key(endpoint), endpoint.userinfo)))
    path.write_text(json.dumps(to_har(recordings, secrets=secrets), indent=1), encoding="utf-8")
    return path


def load(path: str | Path) -> list[Recording]:
    """Return the exchanges of a HAR file, ours or a browser's.

    raises:  RecordingError for a file that is missing, damaged, or of another kind
    """
    file = find(path)
    try:
        return from_har(json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, RecursionError) as error:
        came = " ".join(str(error).split())[:200]
        raise RecordingError(
            f"a HAR file in {file.name}", came, "Save it again, or choose another one."
        ) from None


def find(path: str | Path) -> Path:
    """Return the file that a path or a recording's name means; "" is the one that ships.

    raises:  RecordingError for a file that is nowhere
    """
    if not str(path):
        return next(iter(sorted(SHIPPED.glob("*.har"))))
    places = [Path(path), FOLDER / path, FOLDER.parents[1] / path, SHIPPED / path]
    for place in places:
        if place.is_file():
            return place
    raise RecordingError(
        "the path of a HAR file", f"{str(path)[:200]!r}, which is not there",
        f"Recordings are kept in {FOLDER.relative_to(FOLDER.parents[1])}/.",
    )  # fmt: skip


def file_of(base_url: str) -> str:
    """Return the path in a "replay:FILE" address, its speed left out; a path stays as it is."""
    return base_url.removeprefix("replay:").partition("@")[0]


def chosen(recordings: Sequence[Recording], number: int) -> Recording:
    """Return one exchange of a file; -1 is the last stream in it, or its last exchange.

    raises:  RecordingError when there is none of that number
    """
    if number == -1:
        streams = [one for one in recordings if one.media_type == "text/event-stream"]
        return (streams or list(recordings))[-1]
    if 0 <= number < len(recordings):
        return recordings[number]
    raise RecordingError(
        f"a number below {len(recordings)}", str(number), "The table lists the exchanges."
    )


def kept() -> list[Path]:
    """Return the recordings in out/, the newest first."""
    return sorted(FOLDER.glob("*.har"), reverse=True)
