"""Certificates: makes those that clients must refuse, reads those that servers show.

The only module that imports `cryptography`.
"""

from __future__ import annotations

import ipaddress
import ssl
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ..wire.network import Certificate

LIFETIME = timedelta(days=30)
LOOPBACK = ("127.0.0.1", "localhost")


def self_signed(
    names: Sequence[str] = LOOPBACK, *, expires_in: timedelta = LIFETIME
) -> ssl.SSLContext:
    """A server's TLS context with a new self-signed certificate.

    names:       hosts and addresses it is valid for; pass others to make it fail for a host
    expires_in:  negative for an expired certificate
    """
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(key, names, datetime.now(UTC) + expires_in)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # SSLContext reads certificates from files only.
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "self-signed.pem"
        file.touch(mode=0o600)
        file.write_bytes(_key_pem(key) + certificate.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(file)
    return context


def described(der: bytes) -> Certificate | None:
    """What a certificate says about itself, None for bytes that are not a certificate."""
    try:
        read = x509.load_der_x509_certificate(der)
        issuer, names = read.issuer, _names(read)
        ends = read.not_valid_after_utc
    except ValueError:
        return None
    organisation = issuer.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)
    organisation = organisation or issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    shown = str(organisation[0].value) if organisation else issuer.rfc4514_string()
    return Certificate(
        shown[:80], names, ends.date().isoformat(), ends < datetime.now(UTC),
        read.issuer == read.subject,
    )  # fmt: skip


def _names(read: x509.Certificate) -> tuple[str, ...]:
    try:
        names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(str(name.value)[:80] for name in names)


def _certificate(
    key: ec.EllipticCurvePrivateKey, names: Sequence[str], expires: datetime
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "endpointscope")])
    builder = x509.CertificateBuilder(
        issuer_name=subject,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=expires - LIFETIME - timedelta(days=1),
        not_valid_after=expires,
    )
    alternatives = x509.SubjectAlternativeName([_general_name(name) for name in names])
    return builder.add_extension(alternatives, critical=False).sign(key, hashes.SHA256())


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
