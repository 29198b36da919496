"""Why a server that does speak TLS refused the handshake, judged by OpenSSL's words."""

from __future__ import annotations

import re

# What the server wants, and what to do, by what stands in OpenSSL's message.
_REASONS = (
    (
        r"certificate.?required",
        "wants a certificate from its clients (mTLS)",
        "This kit and the openai clients send none: have the API's path exempted, or ask through a "
        "proxy that holds one.",
    ),
    (
        r"protocol.?version|unsupported.?protocol|version.?too.?low",
        "speaks no version of TLS that this machine accepts",
        "Switch on TLS 1.2 or 1.3 in the server, or in the proxy in front of it.",
    ),
    (
        r"unrecognized.?name",
        "does not know this host name",
        "It chooses its certificate by the name in the address (SNI): use the one it was set up "
        "with, not a number or another name.",
    ),
    (
        r"handshake.?failure|insufficient.?security|no.?shared.?cipher|alert.?bad.?certificate",
        "refuses the TLS handshake",
        "It accepts none of the ciphers that this machine offers, or wants a certificate from its "
        "clients (mTLS): its log says which.",
    ),
    (r"_alert_", "refuses the TLS handshake", "Its log says why."),
)


def refused_handshake(detail: str) -> tuple[str, str] | None:
    """What a server that speaks TLS does, and what to do about it; None if it may not speak it."""
    found = (one for one in _REASONS if re.search(one[0], detail, re.I))
    return next(((says, do) for _, says, do in found), None)
