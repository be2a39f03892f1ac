"""Whether a call runs for its graph, not for its result: sizes are then stand-ins, and a check would judge these."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, fx

from batchfirst.observe.compiling import at_trace


def traced(values: Iterable[Any]) -> bool:
    """Whether torch.compile, torch.jit.trace or torch.fx is tracing, by the state of torch and by these arguments."""
    if at_trace():
        return False  # what is looked at are stand-ins with plain sizes
    if torch.compiler.is_compiling() or torch._C._get_tracing_state() is not None:
        return True
    for value in values:
        if isinstance(value, fx.Proxy):
            return True
        if isinstance(value, Tensor) and any(not isinstance(size, int) for size in value.shape):
            return True
    return False
