"""Layouts that nobody handed over: from the annotations of a checked forward, or assumed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from batchfirst.model.layout import Layout
from batchfirst.observe.inputs import find_tensors

ATTRIBUTE = "__batchfirst_layouts__"  # set by @bf.checked: parameter name -> Layout
_USUAL = {(3, True): "batch seq features", (2, False): "batch seq", (2, True): "batch features"}


def declared_layouts(program: Callable[..., Any]) -> list[Layout | None] | None:
    """The layouts that `@bf.checked` found on a function or on a module's forward, in the order of its parameters."""
    function = type(program).forward if isinstance(program, nn.Module) else program
    found = getattr(function, ATTRIBUTE, None)
    return list(found.values()) if found and any(found.values()) else None


def assume_layout(inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, str] | None:
    """The usual layout for the first tensor: floats (batch, seq, features) or (batch, features), ids (batch, seq)."""
    for path, tensor in find_tensors(inputs, kwargs):
        if isinstance(tensor, Tensor):
            text = _USUAL.get((tensor.ndim, tensor.is_floating_point()))
            return None if text is None else {path: text}
    return None
