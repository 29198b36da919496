"""The code is in the form that pyproject.toml asks for, and typed."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "helpers", "notebooks"],
        ["ruff", "format", "--check", "helpers"],
        ["mypy"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_the_tools_have_nothing_to_say(command: list[str]) -> None:
    """What they say otherwise is the assertion's message."""
    ran = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert 0 == ran.returncode, ran.stdout + ran.stderr
