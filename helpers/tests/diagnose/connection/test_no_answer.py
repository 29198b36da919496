"""No answer, or half of one: what happened to the connection and what it means."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from helpers.client.chat import ask
from helpers.diagnose.connection.no_answer import about_proxy, no_answer
from helpers.diagnose.words import word_of
from helpers.endpoint import resolve
from helpers.finding import Finding
from helpers.server.certificate import self_signed
from helpers.tests.support.capture_server import recording_server
from helpers.tests.support.judged import STOP, TEXT, events, first, paced, reds, whole
from helpers.tests.support.recordings import SSE, recorded
from helpers.tests.support.streams import DONE
from helpers.wire.bounds import Bounds
from helpers.wire.request import chat


def broke(cause: str, base_url: str = "http://localhost:1", detail: str = "") -> Finding:
    """Return what is said where no answer began."""
    recording = recorded(end="broken", status=None, headers=(), cause=cause, detail=detail)
    return first(recording, resolve(base_url, model="m", api_key_env="MY_KEY"))


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("refused", "Start the server"), ("dns", "Check the spelling"), ("reset", "server's log"),
        ("protocol", "Something else listens"), ("connect-timeout", "firewall"),
        ("other", "Check the address"),
    ],
)  # fmt: skip
def test_each_cause_has_its_own_advice(cause: str, words: str) -> None:
    """The network's word becomes a sentence, what was expected, and what to do."""
    found = broke(cause, detail="as the network says")
    assert ("fail", "endpoint") == (found.level, found.blame)
    assert words in found.do
    assert found.expected


@pytest.mark.parametrize("cause", ["key-not-set", "key-malformed", "bad-call"])
def test_what_was_never_sent_is_the_calls_fault(cause: str) -> None:
    """The endpoint is not blamed for it."""
    found = broke(cause, detail="it holds a space")
    assert (cause, "call") == (found.name, found.blame)
    assert "nothing was sent" in found.came


def test_a_certificate_of_ones_own_is_no_plain_server() -> None:
    """A refused certificate proves that the port speaks https."""
    detail = "SSLCertVerificationError: CERTIFICATE_VERIFY_FAILED: self-signed certificate"
    found = broke("tls", "https://localhost:1", detail)
    assert "SSL_CERT_FILE" in found.do
    assert "" == found.fix


def test_a_name_server_that_is_silent_is_no_unknown_name() -> None:
    """As on a machine without a network."""
    found = no_answer("dns", resolve("https://oak.example"), "Temporary failure in name resolution")
    assert found.says.startswith("No name server answers")
    found = no_answer("dns", resolve("https://oak.example"), "Name or service not known")
    assert "The host name oak.example is unknown." == found.says


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ("HTTPS_PROXY names socks5://h:1, and gone", "not to SOCKS"),
        ("HTTPS_PROXY names http://h:1, and it answered 407 Who?", "USER:PASSWORD"),
        ("HTTPS_PROXY names http://h:1, and it answered 403 Forbidden", "ask whoever runs it"),
        ("HTTPS_PROXY names http://h:1, and it answered 503 Sorry", "no address for its name"),
        ("HTTPS_PROXY names http://h:503, and gone", "Check that address"),
    ],
)
def test_what_a_proxy_wants_is_said(detail: str, words: str) -> None:
    """Before what to check about any."""
    assert words in no_answer("proxy", resolve("https://oak.example"), detail).do


def test_a_proxys_name_and_port_say_nothing_of_what_it_wants() -> None:
    """Only its scheme and its answer do."""
    assert "" == about_proxy("HTTPS_PROXY names http://socks.oak:4071, and gone")


@pytest.mark.parametrize(
    ("detail", "says"),
    [
        ("[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required", "(mTLS)."),
        ("[SSL: TLSV1_ALERT_PROTOCOL_VERSION] tlsv1 alert protocol version", "no version of TLS"),
        ("[SSL: TLSV1_UNRECOGNIZED_NAME] tlsv1 unrecognized name", "not know this host name."),
        ("[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] sslv3 alert", "refuses the TLS handshake."),
        ("[SSL: TLSV1_ALERT_INTERNAL_ERROR] tlsv1 alert internal error", "refuses the TLS"),
    ],
)  # fmt: skip
def test_a_server_that_refuses_tls_does_speak_it(detail: str, says: str) -> None:
    """So plain http is no advice."""
    found = no_answer("tls", resolve("https://127.0.0.1:1/v1"), detail)
    assert says in found.says
    assert ("", False) == (found.fix, "http://" in found.do)


def test_a_hosts_name_is_no_alert() -> None:
    """OpenSSL quotes it if the certificate is another one's."""
    detail = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate is not valid for 'alert.example'."
    found = no_answer("tls", resolve("https://alert.example/v1"), detail)
    assert "refuses" not in found.says


def test_a_plain_server_may_fall_silent_at_https() -> None:
    """One that waits for the rest of the greeting is offered in plain http."""
    found = broke("connect-timeout", "https://localhost:8080")
    assert "http://localhost:8080/v1" == found.fix
    assert "try http://" in found.do
    assert "" == broke("connect-timeout", "http://localhost:8080").fix


def test_silence_tells_headers_from_none() -> None:
    """Whether the server opened its mouth at all says where to look."""
    mute = recorded(status=None, end="limit", cause="first", limit_s=20.0, end_s=20.0)
    opened = recorded(end="limit", cause="first", limit_s=20.0, end_s=20.0)
    for recording, came in ((mute, "not even the headers"), (opened, "the headers, and then")):
        found = first(recording)
        assert "silence" == found.name
        assert came in found.came
        assert "within 20 s" in found.says


def test_silence_and_the_whole_limit_are_told_apart() -> None:
    """A text that went quiet is not one that went on for too long."""
    some = [(0.1 * n, part) for n, part in enumerate(events()[:8])]
    quiet = first(recorded(some, end="limit", cause="silence", limit_s=30.0, end_s=31.0))
    long = first(recorded(some, end="limit", cause="whole", limit_s=60.0, end_s=60.0))
    assert ("stopped-coming", "too-long") == (quiet.name, long.name)
    assert "no more text for 30 s" in quiet.says
    assert "timeout_s" in long.do


def test_empty_chunks_for_ever_are_not_silence() -> None:
    """Something came the whole time, only never a text."""
    empty = b'data: {"choices":[]}\n\n'
    found = first(paced([empty] * 20, end="limit", cause="first", limit_s=20.0, end_s=20.0))
    assert "only-empty-chunks" == found.name
    assert "Only empty chunks came" in found.says


@pytest.mark.parametrize("end", [[STOP, DONE], [STOP], [DONE]])
def test_a_break_after_the_end_is_not_a_cut(end: list[bytes]) -> None:
    """The finish reason or [DONE] came: all of the text is there."""
    recording = paced([*events()[:-2], *end], end="broken", detail="reset by peer")
    assert word_of([first(recording)]) == "streamed"
    assert "cut" not in reds(recording)
    assert "connection-lost" not in reds(recording)


@pytest.mark.parametrize(
    ("idle_s", "end_s", "server", "words"),
    [
        (60.2, 61.0, "nginx/1.27", "proxy_read_timeout"),
        (60.2, 61.0, "uvicorn", "60 s"),
        (0.1, 100.4, "cloudflare", "100 s"),
        (0.1, 7.0, "uvicorn", "worker that died"),
    ],
)
def test_a_cut_names_the_limit_it_fits(
    idle_s: float, end_s: float, server: str, words: str
) -> None:
    """An idle limit counts from the last byte, a deadline from the request."""
    start = end_s - idle_s - 0.3
    reads = [(start + 0.05 * n, part) for n, part in enumerate(events()[:7])]
    headers = (*SSE, ("Server", server))
    found = first(recorded(reads, end_s=end_s, headers=headers))
    assert "cut" == found.name
    assert words in found.do
    assert "kept" in found.do


def test_nginx_is_not_named_where_nothing_names_it() -> None:
    """Its settings help nobody who runs something else."""
    reads = [(0.05 * n, part) for n, part in enumerate(events()[:7])]
    assert "In nginx" not in first(recorded(reads, end_s=60.5)).do


def test_broken_framing_is_named_at_once() -> None:
    """It is not a lost connection, and needs no limit to be known."""
    found = first(paced(events()[:9], end="broken", cause="framing", detail="Invalid chunk size"))
    assert "bad-framing" == found.name
    assert "Invalid chunk size" in found.came


def test_a_bound_that_was_reached_comes_first() -> None:
    """More than is read is named by what to raise."""
    found = first(paced(events(TEXT * 4), bounds=Bounds(events=9)))
    assert "too-many-events" == found.name
    assert "Bounds(events=…)" in found.do


def test_a_half_answer_in_one_piece_is_cut_too() -> None:
    """Its Content-Length promised more."""
    body = b'{"choices":[{"index":0,"message":{"role":"assistant","content":"oak'
    recording = whole(
        body, end="broken", request_body=b'{"stream":false}', headers=(("Content-Type", "x/json"),)
    )
    assert "connection-lost" == first(recording).name
    assert "kept" in first(recording).do


def test_a_local_certificate_is_trusted_as_the_advice_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_FILE counts on this machine too, where proxy variables do not."""
    certificate = tmp_path / "certificate.pem"
    with recording_server(tls=self_signed()) as server:
        address = urlsplit(server.url)
        certificate.write_text(ssl.get_server_certificate(("localhost", address.port or 0)))
        endpoint = resolve(server.url.replace("127.0.0.1", "localhost"), model="m")
        refused = asyncio.run(ask(endpoint, chat("hi", stream=False))).failure
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        trusted = asyncio.run(ask(endpoint, chat("hi", stream=False)))
    assert refused
    assert ("tls", "") == (refused.name, refused.fix)
    assert "SSL_CERT_FILE" in refused.do
    assert "hello" == trusted.text


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("l\u043ecalhost", "CYRILLIC SMALL LETTER O"),
        ("b\u00fccher.example", "Check the spelling."),
        ("\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444", "Check the spelling."),
        ("host.docker.internal", "On the machine itself type localhost"),
        ("127.0.0.256", "four numbers from 0 to 255"), ("gpt-4o", "A model's name goes into model"),
        ("[fe80::1%25eth7]", "'eth7' has to be a network interface"),
    ],
)  # fmt: skip
def test_a_name_that_nobody_knows_is_explained_by_its_looks(host: str, told: str) -> None:
    """A letter of another alphabet looks right, and some names are known in containers only."""
    assert told in broke("dns", f"http://{host}/v1").do
