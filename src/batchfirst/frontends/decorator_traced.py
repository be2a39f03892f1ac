"""A checked function while Dynamo traces it: checked with the sizes of the trace, and nothing left in the graph."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

import torch

from batchfirst.frontends.decorator_calls import CheckedFunction
from batchfirst.observe.compiling import (
    Unknown,
    at_trace_time,
    kept_in_trace,
    never_compiled,
    passed_through,
    traced_call,
    when_traced,
)
from batchfirst.session.scopes import CheckedScope

_is_compiling = torch.compiler.is_dynamo_compiling


def begin_traced(checked: CheckedFunction, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Check the arguments, and hear the modules in reach from now on. To be called while Dynamo traces."""
    at_trace_time(_begin)
    return checked, args, kwargs  # of no use, but what nobody uses any more Dynamo has dropped by then


@passed_through
def run_traced(checked: CheckedFunction, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The function's result. To be called while Dynamo traces.

    Where the graph breaks inside the function, as it does by default at a recurrent module, Dynamo makes this very call
    for real and compiles the function's parts: then the modules in reach are heard as without a compiler.
    """
    if _is_compiling():
        return checked.function(*args, **kwargs)
    heard = _hear(checked, args, kwargs)
    try:
        return checked.function(*args, **kwargs)
    finally:
        _leave(checked.scope, heard)


@never_compiled
def _hear(checked: CheckedFunction, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    return _entered(checked, checked.bound(checked.declaration_for(args), args, kwargs))


def _entered(checked: CheckedFunction, bound: dict[str, Any] | None) -> list[Any]:
    return [] if bound is None else checked.scope.enter(checked.declaration.layouts, bound)


def end_traced(checked: CheckedFunction, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any) -> Any:
    """Stop hearing, and check the result."""
    at_trace_time(_end)
    return checked, args, kwargs, out  # as above


def _begin(context: Any) -> None:
    with suppress(Unknown), traced_call(context, "checked", "args", "kwargs") as (checked, args, kwargs):
        bound = checked.check_arguments(args, kwargs)
        leave = partial(_leave, checked.scope, _entered(checked, bound))
        kept_in_trace(context).append((checked, bound is not None, leave))
        when_traced(context, leave)  # where the graph breaks on the way, no end is traced


def _end(context: Any) -> None:
    with suppress(Unknown), traced_call(context, "checked", "args", "kwargs", "out") as (checked, args, kwargs, out):
        running, fits = kept_in_trace(context), True
        if running and running[-1][0] is checked:  # else the graph broke since, and this is its other part
            _, fits, leave = running.pop()
            leave()
        if fits:
            checked.check_value(args, kwargs, out, yielded=False)


@never_compiled
def _leave(scope: CheckedScope, heard: list[Any]) -> None:
    """Once."""
    scope.leave(heard)
    heard.clear()
