"""The arguments of `batch`. Standard library only, like this whole package."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..product import COMMAND
from .shared import add_endpoint, add_timeout, count, price

EPILOG = f"""\
exit code:  0 every prompt has an answer · 1 some failed, or the endpoint did · 2 not judged: a
            wrong call, a limit you set, a full disk · 130 Ctrl+C; what came is kept

example:    {COMMAND} batch prompts.jsonl --base-url http://localhost:8000/v1
            {COMMAND} batch texts.csv --prompt 'Translate {{{{text}}}}' -o german.jsonl
"""


def add(batch: argparse.ArgumentParser) -> None:
    """Add the arguments for a file, an endpoint and the batch's limits."""
    batch.epilog = EPILOG
    _add_prompts(batch)
    add_timeout(batch)
    _add_limits(batch)


def _add_prompts(batch: argparse.ArgumentParser) -> None:
    option = batch.add_argument
    option(
        "file", nargs="?", type=Path,
        help="OpenAI's Batch format, JSON, CSV, TSV, Parquet, or plain words, one prompt per line "
        "(default: sixty prompts)",
    )  # fmt: skip
    add_endpoint(batch)
    option(
        "-o", "--output", type=Path, metavar="FILE",
        help="where the answers go; prompts answered there are not asked again (default: beside "
        "the prompts, as NAME.answers.jsonl)",
    )  # fmt: skip
    option(
        "--prompt", metavar="TEXT",
        help="what to ask for each row of a table, such as 'Translate {{text}}'",
    )  # fmt: skip
    option(
        "--api", choices=("chat", "responses", "embeddings"), default="chat",
        help="the API that table rows and plain prompts go to (default: chat)",
    )  # fmt: skip
    option(
        "--body", default="", metavar="JSON",
        help='more fields for every request, such as \'{"temperature": 0}\'',
    )  # fmt: skip


def _add_limits(batch: argparse.ArgumentParser) -> None:
    option = batch.add_argument
    option(
        "--at-once", type=count, default=64, metavar="N",
        help="the most requests under way at a time (default: 64)",
    )  # fmt: skip
    option("--limit", type=count, default=0, metavar="N", help="ask at most N prompts in this run")
    option(
        "--price-in", type=price, default=0.0, metavar="X", help="price per million input tokens"
    )
    option(
        "--price-out", type=price, default=0.0, metavar="X", help="price per million output tokens"
    )
    option(
        "--budget", type=price, default=0.0, metavar="X",
        help="stop when it has cost this much; a sample tells beforehand whether it will",
    )  # fmt: skip
    option(
        "--scheduler", default="", metavar="local|ADDRESS",
        help="have other processes ask, or the workers of the Dask scheduler at this address",
    )  # fmt: skip
    option(
        "--retry-errors",
        action="store_true",
        help="ask the prompts that failed in an earlier run again",
    )
