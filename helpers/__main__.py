"""The commands: `python3 -m helpers lab`, `test`, `run` and the others in arguments/parser.py.

This file must parse on Python 3.8, so that an older Python can say which version is needed.
"""

from __future__ import annotations

import codecs
import io
import os
import signal
import sys
from collections.abc import Mapping, Sequence

NOT_JUDGED = 2
STOPPED = 130
# "?" is the mark of what is unclear, so that ✓ and ✕ must not become one.
LOOK_ALIKES = {
    "✓": "+", "✕": "x", "○": "o", "■": "#", "█": "#", "▶": ">", "→": "->", "»": ">>", "«": "<<",
    "…": "...", "“": '"', "”": '"', "’": "'", "·": "-", "–": "-", "─": "-", "│": "|", "•": "*",
    "≈": "~", "±": "+-", "×": "x", "µ": "u",
}  # fmt: skip


def console() -> int:
    """Run the command this process was started with; its exit code."""
    code = main(sys.argv[1:])
    # The verdict is already out: Ctrl-C could now interrupt nothing but Python's own exit.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return code


def main(argv: Sequence[str]) -> int:
    """Run one command in an environment with everything it needs; its exit code."""
    if sys.version_info < (3, 11):
        return fail(
            f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}."
            f" Try: python3.11 -m {__package__}"
        )
    if sys.stdout is None:
        return fail("Standard output is closed. To see nothing, redirect it: > /dev/null")
    if isinstance(sys.stdout, io.TextIOWrapper):
        codecs.register_error("look-alike", look_alike)
        sys.stdout.reconfigure(errors="look-alike")
    try:
        code = start(argv or ["--help"])
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return STOPPED
    except BrokenPipeError:
        return forget_stdout()
    except OSError as error:
        forget_stdout()
        return fail(f"The output cannot be written: {error.strerror}.")


def start(argv: Sequence[str]) -> int:
    """Parse a command line and run its command; the exit code."""
    from . import places
    from .arguments import parser
    from .environment import installation, interpreter

    try:
        asked = parser.parse(argv)
        if asked.command in ("test", "pins") and places.CHECKOUT is None:
            return fail(f"{asked.command} needs a clone of the repository.")
        extras = installation.EXTRAS if asked.command in ("test", "pins") else ("engine", "lab")
        extras = ("engine", "mcp") if asked.command == "mcp" else extras
        python, environ = interpreter.interpreter(extras)
        return dispatch(argv, asked.rest, python, environ)
    except (parser.WrongCallError, installation.MissingError) as error:
        return fail(str(error))
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else NOT_JUDGED


def dispatch(
    argv: Sequence[str], rest: Sequence[str], python: str, environ: Mapping[str, str]
) -> int:
    """Run a command with a Python that has everything it needs; its exit code."""
    from . import places
    from .environment import installation, interpreter, lab

    if argv[0] == "lab":
        return lab.start(rest, python, environ)
    if argv[0] == "test":
        os.chdir(places.home())
        return interpreter.become([python, "-m", "pytest", *rest], environ)
    if python != sys.executable:
        return interpreter.become([python, "-m", str(__package__), *argv], environ)
    if argv[0] == "pins":
        return installation.renew_pins()
    from .run import cli

    return cli.main(argv)


def fail(message: str) -> int:
    """Print what went wrong to stderr; the exit code for it."""
    print(message, file=sys.stderr)
    return NOT_JUDGED


def look_alike(error: UnicodeError) -> tuple[str, int]:
    """What a log limited to ASCII shows for signs it cannot encode: ? if nothing is like it.

    Without it, such a sign would end the run.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end]
    return "".join(LOOK_ALIKES.get(sign, "?") for sign in signs), error.end


def forget_stdout() -> int:
    """Discard unprinted output, about which Python would complain at exit; the exit code."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return NOT_JUDGED


if __name__ == "__main__":
    sys.exit(console())
