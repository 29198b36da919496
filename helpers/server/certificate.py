"""A self-signed certificate for 127.0.0.1, made when it is needed with the standard library alone.

The key is on the curve P-256 (SEC 2, 2.4.2), the signature ECDSA with SHA-256 (SEC 1, 4.1.3), the
certificate DER (X.690) by RFC 5280. It proves nothing: it is there to be refused.
"""

from __future__ import annotations

import hashlib
import secrets
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
_Point = tuple[int, int] | None

_ECDSA_WITH_SHA256 = "2a8648ce3d040302"
_EC_PUBLIC_KEY = "2a8648ce3d0201"
_P256 = "2a8648ce3d030107"
_COMMON_NAME = "550403"
_ALTERNATIVE_NAME = "551d11"


def self_signed(name: str) -> ssl.SSLContext:
    """Return a server's context with a new certificate that has signed itself."""
    secret = secrets.randbelow(_N - 1) + 1
    certificate = _certificate(name, secret)
    key = _der(0x30, _integer(1), _der(0x04, secret.to_bytes(32, "big")), _der(0xA0, _oid(_P256)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "self-signed.pem"
        file.touch(mode=0o600)
        file.write_text(_pem("EC PRIVATE KEY", key) + _pem("CERTIFICATE", certificate))
        context.load_cert_chain(file)
    return context


def _certificate(name: str, secret: int) -> bytes:
    algorithm = _der(0x30, _oid(_ECDSA_WITH_SHA256))
    common = _der(0x30, _oid(_COMMON_NAME), _der(0x0C, name.encode()))
    who = _der(0x30, _der(0x31, common))
    now = datetime.now(UTC)
    times = (
        _der(0x17, f"{now + timedelta(days=days):%y%m%d%H%M%SZ}".encode()) for days in (-1, 30)
    )
    alternative = _der(0x30, _der(0x87, bytes([127, 0, 0, 1])), _der(0x82, b"localhost"))
    extension = _der(0x30, _oid(_ALTERNATIVE_NAME), _der(0x04, alternative))
    signed = _der(
        0x30, _der(0xA0, _integer(2)), _integer(secrets.randbits(64) + 1), algorithm, who,
        _der(0x30, *times), who, _public_key(secret), _der(0xA3, _der(0x30, extension)),
    )  # fmt: skip
    return _der(0x30, signed, algorithm, _bits(_signature(signed, secret)))


def _public_key(secret: int) -> bytes:
    x, y = _times(secret, _G) or (0, 0)
    point = b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")
    return _der(0x30, _der(0x30, _oid(_EC_PUBLIC_KEY), _oid(_P256)), _bits(point))


def _signature(data: bytes, secret: int) -> bytes:
    digest = int.from_bytes(hashlib.sha256(data).digest(), "big")
    once = secrets.randbelow(_N - 1) + 1
    r = (_times(once, _G) or (0, 0))[0] % _N
    s = pow(once, -1, _N) * (digest + r * secret) % _N
    return _der(0x30, _integer(r), _integer(s))


def _times(factor: int, point: _Point) -> _Point:
    product: _Point = None
    while factor:
        if factor & 1:
            product = _plus(product, point)
        point = _plus(point, point)
        factor >>= 1
    return product


def _plus(a: _Point, b: _Point) -> _Point:
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % _P == 0:
        return None
    if a == b:
        slope = 3 * (a[0] * a[0] - 1) * pow(2 * a[1], -1, _P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, _P)
    x = (slope * slope - a[0] - b[0]) % _P
    return x, (slope * (a[0] - x) - a[1]) % _P


def _der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def _integer(value: int) -> bytes:
    return _der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _oid(encoded: str) -> bytes:
    return _der(0x06, bytes.fromhex(encoded))


def _bits(data: bytes) -> bytes:
    return _der(0x03, b"\0" + data)


def _pem(name: str, der: bytes) -> str:
    text = ssl.DER_cert_to_PEM_cert(der)
    return text.replace("CERTIFICATE", name)
