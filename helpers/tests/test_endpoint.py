"""What a person types becomes an endpoint, or a sentence on what to type."""

import re
from typing import Any

import pytest

from helpers.address.placeholders import stands_for_another
from helpers.client.keys import sent_url
from helpers.endpoint import (
    AddressError,
    CallError,
    Endpoint,
    KeyNameError,
    Limits,
    check_key_name,
    resolve,
    shown,
)
from helpers.secrets.shapes import in_address

# The shapes of real keys, each made up.
KEY = "sk-oak-0123456789abcdef0123"
KEYS = (
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "github_pat_11ABCDEFG0aBcDeFgHiJkL_0123456789abcdefghijABCDEFGHIJ0123456789abcdefghij",
    "AKIAIOSFODNN7EXAMPLE",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
    "gsk_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgHiJkLmNoPqRsTuV",
    "hf_AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGh",
    "AIzaSyA1234567890abcdefGHIJKLMNOPQRSTUV",
    "r8_0aBcDeFgHiJkLmNoPqRsTuVwXyZ012345678",
    "npm_0aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456",
    "shpat_0123456789abcdef0123456789abcdef",
    "dop_v1_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "f47ac10b58cc4372a5670e02b2c3d479",
    "abcdef0123456789abcdef",
    "fw_3ZaBcD1eFgH2iJkL3mNoPq",
    "key_1234567890abcdef",
    "rk_live_51HabcDEF",
    "SK0123456789abcdef0123456789abcdef",
    "lin_api_aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5zA7b",
    "xoxb_123456789012_1234567890123_AbCdEfGhIjKlMnOpQrStUvWx",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
)
MODELS = (
    "gpt-4o-mini-2024-07-18", "meta-llama/Llama-3.3-70B-Instruct", "claude-3-5-sonnet-20241022",
    "ft:gpt-3.5-turbo-0125:acme::9aBcDeFg", "Qwen3-235B-A22B-Instruct-2507-FP8",
    "deepseek-r1-distill-qwen-32b-q4_k_m.gguf", "phi3mini4kinstruct", "qwen2.5:7b-instruct-q8_0",
    "accounts/fireworks/models/llama-v3p1-405b-instruct", "@cf/meta/llama-3.1-8b-instruct-fp8",
    "sha256-0123456789abcdef0123/x", "models--x/snapshots/5f0b02c75b57c5855da9ae460ce51323ea669d8a",
)  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "base_url"),
    [
        ("http://localhost:1337", "http://localhost:1337/v1"),
        (" http://localhost:1337/ ", "http://localhost:1337/v1"),
        ("localhost:1337", "http://localhost:1337/v1"),
        ("1337", "http://localhost:1337/v1"),
        (":8080", "http://localhost:8080/v1"),
        ("http:/localhost:8000", "http://localhost:8000/v1"),
        ("http//localhost:8000", "http://localhost:8000/v1"),
        ("HTTP://LocalHost:8000/v1/", "http://localhost:8000/v1"),
        ("http://localhost:8000/v1/v1/", "http://localhost:8000/v1"),
        ("http://h/v1/chat/completions", "http://h/v1"),
        ("http://h/v1/models", "http://h/v1"),
        ("http://h/chat/completions", "http://h"),
        ("'http://h/v1'", "http://h/v1"),
        ("http://0.0.0.0:8000", "http://127.0.0.1:8000/v1"),
        ("[::1]:8080", "http://[::1]:8080/v1"),
        ("::1", "http://[::1]/v1"),
        ("::1:8080", "http://[::1]:8080/v1"),
        ("“http://localhost:1337”", "http://localhost:1337/v1"),
        ("\ufeffhttp://localhost:1337/v1\u200b", "http://localhost:1337/v1"),
        ("http://localhost\u00a0:1337/v1", "http://localhost:1337/v1"),
        ("127.0.0.1, 1337", "http://127.0.0.1:1337/v1"),
        ("port 1337", "http://localhost:1337/v1"),
        ("localhost.:1337", "http://localhost:1337/v1"),
        ("127.1:1337", "http://127.0.0.1:1337/v1"),
        ("http:\\\\localhost:1337\\v1", "http://localhost:1337/v1"),
        ("http://https://h/v1", "https://h/v1"),
        ("http;//localhost:1337", "http://localhost:1337/v1"),
        ("http://localhost.1337/v1", "http://localhost:1337/v1"),
        ("127.0.0.1.1337", "http://127.0.0.1:1337/v1"),
        ("http://127。0。0。1：1337/v1", "http://127.0.0.1:1337/v1"),
        ("http://localhost:1337\\v1", "http://localhost:1337/v1"),
        ("http://:1337/v1", "http://localhost:1337/v1"),
        ("http://h/v1).", "http://h/v1"),
        ("http://h/v1,", "http://h/v1"),
        ("http://h/a(b)", "http://h/a(b)"),
        ("http://[::1]", "http://[::1]/v1"),
        ("0.0.0.0:1337->8080/tcp", "http://localhost:1337/v1"),
        ("-p 1337:8080", "http://localhost:1337/v1"),
        ("192.168.1.4:8000", "http://192.168.1.4:8000/v1"),
        ("my-server:8000", "http://my-server:8000/v1"),
        ("api.openai.com", "https://api.openai.com/v1"),
        ("example.com/api/v1", "https://example.com/api/v1"),
        ("g4f", "http://localhost:1337/v1"),
        ("ollama", "http://localhost:11434/v1"),
        ("OpenAI", "https://api.openai.com/v1"),
    ],
)
def test_a_usual_spelling_becomes_a_base_url(typed: str, base_url: str) -> None:
    """Scheme, slashes, /v1, a full path, quotes and presets' names all lead to the address."""
    endpoint = resolve(typed)
    assert (base_url, base_url) == (endpoint.base_url, endpoint.url)


@pytest.mark.parametrize("typed", ["", "  ", "demo", "demo:cut", "built-in endpoint"])
def test_nothing_or_demo_is_the_built_in_endpoint(typed: str) -> None:
    """The built-in endpoint has no address until the engine opened it, and no key at all."""
    endpoint = resolve(typed, api_key_env="OPENAI_API_KEY")
    assert ("", "") == (endpoint.url, endpoint.api_key_env)
    assert endpoint.built_in


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("ws://localhost:1", "Expected an http or https address; got ws://."),
        ("http://x:99999", "Expected a host and a port; got port 99999."),
        ("http://x:0", "Expected a port from 1 to 65535; got port 0"),
        ("export OPENAI_BASE_URL=http://a/v1", "Expected an address; got a command, or a line"),
        ('base_url = "http://a/v1",', "Expected an address; got a command, or a line"),
        ("[31mred", "Expected a host and a port; got a port that is not a number"),
        ("$BASE_URL/v1", "Expected an address; got the variable BASE_URL"),
        ("unix:///run/x.sock", "Expected an http or https address; got unix://. Have"),
        ("file:///x.har", "Expected an http or https address; got file://. A recording"),
        ("http://x:port", "Expected a host and a port"),
        ("two words", "Expected one address without spaces"),
        ("http://", "Expected a host name"),
        ("http://a..b/v1", "Expected a host name"),
        ("192.168.1:8000", "Expected an IPv4 address of four numbers; got one of 3."),
        ("./oak.gguf", "Expected a server's address; got the path of a file."),
        ("C:\\models\\oak.gguf", "Expected a server's address; got the path of a file."),
        ("/v1/models", "Expected a server's address; got a path without its host."),
        ("llama3:8b", "Expected a server's address; got what looks like a model's name."),
    ],
)
def test_what_is_no_address_is_told_what_to_type(typed: str, sentence: str) -> None:
    """The error names what was expected and an address that would do."""
    with pytest.raises(AddressError) as error:
        resolve(typed)
    assert str(error.value).startswith(sentence)
    assert re.search("ype (it like )?http|as in http", str(error.value))
    assert [f"{error.value.headline}. {error.value}"] == error.value._render_traceback_()


@pytest.mark.parametrize(
    ("typed", "headline"),
    [
        ("localhost:1:1/v1", "The address has two ports"),
        ("http://host:port", "A placeholder was left in the address"),
        ("http://localhost:PORT_NUMBER/v1", "A placeholder was left in the address"),
        ("https://<region>.api.example/v1", "A placeholder was left in the address"),
        ("http://{host}:{port}/v1", "A placeholder was left in the address"),
        ("http://[your-ip]:8000", "A placeholder was left in the address"),
        ("http://...:8000/v1", "A placeholder was left in the address"),
        ("${OPENAI_BASE_URL}", "Only a shell fills in $OPENAI_BASE_URL"),
        ("OPENAI_BASE_URL", "OPENAI_BASE_URL is a variable's name, not its value"),
        ("http://x:99999", "There is no port 99999"),
        ("http://x:80a/v1", "The port is not a number"),
        ("ws://localhost:1", "ws:// is not HTTP"),
        ("two words", "This is not an address"),
    ],
)
def test_the_cause_is_said_first(typed: str, headline: str) -> None:
    """In the doctor's first sentence, and in a traceback's."""
    with pytest.raises(AddressError) as error:
        resolve(typed)
    assert headline == error.value.headline


@pytest.mark.parametrize("typed", ["http://[::1]:1/v1", "http://report:1/v1", "http://[fe80::1]"])
def test_what_only_looks_like_a_placeholder_is_read(typed: str) -> None:
    """An IPv6 address, and a host whose name holds the word."""
    assert resolve(typed).url.startswith(typed)


@pytest.mark.parametrize("host", ["your-server", "YOUR_ENDPOINT", "ip", "xxx.xxx.x.x", "my-host"])
def test_a_host_out_of_an_example_is_told_apart(host: str) -> None:
    """Where nobody knows it; a name that somebody knows is asked."""
    assert stands_for_another(host)


@pytest.mark.parametrize("host", ["oak", "youroak", "example.com", "10.0.0.1", "myth.example"])
def test_other_hosts_are_names(host: str) -> None:
    """Also those of a service in docker compose."""
    assert not stands_for_another(host)


def test_a_note_tells_what_was_changed() -> None:
    """Nothing is corrected in silence."""
    notes = resolve("0.0.0.0:8000").notes
    assert 3 == len(notes)
    assert ["http://", "0.0.0.0", "/v1"] == [
        next(word for word in ("http://", "0.0.0.0", "/v1") if word in note) for note in notes
    ]


@pytest.mark.parametrize("timeout_s", [0.0, -1.0, float("nan")])
def test_no_time_at_all_is_refused(timeout_s: float) -> None:
    """Not a number would switch the limits off in silence."""
    with pytest.raises(AddressError, match="Give more than 0"):
        resolve("demo", timeout_s=timeout_s)


def test_a_password_in_the_address_is_kept_apart() -> None:
    """User and password are neither in what is shown nor in the repr."""
    endpoint = resolve("http://me:s3cret@localhost:80/v1?api-key=s3cret")
    assert "me:s3cret" == endpoint.userinfo
    assert "s3cret" not in repr(endpoint)
    assert "http://localhost:80/v1" == endpoint.url


@pytest.mark.parametrize("path", [f"{KEY}/v1", f"v1;key={KEY}", f"key={KEY}"])
def test_a_key_in_the_path_is_kept_apart(path: str) -> None:
    """The path is shown, and requests are sent with the key in it."""
    endpoint = resolve(f"http://localhost:80/{path}")
    assert f"http://localhost:80/{path.replace(KEY, '•••')}" == endpoint.url == endpoint.base_url
    assert KEY not in repr(endpoint)
    assert f"http://localhost:80/{path}/models" == sent_url(endpoint, "/models")


@pytest.mark.parametrize(
    "path",
    [
        "sk-learn-for-everybody/v1", "v1/0123456789abcdef0123456789abcdef/gw",
        "xai-grok-4-fast-reasoning/v1", "openai/deployments/sk-prod-gpt4o-eastus2",
        "pk-team-alpha-2025-gateway/v1",
    ],
)  # fmt: skip
def test_a_name_and_an_account_in_the_path_are_shown(path: str) -> None:
    """Cloudflare's account is no key, and its address is copied with it."""
    assert f"https://oak.example/{path}" == resolve(f"https://oak.example/{path}").base_url
    assert () == resolve(f"https://oak.example/{path}").path_keys == in_address(f"oak/{path}")


@pytest.mark.parametrize("before", ["http://", "demo:cut@", "demo:cut@http://"])
def test_a_host_that_begins_like_a_key_is_shown(before: str) -> None:
    """Only the path can hold a key: a name of dots is a host."""
    typed = f"{before}sk-gateway-prod01.oak.internal/v1"
    assert typed == resolve(typed).base_url
    assert () == in_address(typed.partition("@")[2] or typed)


@pytest.mark.parametrize(
    "typed",
    [f"demo:{KEY}", f"demo:cut@http://me:s3cret@oak/v1?key={KEY}", f"demo:cut@http://oak/{KEY}"],
)
def test_no_address_of_the_engine_holds_a_secret(typed: str) -> None:
    """It is the engine's own address, shown everywhere, and the engine keeps no secret apart."""
    with pytest.raises(AddressError) as refused:
        resolve(typed)
    assert KEY not in str(refused.value)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("part", [0, 1, 2])
def test_no_message_quotes_a_key(part: int) -> None:
    """Whatever was typed in the wrong place may be one."""
    said = ["the file of prompts", "sk-learn-for-everybody.csv", "Give another."]
    assert said[1] in str(CallError(said[0], said[1], said[2]))
    said[part] = f"“Bearer {KEY}”"
    error = CallError(said[0], said[1], said[2])
    assert KEY not in f"{error} {vars(error)}"


@pytest.mark.parametrize("key", KEYS[:9])
def test_no_message_quotes_a_key_of_a_known_shape(key: str) -> None:
    """Those without a prefix look like any other word."""
    assert key not in str(CallError("a name", repr(key), "Give another."))


@pytest.mark.parametrize(
    "typed",
    [
        "ftp://me:s3cret@x/y",
        "http://me:s3cret@x:99999",
        "me:s3cret@x y",
        "http://me:s3cret/more@x",
        "http://me:s3cret?more@x",
        "https://me:s3cret#more@x/v1",
        "ftp://me:more/s3cret@x",
        "me:more/s3cret@x y",
        "ws://x?key=s3cret@more",
        "ftp://me:a?s3cret@x",
    ],
)
def test_an_error_never_quotes_a_password(typed: str) -> None:
    """What is quoted of a wrong address ends where its password stands."""
    with pytest.raises(AddressError) as error:
        resolve(typed)
    assert "s3cret" not in str(error.value)


def test_openai_alone_gets_the_usual_key() -> None:
    """OPENAI_API_KEY goes to api.openai.com and to no other address unless it is named."""
    assert "OPENAI_API_KEY" == resolve("api.openai.com").api_key_env
    assert "" == resolve("http://localhost:1337").api_key_env
    assert "" == resolve("https://api.openai.com.evil.example").api_key_env
    assert "" == resolve("http://api.openai.com").api_key_env
    assert "OPENAI_API_KEY" == resolve("h:1", api_key_env="OPENAI_API_KEY").api_key_env


@pytest.mark.parametrize(
    "value",
    [
        "sk-abc123",
        "sk_live_1",
        "Bearer x",
        "a b",
        "0KEY",
        *KEYS,
    ],
)
def test_a_value_that_is_no_name_is_taken_for_a_key(value: str) -> None:
    """It is discarded and never repeated."""
    with pytest.raises(KeyNameError) as error:
        check_key_name(value)
    assert value not in str(error.value)


def test_a_variables_name_is_taken_as_it_is() -> None:
    """Spaces around it are not part of it."""
    assert "MY_SERVER_KEY_2" == check_key_name(" MY_SERVER_KEY_2 ")
    assert "" == check_key_name("")
    names = ["hf_token", "openaiApiKey", "AWS_BEARER_TOKEN_BEDROCK", "K8S_TOKEN", "KEY2024"]
    assert names == [check_key_name(name) for name in names]


@pytest.mark.parametrize("key", [key for key in KEYS if len(key) >= 24])
def test_a_key_typed_as_host_or_model_is_discarded(key: str) -> None:
    """It is put into the wrong field, and stands in no message, in whatever case."""
    for typed in ({"base_url": key}, {"base_url": "localhost:1", "model": key}):
        with pytest.raises(CallError, match="looks like a key, which was discarded") as error:
            resolve(**typed)
        assert key[-8:].lower() not in str(error.value).lower()
    with pytest.raises(AddressError) as spaced:
        resolve(f"http://h {key}")
    assert key not in str(spaced.value)


@pytest.mark.parametrize("model", MODELS)
def test_the_names_of_models_are_no_keys(model: str) -> None:
    """Some are as long and as odd."""
    assert model == resolve("localhost:1", model=model).model


@pytest.mark.parametrize(
    "host", ["vllm-llama3-70b-svc", "abc123def456ghi789.us-east-1.aws.example", "f3a9c1b2d4e5"]
)
def test_the_names_of_hosts_are_no_keys(host: str) -> None:
    """Those of containers and clouds are made by machines."""
    assert f"://{host}" in resolve(host).base_url


def test_no_limit_is_longer_than_the_whole() -> None:
    """A short timeout shortens every part of the request."""
    assert Limits(connect_s=5, first_chunk_s=5, silence_s=5, whole_s=5) == Limits.within(5)
    assert 120 == Limits.within(300).first_chunk_s


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        (resolve("http://far.example/v1", api_key_env="K"), True),
        (resolve("http://far.example/v1"), False),
        (resolve("https://far.example/v1", api_key_env="K"), False),
        (resolve("http://localhost:1/v1", api_key_env="K"), False),
        (resolve("http://me:pw@far.example/v1"), True),
    ],
)
def test_a_key_in_the_clear_is_known(endpoint: Endpoint, expected: bool) -> None:
    """Plain http beyond this machine lets anyone on the way read a key."""
    assert expected == endpoint.key_in_the_clear


def test_a_quoted_address_is_short() -> None:
    """At most 80 characters, without its query."""
    assert "http://h/" + "a" * 71 == shown("http://h/" + "a" * 200)
    assert "http://h/v1" == shown("http://h/v1?key=secret")


@pytest.mark.parametrize("typed", ["sk-abc123def", "https://gsk_abcdef/v1", "http://u:12/abc@host"])
def test_a_secret_typed_as_an_address_is_not_taken_for_one(typed: str) -> None:
    """A key is no host, and what stands behind a slash in a password is no path."""
    with pytest.raises(AddressError) as error:
        resolve(typed)
    assert "abc" not in str(error.value)


@pytest.mark.parametrize(
    ("typed", "own"),
    [
        ("demo", True),
        ("demo:cut", True),
        ("replay:tree.har@10x", True),
        ("demo:cut@http://localhost:8000/v1", False),
        ("http://localhost:8000/v1", False),
    ],
)
def test_only_what_the_kit_opens_itself_is_asked_by_nobody_else(typed: str, own: bool) -> None:
    """Two notebooks at once would stand in each other's way at a server that they share."""
    assert own is resolve(typed).own


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"headers": "X-Name: value"}, "quotation marks; got text"),
        ({"query": [1]}, "quotation marks; got a list"),
        ({"headers": {"x": 3}}, "quotation marks; got a dictionary with a whole number in it"),
        ({"model": 3}, "a model's name in quotation marks; got a whole number"),
        ({"api_key_env": None}, "environment variable in quotation marks; got None"),
    ],
)
def test_a_part_of_another_kind_is_a_wrong_call(given: Any, said: str) -> None:
    """Before anything inside stumbles over it."""
    with pytest.raises(CallError, match=said):
        resolve("localhost:1337", **given)
