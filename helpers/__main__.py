"""The commands: `python3 -m helpers lab`, `test`, `run` and the others in COMMANDS.

This file must parse on Python 3.8, so that an older Python is told what is missing.
"""

import os
import sys

COMMANDS = {
    "lab": "open JupyterLab on notebooks/01_ask.ipynb; what follows goes to jupyter lab",
    "test": "run all tests; what follows goes to pytest",
    "run": "run notebooks against an endpoint and give the verdict (run --help)",
    "bench": "measure what this kit itself costs",
    "demos": "list the addresses of the built-in endpoint and its faults",
    "truth": "print what each fault is recognised by, and what the openai client makes of it",
    "clean": "take outputs and stray metadata out of the notebooks",
    "pins": "renew helpers/constraints.txt",
}
FIRST_PAGE = "--LabApp.default_url=/lab/tree/notebooks/01_ask.ipynb"
USAGE_ERROR = 2


def main(argv):
    """Run one command in an environment that holds everything, and return its exit code."""
    if sys.version_info < (3, 11):
        return fail(
            f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}."
            f" Try: python3.11 -m helpers {' '.join(argv)}"
        )
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    command, rest = argv[0], argv[1:]
    if command not in COMMANDS:
        return fail(f"There is no command {command!r}.\n\n{usage()}")
    from . import bootstrap

    try:
        python, environ = bootstrap.interpreter(
            ("engine", "lab", "test") if command in ("test", "pins") else ("engine", "lab")
        )
        return dispatch(command, rest, python, environ)
    except bootstrap.MissingError as missing:
        return fail(str(missing))
    except KeyboardInterrupt:
        return 130


def usage():
    """Return the help text."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name.ljust(width)}  {what}" for name, what in COMMANDS.items()]
    return "\n".join(["usage: python3 -m helpers COMMAND [arguments]", "", *lines])


def fail(message):
    """Say what went wrong, and return the exit code for it."""
    print(message, file=sys.stderr)
    return USAGE_ERROR


def dispatch(command, rest, python, environ):
    """Run a command by a Python that holds everything, and return its exit code."""
    from . import bootstrap, installer

    if command == "lab":
        os.chdir(bootstrap.CHECKOUT)
        jupyter = [python, "-m", "jupyterlab", *lab_arguments(rest, root=is_root())]
        return bootstrap.become(jupyter, lab_environment(environ))
    if command == "test":
        os.chdir(bootstrap.CHECKOUT)
        return bootstrap.become([python, "-m", "pytest", *rest], environ)
    if python != sys.executable:
        return bootstrap.become([python, "-m", "helpers", command, *rest], environ)
    if command == "pins":
        return installer.renew_pins()
    from .run import cli

    return cli.main([command, *rest])


def is_root():
    """Return whether the user is root; Windows knows no such user."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def lab_arguments(rest, *, root):
    """Return jupyter lab's arguments: the first notebook, unless another one is named.

    A page, not a file: a file's folder would become the top of the file browser.
    root:  as root JupyterLab refuses to start; whoever types `lab` as root means it
    """
    named = any(argument.endswith(".ipynb") for argument in rest)
    allowed = ["--allow-root"] if root and "--allow-root" not in rest else []
    return [*allowed, *([] if named else [FIRST_PAGE]), *rest]


def lab_environment(environ):
    """Return the environment variables of JupyterLab: its settings travel with the project.

    Settings in JUPYTER_CONFIG_PATH are defaults beside the user's own, which stay as they are.
    The layout of the page (which tabs are open) is kept in out/, apart from other projects'.
    """
    from . import bootstrap

    settings = [str(bootstrap.CHECKOUT / "helpers" / "jupyter")]
    if environ.get("JUPYTER_CONFIG_PATH"):
        settings.append(environ["JUPYTER_CONFIG_PATH"])
    return {
        "JUPYTERLAB_WORKSPACES_DIR": str(bootstrap.CHECKOUT / "out" / "workspaces"),
        **environ,
        "JUPYTER_CONFIG_PATH": os.pathsep.join(settings),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
