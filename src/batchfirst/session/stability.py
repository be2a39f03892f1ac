"""Which annotations decide by types, shapes and dtypes alone, so that a verdict can be remembered, and by what."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Any

from jaxtyping import AbstractArray
from torch import Tensor, nn


def arrays_in(hint: Any) -> list[type[AbstractArray]]:
    """The jaxtyping arrays that a hint is, or is a union of, or a tuple of."""
    if isinstance(hint, type) and issubclass(hint, AbstractArray):
        return [hint]
    if typing.get_origin(hint) in (typing.Union, types.UnionType, tuple, typing.Annotated):
        return [array for part in typing.get_args(hint) for array in arrays_in(part)]
    return []


def stable(hint: Any) -> bool:
    """Whether the types, shapes and dtypes of a value, and of a tuple's parts, decide if it fits."""
    if hint is Any or hint is None:
        return True
    if isinstance(hint, type) and not typing.get_args(hint):
        if issubclass(hint, AbstractArray):
            return "?" not in hint.dim_str
        return "__instancecheck__" not in _members_before_type(type(hint))
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return all(stable(part) for part in typing.get_args(hint))
    if origin is tuple:
        return Ellipsis not in typing.get_args(hint) and all(stable(part) for part in typing.get_args(hint))
    return False


def _members_before_type(meta: type) -> set[str]:
    """What a metaclass adds to `type`: with its own `__instancecheck__` more than the type of a value may decide."""
    return {name for base in meta.__mro__ if base not in (type, object) for name in vars(base)}


def signature_of(value: Any) -> Any:
    """What decides whether a value fits a stable annotation. Raises TypeError where code of the user's would tell."""
    kind = type(value)
    if kind is Tensor:
        return value.shape, value.dtype
    if isinstance(value, Tensor):
        return kind, value.shape, value.dtype
    if isinstance(value, tuple):
        return kind, tuple([signature_of(part) for part in value])
    if kind.__module__ == "builtins" or isinstance(value, nn.Module):
        return kind
    shape = getattr(kind, "shape", None)
    if isinstance(shape, types.GetSetDescriptorType):  # numpy's and the like
        return kind, tuple(value.shape), str(value.dtype)
    if shape is not None or "shape" in getattr(value, "__dict__", ()):
        raise TypeError("its shape is computed")
    return kind


def expressions(hints: list[Any]) -> Iterator[types.CodeType]:
    for hint in hints:
        for array in arrays_in(hint):
            if "{" in array.dim_str:
                yield compile(f"f{array.dim_str!r}", "<dimensions>", "eval")
