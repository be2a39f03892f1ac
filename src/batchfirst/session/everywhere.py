"""A watch on every module that is called at all, whoever built it: for a whole test, without a model at hand."""

from __future__ import annotations

import sys
from collections.abc import Collection
from types import CodeType, FrameType
from typing import Any

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_pre_hook

from batchfirst.model.layout import Layout
from batchfirst.observe.callsite import local_names
from batchfirst.session.counting import Counted, CountedWatch, audited

_CALL: CodeType = nn.Module._call_impl.__code__


class Everywhere(CountedWatch):
    """Covers each outermost module when it is first called, with all that is inside it; until `stop`.

    given: "raise", "warn", "record" or "breakpoint".
    layout: what the input of the first model with a recurrent module in it is; of other models nothing is declared.
    ignore: codes that are neither acted on nor recorded.
    """

    def __init__(self, given: str, layout: Layout | None = None, ignore: Collection[str] = ()) -> None:
        super().__init__(layout, given, ignore)
        self._layout = layout
        self._first: nn.Module | None = None  # the model that the layout speaks of
        self._global: Any = register_module_forward_pre_hook(self._before)

    def stop(self) -> None:
        """Take every hook off. Again is no different."""
        if self._global is not None:
            self._global.remove()
            self._global = None
        self._first = None
        super().stop()

    def _before(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        __tracebackhide__ = True
        if torch.compiler.is_compiling() or isinstance(module, torch.jit.ScriptModule):
            return
        new = module not in self._members and not audited()
        if not new and self._layout is None:
            return
        caller: FrameType = sys._getframe(1)
        kwargs = local_names(caller).get("kwargs", {})  # torch hands a global hook the positional arguments only
        if self._layout is not None and not _nested(caller):
            self._declare(module, args, kwargs)
        if new:
            # torch has listed the hooks of this call already, so an ear that is put on now hears the next one.
            quiet = not vars(module)["_forward_pre_hooks"]  # else a hook of the user's may still change the arguments
            self.cover(module)
            for listener in self._listening.get(module, ()):
                report = listener.before(module, args, kwargs) if quiet and isinstance(listener, Counted) else None
                if report is not None:
                    report.settle(())

    def _declare(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if self._first is None and any(isinstance(part, nn.RNNBase) for part in module.modules()):
            self._first = module
        self.known.begin(args, kwargs, self._layout if module is self._first else None)


def _nested(frame: FrameType) -> bool:
    """Whether the call in `frame` happens inside another module's call."""
    outer = frame.f_back
    calls = 0 if frame.f_code is _CALL else -1  # torch may run the hooks in a function inside its call
    while outer is not None:
        calls += outer.f_code is _CALL
        outer = outer.f_back
    return calls > 0
