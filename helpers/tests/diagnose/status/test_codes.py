"""Refusals: the evidence comes before the general sentence, and look-alikes are told apart."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.endpoint import resolve
from helpers.finding import Finding
from helpers.tests.support.judged import first, refusal

PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1><hr>{1}</body></html>"
CHALLENGE = "<!DOCTYPE html><title>Just a moment...</title><script>cf-chl</script>"


def said(message: str, **more: object) -> dict[str, object]:
    """Return an error in OpenAI's form."""
    return {"error": {"message": message, **more}}


def refused(
    status: int, body: object, *headers: tuple[str, str], base_url: str = "http://localhost:1",
    key: str = "", **how: Any,
) -> Finding:  # fmt: skip
    """Return what is said of an error status, with or without a key that was sent."""
    endpoint = resolve(base_url, model="oak", api_key_env=key)
    url = f"{endpoint.url}/chat/completions"
    return first(refusal(status, body, *headers, url=url, **how), endpoint)


FAULTS = [
    (401, said("Incorrect API key provided"), (), "unauthorized"),
    # A proxy that checks the keys itself.
    (401, PAGE.format("401 Authorization Required", "nginx/1.27"), (), "unauthorized"),
    (402, said("Insufficient balance"), (), "payment-required"),
    (407, PAGE.format("407 Proxy Authentication Required", "squid"), (), "proxy-auth"),
    (408, said("timed out"), (), "request-timeout"),
    (524, PAGE.format("524: A timeout occurred", "cloudflare"), (), "proxy-timeout"),
    (504, PAGE.format("504 Gateway Time-out", "nginx/1.27"), (), "proxy-timeout"),
    (502, PAGE.format("502 Bad Gateway", "nginx/1.27"), (), "proxy-error"),
    (503, PAGE.format("503 Service Unavailable", "haproxy"), (), "proxy-error"),
    (503, said("Loading model", code=503, type="unavailable_error"), (), "loading"),
    (500, said("CUDA out of memory"), (), "server-error"),
    (503, "Service Unavailable", (("Server", "uvicorn"),), "server-error"),
    (529, said("Overloaded"), (), "overloaded"),
    (503, said("The server is busy, try again later"), (), "overloaded"),
    (501, PAGE.format("Error response", "Unsupported method"), (), "no-post"),
    (451, said("Unavailable in your country"), (), "region-blocked"),
    (400, said("Model oak does not support streaming."), (), "no-streaming"),
    (406, said("text/event-stream only"), (), "unexpected-status"),
    (403, CHALLENGE, (("Server", "cloudflare"), ("cf-mitigated", "challenge")),
     "blocked-by-firewall"),
    (403, PAGE.format("403 Forbidden", "nginx"), (), "blocked-by-firewall"),
    (403, said("Country, region, or territory not supported",
               code="unsupported_country_region_territory"), (), "region-blocked"),
    (403, said("Project does not have access to model oak"), (), "no-model-access"),
    (404, said("The model `oak` does not exist", code="model_not_found"), (), "no-such-model"),
    (404, said('model "oak" not found, try pulling it first'), (), "no-such-model"),
    (400, said("Invalid model name passed in model=oak", code="400"), (), "no-such-model"),
    (400, said("This model's maximum context length is 8192", code="context_length_exceeded"), (),
     "prompt-too-long"),
    (400, said("`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens"),
     (), "prompt-too-long"),
    (400, said("The input token count (40000) exceeds the maximum number of tokens allowed"), (),
     "prompt-too-long"),
    (413, said("Please reduce the length of the messages or completion."), (), "prompt-too-long"),
    (400, said("Requested 9000 tokens, but n_ctx is 4096"), (), "prompt-too-long"),
    (422, said("too many tokens: total 9000, limit 4096"), (), "prompt-too-long"),
    (500, said("the request exceeds the available context size"), (), "prompt-too-long"),
    (400, said("Conversation roles must alternate user/assistant/user/…"), (), "refused-roles"),
    (500, said("System role not supported"), (), "refused-roles"),
    (400, said("flagged", code="content_filter"), (), "refused-by-policy"),
    (400, "<html>400 The plain HTTP request was sent to HTTPS port</html>", (), "https-wanted"),
    (400, said("temperature must be at most 2"), (), "refused-request"),
    (400, said("The host of the image's URL is not allowed"), (), "refused-request"),
    (401, "", (("WWW-Authenticate", 'Basic realm="oak"'),), "basic-auth"),
    (429, said("Rate limit reached", code="rate_limit_exceeded"), (), "rate-limited"),
    (429, said("You exceeded your current quota", code="insufficient_quota"), (), "no-credit"),
    (429, said("You exceeded your current quota"), (), "no-credit"),
    (429, said("You exceeded your current quota, check billing. Please retry in 34.07s."), (),
     "rate-limited"),
    (429, said("Call rate exceeded. Go to aka.ms/oai/quotaincrease"), (("Retry-After", "26"),),
     "rate-limited"),
    (404, said("Invalid URL (POST /v2/chat/completions)"), (), "wrong-path"),
    (405, {"detail": "Method Not Allowed"}, (), "wrong-path"),
    (413, PAGE.format("413 Request Entity Too Large", "nginx"), (), "request-too-large"),
    (413, said("Too many tokens in context", code="context_length_exceeded"), (),
     "prompt-too-long"),
    (418, said("I am a teapot"), (), "unexpected-status"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "headers", "name"), FAULTS,
    ids=[f"{row[0]}-{row[3]}-{at}" for at, row in enumerate(FAULTS)],
)  # fmt: skip
def test_each_refusal_has_its_own_name(
    status: int, body: object, headers: tuple[tuple[str, str], ...], name: str
) -> None:
    """A red finding with the server's words, and what to do that fits them."""
    found = refused(status, body, *headers, key="MY_KEY")
    # What a filter refuses says nothing against the endpoint.
    level = "unclear" if name == "refused-by-policy" else "fail"
    assert (name, level) == (found.name, found.level)
    assert found.do
    assert str(status) in found.came


NOT_WHAT_THEY_LOOK_LIKE = [
    # A name stands in errors about other things too.
    (400, said("oak: the prompt is too long for its context window"), (), "no-such-model"),
    (400, said("oak does not support tools"), (), "no-such-model"),
    (
        400,
        said("Invalid 'user': string too long", code="string_above_max_length"),
        (),
        "prompt-too-long",
    ),
    (
        400,
        said("max_tokens is too large: 9000 exceeds the 4096 output tokens"),
        (),
        "prompt-too-long",
    ),
    (
        413,
        said("Request too large: 9000 tokens per minute (TPM), limit 6000"),
        (),
        "prompt-too-long",
    ),
    (413, "<html>413 Request Entity Too Large</html>", (), "prompt-too-long"),
    # Cloudflare's name is on every answer of OpenAI: JSON comes from the server itself.
    (502, said("upstream failed"), (("Server", "cloudflare"),), "proxy-error"),
    (503, said("The engine is overloaded"), (("Server", "cloudflare"),), "proxy-error"),
    (503, said("The engine is overloaded"), (), "loading"),
    (403, said("You are not allowed to sample from this model's tier"), (), "unauthorized"),
    (403, CHALLENGE, (), "unauthorized"),
    (401, said("no"), (("WWW-Authenticate", "Bearer"),), "basic-auth"),
    (429, said("Too many requests, slow down"), (), "no-credit"),
    (400, said("top_p must be positive"), (), "unauthorized"),
]


@pytest.mark.parametrize(
    ("status", "body", "headers", "name"), NOT_WHAT_THEY_LOOK_LIKE,
    ids=[f"{row[0]}-not-{row[3]}-{at}" for at, row in enumerate(NOT_WHAT_THEY_LOOK_LIKE)],
)  # fmt: skip
def test_no_cause_is_named_without_its_evidence(
    status: int, body: object, headers: tuple[tuple[str, str], ...], name: str
) -> None:
    """A false accusation is worse than a plain sentence."""
    assert name != refused(status, body, *headers, key="MY_KEY").name


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("http://localhost:1337/api", "http://localhost:1337/api/v1"),
        ("http://localhost:1337/v2", "http://localhost:1337/v1"),
        ("http://localhost:1337/v1/chat", "http://localhost:1337/v1"),
        ("http://localhost:1337/llm", "http://localhost:1337/llm/v1"),
        ("https://hosted.example/api", "https://hosted.example/api/v1"),
        ("https://hosted.example/openai/v2", "https://hosted.example/openai/v1"),
    ],
)
def test_a_wrong_path_offers_the_likeliest_one(typed: str, offered: str) -> None:
    """A prefix that was typed is kept; a version is replaced."""
    found = refused(404, {"detail": "Not Found"}, base_url=typed)
    assert "wrong-path" == found.name
    assert offered == found.fix
    assert offered in found.do


def test_a_404_is_a_wrong_path_only_if_its_sibling_is_one() -> None:
    """A path that cannot exist tells whether the server knows the one that was asked."""
    alike = refused(404, {"detail": "Not Found"}, sibling="alike")
    differs = refused(404, {"detail": "Not Found"}, sibling="differs")
    assert ("wrong-path", "not-found") == (alike.name, differs.name)
    assert "as it does for any unknown path" in alike.says


@pytest.mark.parametrize(
    "body",
    [
        said("No connected db.", type="no_db_connection", code="400"),
        said("This API key is not valid.", code=400),
    ],
)
def test_a_wrong_key_may_come_as_400(body: object) -> None:
    """Gateways without a database and some providers refuse a key so, not with 401."""
    found = refused(400, body, key="MY_KEY")
    assert "unauthorized" == found.name
    assert "MY_KEY" in found.do


def test_a_key_that_was_not_sent_was_not_refused() -> None:
    """Without a key the endpoint asks for one."""
    body = said("Not authenticated")
    wanted = refused(401, body)
    assert "The endpoint asks for a key (401)." == wanted.says
    # Half of the notebooks have no panel, but each has the parameter.
    assert "the parameter api_key_env, or “Key from” in a panel" in wanted.do
    assert "The endpoint refused the key (401)." == refused(401, body, key="MY_KEY").says


def test_a_missing_key_is_said_where_one_might_be_wanted() -> None:
    """LiteLLM answers 500 to a request without a key."""
    body = said("Internal Server Error", code="500")
    assert "No key was sent" in refused(500, body).do
    assert "No key was sent" not in refused(500, body, key="MY_KEY").do


def test_basic_authentication_is_no_api_key() -> None:
    """Something before the API asks; the header that answers it is offered."""
    found = refused(401, "", ("WWW-Authenticate", 'Basic realm="oak"'), key="MY_KEY")
    assert "user name and a password" in found.says
    assert 'headers = {"Authorization": "$NAME"}' in found.do


@pytest.mark.parametrize(
    ("status", "words", "server", "whose"),
    [
        (502, "Bad Gateway", "", "a proxy"), (503, "no available server", "", "Traefik"),
        (502, "", "Caddy", "Caddy"), (503, "no healthy upstream", "envoy", "Envoy"),
        (504, "upstream request timeout", "envoy", "Envoy"),
        (502, "error code: 502", "cloudflare", "cloudflare"),
    ],
)  # fmt: skip
def test_a_proxy_may_write_no_page(status: int, words: str, server: str, whose: str) -> None:
    """Traefik and Envoy write plain text, Caddy nothing."""
    found = refused(status, words, ("Server", server), key="MY_KEY")
    assert found.says.lower().startswith(f"the server behind {whose.lower()} is ")


@pytest.mark.parametrize(
    "words", ["The model failed: bad gateway to the GPU", "", said("Bad Gateway")]
)
def test_words_of_the_servers_own_blame_no_proxy(words: object) -> None:
    """Nor does Cloudflare's name, which is on whatever passes through it."""
    assert "server-error" == refused(502, words, ("Server", "cloudflare"), key="MY_KEY").name


@pytest.mark.parametrize(
    ("body", "header"),
    [
        ("<html>Sign in</html>", ("Location", "https://auth.example")),
        ("", ("WWW-Authenticate", "Negotiate")), ("no", ("WWW-Authenticate", 'Digest realm="x"')),
    ],
)  # fmt: skip
def test_a_login_before_the_api_is_no_api_key(body: str, header: tuple[str, str]) -> None:
    """A page for people, or another way to log in."""
    assert "login-wanted" == refused(401, body, header).name


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "Invalid host header"),
        (403, 'Blocked request. This host ("oak.example") is not allowed.'),
        (400, "Invalid HTTP_HOST header: 'x'."), (421, "Misdirected Request"),
    ],
)  # fmt: skip
def test_a_name_that_the_server_does_not_know_is_named(status: int, words: str) -> None:
    """It is set up for another one than that in the address."""
    assert "host-refused" == refused(status, words).name


def test_a_silent_403_may_be_ollamas() -> None:
    """It knows only this machine's names unless it listens to others."""
    assert "OLLAMA_HOST" in refused(403, "").do
    assert "OLLAMA_HOST" in refused(403, "", key="MY_KEY").do
    assert "OLLAMA_HOST" not in refused(403, said("no key")).do


@pytest.mark.parametrize(
    ("page", "server", "whose"),
    [
        ("504 Gateway Time-out", "nginx/1.27", "nginx"), ("502 Bad Gateway", "haproxy", "HAProxy"),
        ("502 Bad Gateway", "", "a proxy"),
        ("503 No server is available to handle this request.", "", "HAProxy"),
        ("503 Service Unavailable", "Varnish", "Varnish"),
    ],
)  # fmt: skip
def test_a_proxys_page_blames_the_server_behind_it(page: str, server: str, whose: str) -> None:
    """The page is the proxy's, the failure lies behind it."""
    found = refused(int(page[:3]), PAGE.format(page, server), key="MY_KEY")
    assert found.says.startswith(f"The server behind {whose} is ")
    assert f"The page comes from {whose}" in found.do


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (("Retry-After", "7"), "Wait 7 s."), (("retry-after-ms", "250"), "Wait 250 ms."),
        (("x-ratelimit-reset-requests", "1m30s"), "Wait 90 s."),
        (("Retry-After", "3600"), "Wait 60 minutes."),
        (("X-Nothing", "1"), "Wait a while: it does not say how long."),
    ],
)  # fmt: skip
def test_a_limit_of_requests_says_how_long_to_wait(header: tuple[str, str], wait: str) -> None:
    """In whichever header the server says it."""
    assert refused(429, said("slow down"), header).do.startswith(wait)


def test_a_redirect_offers_where_it_leads() -> None:
    """The address to use, never followed by itself."""
    found = refused(308, "", ("Location", "https://new.example/v1/chat/completions"))
    assert ("redirected", "https://new.example/v1") == (found.name, found.fix)


@pytest.mark.parametrize(
    "location",
    ["https://sso.example/login?next=/v1", "/signin", "ftp://x/v1", "javascript:alert(1)", ""],
)
def test_a_login_page_is_never_offered(location: str) -> None:
    """Nor anything that is not a web address."""
    found = refused(302, "", ("Location", location))
    assert ("redirected", "") == (found.name, found.fix)


def test_plain_http_at_a_tls_port_offers_https() -> None:
    """With the same host and path."""
    page = "<html>400 The plain HTTP request was sent to HTTPS port</html>"
    assert "https://oak.example/v1" == refused(400, page, base_url="http://oak.example/v1").fix


def test_a_page_is_quoted_without_its_markup() -> None:
    """Its words, not its scripts and styles."""
    page = "<html><style>a{}</style><script>x()</script><h1>403   Forbidden</h1></html>"
    assert "403 Forbidden" == refused(403, page).quote


def test_a_recording_that_was_sent_needs_no_endpoint() -> None:
    """It is judged by what it holds."""
    found = first(refusal(401, said("no"), request_headers=(("Authorization", "redacted"),)))
    assert "The endpoint refused the key (401)." == found.says


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("", "Location is missing"),
        ("/v1/chat/completions", "leads to itself"),
        ("/v1/chat/completions/", "No base URL avoids that"),
        ("http://[:", "is missing"),
        ("https://login.example", "login page"),
    ],
)
def test_a_redirect_that_leads_nowhere_is_told(location: str, words: str) -> None:
    """There is no address to use instead."""
    headers = [("Location", location)] if location else []
    found = first(refusal(308, {}, *headers), resolve("http://localhost:1/v1"))
    assert "redirected" == found.name
    assert words in found.do
