"""What a zoo file lists: one model of a released package, its inputs and their documented layout."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Layouts = str | Sequence[str | None] | Mapping[str, str | None] | None


@dataclass(frozen=True)
class Made:
    """A program ready to run: what `bf.audit` is given."""

    program: Callable[..., Any]
    inputs: tuple[Any, ...]
    kwargs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One row of the zoo's table.

    make: builds the model small, with random weights, and its inputs.
    layout: what the package documents its inputs to be.
    proven: for a finding that is a real mistake of the package: a check of its own, without batchfirst, that returns
        what it saw (and raises AssertionError if the mistake is gone), and the codes that the audit is to report
        (none: the mistake is of a kind that no code of ours speaks of).
    """

    name: str
    make: Callable[[], Made]
    layout: Layouts
    mode: str = "eval"
    note: str = ""
    proven: Callable[[], str] | None = None
    codes: tuple[str, ...] = ()
