"""The door to llama.cpp: its own HTTP server, run in this process through xllamacpp."""

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
    """Whether llama.cpp can run here at all."""
    return xllamacpp is not None


def serve(model: Path, *, alias: str) -> Any:
    """Return llama.cpp's running server; its `listening_address` is an URL on loopback.

    alias:   the name under which the model is listed and answers
    raises:  RuntimeError when the model cannot be loaded; the reason is in the log on stderr
    """
    # /props answers with the path as it was given: a relative one tells nothing of this machine.
    os.chdir(model.parent)
    return xllamacpp.Server(_params(model.name, alias))


def _params(model: str, alias: str) -> Any:
    """Return settings for a tiny model beside a kernel that measures."""
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.model_alias = {alias}
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
    # A model file that is trained anew while the engine runs must not change below its feet.
    params.load_mode = xllamacpp.llama_load_mode.LLAMA_LOAD_MODE_NONE
    params.warmup = False
    params.ui = False
    params.endpoint_metrics = True
    params.verbosity = ERRORS_AND_WARNINGS
    return params
