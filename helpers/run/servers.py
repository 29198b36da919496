"""The command `servers`: what was found in each server, stored, printed, and put into README."""

from __future__ import annotations

from pathlib import Path

from ..checks.conformance.asking import Inquiry
from ..endpoint import REPLAY, Endpoint
from ..places import CHECKOUT
from ..recordings import load
from ..show.conformance.servers import found_in, keep, kept, put_into, table
from .plan import Refused


def run(har: Path | None, *, server: str, version: str, how: str, readme: bool) -> int:
    """Store a result if one is given, and print the table; returns the exit code.

    raises:  plan.Refused outside a clone, RecordingError if the file is not a recording
    """
    if (har or readme) and CHECKOUT is None:
        raise Refused("Results are kept in a clone of the repository, and this is not one.")
    if har:
        address = f"{REPLAY}:{har}"
        recorded = load(address)
        report = Inquiry(Endpoint(address, address), recorded=recorded, deep=True).report
        keep(found_in(report, server=server, version=version, how=how))
    made = table(kept())
    if readme and CHECKOUT is not None:
        put_into(CHECKOUT / "README.md", made)
    print(made)
    return 0
