"""Settings for every test of the project."""

from __future__ import annotations

import os

# Before torch is imported anywhere: two workers on two cores must not fight over threads.
os.environ.setdefault("OMP_NUM_THREADS", "1")
