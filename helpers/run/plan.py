"""What to run: which notebooks, with which parameters, against which endpoint."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..endpoint import Endpoint, check_key_name, endpoint_of, resolve
from ..escaping import for_terminal
from ..places import NOTEBOOKS
from ..secrets.shapes import looks_like_key
from ..wire.literal import Unreadable, typed_as
from ..wording import did_you_mean

COMMON_PARAMETERS = (
    "base_url", "model", "api_key_env", "prompt", "stream", "timeout_s", "headers", "query",
    "extra_body", "api",
)  # fmt: skip

_EXPECTED = {
    bool: "true or false", int: "a whole number", float: "a number", list: "a list",
    tuple: "a list", dict: "a dictionary",
}  # fmt: skip

_LONGEST_NAME = 60


class Refused(Exception):
    """A request that cannot be run; the message says what to type instead."""


@dataclass(frozen=True)
class Planned:
    """One notebook, and the parameters that override its defaults."""

    path: Path
    parameters: dict[str, Any]
    defaults: dict[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """Its name in sentences and tables."""
        return self.path.stem

    @property
    def base_url(self) -> str:
        """The address as typed; it may hold a password."""
        return str(self._value("base_url", ""))

    @property
    def key_name(self) -> str:
        """The name of the key's variable as typed."""
        return str(self._value("api_key_env", ""))

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint that the notebook will ask.

        raises:  AddressError, KeyNameError
        """
        return resolve(
            self.base_url, model=str(self._value("model", "")), api_key_env=self.key_name,
            timeout_s=float(self._value("timeout_s", 300)), headers=self._value("headers", {}),
            query=self._value("query", {}),
        )  # fmt: skip

    @property
    def endpoints(self) -> list[Endpoint]:
        """Every endpoint that the notebook will ask: its own, or its targets.

        raises:  AddressError, KeyNameError
        """
        targets = [{"base_url": one} if isinstance(one, str) else one for one in self._targets]
        own = not targets or self.base_url
        return [*([self.endpoint] if own else []), *map(self._of_target, targets)]

    @property
    def addresses(self) -> list[str]:
        """Every address as typed; they may hold passwords."""
        named = self._targets
        typed = [one.get("base_url", "") if isinstance(one, dict) else one for one in named]
        return [self.base_url, *map(str, typed)]

    @property
    def key_names(self) -> list[str]:
        """The names of the keys' variables as typed."""
        others = [one.get("api_key_env", "") for one in self._targets if not isinstance(one, str)]
        return [name for name in map(str, (self.key_name, *others)) if name]

    @property
    def _targets(self) -> list[Any]:
        """The targets that are compared, in the one notebook that compares."""
        proxied = self._value("proxied", "")
        named = [one for one in self._value("targets", []) if isinstance(one, str | dict)]
        return [*([proxied] if proxied else []), *named]

    def _of_target(self, given: Mapping[str, Any]) -> Endpoint:
        names = ("model", "api_key_env", "headers", "query")
        known = {name: given[name] for name in names if name in given}
        address = given.get("base_url", self.base_url)
        # Settings typed for the notebook's own address must not reach any other.
        return endpoint_of(self.endpoint if address == self.base_url else str(address), **known)

    def _value(self, name: str, otherwise: object) -> Any:
        return self.parameters.get(name, self.defaults.get(name, otherwise))


def plan(path: Path, typed: Mapping[str, str]) -> Planned:
    """The notebook, with the typed parameters converted to the types of its defaults.

    typed:   text by name, as given on the command line
    raises:  Refused for an unknown parameter or a value of another type; KeyNameError
    """
    known = defaults(read(path))
    unknown = [name for name in typed if name not in known]
    if unknown:
        raise Refused(
            f"{path.stem} has no {quoted('parameter', unknown[0])}."
            f"{did_you_mean(unknown[0], known)} It has: {', '.join(known) or 'none'}."
        )
    values = {name: _typed_by(name, text, known[name]) for name, text in typed.items()}
    # Nobody is here to press the button, and CI wants the complete answer.
    if "deep" in known:
        values.setdefault("deep", True)
    if "api_key_env" in values:
        values["api_key_env"] = check_key_name(values["api_key_env"])
    return Planned(path, values, known)


def find(names: Iterable[str], *, folder: Path = NOTEBOOKS) -> list[Path]:
    """The notebooks with these names or, without any, those that mark themselves as safe.

    names:   stems such as 01_ask, either half of one (01, ask), or paths
    raises:  Refused if there is no such notebook
    """
    found = [_one(name, folder) for name in names]
    if found:
        return list(dict.fromkeys(found))
    safe = [path for path in sorted(folder.glob("*.ipynb")) if _is_safe(read(path))]
    if not safe:
        raise Refused(f"No notebook in {folder.name}/ is marked safe for any endpoint: name one.")
    return safe


def _one(name: str, folder: Path) -> Path:
    candidates = [Path(name), folder / name, folder / f"{name}.ipynb"]
    for path in candidates:
        if path.suffix == ".ipynb" and path.is_file():
            return path.resolve()
    there = sorted(folder.glob("*.ipynb"))
    halves = [path for path in there if name in path.stem.split("_", 1)]
    if len(halves) == 1:
        return halves[0].resolve()
    known = [path.stem for path in there]
    guess = did_you_mean(name, known)
    raise Refused(
        f"There is no {quoted('notebook', name)}.{guess} "
        f"Give the path of one, or one of these: {', '.join(known) or 'none yet'}."
        # As in -p prompt=write a poem.
        f"{'' if guess else ' Put quotes around a value that contains spaces.'}"
    )


def read(path: Path) -> dict[str, Any]:
    """A notebook's JSON.

    raises:  Refused if the file is not a notebook
    """
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refused(f"{path.name} cannot be read as a notebook: {error}.") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise Refused(f"{path.name} is not a notebook of format 4: it has no list of cells.")
    return notebook


def _is_safe(notebook: Mapping[str, Any]) -> bool:
    """Whether a notebook declares that it sends any endpoint only a few small requests."""
    return notebook.get("metadata", {}).get("endpointscope", {}).get("safe") is True


def is_parameters_cell(cell: Mapping[str, Any]) -> bool:
    """Whether papermill regards the cell as the one with the parameters."""
    return "parameters" in cell.get("metadata", {}).get("tags", [])


def defaults(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters and their defaults, in order; {} without a parameters cell.

    raises:  Refused if the cell holds anything but names assigned plain literals
    """
    cell = next((c for c in notebook["cells"] if is_parameters_cell(c)), None)
    if cell is None:
        return {}
    found: dict[str, Any] = {}
    try:
        for statement in ast.parse("".join(cell.get("source", ""))).body:
            name, value = _assignment(statement)
            found[name] = ast.literal_eval(value)
    except (SyntaxError, ValueError):
        raise Refused(
            "The parameters cell holds more than lines such as stream = True, one name and one "
            "plain value each."
        ) from None
    return found


def _assignment(statement: ast.stmt) -> tuple[str, ast.expr]:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target, value = statement.target, statement.value
    else:
        raise ValueError("not an assignment")
    if not isinstance(target, ast.Name):
        raise ValueError("not a plain name")
    return target.id, value


def _typed_by(name: str, text: str, default: Any) -> Any:
    """The value of a text for a parameter with this default.

    raises:  Refused, which does not quote the text, since it may hold a key
    """
    # A number of seconds may have a fraction even if the default has none.
    kind = float if name.endswith("_s") and isinstance(default, int) else type(default)
    if kind is str:
        return text
    try:
        return typed_as(text, kind)
    except Unreadable as error:
        raise Refused(
            f"The parameter {name} expects {_EXPECTED.get(kind, 'another value')}, as in "
            f"{name}={default!r}; got {error}."
        ) from None


def quoted(kind: str, typed: str) -> str:
    """A kind of thing and the name typed for it, which is left out if it may be a key."""
    if looks_like_key(typed):
        # A key typed without its option would end up here.
        return f"such {kind}"
    return f"{kind} {for_terminal(typed)[:_LONGEST_NAME]!r}"
