"""A host name that could not be looked up: whose fault that is, and what to do."""

from __future__ import annotations

import re
import unicodedata

from ...address.placeholders import stands_for_another

NO_NAME_SERVER = (
    "Check this machine's network: its Wi-Fi or cable, the VPN, and the name server that it is "
    "told to ask (/etc/resolv.conf on Linux). A domain whose own name servers fail looks like "
    "this, too."
)
# The resolver's EAI_AGAIN, and our own limit.
_NOBODY = re.compile(r"temporary failure|try again|no answer within", re.I)


def nobody_answers(detail: str) -> bool:
    """Whether the resolver got no answer, rather than that there is no such name."""
    return bool(_NOBODY.search(detail))


def about_name(host: str) -> str:
    """What to do about a name that does not resolve, judged by what it looks like."""
    letters = {letter: unicodedata.name(letter, "?") for letter in host if letter.isalpha()}
    foreign = [letter for letter, name in letters.items() if not name.startswith("LATIN")]
    if 0 < len(foreign) < len(letters):
        named = letters[foreign[0]]
        return f"“{foreign[0]}” in it is {named}. If you did not mean that, type the name again."
    if "%" in host:
        interface = host.partition("%")[2]
        return f"{interface!r} has to be a network interface of this machine: check its name."
    if host.endswith((".docker.internal", ".containers.internal")):
        return (
            "Only containers know that name. On the machine itself type localhost; on Linux start "
            "the container with --add-host=host.docker.internal:host-gateway."
        )
    if re.fullmatch(r"[\d.]+", host):
        return "An IPv4 address has four numbers from 0 to 255: check them."
    if stands_for_another(host):
        return (
            "It looks like a placeholder from an example: put your server's own name or number in "
            "its place, such as localhost."
        )
    network = "" if "." in host else (
        " A name without a dot is one of your own network's, or a service of docker compose, which "
        "only containers know: outside of them type localhost and the port that it publishes. A "
        "model's name goes into model."
    )  # fmt: skip
    return (
        f"Check the spelling.{network} A container does not know the names of its host: Docker "
        "offers host.docker.internal for that."
    )
