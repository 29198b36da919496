"""A key in every spelling that a server may repeat it in."""

from __future__ import annotations

import base64
import codecs
import html
import json
import re
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
_BYTES = KEY.encode()
_WIDE = "".join(chr(ord(one) + 0xFEE0) if one.isalnum() else one for one in KEY)
_BOLD = "".join(chr(0x1D41A + ord(one) - ord("a")) if one.isalpha() else one for one in KEY)
_TWICE = base64.b64encode(base64.b64encode(b"x" + _BYTES))
RARE = {
    "full width in JSON": json.dumps(_WIDE)[1:-1],
    "base32": base64.b32encode(b"x" + _BYTES).decode(),
    "base32 in small letters": base64.b32encode(_BYTES).decode().lower().strip("="),
    "base85": base64.b85encode(_BYTES).decode(),
    "ascii85": base64.a85encode(b"abcd" + _BYTES).decode(),
    "base64 of base64": _TWICE.decode(),
    "hex of base64": base64.b64encode(_BYTES).hex(),
    "base64 of hex": base64.b64encode(_BYTES.hex().encode()).decode(),
    "base64 of UTF-16": base64.b64encode(KEY.encode("utf-16-le")).decode(),
    "base64 in lines": "\n".join(re.findall(".{1,8}", base64.b64encode(_BYTES).decode())),
    "hex in pairs": _BYTES.hex(":"),
    "hex of C": ", ".join(f"0x{byte:02X}" for byte in _BYTES),
    "numbers": json.dumps([*_BYTES]),
    "octal": "".join(f"\\{byte:03o}" for byte in _BYTES),
    "long escapes": "".join(f"\\U{byte:08x}" for byte in _BYTES),
    "escapes in braces": "".join(f"\\u{{{byte:x}}}" for byte in _BYTES),
    "escapes of escapes": "".join(f"\\\\x{byte:02x}" for byte in _BYTES),
    "mail": "".join(f"={byte:02X}" for byte in _BYTES),
    "UTF-16": KEY.encode("utf-16-le").decode("latin-1"),
    "bold in JSON": json.dumps(_BOLD),
    "tags": "".join(chr(0xE0000 + ord(one)) for one in KEY),
    "escapes of JavaScript": "".join(f"%u{byte:04x}" for byte in _BYTES),
    "mixed case": KEY.swapcase(),
    "letters apart": " ".join(KEY),
    "letters in a list": json.dumps([*KEY]),
    "letters in lines": "\r\n".join(KEY),
}  # fmt: skip


def given_away(said: str | bytes) -> bool:
    """Whether the key, or half of it, stands in what was said, in any spelling."""
    data = said if isinstance(said, bytes) else said.encode("utf-8", "surrogatepass")
    return Secrets([KEY, KEY[:13], KEY[13:]]).found_in(data)
