"""Arguments that several commands share: the endpoint, and numbers. Standard library only."""

from __future__ import annotations

import argparse


def add_endpoint(command: argparse.ArgumentParser, *, address: bool = True) -> None:
    """Add an endpoint's options; --base-url only if the address is not a positional argument."""
    add = command.add_argument
    if address:
        add(
            "--base-url", metavar="URL",
            help="the endpoint's address (default: the built-in endpoint)",
        )  # fmt: skip
    add("--model", metavar="NAME", help="the model to ask (default: the first one listed)")
    add(
        "--api-key-env", metavar="VARIABLE",
        help="the environment variable that holds the key; never the key itself",
    )  # fmt: skip
    add(
        "--header", dest="headers", action="append", default=[], metavar="'NAME: VALUE'",
        help="a header to send; '$VARIABLE' as the value reads a key from there; repeatable",
    )  # fmt: skip
    add(
        "--query", dest="query", action="append", default=[], metavar="NAME=VALUE",
        help="a query parameter to send; '$VARIABLE' works here too; repeatable",
    )  # fmt: skip


def add_timeout(command: argparse.ArgumentParser) -> None:
    """Add the option for how long one request may take."""
    command.add_argument(
        "--timeout-s", type=seconds, default=300.0, metavar="S",
        help="how long one request may take",
    )  # fmt: skip


def seconds(text: str) -> float:
    """The seconds that were typed."""
    found = _amount(text)
    if not 0 < found < 1e7:
        raise argparse.ArgumentTypeError("expected a number of seconds above zero, such as 60")
    return found


def count(text: str) -> int:
    """The positive whole number that was typed."""
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError("expected a whole number above zero, such as 200")
    return int(text)


def price(text: str) -> float:
    """The price that was typed."""
    found = _amount(text)
    if not 0 <= found < 1e9:
        raise argparse.ArgumentTypeError("expected a number that is not negative, such as 0.15")
    return found


def port(text: str) -> int:
    """The port that was typed, 0 included."""
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError("expected a port, such as 4242")
    return int(text)


def _amount(text: str) -> float:
    """The number that was typed; -1 if it is not one, which every caller rejects."""
    try:
        return float(text)
    except ValueError:
        return -1.0
