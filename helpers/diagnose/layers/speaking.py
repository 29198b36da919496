"""What a port speaks, in sentences: TLS and its certificate, HTTP, or something else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...endpoint import Endpoint
from ...finding import Finding
from ...wire.network import Certificate, Greeting, Handshake, Store
from ..connection.no_answer import no_answer
from .reaching import as_deviation, judged

# OpenSSL's numbers for the reasons why a certificate was not trusted.
EXPIRED, NOT_YET, ITSELF, OWN_ROOT, NO_ISSUER = 10, 9, 18, 19, (2, 20, 21, 27)
WRONG_NAME, WEAK = (62, 64), (66, 67, 68)


def no_tls() -> Finding:
    """The address is plain http, so there is no certificate to check."""
    return judged("tls", "skipped", "Plain http uses no TLS.")


def trusted(
    certificate: Certificate | None, handshakes: Sequence[Handshake], used: Store
) -> Finding:
    """A certificate trusted by the store that programs use."""
    by = [one.store for one in handshakes if one.trusted]
    others = [one for one in handshakes if not one.trusted and one.file]
    says = f"The certificate is trusted by: {', '.join(by)}.{_issued(certificate)}"
    if not others:
        return judged("tls", "pass", says)
    if len(by) == 1 and used.startswith("SSL_CERT"):
        says = f"The certificate is trusted because {used} is set.{_issued(certificate)}"
        return judged("tls-own-authority", "tolerated", says, f"Set {used} for your programs, too.")
    return judged(
        "tls-some-stores", "tolerated", f"{says} Not by {others[0].store} ({others[0].detail}).",
        f"Programs that use {others[0].store}'s store need SSL_CERT_FILE.",
    )  # fmt: skip


def another_store(used: Handshake, works: Handshake) -> Finding:
    """A certificate trusted by another store, but not by the one that programs use."""
    empty = "" if used.file else " It holds no authorities, as in a minimal container."
    return replace(
        judged(
            "tls-store", "deviates",
            f"The {used.store} store does not trust the certificate; {works.store} does.{empty}",
            f"Set SSL_CERT_FILE={works.file} where JupyterLab and your programs start: openai 3 "
            "uses that variable first, then the operating system's store.",
        ),
        expected="a certificate that this machine trusts", came=used.detail,
    )  # fmt: skip


def untrusted(
    handshake: Handshake, certificate: Certificate | None, host: str, port: int
) -> Finding:
    """A certificate that no store trusts, explained by OpenSSL's reason."""
    name, says, do = _untrusted(handshake, certificate, host, port)
    return replace(
        judged(name, "deviates", f"{says}{_issued(certificate)}", do),
        expected="a certificate that this machine trusts", came=handshake.detail,
    )  # fmt: skip


def _untrusted(
    handshake: Handshake, certificate: Certificate | None, host: str, port: int
) -> tuple[str, str, str]:
    """The finding's name, what it says and what to do; the most obvious problem first.

    OpenSSL reports only one, and reports a self-signed certificate before anything else.
    """
    itself = " It is also self-signed." if handshake.code == ITSELF else ""
    names = certificate.names if certificate else ()
    if handshake.code == EXPIRED or (certificate and certificate.expired):
        return (
            "tls-expired", f"The certificate of {host} has expired.{itself}",
            "Have it renewed. If its date is still to come, this machine's clock is wrong.",
        )  # fmt: skip
    if handshake.code == NOT_YET:
        return (
            "tls-not-yet", f"The certificate of {host} is not valid yet.{itself}",
            "Check this machine's date and time.",
        )  # fmt: skip
    if handshake.code in WRONG_NAME or (names and not any(_covers(name, host) for name in names)):
        return _wrong_name(names, host, itself)
    if handshake.code == ITSELF:
        return _self_signed(host, port)
    if handshake.code == OWN_ROOT or handshake.code in NO_ISSUER:
        return (
            "tls-unknown-issuer", f"No store on this machine knows who issued {host}'s "
            "certificate: a company's own authority, or an intermediate that the server leaves "
            "out.",
            "Get that authority's certificate from whoever runs the server, and name its file in "
            "SSL_CERT_FILE where JupyterLab and your programs start.",
        )  # fmt: skip
    if handshake.code in WEAK:
        return (
            "tls-weak", f"The certificate of {host} is too weak for this machine.",
            "Have a new one made, with an RSA key of 2048 bits or more and signed with SHA-256.",
        )  # fmt: skip
    return (
        "tls", f"No secure connection to {host}.",
        "Check this machine's date and the host name, and check the server's log.",
    )  # fmt: skip


def _wrong_name(names: Sequence[str], host: str, itself: str) -> tuple[str, str, str]:
    which = f"is for {', '.join(names[:4])}" if names else "names no host"
    better = f"Use one of those names instead of {host}, or have" if names else "Have"
    return (
        "tls-wrong-name", f"The certificate {which}, not for {host}.{itself}",
        f"{better} a certificate made that names {host}.",
    )  # fmt: skip


def _self_signed(host: str, port: int) -> tuple[str, str, str]:
    save = f"openssl s_client -connect {host}:{port} </dev/null | openssl x509 > server.pem"
    return (
        "tls-self-signed", f"The certificate of {host} is self-signed.",
        f"Ask whoever runs the server for its certificate, or fetch it ({save}) and have it "
        "confirmed. Then set SSL_CERT_FILE=server.pem where JupyterLab and your programs start.",
    )  # fmt: skip


def _covers(name: str, host: str) -> bool:
    """Whether a name in a certificate covers a host; * stands for one label."""
    wild = name.startswith("*.") and host.partition(".")[2].lower() == name[2:].lower()
    return wild or name.lower() == host.lower()


def handshake_failed(handshake: Handshake, endpoint: Endpoint) -> Finding:
    """Neither a certificate nor plain HTTP came."""
    cause = "reset" if handshake.cause == "reset" else "tls"
    return as_deviation(no_answer(cause, endpoint, handshake.detail))


def unreadable_store(used: Handshake) -> Finding:
    """The variable that names a store of certificates names none."""
    return replace(
        judged(
            "tls-no-store", "deviates",
            f"{used.store} names {used.file}, which holds no certificates that can be read.",
            "Correct it, or unset it, where JupyterLab and your programs start.",
        ),
        expected="a file of certificates in PEM", came=used.detail,
    )  # fmt: skip


def silent_to_both(waited_s: float, endpoint: Endpoint) -> Finding:
    """A port that answers neither a TLS handshake nor a plain request."""
    silent = no_answer("connect-timeout", endpoint, "silence")
    return replace(
        as_deviation(silent), name="silent-port", evidence="", fix="",
        says=f"The port accepts connections but said nothing for {waited_s:.0f} s, neither to TLS "
        "nor to plain http.",
        do="Check the log of what listens there, and restart it: it accepts connections and "
        "serves none. Check the port, too: what listens there may not be the API.",
    )  # fmt: skip


def http_wanted(plain_url: str) -> Finding:
    """A port that speaks plain http although https was typed."""
    return replace(
        judged(
            "http-wanted", "deviates", "This port speaks plain http, but was asked in https.",
            "Type http:// instead of https://. A key would travel unencrypted then: beyond this "
            "machine ask for an address with https.", fix=plain_url,
        ),
        expected="a TLS handshake", came="plain HTTP",
    )  # fmt: skip


def https_wanted(secure_url: str) -> Finding:
    """A port that speaks TLS although http was typed."""
    return replace(
        judged(
            "https-wanted", "deviates", "This port speaks https, but was asked in plain http.",
            "Type https:// instead of http://.", fix=secure_url,
        ),
        expected="a plain HTTP answer", came="TLS",
    )  # fmt: skip


def speaks_http(greeting: Greeting) -> Finding:
    """An HTTP answer, whatever its content."""
    server, via = greeting.header("server")[:60], greeting.header("via")[:60]
    facts = [greeting.version, f"Server: {server}" if server else "", f"Via: {via}" if via else ""]
    status = f"A path that cannot exist gets {greeting.status}."
    return judged("http", "pass", f"{', '.join(filter(None, facts))}. {status}")


def only_http2() -> Finding:
    """A server that speaks only HTTP/2."""
    return replace(
        judged(
            "only-http2", "deviates", "The server speaks HTTP/2 only.",
            "openai and most programs speak HTTP/1.1: switch that on in the server, or put a proxy "
            "in front of it that speaks both (nginx, Caddy).",
        ),
        expected="an HTTP/1.1 answer", came="a frame of HTTP/2",
    )  # fmt: skip


def something_else(greeting: Greeting, place: str) -> Finding:
    """What answers is not a web server."""
    begins = repr(greeting.data[:40])[2:-1]
    speaks = f" but as {greeting.speaks}" if greeting.speaks else ""
    return replace(
        judged(
            "not-http", "deviates",
            f"{place} does not answer in HTTP{speaks}.",
            "Something else listens on this port: check the port.", evidence=f"It says: {begins}",
        ),
        expected="an HTTP answer", came=greeting.speaks or "other bytes",
    )  # fmt: skip


def closed_at_once(greeting: Greeting, endpoint: Endpoint) -> Finding:
    """The connection was closed without an answer."""
    cause = "tls" if greeting.cause == "tls" else "reset"
    return as_deviation(no_answer(cause, endpoint, greeting.detail))


def says_nothing_yet(greeting: Greeting) -> Finding:
    """A connection that opens, followed by silence or by no status that can be read."""
    if greeting.data:
        return judged(
            "slow", "unclear", "The port speaks HTTP, but no status came that can be read.",
            "The next layer asks again, and gives it more time.",
        )  # fmt: skip
    return judged(
        "slow", "unclear",
        f"The port accepts connections but said nothing within {greeting.took_s:.0f} s.",
        "It may be loading a model, or be busy: the next layer gives it more time.",
    )  # fmt: skip


def _issued(certificate: Certificate | None) -> str:
    if certificate is None:
        return ""
    end = "it ended on" if certificate.expired else "valid until"
    by = "itself" if certificate.own_issuer else certificate.issuer
    return f" Issued by {by}, {end} {certificate.ends}."
