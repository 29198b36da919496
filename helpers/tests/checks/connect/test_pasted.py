"""Whatever is pasted becomes an address, and a key in it is gone."""

from __future__ import annotations

import pytest

from helpers.checks.connect.pasted import Pasted, read, typed_path
from helpers.endpoint import AddressError

KEY = "sk-proj-0a1B2c3D4e5F6g7H8i9J"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("localhost", "localhost"),
        ("localhost:1337", "localhost:1337"),
        (" http://localhost:1337/v1/ \n", "http://localhost:1337/v1/"),
        ("'http://localhost:1337'", "http://localhost:1337"),
        ("LM Studio", "LM Studio"),
        ("demo:cut+fast", "demo:cut+fast"),
        (
            "http://h/v1/chat/completions?api-version=1",
            "http://h/v1/chat/completions?api-version=1",
        ),
        ("OPENAI_BASE_URL=http://h:1/v1", "http://h:1/v1"),
        ('export OPENAI_API_BASE="h:1/v1"', "h:1/v1"),
        ("OPENAI_BASE_URL=http://[::1]:1/v1", "http://[::1]:1/v1"),
        ("set OPENAI_BASE_URL=http://h:1/v1", "http://h:1/v1"),
        ('$env:OPENAI_BASE_URL = "http://h:1/v1"', "http://h:1/v1"),
        ("OLLAMA_HOST=0.0.0.0:11434", "0.0.0.0:11434"),
        ("base_url: http://h:1/v1", "http://h:1/v1"),
        ("HOOK_URL=https://hooks/x\r\nOPENAI_BASE_URL='http://h:1/v1'\r\n", "http://h:1/v1"),
        ("LLM_BASE_URL=http://g/v1\nOPENAI_API_BASE=http://h:1/v1", "http://h:1/v1"),
        ('{"baseUrl": "http://h:1/v1"}', "http://h:1/v1"),
        ('client = OpenAI(base_url="http://h:1/v1", api_key="x")', "http://h:1/v1"),
        ("Our API is at https://h.example/v1.", "https://h.example/v1"),
        ("curl http://h:1/v1/models", "http://h:1/v1/models"),
        ("$ curl -sS -X POST --url http://h:1/v1/models -N", "http://h:1/v1/models"),
        ("curl -XPOST h:1/v1/models -o file", "h:1/v1/models"),
        ("curl \\\n  http://h:1/v1/models \\\n  -H 'A: b'", "http://h:1/v1/models"),
        ("http POST localhost:1/v1/models model=oak", "localhost:1/v1/models"),
        ("HOST=127.0.0.1\nPORT=8000", "127.0.0.1:8000"),
        ("0.0.0.0:8000->80/tcp, :::8000->80/tcp", "8000"),
        ('ports:\n  - "8000:80"', "8000"),
        ("Listening on port 8000", "8000"),
        ("Server started on :8000 (pid 12)", "8000"),
        ("nc -zv -w 3 h 8000", "h:8000"),
        ("$ telnet 10.0.0.1 8000", "10.0.0.1:8000"),
        ("ping localhost", "localhost"),
        ("os.environ['OPENAI_BASE_URL']", "$OPENAI_BASE_URL"),
        ("process.env.OPENAI_BASE_URL", "$OPENAI_BASE_URL"),
        ("--host 10.0.0.3 --port 8000", "10.0.0.3:8000"),
        ("10:00:07 Listening on [::]:8000", "[::]:8000"),
        ("connect ECONNREFUSED ::1:8000", "::1:8000"),
        ("http://h:1/v1,HTTP://h:2/v1", "http://h:1/v1"),
        ("OLLAMA_HOST=oak # report 2024", "oak"),
        ("ENV HOST=oak\nENV APP_PORT 8000", "oak:8000"),
        ("curl --unix-socket /run/x.sock http://h/v1/models", "unix://"),
        ('curl ^\n "http://h:1/v1/models"', "http://h:1/v1/models"),
    ],
)
def test_an_address_is_found_in_any_pasted_form(text: str, address: str) -> None:
    """As it stands there: `resolve` reads it on."""
    assert address == read(text).address


def test_a_curl_command_tells_model_headers_and_the_keys_variable() -> None:
    """What curl sends by itself is left out."""
    found = read(
        "curl https://h/v1/chat/completions -H 'Content-Type: application/json' "
        "-H 'X-Title: a: b' -H \"Authorization: Bearer $MY_KEY\" -H 'api-key: ${OTHER}' "
        """-d '{"model": "oak", "messages": []}'"""
    )
    assert (found.model, found.api_key_env) == ("oak", "MY_KEY")
    assert found.headers == {"X-Title": "a: b", "api-key": "$OTHER"}
    assert not found.held_a_key


@pytest.mark.parametrize(
    "text",
    [
        f"curl http://h/v1 -H 'Authorization: Bearer {KEY}'",
        f"curl http://h/v1 -H 'x-api-key: {KEY}'",
        f"curl http://h/v1 -H 'X-Org: {KEY}'",
        f"curl http://h/v1 -u user:{KEY}",
        f"curl http://h/v1 --oauth2-bearer {KEY}",
        f"curl http://h/v1 -b session={KEY}",
        f"OPENAI_BASE_URL=http://h/v1\nOPENAI_API_KEY={KEY}",
        f'OpenAI(base_url="http://h/v1", api_key="{KEY}")',
        f"{KEY} http://h/v1",
        "Invoke-RestMethod -Uri http://h/v1 -Headers @{Authorization='Bearer abcdef123456'}",
    ],
)
def test_a_pasted_key_is_known_and_gone(text: str) -> None:
    """Nothing of it is in what was read, in no field."""
    found = read(text)
    assert found.held_a_key
    assert KEY not in repr(found) + repr(found.headers) + found.address


@pytest.mark.parametrize(
    "text", ["OPENAI_BASE_URL=http://h/v1", "curl http://h/v1 -H 'Authorization: Bearer $KEY'"]
)
def test_a_text_without_a_key_is_not_accused(text: str) -> None:
    """A variable's name is none."""
    assert not read(text).held_a_key


@pytest.mark.parametrize(
    "text", ["curl -H 'Authorization: Bearer sk-1", f"curl -H 'a: {KEY}'", f"my key {KEY}", "a b c"]
)
def test_a_text_without_an_address_is_refused_unquoted(text: str) -> None:
    """It may hold a key anywhere."""
    with pytest.raises(AddressError) as error:
        read(text)
    assert not [word for word in ("sk-", "a b", KEY) if word in str(error.value)]


def test_nothing_pasted_is_the_built_in_endpoint() -> None:
    """As everywhere in the kit."""
    assert Pasted("") == read("  ")


@pytest.mark.parametrize(
    ("address", "path"),
    [("localhost:1", ""), ("http://h", ""), ("http://h/v1/?a=b", "/v1/"), ("h/a/b", "/a/b")],
)
def test_the_typed_path_is_known(address: str, path: str) -> None:
    """What is added to it later does not count."""
    assert path == typed_path(address)


def test_an_image_beside_the_address_costs_nothing() -> None:
    """A program with one in base64, which took minutes to be searched for names."""
    image = "iVBORw0KGgo" * 10_000
    assert "http://h:1/v1" == read(f'OpenAI(base_url="http://h:1/v1")\nimage = "{image}"').address
