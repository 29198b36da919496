"""Every command's arguments, in one parser. Standard library only, since it runs first."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from ..product import COMMAND, NAME, VERSION
from ..secrets.shapes import looks_like_key
from ..wording import did_you_mean
from . import batch
from .shared import add_endpoint, add_timeout, count, port, seconds

# What follows these is passed to JupyterLab or pytest, --help included.
PASSED_ON = ("lab", "test")
# Lists of words, of which argparse leaves over those that come after an option.
_LISTED = ("notebooks", "words")
COMMANDS = {
    "lab": "open JupyterLab on the first notebook; options are passed to jupyter lab",
    "test": "run the tests; options are passed to pytest",
    "run": "run notebooks against an endpoint and give a verdict",
    "doctor": "find out where an endpoint is and what it needs, from whatever you have",
    "batch": "ask every prompt of a file, and continue where an earlier run stopped",
    "watch": "pass your programs' requests to an endpoint, and judge what comes back",
    "bench": "measure what this kit itself costs",
    "demos": "list the addresses of the built-in endpoint and its faults",
    "truth": "check that each fault is recognised, and show what the openai client makes of it",
    "mcp": "offer the instruments to an agent as tools, over stdin and stdout",
    "servers": "print what was found in real servers, or keep what a run found in one",
    "clients": "let real clients read a recording, and show which of them break on it",
    "clean": "strip outputs and stray metadata from the notebooks",
    "pins": "renew helpers/constraints.txt",
}
_EXIT_CODES = f"""\
exit code:  0 passed · 1 the endpoint failed (no answer and silence count as failures) ·
            2 not judged: a wrong call, a dead kernel, the time limit, our own bug · 130 Ctrl+C

example:    {COMMAND} run 01_ask --base-url http://localhost:1337/v1 --model gpt-3.5-turbo
"""
_DOCTOR = f"""\
exit code:  0 the address works as it is · 1 it does not; the last lines say what does ·
            2 not judged: a wrong call, a missing key · 130 Ctrl+C

example:    {COMMAND} doctor localhost:1337
            pbpaste | {COMMAND} doctor -        (what you copied, without the shell seeing it)
"""
# The option without its value, in -Hvalue and --name=value.
_OPTION = re.compile(r"--[a-z][a-z_-]*|-[A-Za-z]")


class WrongCallError(Exception):
    """The command line is not valid; the message says what to type instead.

    It never quotes a value, since that may be a key.
    """


class _Parser(argparse.ArgumentParser):
    """A parser without abbreviated options, also for its subcommands."""

    def __init__(self, **settings: object) -> None:
        super().__init__(**{"allow_abbrev": False, **settings})  # type: ignore[arg-type]

    def error(self, message: str) -> NoReturn:
        """Raise argparse's error as one sentence, without the value that it quotes."""
        option, _, what = message.removeprefix("argument ").partition(": ")
        what = "expected no value" if what.startswith("ignored explicit") else what
        raise WrongCallError(f"{option}: {what}. See {self.prog} --help.")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The parsed command line: `command`, its options, and `rest`, which is passed on.

    The program to start, after `watch … --`, is in `program`.

    raises:  WrongCallError, or SystemExit after argparse itself has printed help
    """
    if not argv or argv[0] not in (*COMMANDS, "-h", "--help", "--version"):
        known = ", ".join(COMMANDS)
        guess = did_you_mean(argv[0], COMMANDS, most=1) if argv else ""
        raise WrongCallError(
            f"Expected one of these commands: {known}.{guess} See {COMMAND} --help."
        )
    started: list[str] = []
    if argv[0] == "watch" and "--" in argv:
        place = list(argv).index("--")
        argv, started = argv[:place], list(argv[place + 1 :])
    asked, rest = parser().parse_known_args(argv)
    listed = next((name for name in _LISTED if hasattr(asked, name)), "")
    if listed and not any(word.startswith("-") for word in rest):
        getattr(asked, listed).extend(rest)
        rest = []
    asked.rest, asked.program = rest, started
    if rest and asked.command not in PASSED_ON:
        raise WrongCallError(_unknown(rest[0], asked))
    return asked


def _unknown(argument: str, args: argparse.Namespace) -> str:
    see = f"See {COMMAND} {args.command} --help."
    if not argument.startswith("-") and not looks_like_key(argument):
        return f"Too many arguments: put quotes around one that contains spaces. {see}"
    option = _OPTION.match(argument)
    named = option[0] if option and not looks_like_key(option[0].lstrip("-")) else "such argument"
    if "key" in named:
        hint = " A key is never typed here: --api-key-env takes its variable's name."
    else:
        known = _OPTION.findall(args.describe())
        hint = did_you_mean(named.replace("_", "-"), known, most=1)
    return f"There is no {named} here.{hint} {see}"


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    whole = _Parser(prog=COMMAND, description="A bench for OpenAI-compatible endpoints.")
    whole.add_argument("--version", action="version", version=f"{NAME} {VERSION}")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, what in COMMANDS.items():
        one = commands.add_parser(
            name, help=what, description=f"{what[0].upper()}{what[1:]}.",
            add_help=name not in PASSED_ON, formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        if add := _OPTIONS.get(name):
            add(one)
        one.set_defaults(describe=one.format_help)
    return whole


def _run(run: argparse.ArgumentParser) -> None:
    run.epilog = _EXIT_CODES
    add = run.add_argument
    add(
        "notebooks", nargs="*", metavar="notebook",
        help="its name (01_ask, 01 or ask) or path; without one: all marked safe for any endpoint",
    )  # fmt: skip
    add_endpoint(run)
    add(
        "--target", dest="targets", action="append", default=[], metavar="'URL NAME=VALUE …'",
        help="a target for 06_compare, such as 'localhost:8000 model=oak "
        "api_key_env=MY_KEY name=mine temperature=0'; repeatable",
    )  # fmt: skip
    add(
        "-p", dest="parameters", action="append", default=[], metavar="NAME=VALUE",
        help="any other parameter of the notebook; repeatable",
    )  # fmt: skip
    add("--timeout-s", type=seconds, metavar="S", help="how long one request may take")
    add(
        "--limit-s", type=seconds, default=600.0, metavar="S",
        help="how long one notebook may take before its kernel is killed (default: 600)",
    )  # fmt: skip
    add(
        "--wait", type=seconds, default=0.0, metavar="S",
        help="wait up to this long for the endpoint's /models to answer",
    )  # fmt: skip
    add(
        "--out", type=Path, default=Path("out"), metavar="FOLDER",
        help="where the executed notebooks and the reports go (default: out)",
    )  # fmt: skip


def _doctor(doctor: argparse.ArgumentParser) -> None:
    doctor.epilog = _DOCTOR
    add = doctor.add_argument
    add(
        "address", nargs="?", default="",
        help="a host, an address, a quoted curl command, OPENAI_BASE_URL=…; - reads it from "
        "standard input; without one: the built-in endpoint",
    )  # fmt: skip
    add_endpoint(doctor, address=False)
    add_timeout(doctor)
    add(
        "--usual-ports", action="store_true",
        help="if nothing answers, try the usual ports of the same host",
    )  # fmt: skip


def _watch(watch: argparse.ArgumentParser) -> None:
    watch.usage = f"{COMMAND} watch [--to URL] [options] [-- CMD ...]"
    watch.epilog = (
        "With -- CMD the program is started with the address in OPENAI_BASE_URL, OPENAI_API_BASE "
        "and\nANTHROPIC_BASE_URL, and its exit code is passed on.\n\n"
        f"example:    {COMMAND} watch --to http://localhost:8000/v1 -- python my_agent.py"
    )
    add = watch.add_argument
    add(
        "--to", default="", metavar="URL",
        help="the endpoint that requests are passed on to (default: the built-in endpoint)",
    )  # fmt: skip
    add("--port", type=port, default=0, metavar="N", help="where to listen (default: a free port)")
    add(
        "--keep", type=count, default=200, metavar="N",
        help="how many recordings to keep in out/recordings/watch (default: 200)",
    )  # fmt: skip
    add(
        "--no-bodies", action="store_true",
        help="keep times, sizes and the shape of what was said, but not a word of it",
    )  # fmt: skip
    add(
        "--allow-origin", dest="origins", action="append", default=[], metavar="ORIGIN",
        help="let a web page of this origin ask, such as https://app.example; repeatable",
    )  # fmt: skip


def _mcp(mcp: argparse.ArgumentParser) -> None:
    mcp.epilog = f"example:    {COMMAND} mcp --key OPENAI_API_KEY@https://api.openai.com"
    mcp.add_argument(
        "--key", dest="keys", action="append", default=[], metavar="NAME@URL",
        help="the environment variable that holds a key, and the one server it goes to; "
        "repeatable (default: no call sends a key)",
    )  # fmt: skip


def _bench(bench: argparse.ArgumentParser) -> None:
    bench.epilog = "It takes about three minutes, on a quiet machine."
    bench.add_argument(
        "--json", type=Path, metavar="FILE", help="save every figure to this file as well"
    )
    bench.add_argument(
        "--quick", action="store_true", help="take only seconds: too short to rely on"
    )


def _demos(demos: argparse.ArgumentParser) -> None:
    demos.add_argument("words", nargs="*", metavar="WORD", help="show only those that mention it")


def _truth(truth: argparse.ArgumentParser) -> None:
    truth.add_argument("group", nargs="?", default="", help="check only the faults of this group")
    truth.add_argument(
        "--conformance", action="store_true",
        help="show which checks of the conformance report catch each fault instead",
    )  # fmt: skip


def _servers(servers: argparse.ArgumentParser) -> None:
    servers.epilog = (
        f"example:    {COMMAND} servers --add out/recordings/RUN.har --server mockllm "
        "--version 0.0.8 --readme"
    )
    add = servers.add_argument
    add(
        "--add", type=Path, metavar="HAR",
        help="judge a run that 04_conformance kept, and keep the small result in the clone",
    )  # fmt: skip
    add("--server", default="", metavar="NAME", help="which server was asked")
    add("--version", default="", metavar="VERSION", help="its version")
    add("--how", default="", metavar="WORDS", help="what runs behind it, in a few words")
    add("--readme", action="store_true", help="put the table into README.md")


def _clients(clients: argparse.ArgumentParser) -> None:
    add = clients.add_argument
    add_endpoint(clients, address=False)
    add(
        "source", nargs="?", default="", metavar="RECORDING|ADDRESS",
        help="a HAR file, or an endpoint's address (default: the built-in endpoint)",
    )  # fmt: skip
    add(
        "--readers", nargs="+", action="extend", default=[], metavar="NAME",
        help="clients such as openai, langchain, ai-sdk, or all; what is missing is installed in "
        "out/clients (default: those that need no installation)",
    )  # fmt: skip
    add(
        "--require", nargs="+", default=[], metavar="NAME",
        help="clients that must see everything that came, whoever is to blame",
    )  # fmt: skip
    add(
        "--all-modes", action="store_true",
        help="every stream and tool mode of the built-in endpoint instead, for all readers; renews "
        "the table that is shipped, or writes --json",
    )  # fmt: skip
    add("--json", type=Path, metavar="FILE", help="save the whole table to this file as well")
    add(
        "--limit-s", type=seconds, default=20.0, metavar="S",
        help="how long a client may take for one recording (default: 20)",
    )  # fmt: skip
    clients.epilog = (
        "exit code:  0 none breaks where the bytes are to blame · 1 one does, a required one does "
        "not see\n            all, or the endpoint failed · 2 not judged: a wrong call, no client "
        "to try · 130 Ctrl+C\n\n"
        f"example:    {COMMAND} clients http://localhost:8000/v1 --readers openai langchain"
    )


def _clean(clean: argparse.ArgumentParser) -> None:
    clean.add_argument(
        "notebooks", nargs="*", metavar="notebook", help="which ones (default: all in notebooks/)"
    )


_OPTIONS = {
    "run": _run, "doctor": _doctor, "batch": batch.add, "watch": _watch,
    "bench": _bench, "demos": _demos, "truth": _truth, "mcp": _mcp, "clients": _clients,
    "servers": _servers, "clean": _clean,
}  # fmt: skip
