"""A hook on all modules that torch does not warn of.

`torch.compile(module)` warns, at each call, of hooks on all modules that would be run an extra time. Ours steps aside
there, and where warnings are errors or are counted, that one must change nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from torch import nn
from torch.nn.modules import module as module_internals
from torch.nn.modules.module import register_module_forward_pre_hook

_lock = threading.RLock()
_ours: dict[int, Any] = {}  # handles by torch's number
_asked: Callable[[], Any] | None = getattr(module_internals, "_has_any_global_hook", None)  # what torch asks to warn


def hook_all(hook: Callable[[nn.Module, tuple[Any, ...]], None]) -> int:
    """Let `hook` hear every call of every module before it is made. Returns the hook's number, for `unhook_all`."""
    with _lock:
        handle = register_module_forward_pre_hook(hook)
        _ours[handle.id] = handle
        if _asked is not None and module_internals._has_any_global_hook is _asked:
            module_internals._has_any_global_hook = _others
        return int(handle.id)


def unhook_all(number: int) -> None:
    """Take a hook of `hook_all` off; with the last one torch asks what it asked before. Again is no different."""
    with _lock:
        handle = _ours.pop(number, None)
        if handle is not None:
            handle.remove()
        if not _ours and _asked is not None and module_internals._has_any_global_hook is _others:
            module_internals._has_any_global_hook = _asked


def is_last(number: int) -> bool:
    """Whether no other hook on all modules comes after this one."""
    return next(reversed(module_internals._global_forward_pre_hooks), None) == number


def _others() -> bool:
    """Whether there is a hook on all modules that is not ours."""
    assert _asked is not None
    names = [name for name in _asked.__code__.co_names if name.startswith("_global_")]
    return sum(len(vars(module_internals)[name]) for name in names) > len(_ours)
