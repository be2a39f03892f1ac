"""The recurrent modules that run inside one checked call: watched for as long as it runs, with its declared layouts."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any
from weakref import WeakKeyDictionary, ref

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_module_registration_hook

from batchfirst.contracts.recurrent import kind_of
from batchfirst.model.layout import Layout
from batchfirst.observe.containers import parts_at
from batchfirst.observe.hooks import attach, detach
from batchfirst.observe.hooks_signature import FOLLOWED, contract_kind
from batchfirst.session import explain
from batchfirst.session.hearing import Ear, Follower, Hearing

_MOST_ATTRIBUTES = 64  # of an object that is no module, looked at for modules

_Found = list[tuple[ref[nn.Module], Any, bool]]


class _Registrations:
    """Counts the modules that were put into others, once somebody needs to know that a model may have changed."""

    def __init__(self) -> None:
        self.count = 0
        self._handle: Any = None

    def begin(self) -> None:
        # An audit puts torch's global hooks back and may take this one off: then anything may have changed.
        hooks = None if self._handle is None else self._handle.hooks_dict_ref()
        if hooks is None or self._handle.id not in hooks:
            self._handle = register_module_module_registration_hook(self._registered)
            self.count += 1

    def _registered(self, parent: nn.Module, name: str, module: nn.Module | None) -> None:
        self.count += 1


_registrations = _Registrations()


class CheckedScope(Hearing):
    """What the calls of one checked function hear.

    Heard are the modules inside `self`, inside the arguments, and inside the modules that the function names: global
    names, names of functions around it, and attributes of a `self` that is no module.
    """

    def __init__(self, function: Callable[..., Any], given: str | None) -> None:
        super().__init__(given, declares=True)
        inner = inspect.unwrap(function)
        self._globals: Mapping[str, Any] = inner.__globals__
        self._names = tuple(inner.__code__.co_names)
        self._cells = inner.__closure__ or ()
        self._models: WeakKeyDictionary[nn.Module, tuple[int, _Found]] = WeakKeyDictionary()
        self._follower = Follower(self)

    def enter(self, layouts: Mapping[str, Layout], bound: Mapping[str, Any]) -> _Found:
        """Begin to hear, with the declared arguments among `bound` known. Give the result to `leave`."""
        heard: _Found = []
        for model in self._models_in_reach(bound):
            heard += self._ears_of(model)
        if not heard:
            return heard
        declared = False
        for name, layout in layouts.items():
            for tensor in parts_at(bound, name) if "/" in name else (bound.get(name),):
                if isinstance(tensor, Tensor) and layout.rank in (None, tensor.ndim):
                    self.known.learn(tensor, layout)
                    declared = True
        if not declared:
            return []
        for module, listener, follow in heard:
            alive = module()
            if alive is not None:
                attach(alive, listener, follow)
        return heard

    def leave(self, heard: _Found) -> None:
        """Stop hearing what `enter` began."""
        for module, listener, _ in heard:
            alive = module()
            if alive is not None:
                detach(alive, listener)

    @contextmanager
    def during(self, layouts: Mapping[str, Layout], bound: Mapping[str, Any]) -> Iterator[None]:
        """`enter` and `leave` around a block."""
        heard = self.enter(layouts, bound)
        try:
            yield
        except Exception as error:
            explain.attach(error)
            raise
        finally:
            self.leave(heard)

    def _models_in_reach(self, bound: Mapping[str, Any]) -> list[nn.Module]:
        candidates: list[Any] = [*bound.values()]
        if self._names:
            candidates += map(self._globals.get, self._names)
        for cell in self._cells:
            try:
                candidates.append(cell.cell_contents)
            except ValueError:
                continue  # not filled yet
        owner = bound.get("self")
        if owner is not None and not isinstance(owner, nn.Module):
            candidates += islice(getattr(owner, "__dict__", {}).values(), _MOST_ATTRIBUTES)
        models = [value for value in candidates if isinstance(value, nn.Module)]
        return list({id(model): model for model in models}.values()) if len(models) > 1 else models

    def _ears_of(self, model: nn.Module) -> _Found:
        """Ears for a model with recurrent modules; looked for again only when a module was put somewhere."""
        _registrations.begin()
        known = self._models.get(model)
        if known is not None and known[0] == _registrations.count:
            return known[1]
        parts = [(name, part) for name, part in model.named_modules() if not isinstance(part, torch.jit.ScriptModule)]
        found: _Found = []
        if any(kind_of(part) is not None for _, part in parts):
            for name, part in parts:
                follow = isinstance(part, FOLLOWED)
                if kind_of(part) is not None and contract_kind(part) is not None:
                    found.append((ref(part), Ear(self, name), follow))
                elif follow:
                    found.append((ref(part), self._follower, follow))
        self._models[model] = (_registrations.count, found)
        return found
