"""The built-in endpoint, opened: its engine runs in a process that ends with this one."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlsplit

from ..endpoint import BUILT_IN, REPLAY, AddressError, CallError, Endpoint, resolve, shown
from .faults.catalogue import modes, placed, unknown
from .replay import file_at, pace_of, parted

START_LIMIT_S = 20.0
LAST_LINES = 8

_ROOT = Path(__file__).parents[2]


class EngineError(CallError):
    """The engine's process did not start; what came are the last lines of its log."""

    headline = "The built-in endpoint did not start"


async def opened(endpoint: Endpoint) -> Endpoint:
    """Return the endpoint with the address where requests go, its engine running.

    raises:  AddressError for a mode that does not exist, EngineError when the engine does not start
    """
    if not endpoint.built_in:
        return endpoint
    scheme, _, rest = endpoint.base_url.partition(":")
    way = _replay(rest) if scheme == REPLAY else _demo(rest)
    engine = await asyncio.to_thread(_running)
    notes = tuple(note for note in engine.notes if note not in endpoint.notes and way.engine)
    place = await asyncio.to_thread(way.place, engine)
    return replace(endpoint, url=place, notes=endpoint.notes + notes)


async def exchanges(endpoint: Endpoint) -> list[dict[str, Any]]:
    """Return the proxy's log: what an opened built-in endpoint saw of its clients, oldest first."""
    parts = urlsplit(endpoint.url)
    return await asyncio.to_thread(_fetch, f"{parts.scheme}://{parts.netloc}/_log")


def close() -> None:
    """End the engine's process, if one runs; the next `opened()` starts another."""
    global _engine
    with _lock:
        if _engine:
            _end(_engine.process)
        _engine = None


@dataclass(frozen=True)
class _Engine:
    process: subprocess.Popen[bytes]
    port: int
    notes: tuple[str, ...]


_engine: _Engine | None = None
_lock = threading.Lock()


@dataclass(frozen=True)
class _Way:
    """How an address is reached once an engine runs, and whether its model is behind it."""

    place: Callable[[_Engine], str]
    engine: bool = True


def _replay(address: str) -> _Way:
    """Return the way to what follows "replay:", a file and a speed."""
    typed, speed = parted(address)
    path = file_at(typed)
    try:
        pace_of(speed)
    except ValueError as error:
        raise AddressError("a speed such as 10x behind @", shown(speed), str(error)) from None

    def place(engine: _Engine) -> str:
        answer = _ordered(engine, {"replay": str(path)})
        if "error" in answer:
            raise AddressError(
                "a recording that can be read",
                f"{path.name}: {answer['error'].rstrip('.')}",
                "Give a HAR file, such as one that a notebook kept in out/.",
            )
        at = f"@{speed}" if speed else ""
        return f"http://127.0.0.1:{engine.port}/{REPLAY}:{answer['key']}{at}/v1"

    return _Way(place, engine=False)


def _demo(rest: str) -> _Way:
    """Return the way to what follows "demo:", modes and perhaps an address behind them."""
    route, secure = _route(rest)

    def place(engine: _Engine) -> str:
        if not secure:
            return f"http://127.0.0.1:{engine.port}/{route}"
        return f"https://127.0.0.1:{_ordered(engine, {'tls': True})['port']}/{route}"

    return _Way(place)


def _route(rest: str) -> tuple[str, bool]:
    """Return the proxy's path for "", "a+b" or "a@URL", and whether it is reached over TLS."""
    names, _, typed = rest.partition("@")
    if wrong := unknown(names):
        near = get_close_matches(wrong[0], modes(), n=3, cutoff=0.5)
        guess = f"Did you mean {' or '.join(f'demo:{name}' for name in near)}? " if near else ""
        raise AddressError(
            "a fault or a variant by its name behind demo:",
            ", ".join(map(repr, wrong))[:80],
            f"{guess}python3 -m helpers demos lists them all.",
        )
    prefix, secure = placed(names)
    if not typed:
        return (f"{BUILT_IN}:{names}{prefix}" if names else f"{BUILT_IN}/v1"), secure
    behind = resolve(typed)
    if behind.built_in or behind.userinfo:
        raise AddressError(
            "an http or https address behind demo:NAME@",
            shown(typed),
            "Type it like demo:cut@http://localhost:8080/v1, without a password.",
        )
    return quote(f"{BUILT_IN}:{names}@{behind.url}", safe=":@+"), secure


def _ordered(engine: _Engine, order: dict[str, Any]) -> dict[str, Any]:
    """Return the engine's answer to an order, given over the pipe that only this process holds."""
    with _lock:
        stdin, stdout = engine.process.stdin, engine.process.stdout
        if stdin is None or stdout is None:
            return {"error": "the engine has no pipe"}
        try:
            stdin.write(json.dumps(order).encode() + b"\n")
            stdin.flush()
            said = stdout.readline()
        except (OSError, ValueError):
            said = b""
    if not said:
        raise EngineError("the engine to go on", "its end", "Run the cell again.")
    answer: dict[str, Any] = json.loads(said)
    return answer


def _running() -> _Engine:
    """Return this process's engine, started if none runs."""
    global _engine
    with _lock:
        if _engine is None or _engine.process.poll() is not None:
            if _engine:
                _end(_engine.process)
            _engine = _started()
        return _engine


def _started() -> _Engine:
    """Return a new engine as soon as it answers."""
    with tempfile.TemporaryFile() as log:
        process = _spawned(log)
        alarm = threading.Timer(START_LIMIT_S, process.kill)
        alarm.start()
        first = process.stdout.readline() if process.stdout else b""
        alarm.cancel()
        if not first:
            _end(process)
            log.seek(0)
            lines = log.read().decode("utf-8", "replace").splitlines()[-LAST_LINES:]
            raise EngineError(
                "the engine's process to say where it listens",
                "\n".join(["this:", *lines]) if lines else "nothing",
                "Install the environment again, or give the base URL of another server.",
            )
    ready = json.loads(first)
    return _Engine(process, ready["port"], tuple(ready["notes"]))


def _spawned(log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Return the engine's process, its stdin held by this one alone.

    Popen's pipes are not inherited by programs started later, so only this process keeps it alive.
    """
    paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
    return subprocess.Popen(
        # -P: a file of the reader's own called json.py, beside the notebook, is not imported.
        [sys.executable, "-P", "-m", "helpers.server.process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()


def _fetch(url: str) -> Any:
    # An opener of its own, because the usual one sends loopback through the proxy of HTTP_PROXY.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        return json.load(answer)


atexit.register(close)
