"""One checked function: its declaration, what is remembered of its calls, and a call from its beginning to its end."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Hashable
from types import FunctionType
from typing import Any

from batchfirst.frontends.decorator_layout import FunctionLayout
from batchfirst.frontends.decorator_names import resolved
from batchfirst.model.finding import Finding
from batchfirst.session import bindings
from batchfirst.session.declarations import RECEIVERS, Broken, Declaration, declaration_of
from batchfirst.session.policy import act
from batchfirst.session.scopes import CheckedScope
from batchfirst.session.tracing import traced
from batchfirst.session.violations import violation

_KEPT = 512


class _Known:
    """What is remembered of calls of one signature: the sizes that they bind, and the results that fit."""

    __slots__ = ("results", "sizes")

    def __init__(self, sizes: bindings.Sizes) -> None:
        self.sizes = sizes
        self.results: set[Hashable] = set()


def _in_a_class(function: FunctionType) -> bool:
    """Whether it was defined in the body of a class, with a first parameter that may be its object or not."""
    first = next(iter(inspect.signature(function).parameters), "self")
    outer = function.__qualname__.rpartition(".")[0]
    return first not in RECEIVERS and bool(outer) and not outer.endswith("<locals>")


class CheckedFunction:
    """What stands behind a decorated function, as its `__batchfirst__`."""

    def __init__(
        self, function: FunctionType, layout: FunctionLayout | None, given: str | None, names: dict[str, Any]
    ) -> None:
        self.function, self._layout, self._names = function, layout, names
        self.scope = CheckedScope(function, given)
        self._known: dict[Hashable, _Known] = {}
        self._declaration: Declaration | None = None
        if layout is not None and not _in_a_class(function):
            self._declaration = self._declare(())  # a layout that does not fit the parameters is told at once

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, each once, in the order it was found; the first 256."""
        return self.scope.findings

    @property
    def declaration(self) -> Declaration:
        """As `declaration_for` of the first call gave it."""
        return self.declaration_for(())

    def declaration_for(self, args: tuple[Any, ...]) -> Declaration:
        """The annotations, resolved when they are first needed: they may name what is defined later.

        args: of the call that needs them. Whose method this is, if one at all, shows then.
        """
        if self._declaration is None:
            self._declaration = self._declare(args)
        return self._declaration

    def __deepcopy__(self, memo: dict[int, Any]) -> CheckedFunction:
        return self  # functions are not copied either

    # A call from its beginning to its end -------------------------------------------------------------------------

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Check the arguments, run the function, check its result."""
        __tracebackhide__ = True
        declaration = self._declaration or self.declaration_for(args)
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
        bound = self.bound(declaration, args, kwargs)
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
        self._violated(found, declaration, bound)
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
        self._violated(found, declaration, bound)

    # For coroutines and generators: jaxtyping's names live in the thread, which others use between two steps -------

    def check_arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any] | None:
        """The arguments by name if they fit; None if not, or if nothing is to be checked."""
        __tracebackhide__ = True
        declaration = self.declaration_for(args)
        key = declaration.key(args, kwargs)
        bound = self.bound(declaration, args, kwargs)
        if bound is None or (key is not None and key in self._known):
            return bound
        found = None
        try:
            declaration.within(args, kwargs, lambda: self._remember(key))
        except Broken as broken:
            found = broken
        if found is None:
            return bound
        self._violated(found, declaration, bound)
        return None

    def check_value(self, args: tuple[Any, ...], kwargs: dict[str, Any], value: Any, yielded: bool) -> None:
        """Check a result, or what was yielded, against the names that the arguments bind."""
        __tracebackhide__ = True
        declaration = self.declaration_for(args)
        check = declaration.check_yield if yielded else declaration.check_result
        found = None
        try:
            declaration.within(args, kwargs, lambda: check(value))
        except Broken as broken:
            found = broken
        if found is not None:
            self._violated(found, declaration, declaration.bound(args, kwargs))

    def hearing(self, bound: dict[str, Any] | None) -> Any:
        """A context in which the modules in reach are heard."""
        return self.scope.during({} if bound is None else self.declaration.layouts, bound or {})

    # Parts --------------------------------------------------------------------------------------------------------

    def _declare(self, args: tuple[Any, ...]) -> Declaration:
        hints = resolved(self.function, self._names)
        if self._layout is None:
            return declaration_of(self.function, hints)
        parameters = list(inspect.signature(self.function).parameters.values())
        if parameters and (parameters[0].name in RECEIVERS or (args and self._is_method_of(args[0]))):
            del parameters[0]
        names = [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        optional = {p.name for p in parameters if p.default is None}
        hints, layouts = self._layout.hints(names, optional, hints)
        return declaration_of(self.function, hints, layouts)

    def _is_method_of(self, owner: Any) -> bool:
        """Whether a function, decorated in the body of a class, was called as a method of this object."""
        found = inspect.getattr_static(type(owner), self.function.__name__, None)
        return getattr(found, "__batchfirst__", None) is self

    def bound(self, declaration: Declaration, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any] | None:
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

    def _violated(self, broken: Broken, declaration: Declaration, bound: dict[str, Any]) -> None:
        __tracebackhide__ = True
        found = violation(broken, declaration, self.function, sys._getframe(1))
        self.scope.record([found])
        wrong = {"result" if broken.name in ("return", "yield") else broken.name: broken.value}
        act([found], self.scope.policy, TypeError, lambda: {**bound, **wrong})
