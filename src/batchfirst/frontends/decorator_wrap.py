"""The wrapper of a checked function, of the same kind: a coroutine function stays one, a generator passes on all."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

import torch

from batchfirst.frontends.decorator_calls import CheckedFunction
from batchfirst.frontends.decorator_layout import FunctionLayout
from batchfirst.frontends.decorator_traced import begin_traced, end_traced, run_traced
from batchfirst.session.explain import attach

_is_compiling = torch.compiler.is_dynamo_compiling


def checked_function(
    function: FunctionType, layout: FunctionLayout | None, given: str | None, names: dict[str, Any]
) -> Callable[..., Any]:
    """The wrapper of `function`, of the same kind: coroutine functions stay coroutine functions."""
    checked = CheckedFunction(function, layout, given, names)
    if inspect.iscoroutinefunction(function):
        wrapper = _coroutine(function, checked)
    elif inspect.isgeneratorfunction(function):
        wrapper = _generator(function, checked)
    elif inspect.isasyncgenfunction(function):
        wrapper = _async_generator(function, checked)
    else:

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            if _is_compiling():
                begin_traced(checked, args, kwargs)
                out = run_traced(checked, args, kwargs)
                end_traced(checked, args, kwargs, out)
                return out
            try:
                return checked.call(args, kwargs)
            except Exception as error:
                attach(error)
                raise

    wrapper.__batchfirst__ = checked  # type: ignore[attr-defined]
    return wrapper


def _coroutine(function: Callable[..., Any], checked: CheckedFunction) -> Callable[..., Any]:
    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        bound = checked.check_arguments(args, kwargs)
        with checked.hearing(bound):
            out = await function(*args, **kwargs)
        if bound is not None:
            checked.check_value(args, kwargs, out, yielded=False)
        return out

    return wrapper


def _generator(function: Callable[..., Any], checked: CheckedFunction) -> Callable[..., Any]:
    def steps(bound: dict[str, Any] | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        __tracebackhide__ = True
        running = function(*args, **kwargs)
        advance: Callable[[], Any] = functools.partial(next, running)
        while True:
            try:
                with checked.hearing(bound):
                    value = advance()
            except StopIteration as stop:
                return stop.value
            if bound is not None:
                checked.check_value(args, kwargs, value, yielded=True)
            try:
                sent = yield value
            except GeneratorExit:
                running.close()
                raise
            except BaseException as error:
                advance = functools.partial(running.throw, error)
            else:
                advance = functools.partial(running.send, sent)

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        if _is_compiling():
            return function(*args, **kwargs)
        return steps(checked.check_arguments(args, kwargs), args, kwargs)

    return wrapper


def _async_generator(function: Callable[..., Any], checked: CheckedFunction) -> Callable[..., Any]:
    async def steps(bound: dict[str, Any] | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        __tracebackhide__ = True
        running = function(*args, **kwargs)
        advance: Callable[[], Any] = running.__anext__
        while True:
            try:
                with checked.hearing(bound):
                    value = await advance()
            except StopAsyncIteration:
                return
            if bound is not None:
                checked.check_value(args, kwargs, value, yielded=True)
            try:
                sent = yield value
            except GeneratorExit:
                await running.aclose()
                raise
            except BaseException as error:
                advance = functools.partial(running.athrow, error)
            else:
                advance = functools.partial(running.asend, sent)

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        return steps(checked.check_arguments(args, kwargs), args, kwargs)

    return wrapper
