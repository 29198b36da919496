"""Keeps keys and passwords out of what a run leaves behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..endpoint import is_built_in
from ..secrets.forms import SHORTEST_JUDGED
from ..secrets.shapes import in_address, without_address
from ..secrets.spellings import Secrets

# What a run, or a cell in it, writes and someone may publish.
_WRITTEN = (
    ".har", ".md", ".ipynb", ".json", ".xml", ".jsonl", ".csv", ".tsv", ".txt", ".log", ".sh",
    ".py", ".html",
)  # fmt: skip
# Packages that a run installs for clients: a hundred times as many files as it writes itself.
_INSTALLED = frozenset(["site-packages", "node_modules"])
# A batch's answers may not fit into memory. They are searched a piece at a time, together with the
# end of the piece before, which is longer than a key in its longest spelling.
_PIECE = 1 << 22
_AGAIN = 1 << 14


class Leaks:
    """The values that no output may hold, and a search for files that hold one anyway.

    keys:       values of the keys' variables; a file that contains one is an error
    addresses:  user, password and query values of the addresses; these are masked
    """

    def __init__(self, keys: Iterable[str] = (), addresses: Iterable[str] = ()) -> None:
        keys, addresses = tuple(keys), tuple(addresses)
        self.secrets = Secrets((*keys, *addresses))
        self._addresses = Secrets(addresses)
        self._keys = Secrets(key for key in keys if len(key) >= SHORTEST_JUDGED)
        # A shorter value may be any word, and no file is discarded for that.
        self._searched = Secrets(
            value for value in (*keys, *addresses) if len(value) >= SHORTEST_JUDGED
        )

    def hide(self, text: str) -> str:
        """Text, such as a line for the screen, with all secrets masked."""
        return without_address(self.secrets.hide(text))

    def hide_addresses(self, value: Any) -> Any:
        """Nested lists and dictionaries with the addresses masked in all their strings.

        A key's value stays: if an output contains one, that is reported rather than covered up.
        """
        if isinstance(value, str):
            secret = self._keys.found_in(value.encode("utf-8", "surrogatepass"))
            return value if secret else without_address(self._addresses.hide(value))
        if isinstance(value, Mapping):
            hide = self.hide_addresses
            return {hide(name): hide(held) for name, held in value.items()}
        if isinstance(value, list | tuple):
            return [self.hide_addresses(held) for held in value]
        return value

    def found_in(self, data: bytes) -> bool:
        """Whether a file contains a secret of 12 or more characters, in any spelling."""
        return self._searched.found_in(data)

    def removed(self, path: Path) -> bool:
        """Whether a file contained a secret, in which case it has been deleted."""
        found = self._stands_in(path)
        if found:
            path.unlink()
        return found

    def _stands_in(self, path: Path) -> bool:
        end = b""
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                if self.found_in(end + piece):
                    return True
                end = piece[-_AGAIN:]
        return False

    def swept(self, folders: Iterable[Path], *, since_s: float) -> list[str]:
        """The names of files written since then that held a secret and have been deleted.

        since_s:  seconds since 1970
        """
        paths = {path for folder in folders for path in folder.rglob("*")}
        written = [
            path for path in sorted(paths)
            if path.suffix.lower() in _WRITTEN and _INSTALLED.isdisjoint(path.parts)
            and path.is_file() and path.stat().st_mtime >= since_s
        ]  # fmt: skip
        return [path.name for path in written if self.removed(path)]


def in_typed(base_url: str) -> tuple[str, ...]:
    """The secrets in an address as typed; built-in addresses have none."""
    return () if is_built_in(base_url) and "://" not in base_url else in_address(base_url)
