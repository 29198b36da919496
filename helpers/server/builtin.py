"""Opens the built-in endpoint, whose engine runs in a process that ends with this one."""

from __future__ import annotations

import asyncio
import atexit
import json
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import IO, Any
from urllib.parse import quote, urlsplit

from ..endpoint import BUILT_IN, REPLAY, AddressError, CallError, Endpoint, resolve, shown
from ..product import COMMAND
from ..wording import did_you_mean
from .children import end, environment
from .faults.catalogue import modes, placed, unknown
from .replay import file_at, pace_of, parted

# At reading speed a built-in answer takes a second, and some instruments ask for hundreds.
FOR_MANY = f"{BUILT_IN}:fast"
# At full speed, its first text would come within the time that this process itself may be late.
FOR_LOADS = f"{BUILT_IN}:eight-at-once"
START_LIMIT_S = 20.0
LAST_LINES = 8


class EngineError(CallError):
    """The engine's process did not start; the message ends with the last lines of its log."""

    headline = "The built-in endpoint did not start"


async def opened(endpoint: Endpoint) -> Endpoint:
    """The endpoint with the URL that requests go to, its engine running.

    raises:  AddressError for an unknown mode, EngineError if the engine does not start
    """
    if not endpoint.built_in:
        return endpoint
    scheme, _, rest = endpoint.base_url.partition(":")
    route = _replay_route(rest) if scheme == REPLAY else _demo_route(rest)
    engine = await asyncio.to_thread(_running)
    notes = tuple(note for note in engine.notes if note not in endpoint.notes and route.engine)
    url = await asyncio.to_thread(route.url, engine)
    return replace(endpoint, url=url, notes=endpoint.notes + notes)


async def exchanges(endpoint: Endpoint) -> list[dict[str, Any]]:
    """The proxy's log: the exchanges of an opened built-in endpoint, oldest first."""
    parts = urlsplit(endpoint.url)
    return await asyncio.to_thread(_fetch, f"{parts.scheme}://{parts.netloc}/_log")


def close() -> None:
    """End the engine's process if one is running; the next `opened()` starts another."""
    global _engine
    with _lock:
        if _engine:
            end(_engine.process)
        _engine = None


@dataclass(frozen=True)
class _Engine:
    process: subprocess.Popen[bytes]
    port: int
    notes: tuple[str, ...]


_engine: _Engine | None = None
_lock = threading.Lock()


@dataclass(frozen=True)
class _Route:
    """How an address becomes a URL once the engine runs, and whether the engine answers it."""

    url: Callable[[_Engine], str]
    engine: bool = True


def _replay_route(address: str) -> _Route:
    """The route for what follows "replay:": a file and a speed."""
    typed, speed = parted(address)
    path = file_at(typed)
    try:
        pace_of(speed)
    except ValueError as error:
        raise AddressError("a speed such as 10x after @", shown(speed), str(error)) from None

    def url(engine: _Engine) -> str:
        answer = _ordered(engine, {"replay": str(path)})
        if "error" in answer:
            raise AddressError(
                "a recording that can be read",
                f"{path.name}: {answer['error'].rstrip('.')}",
                "Give a HAR file, such as one that a notebook saved in out/.",
            )
        at = f"@{speed}" if speed else ""
        return f"http://127.0.0.1:{engine.port}/{REPLAY}:{answer['key']}{at}/v1"

    return _Route(url, engine=False)


def _demo_route(rest: str) -> _Route:
    """The route for what follows "demo:": modes, and perhaps another server's address."""
    path, secure = _path(rest)

    def url(engine: _Engine) -> str:
        if not secure:
            return f"http://127.0.0.1:{engine.port}/{path}"
        return f"https://127.0.0.1:{_ordered(engine, {'tls': True})['port']}/{path}"

    return _Route(url)


def _path(rest: str) -> tuple[str, bool]:
    """The proxy's path for "", "a+b" or "a@URL", and whether it is served over TLS."""
    names, _, typed = rest.partition("@")
    if wrong := unknown(names):
        near = did_you_mean(wrong[0], modes())
        raise AddressError(
            "the name of a mode after demo:",
            ", ".join(map(repr, wrong))[:80],
            f"{near} {COMMAND} demos lists them all.".strip(),
        )
    prefix, secure = placed(names)
    if not typed:
        return (f"{BUILT_IN}:{names}{prefix}" if names else f"{BUILT_IN}/v1"), secure
    behind = resolve(typed)
    if behind.built_in or behind.userinfo:
        raise AddressError(
            "an http or https address after demo:NAME@",
            shown(typed),
            "Type it like demo:cut@http://localhost:8080/v1, without a password.",
        )
    return quote(f"{BUILT_IN}:{names}@{behind.url}", safe=":@+"), secure


def _ordered(engine: _Engine, order: dict[str, Any]) -> dict[str, Any]:
    """Send the engine's process an order over the pipe and return its answer."""
    with _lock:
        stdin, stdout = engine.process.stdin, engine.process.stdout
        if stdin is None or stdout is None:
            return {"error": "the engine's pipe is closed"}
        try:
            stdin.write(json.dumps(order).encode() + b"\n")
            stdin.flush()
            line = stdout.readline()
        except (OSError, ValueError):
            line = b""
    if not line:
        raise EngineError("the engine to keep running", "its end", "Run the cell again.")
    answer: dict[str, Any] = json.loads(line)
    return answer


def _running() -> _Engine:
    """The engine of this process, started if none is running."""
    global _engine
    with _lock:
        if _engine is None or _engine.process.poll() is not None:
            if _engine:
                end(_engine.process)
            _engine = _started()
        return _engine


def _started() -> _Engine:
    """Start an engine and return it once it is ready."""
    with tempfile.TemporaryFile() as log:
        process = _spawned(log)
        alarm = threading.Timer(START_LIMIT_S, process.kill)
        alarm.start()
        first = process.stdout.readline() if process.stdout else b""
        alarm.cancel()
        if not first:
            end(process)
            log.seek(0)
            lines = log.read().decode("utf-8", "replace").splitlines()[-LAST_LINES:]
            raise EngineError(
                "the engine's process to print where it listens",
                "\n".join(["this:", *lines]) if lines else "nothing",
                "Install the environment again, or give the base URL of another server.",
            )
    ready = json.loads(first)
    return _Engine(process, ready["port"], tuple(ready["notes"]))


def _spawned(log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start the engine's process and return it.

    Programs started later do not inherit Popen's pipes, so only this process keeps it alive.
    """
    return subprocess.Popen(
        # -P: a json.py next to the notebook must not be imported.
        [sys.executable, "-P", "-m", f"{__package__}.process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        env=environment(),
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _fetch(url: str) -> Any:
    # The default opener would send loopback requests through HTTP_PROXY.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        return json.load(answer)


atexit.register(close)
