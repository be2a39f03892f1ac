"""Layouts that nobody handed over: from the annotations of a checked forward, or assumed."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from batchfirst.model.layout import Layout
from batchfirst.observe.inputs import find_tensors

_USUAL = {(3, True): "batch seq features", (2, False): "batch seq", (2, True): "batch features"}


def declared_layouts(
    program: Callable[..., Any], inputs: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Layout] | None:
    """The layouts that `@bf.checked` found on a function or on a module's forward, by the path of the input."""
    function = type(program).forward if isinstance(program, nn.Module) else program
    checked = getattr(function, "__batchfirst__", None)
    if checked is None:
        return None
    declaration = checked.declaration
    bound = isinstance(program, nn.Module) or inspect.ismethod(program)
    names = list(declaration.signature.parameters)[bound:]
    given = {**{name: str(place) for place, name in enumerate(names[: len(inputs)])}, **{name: name for name in kwargs}}
    found = {given[name]: layout for name, layout in declaration.layouts.items() if name in given}
    return found or None


def assume_layout(inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, str] | None:
    """The usual layout for the first tensor: floats (batch, seq, features) or (batch, features), ids (batch, seq)."""
    for path, tensor in find_tensors(inputs, kwargs):
        if isinstance(tensor, Tensor):
            text = _USUAL.get((tensor.ndim, tensor.is_floating_point()))
            return None if text is None else {path: text}
    return None
