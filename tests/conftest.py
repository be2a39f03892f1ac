"""Settings for every test of the project."""

from __future__ import annotations

import os

from hypothesis import settings

# Before torch is imported anywhere: two workers on two cores must not fight over threads.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# On a busy machine a slow example is no fault; in CI the same examples every time.
settings.register_profile("project", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("project")
