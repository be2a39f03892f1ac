"""The sizes that jaxtyping's names are bound to in this thread.

jaxtyping keeps them in `jaxtyping._storage`, which has no public face; with a version that keeps them elsewhere,
nothing is remembered and every call is checked in full.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from jaxtyping import config

try:
    _storage: Any = import_module("jaxtyping._storage")
    _now, _push, _pop = _storage.get_shape_memo, _storage.push_shape_memo, _storage.pop_shape_memo
except (ImportError, AttributeError):  # another version
    _now = None


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes by name ("batch"), and shapes by the name of a variadic axis ("*batch")."""

    single: dict[str, int]
    variadic: dict[str, Any]


def now() -> Sizes | None:
    """What is bound now; None where that cannot be told, or is more than sizes."""
    if _now is None or config.jaxtyping_disable:
        return None
    single, variadic, trees, _ = _now()
    return None if trees else Sizes(dict(single), dict(variadic))


def sizes_by_name() -> dict[str, int]:
    """The sizes bound now, for a message."""
    found = now()
    return {} if found is None else found.single


def push(sizes: Sizes, arguments: dict[str, Any]) -> None:
    """Bind `sizes` as `jaxtyped` does when a function with these arguments begins."""
    single, variadic, _, _ = _push(arguments)
    single.update(sizes.single)
    variadic.update(sizes.variadic)


def pop() -> None:
    """Undo `push`."""
    _pop()


def unchanged(sizes: Sizes) -> bool:
    """Whether exactly `sizes` are bound: an isinstance test inside the function may have bound more."""
    if _now is None:
        return False
    single, variadic, trees, _ = _now()
    return bool(single == sizes.single and variadic == sizes.variadic and not trees)
