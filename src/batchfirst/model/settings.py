"""What to do about a mismatch: an argument beats the environment variable BATCHFIRST, which beats the default."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, get_args

from batchfirst.model.errors import UsageError

Policy = Literal["off", "raise", "warn", "record", "breakpoint"]
POLICIES: tuple[Policy, ...] = get_args(Policy)
ENVIRONMENT = "BATCHFIRST"
DEFAULT: Policy = "raise"
_only_recording: ContextVar[bool] = ContextVar("batchfirst_only_recording", default=False)


def policy(given: str | None = None, name: str = "on_mismatch") -> Policy:
    """The policy in force: `given` if not None, else the environment variable BATCHFIRST, else "raise".

    The environment is read at each call, so that it can be set after the import. `name` is how the caller's own
    argument is called in the error. Raises UsageError for anything but off, raise, warn, record and breakpoint.

    Example:
        >>> policy("warn")
        'warn'
        >>> policy("loud")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        batchfirst.model.errors.UsageError: on_mismatch='loud' is not valid; accepted: off, raise, warn, ...
    """
    if _only_recording.get():
        return "record"
    if given is None:
        given = os.environ.get(ENVIRONMENT) or DEFAULT
        name = f"the environment variable {ENVIRONMENT}"
    for known in POLICIES:
        if given == known:
            return known
    raise UsageError(name, given, ", ".join(POLICIES))


@contextmanager
def only_recording() -> Iterator[None]:
    """While open, checks record and never raise: an audit measures a program whole, checks included."""
    token = _only_recording.set(True)
    try:
        yield
    finally:
        _only_recording.reset(token)
