"""Everything a run may change, kept and put back bit for bit: modules, gradients, random generators, torch's modes."""

from __future__ import annotations

import operator
import random
import sys
from collections import deque
from collections.abc import Callable, Iterable
from types import CellType, FunctionType
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.grad_mode import _unsafe_preserve_version_counter
from torch.nn.modules import module as module_internals
from torch.nn.parameter import is_lazy

from batchfirst.observe.near import CONTAINERS, generator_state, has_state, parts_of, stored_globals

_MOST_THINGS = 100_000


class RandomState:
    """The state of every generator that a program may draw from: Python, NumPy if loaded, torch, CUDA if used."""

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
        torch.default_generator.manual_seed(seed)
        if torch.cuda.is_initialized():
            torch.cuda.manual_seed_all(seed)


class State:
    """Everything that can be reached from what was added, as it was when it was added first.

    That is: parameters, buffers, gradients, attributes and hooks of modules; optimizers; the user's own objects;
    closures and globals that the program assigns to; random generators that it holds; and the containers in all these.
    """

    def __init__(self) -> None:
        self.roots: list[nn.Module] = []  # outermost modules, as they were found
        self._seen: dict[int, Any] = {}
        self._contents: list[tuple[Any, Any]] = []
        self._tensors: list[_TensorState] = []
        self._classes: list[tuple[nn.Module, type]] = []
        self._variables: list[tuple[dict[str, Any] | CellType, str, Any]] = []
        self._generators: list[tuple[Callable[[Any], object], Any]] = []
        self._arrays: list[tuple[Any, Any]] = []

    def add(self, *roots: Any) -> None:
        """Keep what these hold. What was seen before stays as it was kept then."""
        with torch._C.DisableTorchFunction():  # ours, not a step of the program that may be recorded just now
            self._walk(roots)

    def leave_out(self, things: Iterable[Any]) -> None:
        """Never keep these, unless they are kept already."""
        for thing in things:
            self._seen.setdefault(id(thing), thing)

    def _walk(self, roots: tuple[Any, ...]) -> None:
        queue: deque[tuple[Any, bool]] = deque((root, False) for root in roots)
        while queue and len(self._seen) < _MOST_THINGS:
            thing, inside = queue.popleft()
            if id(thing) in self._seen or isinstance(thing, (str, bytes, int, float, bool, type(None), type)):
                continue
            self._seen[id(thing)] = thing
            if isinstance(thing, Tensor):
                self._tensors.append(_TensorState(thing))
                continue
            self._keep(thing)
            if isinstance(thing, nn.Module):
                if not inside:
                    self.roots.append(thing)
                inside = True
            queue.extend((part, inside) for part in parts_of(thing))
        within = {id(m) for root in self.roots for m in root.modules() if m is not root}
        self.roots = [root for root in self.roots if id(root) not in within]

    def _keep(self, thing: Any) -> None:
        if isinstance(thing, CONTAINERS):
            self._contents.append((thing, thing.copy()))
        elif isinstance(thing, nn.Module):
            self._classes.append((thing, type(thing)))  # a lazy module becomes another class
            self._contents.append((vars(thing), vars(thing).copy()))
        elif isinstance(thing, CellType):
            self._variables.append((thing, "cell_contents", getattr(thing, "cell_contents", _MISSING)))
        elif isinstance(thing, FunctionType):
            for variables, name in stored_globals(thing):
                self._variables.append((variables, name, variables.get(name, _MISSING)))
                self._walk((variables.get(name),))
        elif (generator := generator_state(thing)) is not None:
            self._generators.append(generator)
        elif has_state(thing):
            self._contents.append((vars(thing), vars(thing).copy()))
        elif "numpy" in sys.modules and isinstance(thing, sys.modules["numpy"].ndarray):
            self._arrays.append((thing, thing.copy()))

    def restore(self) -> None:
        """Put everything back as it was."""
        with torch._C.DisableTorchFunction(), torch.no_grad():
            self._restore()

    def _restore(self) -> None:
        for module, kind in self._classes:
            if type(module) is not kind:
                object.__setattr__(module, "__class__", kind)
        for container, before in self._contents:
            _put_back(container, before)
        for place, name, value in self._variables:
            _assign(place, name, value)
        for array, values in self._arrays:
            if array.tobytes() != values.tobytes():
                array[...] = values
        for tensor in self._tensors:
            tensor.restore()
        for tensor in self._tensors:
            tensor.restore_version()
        for set_state, state in self._generators:
            set_state(state)

    def changed(self) -> bool:
        """Whether anything holds other tensors than when it was kept, or tensors with other values.

        Parameters, and statistics that torch's own modules keep, do not count: a state from run to run is meant.
        """
        if any(not _unchanged(now, before) and (_tensors(now) or _tensors(before)) for now, before in self._contents):
            return True
        if any(_held(place, name) is not value for place, name, value in self._variables):
            return True
        own = {
            id(b)
            for m, _ in self._classes
            if type(m).__module__.startswith("torch.nn")
            for b in m.buffers(recurse=False)
        }
        return any(state.differs() for state in self._tensors if id(state.tensor) not in own)


class _TensorState:
    """One tensor: its storage, values, gradient, hooks, and whether it asks for gradients."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor, self.kind = tensor, type(tensor)
        self.lazy = is_lazy(tensor)
        self.alias = tensor.data if self.lazy else tensor.detach()  # the same memory, and remains so
        self.values = None if self.lazy else _copy(tensor)
        self.requires_grad, self.hooks = tensor.requires_grad, _hooks(tensor)
        # An inference tensor counts no versions.
        self.version = None if self.lazy or tensor.is_inference() else _unsafe_preserve_version_counter(tensor)
        gradient = None if self.lazy or not tensor.is_leaf else tensor.grad
        self.gradient = None if gradient is None else _TensorState(gradient)

    def restore_version(self) -> None:
        """Let torch count no write to it: a backward pass that is still to come finds what its forward pass saw.

        After everything is restored, for views count together with what they are views of.
        """
        if self.gradient is not None:
            self.gradient.restore_version()
        if self.version is not None and self.values is not None:
            self.version.__exit__()

    def differs(self) -> bool:
        """Whether it holds other values now; a parameter never does."""
        if isinstance(self.tensor, nn.Parameter) or self.values is None:
            return False
        return not _same(self.tensor.detach(), self.values)

    def restore(self) -> None:
        tensor = self.tensor
        if self.lazy:
            if type(tensor) is not self.kind:  # it was given its shape
                tensor.data, tensor.__class__ = self.alias, self.kind
            return
        if self.values is None:
            return
        if (
            tensor.shape != self.alias.shape
            or tensor.dtype != self.alias.dtype
            or tensor.data_ptr() != self.alias.data_ptr()
        ):
            tensor.data = self.alias
        if not _same(self.alias, self.values):
            tensor.detach().copy_(self.values)
        if not tensor.is_leaf:
            return
        if tensor.requires_grad is not self.requires_grad:
            tensor.requires_grad_(self.requires_grad)
        if self.gradient is not None:
            self.gradient.restore()
        gradient = None if self.gradient is None else self.gradient.tensor
        if tensor.grad is not gradient:
            tensor.grad = gradient
        hooks = tensor._backward_hooks
        if hooks is not None and (self.hooks is None or list(hooks) != list(self.hooks)):
            for key in [key for key in hooks if key not in (self.hooks or {})]:
                del hooks[key]


# How torch is switched, and how a switch is set. Each is read and written as one value.
_MODES: tuple[tuple[Callable[[], Any], Callable[[Any], object]], ...] = (
    (torch.is_grad_enabled, torch.set_grad_enabled),
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms),
    (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    (torch.is_autocast_cache_enabled, torch.set_autocast_cache_enabled),
    *(
        (lambda d=device: torch.is_autocast_enabled(d), lambda value, d=device: torch.set_autocast_enabled(d, value))
        for device in ("cpu", "cuda")
    ),
    *(
        (lambda d=device: torch.get_autocast_dtype(d), lambda value, d=device: torch.set_autocast_dtype(d, value))
        for device in ("cpu", "cuda")
    ),
    (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
)
_GLOBAL_HOOKS = tuple(
    hooks for name, hooks in vars(module_internals).items() if name.startswith("_global_") and isinstance(hooks, dict)
)


class Modes:
    """Grad mode, default dtype, autocast, hooks on all modules and the like, as they were when this was made."""

    def __init__(self) -> None:
        self._values = [get() for get, _ in _MODES]
        self._hooks = [hooks.copy() for hooks in _GLOBAL_HOOKS]

    def restore(self) -> None:
        for (get, put), value in zip(_MODES, self._values, strict=True):
            if get() != value:
                put(value)
        for hooks, before in zip(_GLOBAL_HOOKS, self._hooks, strict=True):
            _put_back(hooks, before)


_MISSING = object()


def _held(place: dict[str, Any] | CellType, name: str) -> Any:
    return place.get(name, _MISSING) if isinstance(place, dict) else getattr(place, name, _MISSING)


def _assign(place: dict[str, Any] | CellType, name: str, value: Any) -> None:
    if _held(place, name) is value:
        return
    if isinstance(place, CellType):
        if value is _MISSING:
            del place.cell_contents
        else:
            place.cell_contents = value
    elif value is _MISSING:
        place.pop(name, None)
    else:
        place[name] = value


def _unchanged(now: Any, before: Any) -> bool:
    """Whether a container holds the very same things in the same order."""
    if len(now) != len(before):
        return False
    if isinstance(now, set):
        return {id(one) for one in now} == {id(one) for one in before}
    if isinstance(now, dict) and not all(map(operator.is_, now.values(), before.values())):
        return False
    return all(map(operator.is_, now, before))


def _put_back(container: Any, before: Any) -> None:
    if _unchanged(container, before):
        return
    if isinstance(container, list):
        container[:] = before
        return
    container.clear()
    if isinstance(container, deque):
        container.extend(before)
    else:
        container.update(before)


def _tensors(tree: Any, depth: int = 4) -> bool:
    """Whether there is a tensor in nested containers."""
    if isinstance(tree, Tensor):
        return True
    if isinstance(tree, dict):
        tree = list(tree.values())
    return depth > 0 and isinstance(tree, (tuple, list, set, deque)) and any(_tensors(part, depth - 1) for part in tree)


def _hooks(tensor: Tensor) -> dict[Any, Any] | None:
    return dict(tensor._backward_hooks) if tensor._backward_hooks is not None else None


def _copy(tensor: Tensor) -> Tensor | None:
    plain = tensor.layout == torch.strided and not tensor.is_meta and not tensor.is_quantized and not tensor.is_nested
    if not plain or torch._C._functorch.is_functorch_wrapped_tensor(tensor):
        return None
    return tensor.detach().clone()


_BITS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def _same(tensor: Tensor, values: Tensor) -> bool:
    """Bit for bit: NaN equals itself, and 0.0 is not -0.0."""
    if tensor.shape != values.shape or tensor.dtype != values.dtype:
        return False
    if tensor.is_complex():
        tensor, values = torch.view_as_real(tensor.resolve_conj()), torch.view_as_real(values.resolve_conj())
    if tensor.is_floating_point() and tensor.element_size() in _BITS:
        bits = _BITS[tensor.element_size()]
        tensor, values = tensor.view(bits), values.view(bits)
    return torch.equal(tensor, values)
