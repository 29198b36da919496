"""What a program must be told so that its requests come through here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

LOOPBACK = "127.0.0.1"


def variables(base_url: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that give a program this address.

    environ:  where a proxy is named, it must not carry requests for this machine elsewhere
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


def hint(command: Sequence[str], base_url: str) -> str:
    """What a known program needs beside the variables, "" when it needs nothing."""
    name = PurePath(command[0]).stem if command else ""
    if name == "codex":
        return (
            "Codex goes by its config, not by OPENAI_BASE_URL alone: if nothing comes, add "
            f"-c openai_base_url={base_url}"
        )
    if name == "claude":
        return (
            "Claude Code's settings win over ANTHROPIC_BASE_URL: if nothing comes, look for it "
            "under env in .claude/settings.json"
        )
    return ""


def ignored(command: Sequence[str], base_url: str) -> str:
    """What to say when a program has ended and no request came."""
    name = PurePath(command[0]).name if command else "program"
    return (
        f"No request came: {name} did not ask {base_url}. It got OPENAI_BASE_URL, OPENAI_API_BASE "
        "and ANTHROPIC_BASE_URL; a base URL in its own settings or code goes before them."
    )
