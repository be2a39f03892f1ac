"""Everything a run may change, kept and put back bit for bit: modules, gradients, random generators, torch's modes."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

_COPIED = (list, dict, set)


class RandomState:
    """The state of every random generator that a program may draw from: Python, NumPy if loaded, torch, CUDA if used."""

    def __init__(self) -> None:
        self._python = random.getstate()
        numpy = sys.modules.get("numpy")
        self._numpy = numpy.random.get_state() if numpy is not None else None
        self._torch = torch.get_rng_state()
        self._cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None

    def restore(self) -> None:
        random.setstate(self._python)
        if self._numpy is not None:
            sys.modules["numpy"].random.set_state(self._numpy)
        torch.set_rng_state(self._torch)
        if self._cuda is not None:
            torch.cuda.set_rng_state_all(self._cuda)

    @staticmethod
    def seed(seed: int) -> None:
        """The same random numbers for every run. CUDA is seeded only where it is already in use."""
        random.seed(seed)
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed(seed % 2**32)
        torch.random.default_generator.manual_seed(seed)
        if torch.cuda.is_initialized():
            torch.cuda.manual_seed_all(seed)


class ModuleState:
    """Attributes, parameters, buffers and gradients of a module and all below it, as they were when this was made."""

    def __init__(self, root: nn.Module) -> None:
        self.modules = list(root.modules())
        self._attributes = [_shallow(vars(module)) for module in self.modules]
        tensors: dict[int, Tensor] = {}
        for module in self.modules:
            for tensor in _tensors(vars(module)):
                tensors.setdefault(id(tensor), tensor)
        # (tensor, its values, gradient, the gradient's values, requires_grad, version)
        self._tensors = [
            (t, _copy(t), t.grad if t.is_leaf else None, _copy(t.grad) if t.is_leaf else None, t.requires_grad)
            for t in tensors.values()
        ]

    def restore(self) -> None:
        for module, attributes in zip(self.modules, self._attributes, strict=True):
            _put_back(vars(module), attributes)
        with torch.no_grad():
            for tensor, values, gradient, gradient_values, requires_grad in self._tensors:
                if values is not None and not _same(tensor, values):
                    tensor.copy_(values)
                if tensor.is_leaf:
                    if gradient is not None and gradient_values is not None and not _same(gradient, gradient_values):
                        gradient.copy_(gradient_values)
                    if tensor.grad is not gradient:
                        tensor.grad = gradient
                    if tensor.requires_grad is not requires_grad:
                        tensor.requires_grad_(requires_grad)

    def changed(self) -> tuple[str, ...]:
        """Names of attributes that hold another tensor, or tensors with other values, than when this was made."""
        found = []
        for module, before in zip(self.modules, self._attributes, strict=True):
            for name, value in vars(module).items():
                if name.startswith("_"):
                    continue
                old, new = list(_tensors(before.get(name))), list(_tensors(value))
                if new and (len(old) != len(new) or any(a is not b for a, b in zip(old, new, strict=True))):
                    found.append(name)
        return tuple(found)


class Modes:
    """Grad mode, default dtype, and autocast, as they were when this was made."""

    def __init__(self) -> None:
        self._grad = torch.is_grad_enabled()
        self._dtype = torch.get_default_dtype()
        self._deterministic = torch.are_deterministic_algorithms_enabled()
        self._autocast = torch.is_autocast_enabled("cpu")

    def restore(self) -> None:
        torch.set_grad_enabled(self._grad)
        if torch.get_default_dtype() is not self._dtype:
            torch.set_default_dtype(self._dtype)
        if torch.are_deterministic_algorithms_enabled() is not self._deterministic:
            torch.use_deterministic_algorithms(self._deterministic)
        if torch.is_autocast_enabled("cpu") is not self._autocast:
            torch.set_autocast_enabled("cpu", self._autocast)


def modules_near(program: Callable[..., Any]) -> list[nn.Module]:
    """Modules that a callable holds: itself, its `__self__`, what its closure, defaults or partial arguments hold."""
    found: list[nn.Module] = []
    queue: list[Any] = [program]
    seen: set[int] = set()
    while queue and len(seen) < 200:
        thing = queue.pop(0)
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, nn.Module):
            found.append(thing)
            continue
        if isinstance(thing, (tuple, list)):
            queue += thing[:20]
        elif isinstance(thing, dict):
            queue += list(thing.values())[:20]
        elif callable(thing) and not isinstance(thing, type):
            queue.append(getattr(thing, "__self__", None))
            queue += [cell.cell_contents for cell in getattr(thing, "__closure__", None) or () if _filled(cell)]
            queue += list(getattr(thing, "__defaults__", None) or ())
            queue += [getattr(thing, "func", None), getattr(thing, "args", None), getattr(thing, "keywords", None)]
            code, names = getattr(thing, "__code__", None), getattr(thing, "__globals__", {})
            queue += [names[n] for n in getattr(code, "co_names", ()) if isinstance(names.get(n), nn.Module)]
    return found


def _filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - reading it is the test
    except ValueError:
        return False
    return True


def _shallow(attributes: dict[str, Any]) -> dict[str, Any]:
    """A copy of attributes and of the containers in them, so that what a run appends or replaces can be undone."""
    return {
        name: (value, _shallow(value) if isinstance(value, dict) else value.copy()) if isinstance(value, _COPIED) else value
        for name, value in attributes.items()
    }


def _put_back(attributes: dict[str, Any], before: dict[str, Any]) -> None:
    for name in [name for name in attributes if name not in before]:
        del attributes[name]
    for name, value in before.items():
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], _COPIED):
            container, contents = value
            if isinstance(container, dict):
                _put_back(container, contents)
            elif isinstance(container, list):
                if len(container) != len(contents) or any(a is not b for a, b in zip(container, contents, strict=True)):
                    container[:] = contents
            elif container != contents:
                container.clear()
                container |= contents
            value = container
        if attributes.get(name) is not value:
            attributes[name] = value


def _tensors(tree: Any, depth: int = 4) -> list[Tensor]:
    if isinstance(tree, Tensor):
        return [tree]
    if depth and isinstance(tree, dict):
        return [t for part in list(tree.values()) for t in _tensors(part, depth - 1)]
    if depth and isinstance(tree, (tuple, list)):
        return [t for part in tree for t in _tensors(part, depth - 1)]
    return []


def _copy(tensor: Tensor | None) -> Tensor | None:
    if tensor is None or tensor.is_meta or tensor.is_sparse:
        return None
    return tensor.detach().clone()


def _same(tensor: Tensor, values: Tensor) -> bool:
    if tensor.shape != values.shape:
        return False
    return torch.equal(tensor, values) or bool(torch.isnan(values).any() if values.is_floating_point() else False) and (
        torch.equal(torch.nan_to_num(tensor), torch.nan_to_num(values))
    )
