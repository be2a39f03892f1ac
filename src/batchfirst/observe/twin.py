"""A stand-in for a module, to be run later: what the program does to the module meanwhile does not reach it."""

from __future__ import annotations

from collections import OrderedDict
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn

from batchfirst.observe.hooks import QuietHooks
from batchfirst.observe.shortcut import without

_COPIED = (dict, OrderedDict, QuietHooks, list, set)


def twin(module: nn.Module) -> nn.Module:
    """A module of the same classes, settings, hooks (ours left out) and attributes, with the very same parameters.

    Buffers and plain tensors among the attributes are copied: a run may write to them, and a backward of the program's
    that is still to come would find them changed. It keeps the parameters alive, not the module. Attributes that hold
    modules, and methods bound to them, hold the twins of these. Raises TypeError for what is no plain Python module (a
    ScriptModule).
    """
    twins: dict[int, nn.Module] = {}
    for part in module.modules():
        if isinstance(part, torch.jit.ScriptModule):
            raise TypeError(f"a {type(part).__name__} runs outside of Python")
        kind: Any = type(part)
        twins[id(part)] = kind.__new__(kind)
    copies: dict[int, Tensor] = {}
    for part in module.modules():
        vars(twins[id(part)]).update({name: _same(value, twins, copies) for name, value in without(vars(part)).items()})
    return twins[id(module)]


def _same(value: Any, twins: dict[int, nn.Module], copies: dict[int, Tensor]) -> Any:
    if isinstance(value, nn.Module):
        return twins.get(id(value), value)
    if type(value) is Tensor and not value.requires_grad:
        if id(value) not in copies:  # one copy of a tensor that stands in several places
            copies[id(value)] = value.clone()
        return copies[id(value)]
    if isinstance(value, MethodType):
        owner = twins.get(id(value.__self__))
        return value if owner is None else MethodType(value.__func__, owner)
    if type(value) not in _COPIED:
        return value
    copied = value.copy()
    if isinstance(copied, dict):
        for key, one in copied.items():
            if isinstance(one, (nn.Module, Tensor)):
                copied[key] = _same(one, twins, copies)
    elif isinstance(copied, list):
        copied[:] = [twins.get(id(one), one) for one in copied]
    return copied
