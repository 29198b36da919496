"""Work spread over several processes, and the only module that knows Dask.

Another engine could replace Dask here: callers use only `call`, `tell`, `stop`, `workers` and
`lost`. A worker reads a key from its own environment; only the variable's name travels.
"""

from __future__ import annotations

import asyncio
import os
import warnings
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

from ..client.keys import holds_a_key
from ..endpoint import Endpoint
from ..errors import CallError
from ..escaping import for_terminal
from ..product import NAME, VERSION
from .cluster_worker import on_worker, stop_on_worker, version

LOCAL = "local"
# A scheduler responds within moments; workers may have to import first.
CONNECT_S, PATIENCE_S, ANSWER_S = 5.0, 20.0, 10.0
STOP_S, CLOSE_S = 0.8, 10.0
# A call waits forever if no worker is left that may run it. So the workers are checked this often:
# the first if only one of them may run it, the second if any may.
LOOK_S, LOOK_AT_ALL_S = 0.5, 10.0
MOST_WORKERS = 8

T = TypeVar("T")
# What Dask raises if nobody answers, or if another program or version does.
_WRONG = (
    OSError, TimeoutError, ValueError, TypeError, RuntimeError, ImportError, AttributeError,
    MemoryError,
)  # fmt: skip


class ClusterError(CallError):
    """No workers are available."""

    headline = "This cluster cannot be used"


class WorkerLost(Exception):
    """The only worker that was to run a call is gone."""


def check_keys(endpoint: Endpoint, scheduler: str) -> None:
    """Raise ClusterError if a key itself would travel to other machines with the request."""
    if scheduler != LOCAL and holds_a_key(endpoint):
        raise ClusterError(
            "the name of a variable that holds the key where the workers run",
            "the key itself, in the address, a header or the query; it was sent to nobody",
            'Set it where each worker starts, and name it here: api_key_env="MY_KEY", or '
            'headers={"api-key": "$MY_KEY"}.',
        )


class Cluster:
    """Workers on this machine, or wherever a scheduler has them.

    scheduler:  "local" starts processes here, which end with this one; otherwise the address of a
                Dask scheduler, such as tcp://10.0.0.5:8786
    slots:      how many calls each worker started here runs at once
    workers:    how many processes are started here; 0 for one per core
    pids:       the workers' process ids, each valid on its own machine
    """

    def __init__(self, scheduler: str, *, slots: int, workers: int = 0) -> None:
        self._scheduler, self._slots = scheduler, slots
        self._count = workers or min(os.cpu_count() or 1, MOST_WORKERS)
        self._run = uuid4().hex
        self.pids: list[int] = []
        self._began: set[str] = set()
        self._dask: Any = None
        self._own: Any = None
        self._client: Any = None

    async def __aenter__(self) -> Cluster:
        """Start the workers or connect to them.

        raises:  ClusterError
        """
        self._dask = _dask()
        try:
            # Our own processes start more slowly the busier this machine is.
            known = self._scheduler == LOCAL
            if not known:
                await asyncio.wait_for(_listening(self._scheduler), CONNECT_S)
            await asyncio.wait_for(self._connect(), None if known else CONNECT_S)
            await asyncio.wait_for(self._know_us(), None if known else PATIENCE_S)
        except ClusterError:
            await self._close(STOP_S)
            raise
        except _WRONG as error:
            await self._close(STOP_S)
            raise self._unusable(error) from None
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close(CLOSE_S)

    async def _close(self, within_s: float) -> None:
        for one in (self._client, self._own):
            if one is not None:
                with suppress(*_WRONG, asyncio.CancelledError):
                    await asyncio.wait_for(one.close(), within_s)

    async def call(
        self, function: Callable[..., Coroutine[Any, Any, T]], *arguments: Any, on: str = ""
    ) -> T:
        """The result of one of our coroutine functions, run by whichever worker is free.

        Losing a worker only costs the call time: another worker runs it again.
        on:      the one of `workers` that must run it
        raises:  ClusterError if the workers are gone, WorkerLost if the one in `on` is, and
                 whatever the function raises
        """
        future = self._client.submit(
            on_worker, self._run, function, arguments, pure=False, workers=[on] if on else None
        )
        try:
            result: T = await self._result(future, on)
        except (self._dask.KilledWorker, self._dask.client.FutureCancelledError, OSError) as error:
            raise _gone(type(error).__name__) from None
        finally:
            future.release()
        return result

    async def stop(self) -> None:
        """End every call in progress, on all workers."""
        with suppress(OSError, TimeoutError):
            await asyncio.wait_for(self._client.run(stop_on_worker, self._run), STOP_S)

    async def tell(self, function: Callable[..., T], *arguments: Any) -> list[T]:
        """The results of a plain function run on each worker, alongside its calls in progress.

        If the workers do not all answer in time, the result is [].
        """
        with suppress(*_WRONG):
            results = self._client.run(function, *arguments, on_error="ignore")
            return [*(await asyncio.wait_for(results, STOP_S)).values()]
        return []

    async def workers(self) -> list[str]:
        """The addresses of the workers connected now.

        raises:  ClusterError if there are none or the scheduler does not answer
        """
        try:
            found = await asyncio.wait_for(self._workers(), ANSWER_S)
        except (OSError, TimeoutError) as error:
            raise _gone(type(error).__name__) from None
        if not found:
            raise _gone("none")
        return sorted(found)

    async def lost(self) -> int:
        """How many of the original workers are gone."""
        try:
            now = await asyncio.wait_for(self._workers(), ANSWER_S)
        except (OSError, TimeoutError):
            return len(self._began)
        return len(self._began - now)

    async def _connect(self) -> None:
        address: Any = self._scheduler
        if address == LOCAL:
            # On loopback only, without a dashboard; whoever runs the batch watches its memory.
            address = self._own = await self._dask.LocalCluster(
                n_workers=self._count, threads_per_worker=self._slots, host="127.0.0.1",
                dashboard_address="127.0.0.1:0", memory_limit=0, silence_logs=50, asynchronous=True,
            )  # fmt: skip
        # Kept before it connects: a client that never connected has to be closed, too.
        self._client = self._dask.Client(address, asynchronous=True, timeout=CONNECT_S)
        with warnings.catch_warnings():
            # Dask warns of any package whose versions differ; only ours and Dask's matter here.
            warnings.simplefilter("ignore")
            await self._client
        self._began = await self._workers()
        if not self._began:
            raise ValueError("the scheduler has no workers")

    async def _know_us(self) -> None:
        """Make sure that the scheduler and the workers run this version of the kit.

        raises:  ClusterError
        """
        try:
            there = {await self._client.run_on_scheduler(version)}
            there.update((await self._client.run(version)).values())
            self.pids = sorted((await self._client.run(os.getpid)).values())
        except _WRONG as error:
            raise _strangers(f"{type(error).__name__}: {error}") from None
        if there != {VERSION}:
            raise _strangers(f"version {', '.join(sorted(there))} there and {VERSION} here")

    def _unusable(self, error: Exception) -> ClusterError:
        silent = f"no answer within {PATIENCE_S if self._began else CONNECT_S:.0f} s"
        reason = for_terminal(str(error)) or silent
        if isinstance(error, MemoryError):
            # Dask reads the first bytes as a length, and would allocate that much.
            reason = "an answer that is not Dask's: another program listens there"
        if isinstance(error, TypeError):
            reason += f" (Dask {self._dask.__version__} here, another version there?)"
        return ClusterError(
            "a Dask scheduler with workers", f"“{reason[:300]}”",
            'Start one (dask scheduler, dask worker) and give its tcp:// address, or give "local".',
        )  # fmt: skip

    async def _result(self, future: Any, worker: str) -> Any:
        """The result of a call, given up once the worker it needs, or every worker, is gone.

        raises:  WorkerLost, ClusterError
        """
        every_s = LOOK_S if worker else LOOK_AT_ALL_S
        result = asyncio.ensure_future(future)
        try:
            while not (await asyncio.wait({result}, timeout=every_s))[0]:
                if worker not in ("", *await self.workers()):
                    raise WorkerLost(worker)
            return result.result()
        finally:
            result.cancel()

    async def _workers(self) -> set[str]:
        return set((await self._client.scheduler.identity())["workers"])


async def _listening(address: str) -> None:
    """Raise OSError at once if nobody listens at an address; Dask would keep retrying.

    raises:  ValueError if the address has no host or port
    """
    scheme, _, place = address.rpartition("://")
    if scheme not in ("", "tcp", "tls"):
        return
    parts = urlsplit(f"//{place}")
    if not parts.hostname or not parts.port:
        raise ValueError("no host and port")
    _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.close()


def _strangers(what: str) -> ClusterError:
    return ClusterError(
        f"a scheduler and workers that have {NAME} {VERSION}, too", for_terminal(what)[:200],
        f"Install the same version where they run: pip install '{NAME}[cluster]'.",
    )  # fmt: skip


def _gone(what: str) -> ClusterError:
    return ClusterError(
        "workers that stay", what, "What came is kept: run it again, with other workers."
    )


def _dask() -> Any:
    """The distributed package of Dask.

    raises:  ClusterError if it is not installed
    """
    try:
        import distributed  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        raise ClusterError(
            "Dask, which hands work out to processes and machines", "an environment without it",
            f"Install it: pip install '{NAME}[cluster]', or pip install distributed.",
        ) from None  # fmt: skip
    return distributed
