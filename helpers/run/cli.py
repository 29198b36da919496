"""The commands that run inside the environment, one function each."""

from __future__ import annotations

import argparse
import asyncio
import errno
import sys
import traceback
from collections.abc import Iterable, Sequence

from .. import escaping
from ..arguments import parser
from ..endpoint import CallError
from ..places import NOTEBOOKS
from ..product import NAME
from ..wording import counted, did_you_mean
from . import cleaning, plan
from .typed import headers, query, typed

NOT_JUDGED = 2
STOPPED = 130

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main(argv: Sequence[str]) -> int:
    """The exit code of one command: 0 good, 1 the endpoint failed, 2 the call or the kit did.

    raises:  BrokenPipeError if nobody reads the output; SystemExit if argparse ends the command
    """
    asked = parser.parse(argv)
    try:
        return _COMMANDS[asked.command](asked)
    except (plan.Refused, CallError) as refused:
        return _failed(escaping.for_terminal(str(refused)))
    except KeyboardInterrupt:
        _failed("Stopped by you.")
        return STOPPED
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.errno not in _FULL:
            traceback.print_exc()
            return NOT_JUDGED
        return _failed(f"Nothing more can be written here: {error.strerror}.")
    except Exception:
        # Python's own exit code would be 1, which says that the endpoint failed.
        traceback.print_exc()
        return NOT_JUDGED


def _failed(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return NOT_JUDGED


def _run(args: argparse.Namespace) -> int:
    parameters = typed(args)
    planned = [plan.plan(path, parameters) for path in plan.find(args.notebooks)]
    # Papermill takes two seconds to import, so wrong arguments are reported before that.
    from . import running

    return running.run(planned, out=args.out, limit_s=args.limit_s, wait_s=args.wait)


def _doctor(args: argparse.Namespace) -> int:
    from . import doctor

    text = sys.stdin.read() if args.address == "-" else args.address
    return doctor.run(
        text, model=args.model or "", api_key_env=args.api_key_env or "",
        timeout_s=args.timeout_s, headers=headers(args), query=query(args),
        usual_ports=args.usual_ports,
    )  # fmt: skip


def _bench(args: argparse.Namespace) -> int:
    if args.json and not args.json.parent.is_dir():
        raise plan.Refused(f"The folder for --json does not exist: {args.json.parent}.")
    from ..selftest.bench import command

    return command.run(quick=args.quick, file=args.json)


def _truth(args: argparse.Namespace) -> int:
    """Print the truth table; a fault that is not recognised is the kit's own failure."""
    if args.conformance:
        return _conformance_truth()
    from ..selftest.truth import shown, truth_table

    rows = asyncio.run(truth_table(group=args.group))
    if not rows:
        raise plan.Refused(_no_group(args.group))
    print(shown(rows))
    wrong = sum(bool(row.wrong) for row in rows)
    found = f"{wrong} of them not" if wrong else "all"
    print(f"\n{counted(len(rows), 'fault')}, {found} recognised as they should be.")
    return NOT_JUDGED if wrong else 0


def _no_group(typed: str) -> str:
    """A sentence with the groups of faults or, for the name of a mode, with that mode's group."""
    from ..server.faults.catalogue import groups

    known = groups()
    if typed in known:
        return f"demo:{typed} is one fault; give its group: {known[typed]}."
    sentence = f"There is no {plan.quoted('group', typed)} of faults."
    all_of_them = sorted({*known.values()})
    return f"{sentence}{did_you_mean(typed, all_of_them)} There are: {', '.join(all_of_them)}."


def _conformance_truth() -> int:
    """Print which fault changes which check of the conformance report."""
    from ..selftest import conformance

    rows = asyncio.run(conformance.turns())
    print(conformance.shown(rows))
    unseen = conformance.unseen(rows)
    wrong = sum(bool(row.wrong) for row in rows)
    found = f"{wrong} of them not" if wrong else "all"
    print(f"\n{counted(len(rows), 'row')}, {found} as planted.")
    print(f"Never seen: {', '.join(unseen) or 'none'}.")
    return NOT_JUDGED if wrong or unseen else 0


def _clients(args: argparse.Namespace) -> int:
    if args.json and not args.json.parent.is_dir():
        raise plan.Refused(f"The folder for --json does not exist: {args.json.parent}.")
    from . import clients

    return clients.run(
        args, model=args.model or "", api_key_env=args.api_key_env or "",
        headers=headers(args), query=query(args),
    )  # fmt: skip


def _servers(args: argparse.Namespace) -> int:
    from . import servers

    if args.add and not (args.server and args.version):
        raise plan.Refused("--add expects --server and --version beside it.")
    return servers.run(
        args.add, server=args.server, version=args.version, how=args.how, readme=args.readme
    )


def _clean(args: argparse.Namespace) -> int:
    paths = plan.find(args.notebooks) if args.notebooks else NOTEBOOKS.glob("*.ipynb")
    code = 0
    for path in sorted(paths):
        changed, left = cleaning.clean(path)
        print(f"{path.name}: {'cleaned' if changed else 'was clean'}")
        for sentence in left:
            print(f"  {escaping.for_terminal(sentence)}")
            code = NOT_JUDGED
    return code


def _demos(args: argparse.Namespace) -> int:
    from ..server.faults.catalogue import modes

    rows = {"demo": "the built-in endpoint"}
    rows |= {f"demo:{name}": says for name, says in modes().items()}
    found = [row for row in rows.items() if _mentions(row, args.words)]
    if not found:
        words = " ".join(args.words)
        sentence = f"There is no {plan.quoted('address', words)}, and none that mentions it."
        raise plan.Refused(
            f"{sentence}{did_you_mean(words, modes())} The command demos alone lists them all."
        )
    wide = max(len(address) for address, _ in found)
    for address, says in found:
        print(f"{address:<{wide}}  {says}")
    return 0


def _batch(args: argparse.Namespace) -> int:
    from . import batch

    return batch.run(args, headers=headers(args), query=query(args))


def _watch(args: argparse.Namespace) -> int:
    from . import watching

    return watching.run(
        args.to, args.program, port=args.port, keep=args.keep, bodies=not args.no_bodies,
        origins=args.origins,
    )  # fmt: skip


def _mcp(args: argparse.Namespace) -> int:
    try:
        from .agents import server
    except ModuleNotFoundError as missing:
        if str(missing.name).partition(".")[0] != "mcp":
            raise
        raise plan.Refused(
            f"The package mcp is missing. Install it: pip install '{NAME}[mcp]'."
        ) from None
    return server.serve(args.keys)


def _mentions(row: Iterable[str], words: Sequence[str]) -> bool:
    text = " ".join(row).casefold()
    return all(word.casefold() in text for word in words)


_COMMANDS = {
    "run": _run, "doctor": _doctor, "watch": _watch, "clean": _clean, "demos": _demos,
    "truth": _truth, "clients": _clients, "servers": _servers, "mcp": _mcp,
    "bench": _bench, "batch": _batch,
}  # fmt: skip
