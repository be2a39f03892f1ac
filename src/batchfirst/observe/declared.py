"""Layouts that nobody handed over: from the annotations of a checked forward, or assumed."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from batchfirst.model.layout import Layout
from batchfirst.observe.inputs import find_tensors, rank_of

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
    tensors = dict(find_tensors(inputs, kwargs))
    found: dict[str, Layout] = {}
    for declared, layout in declaration.layouts.items():
        name, _, inner = declared.partition("/")
        if name in given and not inner and given[name] in tensors:
            found[given[name]] = layout
        elif name in given and inner:
            pattern = [given[name], *inner.split("/")]
            found |= {path: layout for path, tensor in tensors.items() if _leads(pattern, path, tensor, layout)}
    return found or None


def _leads(pattern: list[str], path: str, tensor: Any, layout: Layout) -> bool:
    """Whether the path is one that the pattern speaks of ("*" is any key), and the layout fits what is there."""
    keys = path.split("/")
    named = len(keys) == len(pattern) and all(want in ("*", key) for want, key in zip(pattern, keys, strict=True))
    return named and layout.rank in (None, rank_of(tensor))


def assume_layout(inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, str] | None:
    """The usual layout for the first tensor: floats (batch, seq, features) or (batch, features), ids (batch, seq).

    A packed sequence knows its samples and steps by itself.
    """
    for path, tensor in find_tensors(inputs, kwargs):
        if isinstance(tensor, PackedSequence):
            return {path: _USUAL[3, True]}
        if isinstance(tensor, Tensor):
            text = _USUAL.get((tensor.ndim, tensor.is_floating_point()))
            return None if text is None else {path: text}
    return None
