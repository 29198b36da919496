"""Tests, named after the behaviour they hold; `python3 -m helpers test` runs them all."""

import os
import tempfile

from helpers.places import OUT_VARIABLE

# What is kept while tests run is gone with them; a process that they start keeps it there, too.
_kept = tempfile.TemporaryDirectory(prefix="endpointscope-")
os.environ.setdefault(OUT_VARIABLE, _kept.name)
