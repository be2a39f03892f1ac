"""What a program holds and may change when it runs: modules, optimizers, its own objects, closures, globals."""

from __future__ import annotations

import dis
import functools
import inspect
import random
import sys
from collections import deque
from collections.abc import Iterator
from types import CellType, CodeType, FunctionType, MethodType, SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from batchfirst.observe.callsite import frame_kind

CONTAINERS = (list, dict, set, deque)
_MOST_WALKED = 4096  # entries of a container that are looked into; all of them are put back


def parts_of(thing: Any) -> list[Any]:
    """What `thing` holds that a run may change, one level down; [] for what is not looked into.

    Looked into: containers, modules, the user's own functions (closure, defaults, the globals they name) and objects,
    partial and bound functions, optimizers and schedulers.
    """
    if isinstance(thing, dict):
        return list(thing.values())[:_MOST_WALKED] + [
            key for key in list(thing)[:_MOST_WALKED] if isinstance(key, Tensor)
        ]
    if isinstance(thing, (list, tuple, set, frozenset, deque)):
        return list(thing)[:_MOST_WALKED]
    if isinstance(thing, FunctionType):
        return _of_function(thing)
    if isinstance(thing, MethodType):
        return [thing.__self__, thing.__func__]
    if isinstance(thing, functools.partial):
        return [thing.func, thing.args, thing.keywords]
    if isinstance(thing, CellType):
        return [thing.cell_contents] if _filled(thing) else []
    if isinstance(thing, nn.Module):
        # TorchScript compiles forward away: its class has none.
        return [*vars(thing).values(), getattr(type(thing), "forward", None)]
    if has_state(thing):
        call = vars(type(thing)).get("__call__")
        return [*vars(thing).values(), call] if isinstance(call, FunctionType) else list(vars(thing).values())
    return []


def _of_function(function: FunctionType) -> list[Any]:
    wrapped = getattr(function, "__wrapped__", None)
    found = [
        wrapped,
        *(function.__defaults__ or ()),
        *(function.__kwdefaults__ or {}).values(),
        *(function.__closure__ or ()),
    ]
    if frame_kind(function.__code__.co_filename) != "user":
        return found
    names = {name for code in _codes(function.__code__) for name in code.co_names}
    named = [function.__globals__[name] for name in names if name in function.__globals__]
    # What a module exports is looked into as little as the module itself: it is not this function's own state.
    return found + [one for one in named if not inspect.isclass(one) and not inspect.ismodule(one)]


def stored_globals(function: FunctionType) -> list[tuple[dict[str, Any], str]]:
    """(globals, name) for every global variable that the function assigns to."""
    names = {
        str(step.argval)
        for code in _codes(function.__code__)
        for step in dis.get_instructions(code)
        if step.opname == "STORE_GLOBAL"
    }
    return [(function.__globals__, name) for name in sorted(names)]


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _filled(cell: CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - reading it is the test
    except ValueError:
        return False
    return True


def has_state(thing: Any) -> bool:
    """Whether a run may change an object's attributes: the user's own objects, torch's optimizers and their kind."""
    if isinstance(
        thing, (SimpleNamespace, torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler, torch.amp.GradScaler)
    ):
        return True
    if isinstance(thing, type) or not hasattr(thing, "__dict__") or inspect.ismodule(thing):
        return False
    source = getattr(sys.modules.get(type(thing).__module__), "__file__", None)
    # A class of __main__ typed into a console or notebook has no file.
    return frame_kind(source) == "user" if source else type(thing).__module__ == "__main__"


def generator_state(thing: Any) -> tuple[Any, Any] | None:
    """(what sets it, the state) of a random generator of the program's own; None for anything else."""
    if isinstance(thing, torch.Generator):
        return thing.set_state, thing.get_state()
    if isinstance(thing, random.Random) and not isinstance(thing, random.SystemRandom):
        return thing.setstate, thing.getstate()
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(thing, numpy.random.RandomState):
        return thing.set_state, thing.get_state()
    if numpy is not None and isinstance(thing, numpy.random.Generator):
        return functools.partial(setattr, thing.bit_generator, "state"), thing.bit_generator.state
    return None
