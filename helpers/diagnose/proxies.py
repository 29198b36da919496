"""What lies between server and reader, as far as the answer shows, and how to configure it."""

from __future__ import annotations

import re

from ..wire.recording import Recording

TOLD_BY = (
    "Content-Type", "Content-Encoding", "Content-Length", "Transfer-Encoding", "Via", "Server",
    "X-Accel-Buffering", "X-Cache", "CF-Cache-Status",
)  # fmt: skip
SHOWN = 120

# By a word in Server or Via: the setting for that proxy.
_SWITCHES = {
    "nginx": "In nginx's location set proxy_buffering off;, or let the server send the header "
    "X-Accel-Buffering: no.",
    "openresty": "In nginx's location set proxy_buffering off;, or let the server send the header "
    "X-Accel-Buffering: no.",
    "apache": "In Apache set flushpackets=on on the ProxyPass line, and keep mod_deflate away from "
    "text/event-stream.",
    "caddy": "In Caddy's reverse_proxy set flush_interval -1.",
    "envoy": "In Envoy take the buffer filter off this route.",
    "cloudflare": "Behind Cloudflare send Cache-Control: no-cache, no-transform, and switch "
    "transformations off for this path.",
    "varnish": "In Varnish set beresp.do_stream = true, or pass this path.",
}
_ANY_SWITCH = (
    "Ask the server directly, without the proxy. If it streams there, switch off buffering in the "
    "proxy (nginx: proxy_buffering off; or the header X-Accel-Buffering: no); if it does not, look "
    "for a setting of the server itself."
)
# Timeouts, in whole seconds, that proxies and clients commonly have, and whose they are.
_LIMITS_S = {
    15: "Heroku's and some gateways' 15 s",
    30: "30 s (HAProxy's timeout server, AWS API Gateway, many clients)",
    60: "60 s (nginx proxy_read_timeout, AWS load balancers, HAProxy)",
    100: "100 s (Cloudflare)",
    120: "120 s (Azure's and Google's front ends, many clients)",
    300: "300 s (Apache's ProxyTimeout, Envoy, many clients)",
    600: "600 s (openai's own read timeout)",
}
NEAR = 0.04
# HAProxy's pages do not name it; these are their words for 403, 503, 504 and 502.
_HAPROXY = (
    r"haproxy|forbidden by administrative rules|No server is available to handle this request|"
    r"The server didn't respond in time\.|The server returned an invalid or incomplete response"
)
# By a word in the page, or in a header that comes with it: whose error page it is.
_PAGES = (
    ("cloudflare", r"cloudflare"), ("nginx", r"\bnginx\b|openresty"), ("HAProxy", _HAPROXY),
    ("CloudFront", r"cloudfront"), ("Apache", r"apache|proxy error"), ("Varnish", r"varnish"),
    ("Envoy", r"envoy|upstream connect error|no healthy upstream"),
    ("Traefik", r"traefik|no available server"), ("Caddy", r"caddy"),
    ("an AWS load balancer", r"awselb"), ("Azure", r"azure|front door"), ("Squid", r"squid"),
)  # fmt: skip


def revealing_headers(recording: Recording) -> str:
    """The headers that reveal something about the route, as they came."""
    lines = ((name, recording.header(name)) for name in TOLD_BY)
    return "; ".join(f"{name}: {value[:SHOWN]}" for name, value in lines if value)


def compressed(recording: Recording) -> bool:
    """Whether the body is compressed."""
    return recording.header("content-encoding").strip().lower() not in ("", "identity")


def unbuffer(recording: Recording) -> str:
    """What to change where a stream is held back, judged by the headers."""
    encoding = recording.header("content-encoding").strip()
    advice = []
    if compressed(recording):
        advice.append(
            f"It is compressed ({encoding[:SHOWN]}): switch that off for text/event-stream "
            "(nginx: gzip off; or leave the type out of gzip_types; a compressing middleware in "
            "the server: exclude it)."
        )
    if recording.header("content-length"):
        advice.append(
            "It has a Content-Length, so something collected all of it before sending the first "
            "byte: a proxy that buffers, or a middleware that reads the body."
        )
    passing = f"{recording.header('server')} {recording.header('via')}".lower()
    switch = next((setting for word, setting in _SWITCHES.items() if word in passing), "")
    if recording.header("x-accel-buffering").strip().lower() == "no":
        advice.append("X-Accel-Buffering: no is already sent; whatever holds it back ignores it.")
        switch = "" if "X-Accel" in switch else switch
    advice.append(switch or _ANY_SWITCH)
    return " ".join(advice)


def proxy_by_page(recording: Recording, body: str) -> str:
    """The proxy that wrote an error page, "a proxy" if the page does not name one."""
    words = f"{body[:4000]} {recording.header('server')} {recording.header('via')}"
    return next((name for name, word in _PAGES if re.search(word, words, re.I)), "a proxy")


def _limits_near(seconds: float) -> list[str]:
    """The common time limits that match a duration."""
    return [name for limit_s, name in _LIMITS_S.items() if abs(seconds - limit_s) <= NEAR * limit_s]


def limits_met(seconds: float) -> list[str]:
    """The common time limits that a silence of this length exceeds."""
    return [name for limit_s, name in _LIMITS_S.items() if seconds >= limit_s * (1 - NEAR)]


def limits_it_fits(recording: Recording, *, idle_s: float, end_s: float | None) -> str:
    """What probably cut an answer: a limit on silence, a limit on the whole, or no known one."""
    nginx = "nginx" in recording.header("server").lower()
    setting = " In nginx that is proxy_read_timeout." if nginx else ""
    if idle := _limits_near(idle_s):
        return f"The silence before the end fits a limit of {idle[0]}: raise it.{setting}"
    if whole := _limits_near(end_s or 0.0):
        return f"The time since sending fits a limit of {whole[0]}: raise it."
    if nginx:
        return (
            "The answer came through nginx: look at proxy_read_timeout and its error log, then at "
            "the server's log."
        )
    return (
        "Check the server's log: a worker that died ends like this. So does a proxy's limit on "
        "time or size."
    )
