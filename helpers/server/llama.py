"""The only import of llama.cpp: its own HTTP server, run in this process by xllamacpp."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

try:
    import xllamacpp  # type: ignore[import-untyped]
except ImportError:  # no wheel for this machine: Intel Mac, musl
    xllamacpp = None

SLOTS = 8
CONTEXT_PER_SLOT = 1024
ERRORS_AND_WARNINGS = 2


def available() -> bool:
    """Whether llama.cpp can run on this machine at all."""
    return xllamacpp is not None


def serve(model: Path, *, alias: str, key: str) -> Any:
    """Return llama.cpp's running server; its `listening_address` is a URL on loopback.

    alias:   the model's name, in lists and in answers
    key:     the bearer token that every request must send
    raises:  RuntimeError if the model cannot be loaded; the log on stderr says why
    """
    # /props shows the path as given, and a relative one reveals nothing about this machine.
    os.chdir(model.parent)
    return xllamacpp.Server(_params(model.name, alias, key))


def _params(model: str, alias: str, key: str) -> Any:
    """Settings for a tiny model that must not disturb a kernel while it measures."""
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.model_alias = {alias}
    params.api_keys = [key]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_parallel = SLOTS
    params.n_ctx = SLOTS * CONTEXT_PER_SLOT
    params.n_batch = 512
    params.n_ubatch = 128
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 1
    params.n_gpu_layers = 0
    params.cache_ram_mib = 0
    params.fit_params = False
    # Not mapped, so that replacing the model's file cannot change a running engine.
    params.load_mode = xllamacpp.llama_load_mode.LLAMA_LOAD_MODE_NONE
    params.warmup = False
    params.ui = False
    params.embedding = True
    params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    params.endpoint_metrics = True
    params.verbosity = ERRORS_AND_WARNINGS
    return params
