"""What lies between server and reader, as far as the answer's headers tell, and how to set it."""

from __future__ import annotations

from ..wire.recording import Recording

TOLD_BY = (
    "Content-Type", "Content-Encoding", "Content-Length", "Transfer-Encoding", "Via", "Server",
    "X-Accel-Buffering", "X-Cache", "CF-Cache-Status",
)  # fmt: skip
SHOWN = 120

# By a word in Server or Via: what that one is told to do.
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
    "Ask the server directly, without what stands between. If it streams there, switch the "
    "buffering off on the way (nginx: proxy_buffering off; or the header X-Accel-Buffering: no); "
    "if it does not, look for a switch of the server itself."
)


def told(recording: Recording) -> str:
    """Return the headers that tell something of the way, as they came."""
    lines = ((name, recording.header(name)) for name in TOLD_BY)
    return "; ".join(f"{name}: {value[:SHOWN]}" for name, value in lines if value)


def compressed(recording: Recording) -> bool:
    """Whether the body is compressed."""
    return recording.header("content-encoding").strip().lower() not in ("", "identity")


def unbuffer(recording: Recording) -> str:
    """Return what to switch where a stream is held back, by what the headers show."""
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
            "It has a Content-Length, so something collected the whole of it before it sent the "
            "first byte: a proxy that buffers, or a middleware that reads the body."
        )
    passing = f"{recording.header('server')} {recording.header('via')}".lower()
    switch = next((said for word, said in _SWITCHES.items() if word in passing), "")
    if recording.header("x-accel-buffering").strip().lower() == "no":
        advice.append("X-Accel-Buffering: no is already sent; what holds it back does not heed it.")
        switch = "" if "X-Accel" in switch else switch
    advice.append(switch or _ANY_SWITCH)
    return " ".join(advice)
