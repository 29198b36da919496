"""The engine's process: started once, quiet, on loopback, and gone when its parent is."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from helpers.endpoint import AddressError, resolve
from helpers.server import builtin
from helpers.server.builtin import EngineError, opened
from helpers.tests.support.asking import asked, chat, connection, demo, received
from helpers.tests.support.waiting import PATIENCE_S

ROOT = Path(__file__).parents[3]

KERNEL = """
import asyncio, os, signal, sys, time
from helpers.endpoint import resolve
from helpers.server import builtin
endpoint = asyncio.run(builtin.opened(resolve("demo")))
if "interrupted" in sys.argv:
    signal.signal(signal.SIGINT, lambda *_: None)
if "fork" in sys.argv and os.fork() == 0:
    os.close(1)
    time.sleep(600)
    os._exit(0)
print(endpoint.url, builtin._engine.process.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def own_engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An engine of this test's own, ended with it, beside the one that other tests share."""
    monkeypatch.setattr(builtin, "_engine", None)
    yield
    builtin.close()


def test_a_real_endpoint_is_returned_unchanged() -> None:
    """Nothing is started for an address that needs no engine."""
    endpoint = resolve("http://localhost:1337")
    assert asyncio.run(opened(endpoint)) is endpoint


def test_one_engine_serves_however_often_it_is_asked_for(own_engine: None) -> None:
    """Tasks and threads that ask at once get the same process."""

    async def several() -> set[str]:
        names = ("demo", "demo:fast", "demo:cut")
        return {(await opened(resolve(name))).url.split("/")[2] for name in names}

    with ThreadPoolExecutor(4) as pool:
        places = set().union(*pool.map(lambda _: asyncio.run(several()), range(4)))
    assert len(places) == 1


def test_the_address_stays_demo_and_gets_no_key() -> None:
    """What a person reads is what they typed, never a port that dies."""
    endpoint = asyncio.run(opened(resolve("demo:cut", api_key_env="OPENAI_API_KEY")))
    assert endpoint.base_url == "demo:cut"
    assert endpoint.url.startswith("http://127.0.0.1:")
    assert endpoint.api_key_env == ""


@pytest.mark.slow
def test_an_engine_that_died_is_started_again(own_engine: None) -> None:
    """The next request finds a new one."""
    first = demo()
    engine = _engine()
    engine.kill()
    engine.wait(PATIENCE_S)
    second = demo()
    assert second.url != first.url
    assert asked(second, "GET", "/models").status == 200


@pytest.mark.parametrize("typed", ["demo:no-such", "demo:cut+no-such", "demo:no-such@localhost"])
def test_an_unknown_mode_names_the_nearest(typed: str) -> None:
    """The message says what to type instead."""
    with pytest.raises(
        AddressError, match=r"got 'no-such'\. Did you mean no-space\? .* demos lists them all"
    ):
        asyncio.run(opened(resolve(typed)))


def test_a_password_before_another_server_is_refused() -> None:
    """It would stand on the screen as part of the address."""
    with pytest.raises(AddressError, match="without a password") as caught:
        asyncio.run(opened(resolve("demo:cut@http://user:secret@localhost:1/v1")))
    assert "secret" not in str(caught.value)


def test_the_engines_own_port_answers_only_the_proxy(own_engine: None) -> None:
    """Without the key of this start llama.cpp refuses a chat, a wrong key included."""
    proxy = urlsplit(demo().url).port
    listening = [c.laddr.port for c in _engine().net_connections() if c.status == "LISTEN"]
    (port,) = set(listening) - {proxy}
    direct = resolve(f"http://127.0.0.1:{port}/v1")
    body = b'{"messages": []}'
    assert asked(direct, "POST", "/chat/completions", body).status == 401
    wrong = {"Authorization": "Bearer wrong"}
    assert asked(direct, "POST", "/chat/completions", body, **wrong).status == 401
    assert asked(demo(), "POST", "/chat/completions", body, **wrong).status == 200


def test_the_engine_inherits_no_keys(own_engine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its environment holds what Python needs to start, and nothing of the reader's."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-reader")
    monkeypatch.setenv("SOME_SECRET", "of-the-reader")
    demo()
    environment = _engine().environ()
    assert "PATH" in environment
    assert not any("of-the-reader" in value for value in environment.values())


def test_it_is_small_and_listens_on_loopback_only(own_engine: None) -> None:
    """Under 150 MB after an answer, and no socket that another machine can reach."""
    chat(demo())
    process = _engine()
    assert process.memory_info().rss < 150_000_000
    listening = [c.laddr.ip for c in process.net_connections() if c.status == "LISTEN"]
    assert set(listening) == {"127.0.0.1"}


def test_the_model_has_a_name_and_no_path_leaks() -> None:
    """Nothing that it answers tells where on this machine it lies."""
    client = connection(demo())
    paths = ("v1/models", "props", "slots", "metrics", "health", "v1/none")
    answers = [received(client, "GET", f"/demo/{path}", None).body for path in paths]
    client.close()
    assert b'"endpointscope-tiny"' in answers[0]
    assert b'"model_path"' in answers[1]
    assert not any(str(ROOT).encode() in answer for answer in answers)


def test_the_same_seed_gives_the_same_text() -> None:
    """The engine is real: it samples, and a seed fixes how."""
    texts = [chat(demo(), seed=seed, temperature=1.0).text for seed in (7, 7, 8)]
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]


def test_an_engine_that_cannot_start_says_why(
    own_engine: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message ends with the last lines of its log."""
    broken = (
        "import sys; print('llama.cpp met an illegal instruction', file=sys.stderr); sys.exit(3)"
    )
    _shadow_xllamacpp(tmp_path, monkeypatch, broken)
    with pytest.raises(EngineError, match=r"llama\.cpp met an illegal instruction"):
        demo()


def test_without_a_wheel_a_recording_answers_and_says_so(
    own_engine: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streamed, full and listed as by the engine that made it, at the same pace, with a note."""
    _shadow_xllamacpp(tmp_path, monkeypatch, "raise ImportError('no wheel for this machine')")
    endpoint = demo()
    assert [note for note in endpoint.notes if "a recording of itself" in note]
    streamed, full = chat(endpoint), chat(endpoint, stream=False)
    assert streamed.events[-1] == "[DONE]"
    assert len(streamed.chunks) > 10
    assert full.json["choices"][0]["message"]["content"]
    assert asked(endpoint, "GET", "/models").json["data"][0]["id"] == "endpointscope-tiny"
    assert chat(demo("cut+fast")).events[-1] != "[DONE]"


def test_what_the_recording_lacks_is_a_404(
    own_engine: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not pretend to be an engine."""
    _shadow_xllamacpp(tmp_path, monkeypatch, "raise ImportError('no wheel for this machine')")
    came = asked(demo(), "POST", "/embeddings", b"{}")
    assert came.status == 404
    assert "The recording has no answer to POST /v1/embeddings" in came.json["error"]["message"]


@pytest.mark.slow
def test_ten_killed_kernels_leave_no_process(tmp_path: Path) -> None:
    """SIGKILL gives a kernel no chance to clean up, so the engine must notice by itself."""
    engines = []
    for _ in range(10):
        kernel, engine, _ = _kernel()
        kernel.kill()
        kernel.wait()
        engines.append(engine)
    assert psutil.wait_procs(engines, timeout=PATIENCE_S)[1] == []


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_does_not_keep_the_engine() -> None:
    """A fork inherits the pipe that the engine watches, and here outlives kernel and engine."""
    kernel, engine, _ = _kernel("fork")
    kernel.kill()
    kernel.wait()
    assert psutil.wait_procs([engine], timeout=PATIENCE_S)[1] == []
    os.killpg(kernel.pid, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
def test_an_interrupted_cell_does_not_stop_the_engine() -> None:
    """Jupyter sends SIGINT to the kernel's whole process group."""
    kernel, engine, url = _kernel("interrupted")
    os.killpg(kernel.pid, signal.SIGINT)
    with pytest.raises(psutil.TimeoutExpired):
        engine.wait(0.5)
    with urllib.request.urlopen(f"{url}/models", timeout=PATIENCE_S) as answer:
        assert answer.status == 200
    kernel.kill()
    kernel.wait()
    assert psutil.wait_procs([engine], timeout=PATIENCE_S)[1] == []


@pytest.mark.slow
def test_it_writes_nothing_into_the_cell() -> None:
    """llama.cpp's log stays out of the kernel's stdout and stderr."""
    program = KERNEL.replace("time.sleep(600)", "builtin.close()")
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert ran.stdout.startswith("http://127.0.0.1:")
    assert ran.stdout.count("\n") == 1
    assert ran.stderr == ""


def _engine() -> psutil.Process:
    """Return the process of the engine that runs for this one."""
    assert builtin._engine is not None
    return psutil.Process(builtin._engine.process.pid)


def _shadow_xllamacpp(folder: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    """Put another xllamacpp before the installed one, for the processes started from now on."""
    (folder / "xllamacpp.py").write_text(source)
    monkeypatch.setenv("PYTHONPATH", str(folder))


def _kernel(*arguments: str) -> tuple[subprocess.Popen[str], psutil.Process, str]:
    """Return a process that has opened the built-in endpoint, its engine's, and the address."""
    kernel = subprocess.Popen(
        [sys.executable, "-c", KERNEL, *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert kernel.stdout is not None
    with kernel.stdout as said:
        url, pid = said.readline().split()
    return kernel, psutil.Process(int(pid)), url
