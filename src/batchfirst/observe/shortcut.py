"""A way past torch's hooks for a call that is known to be right: to hear of it costs less than a hook does.

`Module.__call__` hands a call to `_compiled_call_impl` where a module has one. While somebody listens to a module, ours
stands there. It takes the long way, torch's own, wherever another's hook could have a say, while torch traces or
compiles, and where the listener does not know the call.

Source: torch/nn/modules/module.py, read in 2.13.0 and 2.14.1; with other versions all calls go torch's way.
In 2.7 to ask for Dynamo's callback takes a reference too many from it.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from contextlib import suppress
from typing import Any
from weakref import ref

import torch
from torch import nn
from torch.nn.modules import module as torch_module

from batchfirst.observe.compiling import Unknown, at_trace_time, passed_through, traced_call
from batchfirst.observe.unchecked import TORCH

KEY = "batchfirst"  # of our hooks; torch's own keys are numbers
LONG_WAY: Any = object()  # what `quick` of a listener returns where it does not know the call
_KNOWN = ((2, 13), (2, 14))  # the oldest and the newest version that was read
_PLACE = "_compiled_call_impl"
_IGNORED = "__jit_ignored_attributes__"
_is_compiling = torch.compiler.is_dynamo_compiling  # where Dynamo reads this very function; elsewhere it is False
_is_tracing = torch._C._get_tracing_state
_dynamo: Any = getattr(torch._C._dynamo.eval_frame, "get_eval_frame_callback", None)
_CALL = getattr(nn.Module, "_wrapped_call_impl", nn.Module.__call__).__code__
_length = dict.__len__


class Shortcut:
    """What stands in place of a module's `_call_impl`. Does not travel with a copy or a pickle."""

    def __init__(self, module: nn.Module) -> None:
        self._module: Any = ref(module)

    @passed_through
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        if _is_compiling():  # Dynamo comes here only where somebody else's hook is in the way
            at_trace_time(_call_traced)
            return self._module()._call_impl(*args, **kwargs)
        # Replicas and shallow copies share this object: whose call it is, only the frame of Module.__call__ knows.
        frame = sys._getframe(1)
        module = frame.f_locals["self"] if frame.f_code is _CALL else self._module()
        own = module.__dict__
        before, after = own["_forward_pre_hooks"], own["_forward_hooks"]
        if (
            kwargs
            or _length(before) != 1
            or KEY not in before
            or (_length(after) and (_length(after) != 1 or KEY not in after))
            or own["_backward_hooks"]
            or own["_backward_pre_hooks"]
            or torch_module._global_forward_pre_hooks
            or torch_module._global_forward_hooks
            or torch_module._global_backward_pre_hooks
            or torch_module._global_backward_hooks
            or _is_tracing()
            or _dynamo() is not None
        ):
            return module._call_impl(*args, **kwargs)
        quick = before[KEY].quick
        result = LONG_WAY if quick is None else quick(module, own, args)
        if result is LONG_WAY:
            return module._call_impl(*args)
        after = own["_forward_hooks"]
        if KEY in after:
            after[KEY](module, args, kwargs, result)
        return result

    def __reduce__(self) -> Any:
        return type(None), ()


def _call_traced(context: Any) -> None:
    # Dynamo counts the entries of a dictionary by itself: from here on ours is to be seen, and traced as all others.
    with suppress(Unknown), traced_call(context, "self") as (shortcut,):
        own = vars(shortcut._module())
        for place in ("_forward_pre_hooks", "_forward_pre_hooks_with_kwargs"):
            if _length(own[place]) == 1:  # else somebody's handle knows this very dictionary
                own[place] = OrderedDict(own[place].items())


class _Ignored(list[str]):
    """What torch.jit.script is not to look at in a module: what stands in its place of `_call_impl` too.

    Copies keep it: one of a recurrent module has None in that place.
    """

    def __init__(self, module: nn.Module) -> None:
        self.before = vars(module).get(_IGNORED)
        super().__init__([*getattr(module, _IGNORED, ()), _PLACE])

    def __reduce__(self) -> Any:
        return list, (self[:],)


def put(module: nn.Module) -> None:
    """Open the short way into `module`, unless it is compiled."""
    own = vars(module)
    if _KNOWN[0] <= TORCH <= _KNOWN[1] and own.get(_PLACE) is None:
        own[_PLACE], own[_IGNORED] = Shortcut(module), _Ignored(module)


def take(module: nn.Module) -> None:
    """Close it again."""
    own = vars(module)
    if isinstance(own.get(_PLACE), Shortcut):
        del own[_PLACE]
    ignored = own.get(_IGNORED)
    if isinstance(ignored, _Ignored):
        del own[_IGNORED]
        if ignored.before is not None:
            own[_IGNORED] = ignored.before


def without(own: dict[str, Any]) -> dict[str, Any]:
    """A module's `__dict__`, to be copied, without what `put` put there."""
    return {name: value for name, value in own.items() if not isinstance(value, (Shortcut, _Ignored))}
