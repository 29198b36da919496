"""One run: every planned notebook executed, judged and written down."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from ..client.keys import secrets_of
from ..endpoint import Endpoint
from . import cleaning, notebooks, outcome, outputs
from .leaks import Leaks, in_typed
from .outcome import Outcome
from .plan import Planned, Refused
from .screen import Screen

_PACKAGES = ("endpointscope", "papermill", "ipykernel", "openai", "aiohttp", "xllamacpp")


def run(planned: Sequence[Planned], *, out: Path, limit_s: float, wait_s: float) -> int:
    """Return the exit code of a run; its files are in `out`.

    raises:  Refused, AddressError, KeyNameError, before anything is executed
    """
    endpoints = [one.endpoint for one in planned]
    hidden = _secrets(planned, endpoints)
    out = out.resolve()
    places = _places(planned, out)
    screen = Screen(sys.stdout, hide=hidden.hide, secrets=hidden.secrets)
    began_s = time.time()
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    if absent := _waited(endpoints[0], wait_s, screen):
        outcomes = [Outcome(one.name, "failed", absent, wait_s) for one in planned]
    else:
        outcomes = [
            _one(one, place, limit_s, hidden, screen)
            for one, place in zip(planned, places, strict=True)
        ]
    report = outputs.Report(outcomes, started_at, _asked(endpoints[0], outcomes), _versions())
    leaks = _write(report, out, hidden)
    # A file system may keep times of whole seconds.
    leaks += hidden.swept([out], since_s=began_s - 2)
    _tell(report, leaks, out, screen)
    return 2 if leaks else report.exit_code


def _secrets(planned: Sequence[Planned], endpoints: Sequence[Endpoint]) -> Leaks:
    """Return what to keep out of the files.

    raises:  Refused when a variable was named that holds no key
    """
    named = [one.key_name.strip() for one in planned]
    for name in filter(None, named):
        if not os.environ.get(name, "").strip():
            raise Refused(
                f"The variable {name}, named by api_key_env, is not set, or is empty. "
                f"Set it (export {name}=…), or leave api_key_env out when no key is needed."
            )
    addresses = {part for one in planned for part in in_typed(one.base_url)}
    keys = {os.environ.get(name, "").strip() for name in named if name}
    keys |= {value for endpoint in endpoints for value in secrets_of(endpoint)}
    return Leaks(keys - addresses, addresses)


def _places(planned: Sequence[Planned], out: Path) -> list[Path]:
    """Return where the executed notebooks go; what an earlier run left there is gone.

    A verdict of yesterday must not be read as today's when a run breaks off.
    """
    places: list[Path] = []
    for one in planned:
        twins = sum(place.stem.partition(" ")[0] == one.name for place in places)
        places.append(out / (f"{one.name} {twins + 1}.ipynb" if twins else f"{one.name}.ipynb"))
    if any(one.path == place for one in planned for place in places):
        raise Refused(f"--out is the folder of {planned[0].path.name} itself; give another one.")
    try:
        out.mkdir(parents=True, exist_ok=True)
        for stale in [*places, *(out / name for name in outputs.FILES)]:
            stale.unlink(missing_ok=True)
    except OSError as error:
        raise Refused(f"The folder for --out cannot be written: {error.strerror}.") from None
    return places


def _waited(endpoint: Endpoint, wait_s: float, screen: Screen) -> str:
    """Return "" when the endpoint answers, or the sentence that it does not.

    The built-in endpoint is started by the notebook itself: there is nothing to wait for.
    """
    if not wait_s or endpoint.built_in:
        return ""
    from . import waiting

    screen.say(f"Waiting up to {wait_s:g} s for {endpoint.name}")
    return waiting.wait(endpoint, wait_s)


def _one(one: Planned, place: Path, limit_s: float, hidden: Leaks, screen: Screen) -> Outcome:
    """Return how one notebook ended; its file is written, unless a key stands in it."""
    screen.begin(one.name)
    ran = notebooks.execute(
        one.path, one.parameters, limit_s=limit_s, screen=screen, out=place.parent
    )
    screen.end()
    saved, message, details = hidden.hide_addresses(
        [ran.notebook, ran.error.message, outcome.details(ran.error.source, ran.error.traceback)]
    )
    verdict = outcome.verdict_in(saved)
    word, sentence = outcome.judge(
        ran.ended, verdict, error_name=ran.error.name, message=message, limit_s=limit_s
    )
    found = Outcome(
        one.name, word, sentence, ran.seconds, verdict=verdict, executed=place.name,
        parameters=hidden.hide_addresses(one.parameters),
        details=details if outcome.is_ours(ran.ended, ran.error.name) else "",
    )  # fmt: skip
    # Half of a surrogate pair has no UTF-8; as a backslash escape it is JSON's own spelling.
    place.write_bytes(cleaning.written(saved).encode("utf-8", "backslashreplace"))
    if hidden.removed(place):
        leak = f"The key's value stood in {place.name}; the file was removed."
        return Outcome(one.name, "not judged", leak, ran.seconds, parameters=found.parameters)
    return found


def _write(report: outputs.Report, out: Path, hidden: Leaks) -> list[str]:
    """Write the report's files, and return the names of those that had to be removed again."""
    leaks = []
    for name, text in report.files().items():
        (out / name).write_text(text, encoding="utf-8", newline="\n")
        if hidden.removed(out / name):
            leaks.append(name)
    step_summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if step_summary and "summary.md" not in leaks:
        with open(step_summary, "a", encoding="utf-8") as file:
            file.write(outputs.summary(report))
    return leaks


def _tell(report: outputs.Report, leaks: Sequence[str], out: Path, screen: Screen) -> None:
    for one in report.outcomes:
        if one.details:
            screen.say(f"\n{one.notebook}: {one.sentence}\n{one.details}")
    screen.say("\n" + outputs.table(report))
    for name in leaks:
        screen.say(f"The key's value stood in {name}; the file was removed.")
    screen.say(f"\nExecuted notebooks, {', '.join(outputs.FILES)}: {_near(out)}")


def _near(path: Path) -> str:
    """Return a path as a person would type it from here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _asked(endpoint: Endpoint, outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Return what was asked: the model is the one a notebook chose where none was named."""
    chosen = next((str(one.verdict.get("model", "")) for one in outcomes if one.verdict), "")
    return {
        "base_url": endpoint.base_url, "model": endpoint.model or chosen,
        "api_key_env": endpoint.api_key_env,
    }  # fmt: skip


def _versions() -> dict[str, str]:
    found = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
