"""One run: every planned notebook executed, judged and reported."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from .. import lock
from ..client.keys import secrets_of
from ..endpoint import Endpoint
from ..environment.interpreter import versions
from ..places import near
from ..secrets.carried_keys import in_body
from ..secrets.forms import SHORTEST_JUDGED
from ..secrets.shapes import names_variable
from . import cleaning, notebooks, outcome, outputs
from .leaks import Leaks, in_typed
from .outcome import Outcome
from .plan import Planned, Refused
from .screen import Screen
from .turns import in_turn

# Hidden, so that it is not collected with the files of a run.
LOCK = ".lock"
SIDE_BY_SIDE = 2

_PACKAGES = ("endpointscope", "papermill", "ipykernel", "openai", "aiohttp", "xllamacpp")


def run(planned: Sequence[Planned], *, out: Path, limit_s: float, wait_s: float) -> int:
    """Run the notebooks, leave the files in `out`, and return the exit code.

    raises:  Refused, AddressError, KeyNameError, all before anything is executed
    """
    endpoints = [endpoint for one in planned for endpoint in one.endpoints]
    hidden = _secrets(planned, endpoints)
    out = out.resolve()
    places = _places(planned, out)
    with _alone_in(out):
        _clear([*places, *(out / name for name in outputs.FILES)])
        screen = Screen(sys.stdout, hide=hidden.hide, secrets=hidden.secrets)
        began_s = time.time()
        started_at = datetime.now(UTC).isoformat(timespec="seconds")
        if absent := _waited(endpoints, wait_s, screen):
            outcomes = [Outcome(one.name, "failed", absent, wait_s) for one in planned]
        else:
            outcomes = _executed(planned, places, limit_s, hidden)
        report = outputs.Report(
            outcomes, started_at, _asked(endpoints[0], outcomes), versions(_PACKAGES)
        )
        leaks = _write(report, out, hidden)
        # Some file systems store times in whole seconds.
        leaks += hidden.swept([out], since_s=began_s - 2)
        _tell(report, leaks, out, screen)
    return 2 if leaks else report.exit_code


@contextmanager
def _alone_in(out: Path) -> Iterator[None]:
    """Lock a folder against other runs: two would remove each other's files.

    raises:  Refused if another run uses it already, or if it cannot be written
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        file = (out / LOCK).open("ab")
    except OSError as error:
        raise _unwritable(error) from None
    with file:
        if not lock.taken(file):
            raise Refused(
                f"Another run is writing into {near(out)}. Wait until it has ended, or give this "
                "one a folder of its own: --out FOLDER."
            )
        yield


def _secrets(planned: Sequence[Planned], endpoints: Sequence[Endpoint]) -> Leaks:
    """What to keep out of the files.

    raises:  Refused if a named variable holds no key
    """
    named = [name.strip() for one in planned for name in one.key_names]
    for name in filter(None, named):
        if not os.environ.get(name, "").strip():
            raise Refused(
                f"The variable {name}, named by api_key_env, is not set, or is empty. "
                f"Set it (export {name}=…), or leave api_key_env out when no key is needed."
            )
    typed = [address for one in planned for address in one.addresses]
    addresses = {part for address in typed for part in in_typed(address)}
    if any(_typed_keys(one.parameters, addresses) for one in planned):
        raise Refused(
            "A key is never typed here, since the executed notebook keeps its parameters. Put it "
            "into a variable, and name that: --api-key-env MY_KEY, or --header 'api-key: $MY_KEY'."
        )
    keys = {os.environ.get(name, "").strip() for name in named if name}
    keys |= {value for endpoint in endpoints for value in secrets_of(endpoint)}
    return Leaks(keys - addresses, addresses)


def _typed_keys(parameters: Mapping[str, Any], addresses: set[str]) -> list[str]:
    """The keys typed as a notebook's parameters, except those in addresses, masked later.

    A key is recognised by the name of its header or body field, or by its shape.
    """
    carried = in_body(json.dumps(dict(parameters), default=str).encode())
    return [
        one for one in carried
        if len(one) >= SHORTEST_JUDGED and not names_variable(one.rpartition(" ")[2])
        and one not in addresses
    ]  # fmt: skip


def _places(planned: Sequence[Planned], out: Path) -> list[Path]:
    """Where the executed notebooks go.

    raises:  Refused if one would overwrite a planned notebook
    """
    places: list[Path] = []
    for one in planned:
        twins = sum(place.stem.partition(" ")[0] == one.name for place in places)
        places.append(out / (f"{one.name} {twins + 1}.ipynb" if twins else f"{one.name}.ipynb"))
    if any(one.path == place for one in planned for place in places):
        raise Refused(f"--out is the folder of {planned[0].path.name} itself; give another one.")
    return places


def _clear(stale: Iterable[Path]) -> None:
    """Remove the files of an earlier run.

    If this run breaks off, yesterday's verdict must not be mistaken for today's.
    """
    try:
        for path in stale:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(error) from None


def _unwritable(error: OSError) -> Refused:
    return Refused(f"The folder for --out cannot be written: {error.strerror}.")


def _waited(endpoints: Sequence[Endpoint], wait_s: float, screen: Screen) -> str:
    """Return "" once the endpoints answer, or a sentence about the one that does not.

    The notebook itself starts the built-in endpoint, so there is nothing to wait for.
    """
    others = {endpoint.url: endpoint for endpoint in endpoints if not endpoint.built_in}
    if not wait_s or not others:
        return ""
    from . import waiting

    for endpoint in others.values():
        screen.say(f"Waiting up to {wait_s:g} s for {endpoint.name}")
        if absent := waiting.wait(endpoint, wait_s):
            return absent
    return ""


def _executed(
    planned: Sequence[Planned], places: Sequence[Path], limit_s: float, hidden: Leaks
) -> list[Outcome]:
    """How each notebook ended, shown one after the other.

    Two run side by side if each opens an endpoint of its own. A shared endpoint may answer one
    request at a time, and they would be judged by how long they kept each other waiting.
    """
    jobs = [
        partial(_one, one, place, limit_s, hidden)
        for one, place in zip(planned, places, strict=True)
    ]
    own = all(endpoint.own for one in planned for endpoint in one.endpoints)
    # Notebooks that look deeper take longer; if one began last, nothing would run beside it.
    begin = sorted(range(len(jobs)), key=lambda n: own and "deep" not in planned[n].defaults)
    at_once = SIDE_BY_SIDE if own else 1
    with notebooks.quiet():
        return in_turn(jobs, sys.stdout, at_once=at_once, begin=begin, stop=notebooks.stop)


def _one(one: Planned, place: Path, limit_s: float, hidden: Leaks, out: TextIO) -> Outcome:
    """How one notebook ended, having written its file unless that would hold a key."""
    screen = Screen(out, hide=hidden.hide, secrets=hidden.secrets)
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
    # Half of a surrogate pair has no UTF-8, but JSON itself can spell it as a backslash escape.
    _put(place, cleaning.written(saved).encode("utf-8", "backslashreplace"))
    if hidden.removed(place):
        leak = f"The key's value was in {place.name}; the file was removed."
        return Outcome(one.name, "not judged", leak, ran.seconds, parameters=found.parameters)
    return found


def _put(path: Path, data: bytes) -> None:
    """Write a file completely or not at all, as the disk may be full."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _write(report: outputs.Report, out: Path, hidden: Leaks) -> list[str]:
    """Write the report's files, and return the names of those that had to be removed again."""
    leaks = []
    for name, text in report.files().items():
        _put(out / name, text.encode())
        if hidden.removed(out / name):
            leaks.append(name)
    step_summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if step_summary and "summary.md" not in leaks:
        try:
            with open(step_summary, "a", encoding="utf-8") as file:
                file.write(outputs.summary(report))
        except OSError as error:
            # The verdict is unaffected, and summary.md has the same text.
            print(f"The step summary cannot be written: {error.strerror}.", file=sys.stderr)
    return leaks


def _tell(report: outputs.Report, leaks: Sequence[str], out: Path, screen: Screen) -> None:
    for one in report.outcomes:
        if one.details:
            screen.say(f"\n{one.notebook}: {one.sentence}\n{one.details}")
    screen.say("\n" + outputs.table(report))
    if do := outputs.advice(report):
        screen.say(do)
    for name in leaks:
        screen.say(f"The key's value was in {name}; the file was removed.")
    screen.say(f"\nExecuted notebooks, {', '.join(outputs.FILES)}: {near(out)}")


def _asked(endpoint: Endpoint, outcomes: Sequence[Outcome]) -> dict[str, str]:
    """What was asked, with the model that a notebook chose if none was named."""
    chosen = next((str(one.verdict.get("model", "")) for one in outcomes if one.verdict), "")
    return {
        "base_url": endpoint.base_url, "model": endpoint.model or chosen,
        "api_key_env": endpoint.api_key_env,
    }  # fmt: skip
