"""Attributes of live objects, looked up without running a property, a descriptor or `__getattr__` of the user's."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from types import FunctionType, MethodType, ModuleType
from typing import Any

from torch import nn

from batchfirst.observe.shapes import UNKNOWN


@dataclass(frozen=True)
class SuperOf:
    """`super()` inside a method of `owner`, called on `receiver`."""

    owner: type
    receiver: Any


def member_of(owner: Any, name: str) -> Any:
    """`owner.name`, or UNKNOWN where finding out would run code of the user's."""
    if owner is UNKNOWN or owner is None:
        return UNKNOWN
    if isinstance(owner, ModuleType):
        return vars(owner).get(name, UNKNOWN)
    if isinstance(owner, SuperOf):
        return _next_in_line(owner, name)
    if isinstance(owner, nn.Module):
        for place in ("_parameters", "_buffers", "_modules"):
            found = vars(owner).get(place, {})
            if name in found:
                return found[name]
    try:
        value = inspect.getattr_static(owner, name)
    except AttributeError:
        return UNKNOWN
    if isinstance(value, FunctionType):
        return value if isinstance(owner, type) else MethodType(value, owner)
    if isinstance(value, staticmethod):
        return value.__func__
    if isinstance(value, classmethod):
        return MethodType(value.__func__, owner if isinstance(owner, type) else type(owner))
    # Slots and C-level members are read by their descriptor, which is no code of the user's.
    if inspect.isgetsetdescriptor(value) or inspect.ismemberdescriptor(value):
        return UNKNOWN if isinstance(owner, type) else value.__get__(owner)
    return UNKNOWN if isinstance(value, property) or hasattr(type(value), "__get__") else value


def _next_in_line(owner: SuperOf, name: str) -> Any:
    line = type(owner.receiver).__mro__
    after = line[line.index(owner.owner) + 1 :] if owner.owner in line else ()
    for base in after:
        if name in vars(base):
            value = vars(base)[name]
            return MethodType(value, owner.receiver) if isinstance(value, FunctionType) else UNKNOWN
    return UNKNOWN
