"""What a function declares about its arguments and its result, checked by jaxtyping with beartype.

Annotations are never read here to decide whether a value fits: `jaxtyped` holds the sizes that names are bound to, and
beartype's tester looks at the value. Around that stands a memory: where every annotation speaks of types, shapes and
dtypes only, a call of a known signature has a known verdict.
"""

from __future__ import annotations

import collections.abc
import inspect
import threading
import types
import typing
import warnings
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from beartype.door import is_bearable
from jaxtyping import jaxtyped
from torch import Tensor

from batchfirst.model.layout import Layout
from batchfirst.session.annotated import layouts_in
from batchfirst.session.bindings import sizes_by_name
from batchfirst.session.stability import arrays_in, expressions, signature_of, stable

_YIELDING = (
    collections.abc.Iterator, collections.abc.Iterable, collections.abc.Generator,
    collections.abc.AsyncIterator, collections.abc.AsyncIterable, collections.abc.AsyncGenerator,
)  # fmt: skip
RECEIVERS = ("self", "cls")  # as the first parameter of a method is named
_MANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Broken(BaseException):
    """A value that does not fit its annotation. No Exception: jaxtyping would wrap it. Never leaves batchfirst."""

    def __init__(self, name: str, hint: Any, value: Any, reason: str, sizes: Mapping[str, int]) -> None:
        super().__init__(name)
        self.name, self.hint, self.value, self.reason, self.sizes = name, hint, value, reason, sizes


@dataclass(frozen=True)
class Declaration:
    """A function's resolved annotations. Make one with `declaration_of`.

    layouts: by path (a parameter's name, then keys), of the tensors whose annotation names a batch or seq axis.
    """

    name: str
    signature: inspect.Signature
    returns: Any
    yields: Any
    layouts: Mapping[str, Layout]
    stable: bool
    method: bool
    _expressions: tuple[types.CodeType, ...] = ()
    _order: tuple[str, ...] | None = None  # None: there are *args or **kwargs
    _defaults: Mapping[str, Any] = field(default_factory=dict)
    _run: Callable[..., Any] = field(default=lambda: None, repr=False)

    def within(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], then: Callable[[], Any]) -> Any:
        """Check the arguments, then run `then` while jaxtyping knows the sizes that they bind. Raises Broken."""
        waiting = _waiting.stack
        depth = len(waiting)
        waiting.append(then)
        try:
            return self._run(*args, **kwargs)
        finally:
            del waiting[depth:]

    def check_result(self, value: Any) -> None:
        """Raises Broken. To be called inside `within`."""
        if self.returns is not inspect.Signature.empty:
            _check("return", self.returns, value)

    def check_yield(self, value: Any) -> None:
        """Raises Broken. To be called inside `within`."""
        if self.yields is not inspect.Signature.empty:
            _check("yield", self.yields, value)

    def bound(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments by name, defaults included. Raises TypeError as a call would."""
        found = self.signature.bind(*args, **kwargs)
        found.apply_defaults()
        return dict(found.arguments)

    def names(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """As `bound`, for arguments that are known to fit; faster."""
        if self._order is None:
            return self.bound(args, kwargs)
        return {**self._defaults, **dict(zip(self._order, args, strict=False)), **kwargs}

    def key(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Hashable:
        """Equal for two calls with the same verdict; None where nothing can be remembered."""
        if not self.stable:
            return None
        try:
            parts = [signature_of(value) for value in (args[1:] if self.method else args)]
            if kwargs:
                parts += [(name, signature_of(value)) for name, value in kwargs.items()]
            if self._expressions:
                parts.append(self.expressed(self.bound(args, kwargs)))
            key = tuple(parts)
            hash(key)
        except Exception:
            return None  # symbolic sizes, or an attribute in `{…}` that is not there: the full check says what is
        return key

    def result_key(self, value: Any, bound: dict[str, Any]) -> Hashable:
        """Equal for two results of calls of one key with the same verdict; None where nothing can be remembered."""
        try:
            key = (signature_of(value), self.expressed(bound)) if self._expressions else signature_of(value)
            hash(key)
        except Exception:
            return None
        return key

    def expressed(self, bound: dict[str, Any]) -> Hashable:
        """What `{self.horizon}` and the like are now, as jaxtyping evaluates them."""
        return tuple([eval(code, dict(bound)) for code in self._expressions])


class _Waiting(threading.local):
    def __init__(self) -> None:
        self.stack: list[Callable[[], Any]] = []


_waiting = _Waiting()


def declaration_of(
    function: Callable[..., Any], hints: Mapping[str, Any], layouts: Mapping[str, Layout] | None = None
) -> Declaration:
    """The declaration of `function` by its resolved annotations (`hints`, "return" for the result).

    layouts: by parameter name, where a layout string declares them; else they are read from the annotations' names.
    """
    signature = inspect.signature(function)
    signature = signature.replace(
        parameters=[
            p.replace(annotation=hints.get(name, inspect.Parameter.empty)) for name, p in signature.parameters.items()
        ],
        return_annotation=inspect.Signature.empty,
    )
    returns, yields = hints.get("return", inspect.Signature.empty), inspect.Signature.empty
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        returns, yields = inspect.Signature.empty, _yielded(returns)
    wanted = [*hints.values()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # beartype tells of old spellings, such as typing.List, once
        for hint in (*wanted, yields):
            if hint is not inspect.Signature.empty:
                is_bearable(None, hint)
    parameters = list(signature.parameters.values())
    first = parameters[0].name if parameters else ""
    found = dict(layouts) if layouts is not None else dict(layouts_in(hints))
    return Declaration(
        name=function.__qualname__.rsplit("<locals>.", 1)[-1],
        signature=signature,
        returns=returns,
        yields=yields,
        layouts=found,
        stable=all(stable(hint) for hint in wanted),
        method=first in RECEIVERS and first not in hints,
        _expressions=tuple(expressions(wanted)),
        _order=None if any(p.kind in _MANY for p in parameters) else tuple(p.name for p in parameters),
        _defaults={p.name: p.default for p in parameters if p.default is not p.empty},
        _run=_jaxtyped(function, signature),
    )


def _jaxtyped(function: Callable[..., Any], signature: inspect.Signature) -> Callable[..., Any]:
    """jaxtyping's own wrapper around a stand-in of the same signature, whose body is what waits in this thread."""

    def stand_in(*args: Any, **kwargs: Any) -> Any:
        return _waiting.stack.pop()()

    stand_in.__name__, stand_in.__qualname__ = function.__name__, function.__qualname__
    stand_in.__module__ = function.__module__
    stand_in.__signature__ = signature  # type: ignore[attr-defined]
    return jaxtyped(stand_in, typechecker=_typechecker)


def _typechecker(function: Callable[..., Any]) -> Callable[..., Any]:
    """For `jaxtyped`: beartype's tests in the order of the parameters, without beartype's texts, which print values."""
    signature = inspect.signature(function)

    def check(*args: Any, **kwargs: Any) -> None:
        for name, value in signature.bind(*args, **kwargs).arguments.items():
            parameter = signature.parameters[name]
            if parameter.annotation is inspect.Parameter.empty:
                continue
            if parameter.kind is parameter.VAR_POSITIONAL:
                for number, part in enumerate(value):
                    _check(f"{name}[{number}]", parameter.annotation, part)
            elif parameter.kind is parameter.VAR_KEYWORD:
                for key, part in value.items():
                    _check(key, parameter.annotation, part)
            else:
                _check(name, parameter.annotation, value)

    return check


def _check(name: str, hint: Any, value: Any) -> None:
    if not is_bearable(value, hint):
        sizes = sizes_by_name()
        raise Broken(name, hint, value, _reason(hint, value), sizes)


def _reason(hint: Any, value: Any) -> str:
    """Why, in jaxtyping's words for a tensor; they are only found while the sizes are bound."""
    arrays = arrays_in(hint)
    if isinstance(value, Tensor) and len(arrays) == 1:
        return str(arrays[0].__instancecheck_str__(value))
    return ""


# What annotations say ------------------------------------------------------------------------------------------------


def _yielded(hint: Any) -> Any:
    """The type of what a generator yields; empty where its annotation does not tell."""
    if typing.get_origin(hint) in _YIELDING and typing.get_args(hint):
        return typing.get_args(hint)[0]
    return inspect.Signature.empty
