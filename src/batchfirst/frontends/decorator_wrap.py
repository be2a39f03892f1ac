"""A checked function: its declaration, what is remembered of its calls, and the wrapper for each kind of function."""

from __future__ import annotations

import functools
import inspect
import sys
import typing
from collections.abc import Callable, Hashable
from types import FrameType, FunctionType
from typing import Any

import torch

from batchfirst.frontends.decorator_layout import FunctionLayout
from batchfirst.model.finding import Finding
from batchfirst.observe.callsite import local_names
from batchfirst.session import bindings
from batchfirst.session.declarations import Broken, Declaration, declaration_of
from batchfirst.session.policy import act
from batchfirst.session.scopes import CheckedScope
from batchfirst.session.tracing import traced
from batchfirst.session.violations import violation

_KEPT = 512
_is_compiling = torch.compiler.is_compiling


class _Known:
    """What is remembered of calls of one signature: the sizes that they bind, and the results that fit."""

    __slots__ = ("results", "sizes")

    def __init__(self, sizes: bindings.Sizes) -> None:
        self.sizes = sizes
        self.results: set[Hashable] = set()


class CheckedFunction:
    """What stands behind a decorated function, as its `__batchfirst__`."""

    def __init__(
        self, function: FunctionType, layout: FunctionLayout | None, given: str | None, names: dict[str, Any]
    ) -> None:
        self.function, self._layout, self._names = function, layout, names
        self.scope = CheckedScope(function, given)
        self._known: dict[Hashable, _Known] = {}
        self._declaration: Declaration | None = None
        if layout is not None:
            self._declaration = self._declare()  # a layout that does not fit the parameters is told at once

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, each once, in the order it was found; the first 256."""
        return self.scope.findings

    @property
    def declaration(self) -> Declaration:
        """The annotations, resolved when they are first needed: they may name what is defined later."""
        if self._declaration is None:
            self._declaration = self._declare()
        return self._declaration

    def __deepcopy__(self, memo: dict[int, Any]) -> CheckedFunction:
        return self  # functions are not copied either

    # A call from its beginning to its end -------------------------------------------------------------------------

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Check the arguments, run the function, check its result."""
        __tracebackhide__ = True
        declaration = self._declaration or self.declaration
        key = declaration.key(args, kwargs)
        known = self._known.get(key) if key is not None else None
        if known is None:
            return self._first_call(declaration, args, kwargs, key)
        bound = declaration.names(args, kwargs)
        bindings.push(known.sizes, bound)
        try:
            out = self._run(declaration, args, kwargs, bound)
            if bindings.unchanged(known.sizes):
                if declaration.result_key(out, bound) not in known.results:
                    self._check_result(declaration, out, known, bound)
            else:
                self._check_result(declaration, out, None, bound)
            return out
        finally:
            bindings.pop()

    def _first_call(
        self, declaration: Declaration, args: tuple[Any, ...], kwargs: dict[str, Any], key: Hashable
    ) -> Any:
        __tracebackhide__ = True
        bound = self._bound(declaration, args, kwargs)
        if bound is None:
            return self.function(*args, **kwargs)

        def body() -> Any:
            __tracebackhide__ = True
            known = self._remember(key)
            out = self._run(declaration, args, kwargs, bound)
            unchanged = known is not None and bindings.unchanged(known.sizes)
            self._check_result(declaration, out, known if unchanged else None, bound)
            return out

        found = None
        try:
            return declaration.within(args, kwargs, body)
        except Broken as broken:
            found = broken
        self._violated(found, declaration)
        return self.function(*args, **kwargs)

    def _run(
        self, declaration: Declaration, args: tuple[Any, ...], kwargs: dict[str, Any], bound: dict[str, Any]
    ) -> Any:
        __tracebackhide__ = True
        if not declaration.layouts:
            return self.function(*args, **kwargs)
        heard = self.scope.enter(declaration.layouts, bound)
        try:
            return self.function(*args, **kwargs)
        finally:
            self.scope.leave(heard)

    def _check_result(
        self, declaration: Declaration, out: Any, known: _Known | None, bound: dict[str, Any]
    ) -> None:
        __tracebackhide__ = True
        try:
            declaration.check_result(out)
        except Broken as broken:
            found = broken
        else:
            key = declaration.result_key(out, bound) if known is not None else None
            if known is not None and key is not None and len(known.results) < _KEPT:
                known.results.add(key)
            return
        self._violated(found, declaration)

    # For coroutines and generators: jaxtyping's names live in the thread, which others use between two steps -------

    def check_arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any] | None:
        """The arguments by name if they fit; None if not, or if nothing is to be checked."""
        __tracebackhide__ = True
        declaration = self.declaration
        key = declaration.key(args, kwargs)
        bound = self._bound(declaration, args, kwargs)
        if bound is None or (key is not None and key in self._known):
            return bound
        found = None
        try:
            declaration.within(args, kwargs, lambda: self._remember(key))
        except Broken as broken:
            found = broken
        if found is None:
            return bound
        self._violated(found, declaration)
        return None

    def check_value(self, args: tuple[Any, ...], kwargs: dict[str, Any], value: Any, yielded: bool) -> None:
        """Check a result, or what was yielded, against the names that the arguments bind."""
        __tracebackhide__ = True
        declaration = self.declaration
        check = declaration.check_yield if yielded else declaration.check_result
        found = None
        try:
            declaration.within(args, kwargs, lambda: check(value))
        except Broken as broken:
            found = broken
        if found is not None:
            self._violated(found, declaration)

    def hearing(self, bound: dict[str, Any] | None) -> Any:
        """A context in which the modules in reach are heard."""
        return self.scope.during({} if bound is None else self.declaration.layouts, bound or {})

    # Parts --------------------------------------------------------------------------------------------------------

    def _declare(self) -> Declaration:
        hints = _resolved(self.function, self._names)
        if self._layout is None:
            return declaration_of(self.function, hints)
        parameters = list(inspect.signature(self.function).parameters.values())
        if parameters and parameters[0].name in ("self", "cls"):
            del parameters[0]
        names = [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        optional = {p.name for p in parameters if p.default is None}
        hints, layouts = self._layout.hints(names, optional, hints)
        return declaration_of(self.function, hints, layouts)

    def _bound(self, declaration: Declaration, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any] | None:
        """The arguments by name; None where they do not fit the parameters, or somebody is tracing."""
        try:
            bound = declaration.bound(args, kwargs)
        except TypeError:
            return None  # the function itself raises Python's own error
        return None if traced(bound.values()) else bound

    def _remember(self, key: Hashable) -> _Known | None:
        """To be called where the arguments have been found right, while their sizes are bound."""
        sizes = bindings.now()
        if key is None or sizes is None:
            return None
        if len(self._known) >= _KEPT:
            self._known.clear()
        return self._known.setdefault(key, _Known(sizes))

    def _violated(self, broken: Broken, declaration: Declaration) -> None:
        __tracebackhide__ = True
        found = violation(broken, declaration, self.function, sys._getframe(1))
        self.scope.record([found])
        act([found], self.scope.policy, TypeError)


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
                return function(*args, **kwargs)
            return checked.call(args, kwargs)

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


# Annotations that are text -----------------------------------------------------------------------------------------


def names_of_caller(function: FunctionType, frame: FrameType) -> dict[str, Any]:
    """The local names, where the decorator runs, that the function's annotations may need to be resolved."""
    annotations = vars(inspect.unwrap(function)).get("__annotations__") or inspect.unwrap(function).__annotations__
    wanted: set[str] = set()
    for text in annotations.values():
        if isinstance(text, str):
            try:
                wanted.update(compile(text, "<annotation>", "eval").co_names)
            except SyntaxError:
                continue
    found: dict[str, Any] = {}
    place: FrameType | None = frame
    while place is not None and place.f_code.co_name != "<module>" and wanted:
        names = local_names(place)
        found = {**{name: names[name] for name in wanted if name in names}, **found}
        place = place.f_back if place.f_code.co_filename == frame.f_code.co_filename else None
    return found


def _resolved(function: FunctionType, names: dict[str, Any]) -> dict[str, Any]:
    """The function's annotations as objects; those that cannot be resolved are left out."""
    inner = inspect.unwrap(function)
    local = {**names, **dict(_cells(inner))}
    found = {}
    for name, annotation in inner.__annotations__.items():
        holder = type("holder", (), {"__annotations__": {"value": annotation}})
        try:
            found[name] = typing.get_type_hints(holder, inner.__globals__, local, include_extras=True)["value"]
        except Exception:  # a name that only type checkers know, text that is no annotation
            continue
    return found


def _cells(function: Any) -> list[tuple[str, Any]]:
    found = []
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found.append((name, cell.cell_contents))
        except ValueError:
            continue
    return found
