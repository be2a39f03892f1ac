"""Layouts that annotations declare: of a function's parameters, and of what lies in annotated containers, by path."""

from __future__ import annotations

import collections.abc
import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from jaxtyping import AbstractArray

from batchfirst.model.errors import LayoutSyntaxError
from batchfirst.model.layout import Layout
from batchfirst.session.stability import arrays_in

_WEAK = ("n", "l")  # in an annotation `n` and `l` count anything; in a layout string they are batch and length
_MAPPINGS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)
_LISTS = (list, collections.abc.Sequence, collections.abc.MutableSequence)
_UNIONS = (typing.Union, types.UnionType)


def layouts_in(hints: Mapping[str, Any]) -> Iterator[tuple[str, Layout]]:
    """(path, layout) for every tensor whose annotation names a batch or seq axis.

    A path is a parameter's name, then keys: "x", "batch/tokens", "pairs/0"; "*" stands for every part. Read are
    dict[…], list[…], tuple[…] and the annotated fields of dataclasses, named tuples, typed dicts and their kind.
    """
    for name, hint in hints.items():
        if name != "return":
            yield from _inside(hint, name, 4)


def _inside(hint: Any, path: str, depth: int) -> Iterator[tuple[str, Layout]]:
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        yield from _inside(parts[0], path, depth)
        return
    arrays = arrays_in(hint) if origin is not tuple else []
    layout = _layout(arrays[0]) if len(arrays) == 1 else None
    if layout is not None:
        yield path, layout
    if depth == 0 or (isinstance(hint, type) and issubclass(hint, AbstractArray)):
        return
    if origin in _UNIONS:
        for part in parts:
            if not arrays_in(part) or typing.get_origin(part) is tuple:
                yield from _inside(part, path, depth)
    elif origin is tuple and Ellipsis not in parts:
        for number, part in enumerate(parts):
            yield from _inside(part, f"{path}/{number}", depth - 1)
    elif (origin is tuple or origin in _LISTS) and parts:
        yield from _inside(parts[0], f"{path}/*", depth - 1)
    elif origin in _MAPPINGS and len(parts) == 2:
        yield from _inside(parts[1], f"{path}/*", depth - 1)
    elif origin is None and isinstance(hint, type):
        for name, part in _fields(hint).items():
            yield from _inside(part, f"{path}/{name}", depth - 1)


def _fields(kind: type) -> dict[str, Any]:
    """The annotated fields of a dataclass and its kind; {} for any other class, or where they do not resolve."""
    named = hasattr(kind, "_fields") or hasattr(kind, "__attrs_attrs__") or typing.is_typeddict(kind)
    if not named and not dataclasses.is_dataclass(kind):
        return {}
    try:
        return typing.get_type_hints(kind, include_extras=True)
    except Exception:
        return {}  # names of where it was defined


def _layout(array: type[AbstractArray]) -> Layout | None:
    try:
        layout = Layout.parse(array.dim_str, annotation=True)
    except LayoutSyntaxError:
        return None  # jaxtyping reads it; what its axes mean is then not known
    axes = [axis for axis in (layout.axis("batch"), layout.axis("seq")) if axis is not None]
    return layout if axes and not any(axis.name.lower() in _WEAK for axis in axes) else None
