"""What holds tensors: tuples, mappings, dataclasses and their kind, what lies in them, and the same ones built anew.

Other packages' containers (tensordict's TensorDict and tensorclass, transformers' ModelOutput and BatchEncoding, attrs'
classes) are known by what they offer, never imported.
"""

from __future__ import annotations

import copy
import dataclasses
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence


def children(tree: Any) -> list[tuple[str, Any]]:
    """(key, part) one level down; [] for what is no container, or may not be looked into without running its code."""
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return list(zip(tree._fields, tree, strict=True))
    if isinstance(tree, (tuple, list, deque)):
        return [(str(number), part) for number, part in enumerate(tree)]
    if isinstance(tree, (type, nn.Module)):
        return []
    if _is_tensordict(tree):
        return [(str(key), part) for key, part in tree.items()]
    if isinstance(tree, Mapping) or (hasattr(tree, "keys") and hasattr(tree, "items")):
        return [(str(key), tree[key]) for key in tree.keys()]  # noqa: SIM118 - it may iterate over something else
    return [(name, getattr(tree, name, None)) for name in _attributes(tree)]


def parts_at(named: Mapping[str, Any], path: str) -> list[Any]:
    """What lies at `path` ("batch/x"; "*" stands for every part) in the containers that `named` holds.

    Example:
        >>> parts_at({"batch": {"x": [1, 2], "y": [3]}}, "batch/x/*")
        [1, 2]
    """
    name, *keys = path.split("/")
    found = [named.get(name)]
    for key in keys:
        found = [part for one in found for name, part in children(one) if key in ("*", name)]
    return found


def rebuilt(tree: Any, parts: Mapping[str, Any]) -> Any:
    """A container like `tree` that holds `parts`, by the keys of `children`. `tree` is not written, nothing is copied
    below it, and no `__init__` of a dataclass is run: it may check or convert."""
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)._make(parts.values())  # type: ignore[attr-defined]
    if isinstance(tree, tuple):
        return type(tree)(parts.values())
    if isinstance(tree, (list, deque)):
        made: Any = copy.copy(tree)
        for number, part in enumerate(parts.values()):
            made[number] = part
        return made
    if _is_tensordict(tree):
        return _rebuilt_tensordict(tree, parts)
    if isinstance(tree, Mapping) or hasattr(tree, "items"):
        # A subclass of dict copies itself to a plain dict; a read-only view of one can only do that.
        made = copy.copy(tree) if isinstance(tree, dict) else tree.copy()
        for key, part in zip(list(tree.keys()), parts.values(), strict=True):
            if made[key] is not part:
                made[key] = part
        return made
    made = copy.copy(tree)
    for name, part in parts.items():
        object.__setattr__(made, name, part)
    return made


def _attributes(tree: Any) -> Iterable[str]:
    if isinstance(tree, SimpleNamespace):
        return list(vars(tree))
    if dataclasses.is_dataclass(tree):
        return [field.name for field in dataclasses.fields(tree)]
    return [str(field.name) for field in getattr(type(tree), "__attrs_attrs__", ())]


def _is_tensordict(tree: Any) -> bool:
    """A TensorDict, or a tensorclass: both are indexed along their batch, not by key."""
    kind = type(tree)
    return hasattr(kind, "batch_size") and hasattr(kind, "keys") and hasattr(kind, "to_tensordict")


def _rebuilt_tensordict(tree: Any, parts: Mapping[str, Any]) -> Any:
    """With the batch size that its parts have now: they may be cut or grown."""
    made = tree.copy()
    try:
        made.batch_size = ()
    except RuntimeError:  # a lazy stack
        made = tree.to_tensordict(retain_none=True)
        made.batch_size = ()
    old = dict(children(tree))
    new = {key: part for key, part in parts.items() if part is not old[key]}
    leading = [tuple(getattr(part, "batch_size", part.shape)) for part in new.values()]
    size = 0
    while size < len(tree.batch_size) and len({shape[: size + 1] for shape in leading}) == 1:
        size += 1
    for key, part in parts.items():
        if key in new:
            made.set(key, part)
        elif _is_tensordict(part):  # what holds no tensor has a batch size all the same
            part = part.copy()
            part.batch_size = leading[0][:size]
            made.set(key, part)
    made.batch_size = leading[0][:size]
    return made.lock_() if tree.is_locked else made


def as_inputs(tree: Any) -> tuple[tuple[Any, ...], dict[str, Any], Callable[..., Any]]:
    """A batch as the inputs of a function: positional and keyword arguments, and what makes a batch of such ones.

    The parts of a tuple or list are positional, those of anything else with names are keywords; a tensor, a
    PackedSequence or what holds nothing that can be looked into is the only argument.

    Example:
        >>> args, kwargs, make = as_inputs({"x": 1, "y": 2})
        >>> args, kwargs, make(x=1, y=3)
        ((), {'x': 1, 'y': 2}, {'x': 1, 'y': 3})
    """
    found = [] if isinstance(tree, (Tensor, PackedSequence)) else children(tree)
    keys = [key for key, _ in found]
    if len(set(keys)) != len(keys) or not found:
        return (tree,), {}, lambda one: one

    def make(*args: Any, **kwargs: Any) -> Any:
        return rebuilt(tree, dict(zip(keys, (*args, *kwargs.values()), strict=True)))

    if keys == [str(number) for number in range(len(keys))]:
        return tuple(part for _, part in found), {}, make
    return (), dict(found), make
