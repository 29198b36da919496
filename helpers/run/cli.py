"""The commands: run, clean, demos, truth, bench."""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from .. import escaping
from ..endpoint import AddressError, KeyNameError
from . import cleaning, plan

WRONG_CALL = 2

_EPILOG = """\
exit code:  0 passed · 1 the endpoint failed, absence and silence included ·
            2 it was not judged: the call was wrong, the kernel died, the limit was reached, our bug

example:    python3 -m helpers run 01_ask --base-url http://localhost:1337/v1 --model gpt-3.5-turbo
"""


def main(argv: Sequence[str]) -> int:
    """Return the exit code of one command: 0 good, 1 the endpoint failed, 2 the call or the kit."""
    command, *rest = argv
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A log that knows only ASCII gets ? for what it cannot show, not the end of the run.
        sys.stdout.reconfigure(errors="replace")
    if command == "bench":
        from ..selftest.bench import command as bench

        return bench.main(rest)
    try:
        return {"run": _run, "clean": _clean, "demos": _demos, "truth": _truth}[command](rest)
    except (plan.Refused, AddressError, KeyNameError) as refused:
        print(escaping.for_terminal(str(refused)), file=sys.stderr)
        return WRONG_CALL
    except _Said as said:
        return said.code
    except KeyboardInterrupt:
        print("Stopped by you.", file=sys.stderr)
        return WRONG_CALL
    except BrokenPipeError:
        # Whoever read along, such as head, has seen enough; Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return WRONG_CALL
    except Exception:
        # Python's own exit code would be 1, which says that the endpoint failed.
        traceback.print_exc()
        return WRONG_CALL


class _Said(Exception):
    """Argparse has spoken and wants to leave."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class _Parser(argparse.ArgumentParser):
    """Leaves by an exception of ours, and never echoes what it did not expect: it may be a key."""

    def exit(self, status: int = 0, message: str | None = None) -> None:  # type: ignore[override]
        if message:
            print(message, end="", file=sys.stderr)
        raise _Said(status)

    def parse_known(self, argv: Sequence[str]) -> argparse.Namespace:
        """Return the arguments; an option that does not exist is named without its value."""
        arguments, others = self.parse_known_args(argv)
        if others:
            option = others[0].partition("=")[0] if others[0].startswith("-") else "an argument"
            hint = " A key is never typed here: --api-key-env takes its variable's name." * (
                "key" in option
            )
            raise plan.Refused(f"There is no {option} here; see --help.{hint}")
        return arguments


def _parser() -> _Parser:
    parser = _Parser(
        prog="python3 -m helpers run", allow_abbrev=False, epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Run notebooks against an endpoint and give the verdict.",
    )  # fmt: skip
    add = parser.add_argument
    add(
        "notebooks",
        nargs="*",
        metavar="notebook",
        help="stem such as 01_ask, or path; none: those marked safe for any endpoint",
    )
    add("--base-url", metavar="URL", help="the endpoint's address; none: the built-in endpoint")
    add("--model", metavar="NAME", help="the model to ask; none: the first one listed")
    add(
        "--api-key-env",
        metavar="VARIABLE",
        help="name of the environment variable that holds the key, never the key itself",
    )
    add(
        "-p",
        dest="parameters",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any other parameter of the notebook, as often as needed",
    )
    add(
        "--timeout-s",
        type=_seconds,
        metavar="S",
        help="the parameter timeout_s: how long one request may take",
    )
    add(
        "--limit-s",
        type=_seconds,
        default=600.0,
        metavar="S",
        help="how long one notebook may take, then its kernel is ended (default: 600)",
    )
    add(
        "--wait",
        type=_seconds,
        default=0.0,
        metavar="S",
        help="wait so long until the endpoint's /models answers",
    )
    add(
        "--out",
        type=Path,
        default=Path("out"),
        metavar="FOLDER",
        help="where executed notebooks, results.json, junit.xml, summary.md go (default: out)",
    )
    return parser


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 1e7:
        raise argparse.ArgumentTypeError("expected a number of seconds above zero, such as 60")
    return seconds


def _typed(arguments: argparse.Namespace) -> dict[str, str]:
    """Return the parameters as text by name."""
    flags = {
        "base_url": arguments.base_url, "model": arguments.model,
        "api_key_env": arguments.api_key_env,
        "timeout_s": None if arguments.timeout_s is None else str(arguments.timeout_s),
    }  # fmt: skip
    typed = {name: text for name, text in flags.items() if text is not None}
    for pair in arguments.parameters:
        name, equals, text = pair.partition("=")
        if not equals or not name.isidentifier():
            raise plan.Refused("-p expects NAME=VALUE, such as -p stream=false.")
        if name in typed:
            raise plan.Refused(f"The parameter {name} was given twice.")
        typed[name] = text
    return typed


def run_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Return what `run` is asked to do; raises plan.Refused for what it does not know."""
    return _parser().parse_known(argv)


def _run(argv: Sequence[str]) -> int:
    arguments = run_arguments(argv)
    typed = _typed(arguments)
    planned = [plan.plan(path, typed) for path in plan.find(arguments.notebooks)]
    # Papermill takes two seconds to import: a wrong argument is told before that.
    from . import session

    return session.run(planned, out=arguments.out, limit_s=arguments.limit_s, wait_s=arguments.wait)


def _truth(argv: Sequence[str]) -> int:
    """Print the truth table; a detector that failed is the kit's fault."""
    parser = _Parser(
        prog="python3 -m helpers truth", allow_abbrev=False,
        description="Print what is planted, found, and seen by the openai client, mode by mode.",
    )  # fmt: skip
    parser.add_argument("group", nargs="?", default="", help="only the modes of one group")
    group = parser.parse_known(argv).group
    from ..selftest.truth import shown, truth_table

    rows = asyncio.run(truth_table(group=group))
    if not rows:
        raise plan.Refused(f"There is no group {group!r} of modes; see demos.")
    print(shown(rows))
    wrong = sum(bool(row.wrong) for row in rows)
    print(f"\n{len(rows)} modes, {wrong} of them not as planted.")
    return WRONG_CALL if wrong else 0


def _clean(argv: Sequence[str]) -> int:
    parser = _Parser(
        prog="python3 -m helpers clean", allow_abbrev=False,
        description="Take outputs, counts and stray metadata out of notebooks.",
    )  # fmt: skip
    parser.add_argument("notebooks", nargs="*", metavar="notebook", help="none: all in notebooks/")
    names = parser.parse_known(argv).notebooks
    paths = plan.find(names) if names else sorted(plan.NOTEBOOKS.glob("*.ipynb"))
    code = 0
    for path in paths:
        changed, left = cleaning.clean(path)
        print(f"{path.name}: {'cleaned' if changed else 'was clean'}")
        for sentence in left:
            print(f"  {escaping.for_terminal(sentence)}")
            code = WRONG_CALL
    return code


def _demos(argv: Sequence[str]) -> int:
    _Parser(
        prog="python3 -m helpers demos", description="List the built-in endpoint's addresses."
    ).parse_known(argv)
    from ..server.faults.catalogue import modes

    rows = {
        "demo": "the built-in endpoint",
        **{f"demo:{name}": says for name, says in modes().items()},
    }
    wide = max(map(len, rows))
    for address, says in rows.items():
        print(f"{address:<{wide}}  {says}")
    return 0
