"""The doctor as a test calls it, on a machine that is no container and names no proxy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from helpers.checks.connect import ports
from helpers.checks.connect.walk import Connection, connect

Look = Callable[..., Connection]


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch) -> Look:
    """Look at an address; the result."""
    monkeypatch.setattr(ports, "MARKS_OF_A_CONTAINER", ())
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)

    def looked(text: str, **how: Any) -> Connection:
        return asyncio.run(connect(text, **how))

    return looked


def seen(connection: Connection, layer: str) -> tuple[str, str]:
    """Return the last finding's name and verdict of a layer."""
    findings = [step.finding for step in connection.steps if step.layer == layer]
    return findings[-1].name, findings[-1].verdict
