"""Above HTTP: paths, redirects, pages, keys, models and the first answer, on loopback."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from helpers.checks.connect import answers, surfaces
from helpers.checks.connect.models import near_to
from helpers.checks.connect.paths import candidates
from helpers.tests.checks.connect.conftest import Look, seen
from helpers.tests.support.endpoint_server import JSON, PAGE, Answer, serving

KEY = "sk-oak-0123456789abcdef"
LOGIN = (200, PAGE, b"<!doctype html><title>Sign in</title><form action=/login></form>")


@pytest.fixture
def oak_key(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a variable that holds a key."""
    monkeypatch.setenv("OAK_KEY", KEY)
    return "OAK_KEY"


def bearer(headers: Mapping[str, str]) -> bool:
    """Whether the right key came as most send it."""
    return headers.get("authorization") == f"Bearer {KEY}"


def always(answer: Answer) -> Callable[[str, str], Answer]:
    """Return what answers every request in the same way."""
    return lambda *_: answer


# Paths


def test_an_address_that_works_as_it_is_is_green(look: Look) -> None:
    """With few requests: the usual other paths are not tried."""
    with serving(strict=True) as server:
        found = look(server.url)
    assert (True, "pass") == (found.verdict.passed, found.verdict.level)
    assert f"It answers at {server.url}, and no key is needed." == found.headline
    assert len(server.seen) < 20


@pytest.mark.parametrize(
    ("typed", "real"),
    [
        ("/v2", "/v1"), ("/v1/chat", "/v1"), ("/", "/api/v1"), ("/v1", "/openai/v1"),
        ("/v1", "/api"), ("/team/llm", "/team/llm/v1"), ("/team/llm/v1", "/team/v1"),
        ("/chat/ui/index.html", "/v1"), ("/api/generate", "/v1"), ("/team/v1/v1/v1/x", "/team/v1"),
    ],
)  # fmt: skip
def test_the_api_is_found_below_another_path(look: Look, typed: str, real: str) -> None:
    """Below each part of what was typed; the corrected line is one to copy."""
    with serving(prefix=real) as server:
        found = look(f"{server.root}{typed}")
    assert server.url == found.base_url
    assert ("wrong-path", "deviates") == seen(found, "path")
    assert f'base_url = "{server.url}"' == found.spellings[0].line
    assert found.headline.startswith("It answers, with one thing to change: the API is not under")


@pytest.mark.parametrize(
    "typed", ["/v1/", "/v1/chat/completions", "/v1/v1", "//v1", "/v1/v1/models"]
)
def test_what_every_notebook_corrects_by_itself_is_green(look: Look, typed: str) -> None:
    """Doubled, or with the operation behind it."""
    with serving() as server:
        found = look(f"{server.root}{typed}")
    assert (server.url, True) == (found.base_url, found.verdict.passed)


def test_a_bare_host_is_told_what_programs_need(look: Look) -> None:
    """The kit adds /v1; a program does not."""
    with serving() as server:
        found = look(server.root)
    assert ("lacks-version", "tolerated") == seen(found, "path")
    assert "GET /models 404, GET /v1/models 200" in repr(found.findings)
    assert found.verdict.passed


@pytest.mark.parametrize(
    ("typed", "told"), [("", ("at-the-root", "tolerated")), ("/v1", ("wrong-path", "deviates"))]
)
def test_an_api_at_the_root_is_typed_with_its_operation(
    look: Look, typed: str, told: tuple[str, str]
) -> None:  # fmt: skip
    """Programs take the bare host as it is, and the kit adds /v1 to it."""
    with serving(prefix="") as server:
        found = look(f"{server.root}{typed}")
        again = look(found.base_url)
    assert (told, ("path", "pass")) == (seen(found, "path"), seen(again, "path"))
    assert f'base_url = "{server.root}/chat/completions"' == found.spellings[0].line
    assert f'base_url = "{server.root}"' == found.spellings[1].line


def test_a_server_without_a_list_is_found_by_its_chat(look: Look) -> None:
    """A list of models is no duty."""
    with serving(names=()) as server:
        found = look(server.url, model="oak-7b")
    assert server.url == found.base_url
    assert ("no-model-list", "tolerated") == seen(found, "models")
    assert "There is no list of models" in repr(found.findings)
    assert ("chat", "pass") == seen(found, "chat")


@pytest.mark.slow
def test_two_hundred_to_everything_is_no_api(look: Look) -> None:
    """A server that says yes to any path is known by the path that cannot exist."""
    with serving(before=always((200, JSON, b'{"ok": true}'))) as server:
        found = look(server.url)
    assert ("no-api", "deviates") == seen(found, "path")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ((401, PAGE, b"<html>Sign in</html>"), "login-wanted"),
        ((401, PAGE, b"<html>401 Authorization Required</html>"), "unauthorized"),
        ((403, PAGE, b"<html>Just a moment</html>"), "blocked-by-firewall"),
        ((400, {"Content-Type": "text/plain"}, b"Invalid host header"), "host-refused"),
        ((502, {"Content-Type": "text/plain"}, b"Bad Gateway"), "proxy-error"),
        ((429, JSON, b'{"error": {"message": "slow down"}}'), "rate-limited"),
        ((503, JSON, b'{"error": {"message": "Loading model"}}'), "loading"),
    ],
)
def test_what_lets_no_program_through_is_named(look: Look, answer: Answer, name: str) -> None:
    """It answers every path alike, so that none looks right."""
    with serving(before=always(answer)) as server:
        found = look(server.url)
    assert (name, "deviates") == seen(found, "path")


@pytest.mark.slow
def test_an_answer_that_nobody_can_read_is_named(look: Look) -> None:
    """Whatever path is asked for, since that is what has to be mended first."""
    junk = (200, JSON | {"Content-Encoding": "gzip"}, b"this is no gzip")
    with serving(before=always(junk)) as server:
        found = look(server.url)
    assert ("bad-encoding", "deviates") == seen(found, "path")


def test_two_hundred_to_unknown_paths_beside_a_real_api(look: Look) -> None:
    """As LM Studio does; the right path is right."""
    with serving(lost=(200, JSON, b'{"error": "Unexpected endpoint or method."}')) as server:
        right, wrong = look(server.url), look(f"{server.root}/v2")
    assert ("any-path", "tolerated") == seen(right, "path")
    assert (server.url, ("wrong-path", "deviates")) == (wrong.base_url, seen(wrong, "path"))


@pytest.mark.slow
def test_a_login_page_is_no_api(look: Look) -> None:
    """It says so, and where to look."""
    with serving(before=always(LOGIN)) as server:
        found = look(server.url)
    assert ("no-api", "deviates") == seen(found, "path")
    assert "there is a web page, but no API" in found.headline


@pytest.mark.slow
def test_a_web_page_with_the_api_beside_it(look: Look) -> None:
    """The page's address was pasted; any unknown path shows it."""
    with serving(prefix="/api", lost=LOGIN) as server:
        found = look(f"{server.root}/c/0a1b2c")
    assert server.url == found.base_url


@pytest.mark.parametrize(
    ("host", "first"),
    [
        ("generativelanguage.googleapis.com", "/v1beta/openai"), ("api.groq.com", "/openai/v1"),
        ("dashscope.aliyuncs.com", "/compatible-mode/v1"), ("openrouter.ai", "/api/v1"),
    ],
)  # fmt: skip
def test_a_known_hosts_path_is_tried_first(host: str, first: str) -> None:
    """Before any guess."""
    assert first == candidates("", host)[0]


# Redirects


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_told_and_the_key_does_not_follow(
    look: Look, oak_key: str, status: int
) -> None:  # fmt: skip
    """To another address; the corrected one is where it leads."""
    with serving(host="127.0.0.2") as target:
        away = (status, {"Location": f"{target.root}/v1/models"}, b"")
        with serving(before=always(away)) as server:
            found = look(server.url, api_key_env=oak_key)
    assert ("redirected", "deviates") == seen(found, "redirect")
    assert target.url == found.base_url
    assert {""} == target.keys_seen()
    assert f'base_url = "{target.url}"' in str(found.verdict.failures[0])


def test_a_redirect_that_loses_the_prompt_is_no_circle(look: Look) -> None:
    """A 301 to the final slash turns a POST into a GET, and no base URL avoids it."""

    def slashed(_: str, path: str) -> Answer | None:
        return None if path.endswith("/") else (301, {"Location": f"{path}/"}, b"")

    with serving(before=slashed) as server:
        found = look(server.url)
    assert ("redirected", "deviates") == seen(found, "redirect")
    assert "turns a POST into a GET" in found.verdict.failures[0].do


@pytest.mark.parametrize("to", ["/v1/models", "/v1/models/"])
def test_a_redirect_in_a_circle_leads_nowhere(look: Look, to: str) -> None:
    """To itself, or there and back: where it leads is no advice then."""
    with serving(before=always((308, {"Location": to}, b""))) as server:
        found = look(server.url)
    assert ("redirect-circle", "deviates") == seen(found, "redirect")
    assert "The address redirects in a circle." == found.headline
    assert not any("leads to" in one.do for one in found.findings)


def test_a_redirect_that_programs_follow_is_a_remark(look: Look) -> None:
    """It works as typed, and the address to use is offered."""

    def moved(_: str, path: str) -> Answer | None:
        return (307, {"Location": f"/new{path}"}, b"") if path.startswith("/v1/") else None

    with serving(prefix="/new/v1", before=moved) as server:
        found = look(f"{server.root}/v1")
    assert ("redirected", "tolerated") == seen(found, "redirect")
    assert (server.url, ()) == (found.base_url, found.verdict.failures)


def test_a_redirect_to_a_login_page_ends_the_walk(look: Look) -> None:
    """No program can answer that page."""
    login = (302, {"Location": "/login?next=/v1"}, b"")
    with serving(before=always(login)) as server:
        found = look(server.url)
    assert ("redirected", "deviates") == seen(found, "redirect")
    assert "login page" in str(found.verdict.failures[0])
    assert not found.base_url


# Dead servers behind a proxy


@pytest.mark.parametrize(
    ("status", "headers", "body", "names"),
    [
        (502, {"Server": "nginx/1.27"}, b"<html><h1>502 Bad Gateway</h1></html>", "nginx"),
        (503, {}, b"<html><h1>503 Service Unavailable</h1>haproxy</html>", "HAProxy"),
        (504, {"Via": "1.1 varnish"}, b"<html><h1>504</h1></html>", "Varnish"),
    ],
)
def test_a_proxy_in_front_of_a_dead_server_is_named(
    look: Look, status: int, headers: dict[str, str], body: bytes, names: str
) -> None:
    """By Server, Via or its page: the server is to blame, not the address."""
    with serving(before=always((status, {**PAGE, **headers}, body))) as server:
        found = look(server.url)
    assert seen(found, "path")[0] in ("proxy-error", "proxy-timeout")
    assert f"The server behind {names} is" in found.headline


def test_a_server_that_itself_says_503_is_no_proxy(look: Look) -> None:
    """JSON comes from the server: it is there, and its path is right."""
    busy = (503, JSON, b'{"error": {"message": "Loading model"}}')
    with serving(before=lambda method, path: busy if path == "/v1/models" else None) as server:
        found = look(server.url)
    assert server.url == found.base_url
    assert ("chat", "pass") == seen(found, "chat")


# Keys


def test_no_key_is_needed(look: Look) -> None:
    """None is sent either, and programs that insist get a line for it."""
    with serving() as server:
        found = look(server.url)
    assert ("key", "pass") == seen(found, "key")
    assert any(one.line == "export OPENAI_API_KEY=none" for one in found.spellings)


def test_any_key_will_do(look: Look) -> None:
    """A server that only wants to see one."""
    with serving(allows=lambda headers: bool(headers.get("authorization"))) as server:
        found = look(server.url)
    assert ("any-key", "deviates") == seen(found, "key")
    assert ("chat", "pass") == seen(found, "chat")


def test_a_real_key_is_needed_and_right(look: Look, oak_key: str) -> None:
    """The key's value is nowhere in what is shown."""
    with serving(allows=bearer) as server:
        found = look(server.url, api_key_env=oak_key)
    assert ("key", "pass") == seen(found, "key")
    assert "the key is right" in found.headline
    assert KEY not in repr(found.findings) + repr(found.spellings) + repr(found.verdict.to_json())


@pytest.mark.parametrize("status", [401, 403])
def test_a_missing_key_and_a_wrong_one_are_told(
    look: Look, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:  # fmt: skip
    """With what the server asks for."""
    monkeypatch.setenv("WRONG_KEY", "sk-elm-0123456789abcdef")
    said = {**JSON, "WWW-Authenticate": 'Bearer realm="oak"'}
    refuses = (status, said, b'{"error": {"message": "Invalid API key"}}')
    with serving(allows=bearer, refuses=refuses) as server:
        missing, wrong = look(server.url), look(server.url, api_key_env="WRONG_KEY")
    assert ("unauthorized", "deviates") == seen(missing, "key") == seen(wrong, "key")
    assert "No key was sent" in str(missing.verdict.failures[0])
    assert "Check the value of WRONG_KEY" in str(wrong.verdict.failures[0])
    assert 'Bearer realm="oak"' in repr(wrong.findings)


def test_a_key_in_another_header_is_said(look: Look, oak_key: str) -> None:
    """As Azure's api-key; the answers come with it there."""
    with serving(allows=lambda headers: headers.get("api-key") == KEY) as server:
        found = look(server.url, api_key_env=oak_key)
    assert ("key-header", "deviates") == seen(found, "key")
    assert ("chat", "pass") == seen(found, "chat")
    assert any('headers = {"api-key": "$OAK_KEY"}' == one.line for one in found.spellings)
    assert KEY not in repr(found.findings) + repr(found.spellings)


def test_a_server_that_repeats_the_key_is_red(look: Look, oak_key: str) -> None:
    """Stars take its place in what is shown."""
    refuses = (401, JSON, f'{{"error": {{"message": "Wrong key: {KEY}"}}}}'.encode())
    with serving(allows=lambda _: False, refuses=refuses) as server:
        found = look(server.url, api_key_env=oak_key)
    assert ("key-echoed", "deviates") == seen(found, "key")
    assert KEY not in repr(found.findings)


def test_a_500_that_means_no_key_is_known(look: Look, oak_key: str) -> None:
    """The same request with the key is refused for its body alone."""
    broken = (500, JSON, b'{"error": {"message": "Internal error"}}')
    with serving(allows=bearer, refuses=broken) as server:
        found = look(server.url, api_key_env=oak_key)
    assert ("key", "pass") == seen(found, "key")
    assert "without one: 500" in repr(found.steps)


def test_a_variable_that_is_not_set_is_a_wrong_call(look: Look) -> None:
    """Nothing is judged then."""
    with serving() as server:
        found = look(server.url, api_key_env="NOT_SET_HERE")
    assert ("key-not-set", "deviates") == seen(found, "key")
    assert "call" == found.verdict.failures[0].blame


def test_a_pasted_key_is_neither_sent_nor_shown(look: Look) -> None:
    """The person is told to put it into a variable."""
    with serving(allows=bearer) as server:
        text = f"curl {server.url}/chat/completions -H 'Authorization: Bearer {KEY}'"
        found = look(text)
    assert ("key-pasted", "tolerated") == seen(found, "address")
    assert not [key for key in server.keys_seen() if KEY in key]
    assert KEY not in repr(found) + repr(found.findings) + repr(found.spellings)


def test_own_headers_and_parameters_go_along(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every request above HTTP."""
    monkeypatch.setenv("TENANT", "oak-tenant-0123")
    with serving(allows=lambda headers: headers.get("x-tenant") == "oak-tenant-0123") as server:
        found = look(server.url, headers={"X-Tenant": "$TENANT"}, query={"api-version": "1"})
    assert ("chat", "pass") == seen(found, "chat")


# Models and answers


def test_a_misspelled_model_is_corrected(look: Look) -> None:
    """The nearest listed one is asked."""
    with serving(names=("Oak/oak-7b-instruct", "elm-2b"), strict=True) as server:
        found = look(server.url, model="oak-7b-instruct")
    assert ("model-misspelled", "deviates") == seen(found, "model name")
    assert ("chat", "pass") == seen(found, "chat")
    assert 'model = "Oak/oak-7b-instruct"' in str(found.verdict.failures[0])


def test_a_list_of_models_alone_is_not_where_the_api_is(look: Look) -> None:
    """Somebody else's list may stand at the root, and the chat below /v1 without one."""

    def before(method: str, path: str) -> Answer | None:
        listed = 200, JSON, b'{"models": {"openai": ["oak"]}, "data": [{"id": "oak"}]}'
        return listed if (method, path) == ("GET", "/models") else None

    with serving(names=(), before=before) as server:
        found = look(f"{server.root}/api/chat")
    assert server.url == found.base_url
    assert ("chat", "pass") == seen(found, "chat")


def test_an_alias_that_is_not_listed_and_answers_is_not_corrected(look: Look) -> None:
    """Ollama's llama3.2 is there where llama3.2:latest is listed."""
    with serving(names=("oak:latest",)) as server:
        found = look(server.url, model="oak")
    assert ("model-unlisted", "tolerated") == seen(found, "model name")
    assert "oak" == found.known.model
    assert found.verdict.passed


@pytest.mark.parametrize(
    ("named", "near"),
    [("OAK-7B", "oak-7b"), ("oak_7b", "oak-7b"), ("oak", "oak-7b"), ("oka-7b", "oak-7b"),
     ("elm", "elm:latest"), ("birch", None)],
)  # fmt: skip
def test_near_names(named: str, near: str | None) -> None:
    """Case, underscores, an owner, a tag, a slip of the finger."""
    assert near == next(iter(near_to(named, ["oak-7b", "elm:latest"])), None)


def test_a_model_that_is_not_there_at_all(look: Look) -> None:
    """The chat's own words decide."""
    with serving(strict=True) as server:
        found = look(server.url, model="birch")
    assert ("model-unlisted", "tolerated") == seen(found, "model name")
    assert ("no-such-model", "deviates") == seen(found, "chat")


@pytest.mark.parametrize(("strict", "name"), [(True, "model-names"), (False, "any-model")])
def test_what_a_nonsense_name_gets(look: Look, strict: bool, name: str) -> None:
    """Refused, or answered without a word."""
    with serving(strict=strict) as server:
        assert name == seen(look(server.url), "model name")[0]


def test_a_slow_first_answer_is_a_cold_start(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one is quick."""
    monkeypatch.setattr(answers, "SLOW_S", 0.3)
    with serving(strict=True, slow_s=0.5) as server:
        found = look(server.url)
    assert ("cold-start", "tolerated") == seen(found, "chat")
    assert found.verdict.passed


@pytest.mark.parametrize("kind", [None, "lost"])
def test_the_surfaces_are_named(
    look: Look, monkeypatch: pytest.MonkeyPatch, kind: str | None
) -> None:
    """Those that are there, one that answered among them, whatever an empty request gets."""
    if kind:
        monkeypatch.setattr(surfaces, "kind_at", lambda *_: kind)
    with serving() as server:
        says = look(server.url).findings[-1].says
    assert says.startswith("There: /chat/completions. Not there: /responses")


def test_the_built_in_endpoint_is_green(look: Look) -> None:
    """Its address is this kit's own."""
    found = look("demo:fast")
    assert found.verdict.passed
    assert 'base_url = "demo:fast"' == found.spellings[0].line
