"""What holds tensors: tuples, mappings, dataclasses and their kind, what lies in them, and the same ones built anew.

Other packages' containers (tensordict's TensorDict and tensorclass, transformers' ModelOutput and BatchEncoding, attrs'
classes) are known by what they offer, never imported.
"""

from __future__ import annotations

import copy
import dataclasses
from collections import deque
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from torch import nn

KINDS = "tensors, alone or in tuples, lists, dicts, dataclasses"


def children(tree: Any) -> list[tuple[str, Any]]:
    """(key, part) one level down; [] for what is no container, or may not be looked into without running its code."""
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return list(zip(tree._fields, tree, strict=True))
    if isinstance(tree, (tuple, list, deque)):
        return [(str(number), part) for number, part in enumerate(tree)]
    if isinstance(tree, (type, nn.Module)):
        return []
    if _is_tensordict(tree):
        return [(str(key), tree.get(key)) for key in tree.keys()]  # noqa: SIM118 - it iterates over its batch
    if isinstance(tree, Mapping) or (hasattr(tree, "keys") and hasattr(tree, "items")):
        return [(str(key), tree[key]) for key in tree.keys()]  # noqa: SIM118
    return [(name, getattr(tree, name, None)) for name in _attributes(tree)]


def rebuilt(tree: Any, parts: Mapping[str, Any]) -> Any:
    """A container like `tree` that holds `parts`, by the keys of `children`. `tree` is not written, nothing is copied
    below it, and no `__init__` of a dataclass is run: it may check or convert."""
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)._make(parts.values())  # type: ignore[attr-defined]
    if isinstance(tree, tuple):
        return type(tree)(parts.values())
    if isinstance(tree, list):
        made = copy.copy(tree)
        made[:] = parts.values()
        return made
    if isinstance(tree, deque):
        return deque(parts.values(), tree.maxlen)
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
    """A TensorDict, or a tensorclass, which is indexed along its batch and read by `get` alone."""
    kind = type(tree)
    return hasattr(kind, "batch_size") and hasattr(kind, "keys") and hasattr(kind, "to_tensordict")


def _rebuilt_tensordict(tree: Any, parts: Mapping[str, Any]) -> Any:
    """With the batch size that its parts have now: they may be cut or grown."""
    new = {key: part for key, part in parts.items() if part is not tree.get(key)}
    made = tree.copy()
    try:
        made.batch_size = ()
    except RuntimeError:  # a lazy stack
        made = tree.to_tensordict(retain_none=True)
        made.batch_size = ()
    for key, part in new.items():
        made.set(key, part)
    leading = [tuple(getattr(part, "batch_size", part.shape)) for part in new.values()]
    size = 0
    while size < len(tree.batch_size) and len({shape[: size + 1] for shape in leading}) == 1:
        size += 1
    made.batch_size = leading[0][:size]
    return made.lock_() if tree.is_locked else made
