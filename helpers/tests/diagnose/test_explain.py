"""What is said about an answer that is no good one, or about none, fits what happened."""

import asyncio
import json
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from helpers.client.chat import ask
from helpers.diagnose.connection import explain_fault
from helpers.diagnose.status import explain_status
from helpers.diagnose.trouble import Trouble
from helpers.endpoint import resolve
from helpers.tests.support.capture_server import recording_server
from helpers.tests.support.recordings import recorded


def answered(
    status: int, body: object, *, base_url: str = "http://localhost:1", key: str = ""
) -> Trouble:
    """Return what is said of an error status with a body."""
    endpoint = resolve(base_url, model="m", api_key_env=key)
    recording = recorded([(0.0, json.dumps(body).encode())], status=status, headers=())
    return explain_status(endpoint, recording, "m")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("http://localhost:1337/api", "http://localhost:1337/v1"),
        ("http://localhost:1337/v2", "http://localhost:1337/v1"),
        ("http://localhost:1337/v1/chat", "http://localhost:1337/v1"),
        ("https://hosted.example/api", "https://hosted.example/api/v1"),
        ("https://hosted.example/openai/v2", "https://hosted.example/openai/v1"),
    ],
)
def test_a_wrong_path_offers_the_likeliest_one(typed: str, offered: str) -> None:
    """Local servers answer at the root, hosted ones below a path; a version is replaced."""
    trouble = answered(404, {"detail": "Not Found"}, base_url=typed)
    assert "wrong-path" == trouble.name
    assert offered == trouble.fix
    assert offered in trouble.do


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "No connected db.", "type": "no_db_connection", "code": "400"}},
        {"error": {"message": "This API key is not valid.", "code": 400}},
    ],
)
def test_a_wrong_key_may_come_as_400(body: object) -> None:
    """Gateways without a database and some providers refuse a key so, not with 401."""
    trouble = answered(400, body, key="MY_KEY")
    assert "unauthorized" == trouble.name
    assert "MY_KEY" in trouble.do


def test_a_key_that_was_not_sent_was_not_refused() -> None:
    """Without a key the endpoint asks for one."""
    body = {"error": {"message": "Not authenticated"}}
    assert "The endpoint asks for a key (401)" == answered(401, body).headline
    assert "The endpoint refused the key (401)" == answered(401, body, key="MY_KEY").headline


def test_a_certificate_of_ones_own_is_no_plain_server() -> None:
    """A refused certificate proves that the port speaks https."""
    detail = "SSLCertVerificationError: CERTIFICATE_VERIFY_FAILED: self-signed certificate"
    trouble = explain_fault(resolve("https://localhost:1"), "tls", detail, started=False)
    assert "SSL_CERT_FILE" in trouble.do
    assert "" == trouble.fix


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")
def test_a_local_certificate_is_trusted_as_the_advice_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_FILE counts on this machine too, where proxy variables do not."""
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    made += ["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate]
    subprocess.run(made, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with recording_server(tls=context) as server:
        endpoint = resolve(server.url.replace("127.0.0.1", "localhost"), model="m")
        refused = asyncio.run(ask(endpoint, "hi", stream=False)).trouble
        monkeypatch.setenv("SSL_CERT_FILE", certificate)
        trusted = asyncio.run(ask(endpoint, "hi", stream=False))
    assert refused
    assert ("tls", "") == (refused.name, refused.fix)
    assert "SSL_CERT_FILE" in refused.do
    assert "hello" == trusted.text


def test_a_plain_server_may_fall_silent_at_https() -> None:
    """One that waits for the rest of the greeting is offered in plain http."""
    endpoint = resolve("https://localhost:8080")
    trouble = explain_fault(endpoint, "connect-timeout", "", started=False)
    assert "http://localhost:8080/v1" == trouble.fix
    assert "try http://" in trouble.do
    assert "" == explain_fault(resolve("localhost:8080"), "connect-timeout", "", started=False).fix


def test_an_error_in_the_middle_keeps_the_text() -> None:
    """A gateway that loses its provider says so inside the stream."""
    chunk = {"choices": [{"index": 0, "delta": {"content": "A tree"}, "finish_reason": None}]}
    events = [chunk, {"error": {"message": "Request execution failed"}}]
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
    with recording_server(body=body, headers={"Content-Type": "text/event-stream"}) as server:
        exchange = asyncio.run(ask(resolve(server.url, model="m"), "hi"))
    assert exchange.trouble
    assert ("error-inside", "A tree") == (exchange.trouble.name, exchange.text)
    assert "kept" in exchange.trouble.do
