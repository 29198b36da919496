"""What the layers below HTTP show, in sentences: the name, each address, the proxies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from ...endpoint import Endpoint, is_loopback
from ...finding import Conformance, Finding, Level
from ...secrets.shapes import without_userinfo
from ...wire.network import ConnectAttempt, Family, Lookup, place
from ..connection.no_answer import about_proxy, no_answer

LEVELS: dict[Conformance, Level] = {
    "pass": "pass", "skipped": "pass", "absent": "pass", "tolerated": "remark",
    "unclear": "unclear", "deviates": "fail", "refused": "fail",
}  # fmt: skip
AROUND = "localhost,127.0.0.1,::1"


def judged(
    name: str, verdict: Conformance, says: str, do: str = "", *, evidence: str = "", fix: str = "",
) -> Finding:  # fmt: skip
    """The finding on one layer, as serious as its verdict."""
    return Finding(name, LEVELS[verdict], says, evidence, do, fix=fix, verdict=verdict)


def as_deviation(finding: Finding) -> Finding:
    """An explained failure, as the verdict on a layer."""
    return replace(finding, verdict="deviates")


def well_formed(typed: str, kind: str, notes: Sequence[str]) -> Finding:
    """An address that could be parsed."""
    read_from = f"{typed}, taken from {kind}" if kind else f"{typed} is read as an address"
    return judged("address", "pass", f"{read_from}.", evidence=" ".join(notes))


def built_in(typed: str) -> Finding:
    """An address served by the kit's own engine."""
    return judged("address", "pass", f"{typed} is served by this kit itself.")


def key_was_pasted() -> Finding:
    """The pasted text contained a key; nothing of it is kept."""
    return judged(
        "key-pasted", "tolerated", "What you pasted held a key. It was discarded: it is not sent, "
        "shown or kept.",
        "Put the key into an environment variable where you start JupyterLab (export MY_KEY=…) and "
        "give that name as api_key_env. Take the key out of the text you pasted, and out of your "
        "shell's history.",
    )  # fmt: skip


def name_found(lookup: Lookup) -> Finding:
    """The addresses of a name."""
    if lookup.addresses == (lookup.host,):
        return judged(
            "dns", "skipped", f"{lookup.host} is an address: there is no name to look up."
        )
    shown, more = lookup.addresses[:4], len(lookup.addresses) - 4
    rest = f" and {more} more" if more > 0 else ""
    return judged("dns", "pass", f"{lookup.host} → {', '.join(shown)}{rest}")


def name_unknown(lookup: Lookup, endpoint: Endpoint, proxy: str) -> Finding:
    """No address for a name: a failure, unless a proxy resolves names."""
    if proxy:
        return judged(
            "dns", "tolerated", f"This machine does not know {lookup.host}. The proxy looks the "
            "name up.", evidence=lookup.detail,
        )  # fmt: skip
    unknown = no_answer("dns", endpoint, lookup.detail)
    return as_deviation(replace(unknown, evidence=f"The resolver says: {lookup.detail}."))


def family_answers(attempts: Sequence[ConnectAttempt]) -> Finding:
    """The addresses of one family, at least one of which accepts."""
    good = [one for one in attempts if one.accepted]
    bad = [one for one in attempts if not one.accepted]
    more = f", and {len(good) - 1} more" if len(good) > 1 else ""
    says = f"{good[0].place} accepts{more}."
    if not bad:
        return judged("tcp", "pass", says)
    return judged(
        "tcp-some", "tolerated", f"{says} {bad[0].place} {_how(bad[0])}.",
        "Programs may use either: have the address that does not answer removed from the DNS.",
    )  # fmt: skip


def family_silent(attempts: Sequence[ConnectAttempt], endpoint: Endpoint, answers: str) -> Finding:
    """The addresses of one family, none of which accepts.

    answers:  an address of the other family that accepts, "" if none does
    """
    first = attempts[0]
    if not answers:
        at = Endpoint(endpoint.base_url, endpoint.url, limits=endpoint.limits)
        failed = no_answer(first.cause, at, first.detail)
        return as_deviation(replace(failed, evidence=f"{first.place} {_how(first)}."))
    host = urlsplit(endpoint.url).hostname or ""
    if first.cause == "unreachable":
        says = f"This machine has no route to {first.family}; {answers} can still be reached."
        return judged("no-route", "skipped", says)
    waits = first.cause == "connect-timeout"
    cost = "programs that try it first lose time" if waits else "new connections try twice"
    return judged(
        "other-family", "tolerated", f"{first.place} {_how(first)}, so {cost}.",
        f"Write {answers} instead of {host}, or let the server listen on both."
        if is_loopback(host) else f"Have the {first.family} address removed from the DNS.",
    )  # fmt: skip


def other_family(typed: ConnectAttempt, other: ConnectAttempt, base_url: str) -> Finding:
    """A server that listens only on the other loopback address."""
    return replace(
        judged(
            "wrong-family", "deviates", f"Nothing listens on {typed.place}, but {other.place} "
            "answers: the server listens on the other of this machine's two addresses.",
            f"Write {place(other.address)} in the address, or start the server with "
            "--host 127.0.0.1.", fix=base_url,
        ),
        expected=f"a server at {typed.place}", came=_how(typed),
    )  # fmt: skip


def from_a_container(
    typed: ConnectAttempt, found: ConnectAttempt | None, name: str, base_url: str
) -> Finding:
    """Whether a container's host answers on the port, since localhost is the container itself.

    found:  the host's attempt, None if none was accepted
    """
    if found is None:
        return judged(
            "container", "unclear", "This is a container, where localhost is the container itself. "
            "Its host does not answer on that port either.",
            "If the server runs on the host, start it with --host 0.0.0.0, and the container with "
            "--add-host=host.docker.internal:host-gateway.",
        )  # fmt: skip
    return judged(
        "container", "deviates", "This is a container, where localhost is the container itself; "
        f"the server answers at its host, {place(name, typed.port)}.",
        f"Write {name} instead of localhost.", fix=base_url,
    )  # fmt: skip


def usual_ports(answering: Sequence[tuple[int, str]], host: str, *, asked: bool) -> Finding:
    """What answers on the usual ports of the same host.

    answering:  (port, the server that usually uses it) for each that accepts
    """
    if not asked:
        return judged(
            "usual-ports", "skipped", "The usual ports of this host were not tried.",
            "To try them: tick “usual ports”, set usual_ports = True, or run doctor --usual-ports.",
        )  # fmt: skip
    if not answering:
        return judged("usual-ports", "absent", f"None of the usual ports of {host} answers.",
                    "Start the server.")  # fmt: skip
    ports = ", ".join(f"{port} (usually {who})" for port, who in answering)
    first = f"http://{place(host, answering[0][0])}/v1"
    return judged("usual-ports", "tolerated", f"On {host} these ports answer: {ports}.",
                f"If that is your server, try {first}.")  # fmt: skip


def no_proxy() -> Finding:
    """No proxy is in force for the address."""
    return judged("proxy", "pass", "No proxy variable applies to this address.")


def proxy_hijacks(proxy: str, variable: str, came: str) -> Finding:
    """A proxy variable that also captures what is meant for this machine.

    came:  how the proxy answered
    """
    return judged(
        "proxy-hijacks", "tolerated",
        f"{variable} sends requests for this machine to {hidden(proxy)}, {came}. This kit bypasses "
        "it; most programs do not.",
        f"Set NO_PROXY={AROUND} where the program starts.",
    )  # fmt: skip


def proxy_helps(proxy: str, variable: str, *, direct: bool) -> Finding:
    """A proxy that works, and whether it is needed."""
    need = "is not needed: the server also answers without it" if direct else "is needed"
    says = f"{variable} names {hidden(proxy)}, which works and {need}."
    return judged("proxy", "pass", says)


def proxy_fails(proxy: str, variable: str, host: str, detail: str, *, direct: bool) -> Finding:
    """A proxy that does not reach the host, and whether bypassing it helps."""
    says = f"{variable} names the proxy {hidden(proxy)}, which cannot reach {host}"
    special = about_proxy(detail)
    if direct:
        return judged(
            "proxy-in-the-way", "deviates", f"{says}; without it the server answers.",
            f"{special} Set NO_PROXY={host} where JupyterLab and your programs start.".strip(),
            evidence=detail,
        )  # fmt: skip
    return judged(
        "proxy-fails", "deviates", f"{says}; without it nothing answers either.",
        special or f"Check the address in {variable}, and whether {host} is reachable at all.",
        evidence=detail,
    )  # fmt: skip


def hidden(proxy: str) -> str:
    """A proxy's address without its password."""
    return without_userinfo(proxy)


def _how(attempt: ConnectAttempt) -> str:
    words = {
        "refused": "refuses", "connect-timeout": f"is silent for {attempt.took_s:.0f} s",
        "unreachable": "cannot be reached from here", "reset": "closes the connection",
    }  # fmt: skip
    return words.get(attempt.cause, f"fails ({attempt.detail})")


def by_family(attempts: Sequence[ConnectAttempt]) -> dict[Family, list[ConnectAttempt]]:
    """The attempts by family, the first one's family first."""
    found: dict[Family, list[ConnectAttempt]] = {}
    for one in attempts:
        found.setdefault(one.family, []).append(one)
    return found
