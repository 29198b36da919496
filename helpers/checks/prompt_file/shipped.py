"""The prompts used if no file is given: sixty subjects for a poem."""

from pathlib import Path

SHIPPED = Path(__file__).parent / "subjects.csv"
PROMPT = "write a poem about {{subject}}"
