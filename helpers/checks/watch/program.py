"""What a program needs so that its requests come through here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePath

LOOPBACK = "127.0.0.1"
_CODEX = "openai_base_url"


def variables(base_url: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that give a program this address.

    environ:  if it names a proxy, requests for this machine are kept from going through it
    """
    found = {
        "OPENAI_BASE_URL": base_url,
        "OPENAI_API_BASE": base_url,
        # Anthropic's clients add /v1 themselves.
        "ANTHROPIC_BASE_URL": base_url.removesuffix("/v1"),
    }
    if any(name.lower() in ("http_proxy", "all_proxy") for name in environ):
        for name in ("NO_PROXY", "no_proxy"):
            found[name] = ",".join(filter(None, (environ.get(name), LOOPBACK)))
    return found


def prepared(command: Sequence[str], base_url: str) -> tuple[list[str], str]:
    """A command with the arguments it needs besides the variables, and a note on them; "" for none.

    Codex reads no variable, and the env in Claude Code's settings overrides the process's own.
    """
    name, *rest = command
    stem = PurePath(name).stem
    if stem == "codex":
        if any(_CODEX in word or "model_provider" in word for word in rest):
            named = f"Codex asks the address it was given; for this one give {_CODEX}={base_url}"
            return [*command], named
        setting = f"{_CODEX}={base_url}"
        return [name, "-c", setting, *rest], f"Codex is started with -c {setting}"
    if stem == "claude":
        if any(word.partition("=")[0] == "--settings" for word in rest):
            return [*command], "If nothing comes: your --settings may name another address."
        url = variables(base_url, {})["ANTHROPIC_BASE_URL"]
        setting = json.dumps({"env": {"ANTHROPIC_BASE_URL": url}})
        sentence = f"Claude Code is started with --settings '{setting}'"
        return [name, "--settings", setting, *rest], sentence
    return [*command], _hint(rest, base_url)


def _hint(words: Sequence[str], base_url: str) -> str:
    """What to type if a known program is started through another one, such as npx."""
    if any(_CODEX not in word and "codex" in word for word in words):
        return f"If nothing comes: Codex wants -c {_CODEX}={base_url}"
    if any("claude" in word for word in words):
        return "If nothing comes: look for ANTHROPIC_BASE_URL in .claude/settings.json."
    return ""


def ignored(command: Sequence[str], base_url: str) -> str:
    """The message for a program that has ended without sending a request."""
    name = PurePath(command[0]).name if command else "program"
    return (
        f"No request came: {name} did not ask {base_url}. It got OPENAI_BASE_URL, OPENAI_API_BASE "
        "and ANTHROPIC_BASE_URL; a base URL in its own settings or code takes precedence."
    )
