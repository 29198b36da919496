"""The code is in the form that pyproject.toml asks for, and typed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# A clean clone is looked at once: to write down what was found takes a third of the time.
ONCE = [f"--cache-dir={os.devnull}"] if os.environ.get("CI") else []


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "helpers", "notebooks"],
        ["ruff", "format", "--check", "helpers"],
        ["mypy", *ONCE],
    ],
    ids=["ruff check", "ruff format", "mypy"],
)
def test_the_tools_have_nothing_to_say(command: list[str]) -> None:
    """What they say otherwise is the assertion's message."""
    ran = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert 0 == ran.returncode, ran.stdout + ran.stderr
