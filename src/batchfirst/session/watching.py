"""A watch: ears on every module of a model, from its start to its end."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_module_registration_hook

from batchfirst.contracts.recurrent import KINDS
from batchfirst.model.layout import Layout
from batchfirst.observe.hooks import attach, detach, follow
from batchfirst.observe.hooks_signature import FOLLOWED, contract_kind
from batchfirst.observe.inputs import Layouts
from batchfirst.session.hearing import NO_KWARGS, Ear, Follower, Hearing, Quiet, Told

_VERDICTS_PER_MODULE = 8


class _Root(Quiet):
    """Hears the model's own calls, and takes its inputs for what they are declared to be."""

    __slots__ = ("layout", "layouts", "rank", "watch")

    def __init__(self, watch: Watching, layouts: Layouts) -> None:
        self.watch, self.layouts = watch, layouts
        self.layout = layouts if isinstance(layouts, Layout) and layouts.seen is None else None
        self.rank = None if self.layout is None else self.layout.rank

    def before(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        first = args[0] if args else None
        if self.layout and first.__class__ is Tensor and first.ndim == self.rank and first._base is None:
            self.watch.known.only(first, self.layout)  # as begin() does, without the way there
        else:
            self.watch.known.begin(args, kwargs, self.layouts)

    def after(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        """Nothing: the result may be anything."""


class _RootEar(Ear):
    """Both, of a model that is a module with a contract itself."""

    __slots__ = ("root",)

    def __init__(self, watch: Watching, root: _Root) -> None:
        super().__init__(watch, "")
        self.root = root

    def before(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Told | None:
        self.root.before(module, args, kwargs)
        return super().before(module, args, kwargs)

    def quick(self, module: nn.Module, own: dict[str, Any], args: tuple[Any, ...]) -> Any:
        """See `Ear.quick`."""
        self.root.before(module, args, NO_KWARGS)
        return super().quick(module, own, args)


class Watching(Hearing):
    """Ears on every module inside `model` that a contract speaks of, until `stop`."""

    def __init__(self, model: nn.Module, layouts: Layouts, given: str | None) -> None:
        super().__init__(given, layouts is not None)
        self._members: WeakKeyDictionary[nn.Module, str] = WeakKeyDictionary()
        self._listening: WeakKeyDictionary[nn.Module, tuple[Any, ...]] = WeakKeyDictionary()
        self._timed = 0  # modules heard that read their input along time
        self._alone: Ear | None = None  # of the only one, whose results are not heard
        root = _Root(self, layouts) if self.declares else None
        if root is not None and contract_kind(model) is not None:
            self._members[model] = ""
            self._hear(model, _RootEar(self, root))
        elif root is not None:
            self._listen(model, root)
        self.cover(model)
        self._registration: Any = register_module_module_registration_hook(self._registered)

    def cover(self, module: nn.Module, path: str = "") -> None:
        """Listen to `module` and everything inside it. What is listened to already is left as it is."""
        for name, part in module.named_modules(prefix=path):
            if part in self._members or isinstance(part, torch.jit.ScriptModule):
                continue
            self._members[part] = name
            kind = contract_kind(part)
            if kind is not None:
                self._hear(part, Ear(self, name))
            elif self.declares and isinstance(part, FOLLOWED):
                self._listen(part, Follower(self))
        if self._timed > 1 and self._alone is not None:
            self._alone.settled = False
        self.most_verdicts = max(self.most_verdicts, _VERDICTS_PER_MODULE * len(self._listening))

    def stop(self) -> None:
        """Take every hook off. Again is no different."""
        if self._registration is not None:
            self._registration.remove()
            self._registration = None
        for module, listeners in list(self._listening.items()):
            for listener in listeners:
                detach(module, listener)
        self._listening.clear()

    def follow(self, module: nn.Module, listener: Ear | Follower) -> None:
        """Hear the results of `module` from now on, where they matter.

        What the only recurrent module gives is not followed: only a recurrent module could read it along a wrong axis.
        """
        if not isinstance(module, FOLLOWED) or module not in self._listening:
            return
        if self._timed < 2 and isinstance(module, nn.RNNBase) and isinstance(listener, Ear):
            self._alone = listener
            return
        follow(module, listener)
        self._listening[module] = (*self._listening[module], listener)

    def _hear(self, module: nn.Module, ear: Ear) -> None:
        self._listen(module, ear)
        self._timed += contract_kind(module) in KINDS

    def _listen(self, module: nn.Module, listener: Any, results: bool = False) -> None:
        attach(module, listener, results)
        self._listening[module] = (*self._listening.get(module, ()), listener)

    def _registered(self, parent: nn.Module, name: str, module: nn.Module | None) -> None:
        """A module was put into another one: if that one is watched, this one is from now on."""
        path = self._members.get(parent)
        if path is not None and module is not None:
            self.cover(module, f"{path}.{name}" if path else name)
