"""`@bf.checked`: what a function declares about its tensors, checked at every call, inside it too."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar, overload

from batchfirst.frontends.decorator_layout import FunctionLayout, read_layout
from batchfirst.frontends.decorator_names import names_of_caller
from batchfirst.frontends.decorator_wrap import checked_function
from batchfirst.model import settings
from batchfirst.model.errors import UsageError

_T = TypeVar("_T")
_ACCEPTED = "a function, a method, a property, a class with a forward, or a layout string before one of these"


@overload
def checked(target: None = None, /, *, on_mismatch: str | None = None) -> Callable[[_T], _T]: ...
@overload
def checked(target: str, /, *, on_mismatch: str | None = None) -> Callable[[_T], _T]: ...
@overload
def checked(target: _T, /, *, on_mismatch: str | None = None) -> _T: ...
def checked(target: Any = None, /, *, on_mismatch: str | None = None) -> Any:
    """Check a function's arguments and results against its annotations, or against a layout string.

    On a function, a method (also a static or class method or a property), a coroutine, a generator, or a class with a
    `forward`, which is then the checked method: the class stays the same object. The annotations are those of
    jaxtyping; jaxtyping and beartype check them, the ordinary ones too. A layout string declares the parameters in
    order, `self` left out, and behind `->` the results, each separated by commas: `"batch seq features, batch ->
    batch horizon"`; an empty entry declares nothing.

    While the call runs, the recurrent modules inside `self`, inside the arguments and inside the models that the
    function names are watched too: where one reads a declared tensor along another axis, that is a mistake (BF101).
    What a generator yields is checked against the names that its arguments bind.

    on_mismatch: "raise" (LayoutError, which is also a TypeError), "warn", "record", "breakpoint" or "off"; None: the
    environment variable BATCHFIRST, else "raise". Switched off when the decorator runs, the function itself is
    returned. What was found is kept in the function's `__batchfirst__.findings`. Annotations that cannot be resolved
    at the first call are not checked. While torch.jit.trace or torch.fx trace, the check steps aside; under
    torch.compile what is traced is checked, once.

    Raises UsageError for what cannot be decorated, LayoutSyntaxError for a bad layout string; when called, LayoutError
    BF001 for a value that does not fit.

    Example:
        >>> import torch
        >>> @checked("batch seq features -> batch features")
        ... def last(x):
        ...     return x[:, 0]
        >>> last(torch.zeros(5, 30, 1)).shape
        torch.Size([5, 1])
        >>> try:
        ...     last(torch.zeros(5, 30))
        ... except TypeError as error:
        ...     print(error.finding.summary)
        x of last has 2 axes, declared with 3
    """
    off = settings.policy(on_mismatch) == "off"
    layout = read_layout(target) if isinstance(target, str) else None
    if target is None or layout is not None:
        return lambda it: it if off else _decorated(it, layout, on_mismatch, sys._getframe(1))
    return target if off else _decorated(target, None, on_mismatch, sys._getframe(1))


def _decorated(target: Any, layout: FunctionLayout | None, given: str | None, frame: Any) -> Any:
    if isinstance(target, (staticmethod, classmethod)):
        return type(target)(_decorated(target.__func__, layout, given, frame))
    if isinstance(target, property):
        parts = (target.fget, target.fset, target.fdel)
        return property(*(None if part is None else _decorated(part, layout, given, frame) for part in parts))
    if isinstance(target, type):
        return _decorated_class(target, layout, given, frame)
    if not isinstance(target, FunctionType):
        raise UsageError("target", target, _ACCEPTED)
    if hasattr(target, "__batchfirst__"):
        return target
    return checked_function(target, layout, given, names_of_caller(target, frame))


def _decorated_class(cls: type, layout: FunctionLayout | None, given: str | None, frame: Any) -> type:
    forward: Any = getattr(cls, "forward", None)
    if not isinstance(forward, FunctionType) or forward.__name__ == "_forward_unimplemented":
        raise UsageError("target", cls.__name__, f"{_ACCEPTED}; {cls.__name__} has no forward")
    own = vars(cls).get("forward", forward)
    cls.forward = _decorated(own, layout, given, frame)  # type: ignore[attr-defined]
    return cls
