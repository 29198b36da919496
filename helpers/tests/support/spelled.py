"""A key in every spelling that a server may repeat it in."""

from __future__ import annotations

import base64
import codecs
import html
import json
from urllib.parse import quote

from helpers.secrets.spellings import Secrets

# Of characters that each format escapes, and may travel in a header.
KEY = 'sk-"birch/0123&<oak>+9=elm'
SPELLINGS = {
    "plain": KEY,
    "json": json.dumps(KEY)[1:-1],
    "json in json": json.dumps(json.dumps({"key": KEY})),
    "json slashes": json.dumps(KEY)[1:-1].replace("/", "\\/"),
    "json of numbers": "".join(f"\\u{ord(one):04X}" for one in KEY),
    "percent": quote(KEY, safe=""),
    "all percent": "".join(f"%{ord(one):02x}" for one in KEY),
    "html": html.escape(KEY),
    "html of numbers": "".join(f"&#{ord(one)};" for one in KEY),
    "html in hex": "".join(f"&#x{ord(one):x};" for one in KEY),
    "html in json": json.dumps(html.escape(KEY))[1:-1],
    "html in capitals": "".join(f"&#X{ord(one):06X};" for one in KEY),
    "html padded": "".join(f"&#{ord(one):07d};" for one in KEY),
    "unseen signs between": r"\u200b".join(KEY),
    "capitals": KEY.upper(),
    "backwards": KEY[::-1],
    "rot13": codecs.encode(KEY, "rot13"),
    "its end": KEY[len(KEY) // 2 :],
    "hex": KEY.encode().hex(),
    "HEX": KEY.encode().hex().upper(),
    **{
        f"{name} behind {before}": encode(b"abc"[:before] + KEY.encode() + b"more").decode()
        for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode))
        for before in range(3)
    },
}


def given_away(said: str | bytes) -> bool:
    """Whether the key, or half of it, stands in what was said, in any spelling."""
    data = said if isinstance(said, bytes) else said.encode("utf-8", "surrogatepass")
    return Secrets([KEY, KEY[:13], KEY[13:]]).found_in(data)
