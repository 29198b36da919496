"""The prompts that are asked where no file is given: sixty subjects of a poem."""

from pathlib import Path

SHIPPED = Path(__file__).parent / "subjects.csv"
PROMPT = "write a poem about {{subject}}"
