"""Forward hooks that change nothing but what is observed: they come off completely and never travel with a copy.

A hook that torch can see has side effects: `nn.TransformerEncoderLayer` leaves its fused path when any hook is
registered (other rounding), `torch.jit.script` tries to compile it, `copy.deepcopy` and `pickle` take it along, and
`torch.compile` recompiles when it comes or goes. So ours stands in a dictionary that counts, lists and copies without
it, and that only `Module.__call__`, which asks for truth and items, finds full.
"""

from __future__ import annotations

import copy
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

import torch
from torch import nn

from batchfirst.observe.compiling import (
    Unknown,
    at_trace_time,
    module_call_in,
    never_compiled,
    traced_call,
)
from batchfirst.observe.shortcut import KEY, put, take

_PLACES = ("_forward_pre_hooks", "_forward_pre_hooks_with_kwargs", "_forward_hooks", "_forward_hooks_with_kwargs")

_lock = threading.RLock()
_is_compiling = torch.compiler.is_dynamo_compiling  # where Dynamo reads this very function; elsewhere it is False


class Verdict(Protocol):
    """What a listener has against a call."""

    def settle(self, others: Sequence[Verdict]) -> None:
        """Act on it, once for all listeners; `others` are those of the listeners that came earlier. May raise."""


class Listener(Protocol):
    """Who wants to know of a module's calls."""

    def before(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Verdict | None:
        """Before the forward; None where nothing is wrong."""

    def after(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        """After a forward that raised nothing; only for listeners that asked for it."""


class QuietHooks(OrderedDict[Any, Any]):
    """A module's dictionary of hooks in which ours can be called, but neither counted, listed nor copied."""

    # Asked four times in every call: answered in C. Without ours, and empty, such a dictionary is exchanged again.
    __bool__ = partial(bool, True)

    def __len__(self) -> int:
        if KEY not in self:
            return OrderedDict.__len__(self)
        count = OrderedDict.__len__(self) - 1
        if not count and isinstance(self[KEY], _Before):
            # Dynamo counts the hooks of a module whose call it traces. Where it counts none it traces none, and guards
            # against none: the one moment at which such a call can be looked at without a trace in the graph.
            with suppress(Unknown), module_call_in(sys._getframe(1)) as (module, args, kwargs):
                self[KEY](module, args, kwargs)
        return count

    def __iter__(self) -> Iterator[Any]:
        return iter([key for key in self.keys() if key != KEY])

    def values(self) -> Any:
        return self.copy().values()

    def copy(self) -> Any:
        return OrderedDict((key, hook) for key, hook in self.items() if key != KEY)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return copy.deepcopy(self.copy(), memo)

    def __reduce__(self) -> Any:
        return OrderedDict, (list(self.copy().items()),)


class _Departed:
    """What a copy keeps of our hook where it stood in the user's own dictionary of hooks: it takes itself off."""

    def __call__(self, module: nn.Module, *_: Any) -> None:
        for place in _PLACES:
            getattr(module, place).pop(KEY, None)


class _Hook:
    """One of the two entries in a module's dictionaries of hooks, and whom it tells."""

    __slots__ = ("counts", "listeners", "quick")

    def __init__(self) -> None:
        self.listeners: tuple[Listener, ...] = ()
        self.quick: Callable[..., Any] | None = None  # what makes a call that is known, where there is one listener
        self.counts: dict[int, int] = {}  # how often each was attached, by id

    def tell(self, listeners: tuple[Listener, ...]) -> None:
        """Tell these from now on."""
        self.listeners = listeners
        self.quick = getattr(listeners[0], "quick", None) if len(listeners) == 1 else None

    def __reduce__(self) -> Any:
        return _Departed, ()


class _Before(_Hook):
    __slots__ = ()

    @never_compiled
    def __call__(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        __tracebackhide__ = True
        if _is_compiling():
            at_trace_time(_before_traced)
            return
        last = _is_last(module)
        verdicts = []
        for listener in self.listeners:  # no comprehension: it would make cells of what `_before_traced` looks for
            verdict = listener.before(module, args, kwargs)
            if verdict is not None:
                verdicts.append(verdict)
        if verdicts and last:
            verdicts[-1].settle(verdicts[-2::-1])


class _After(_Hook):
    __slots__ = ()

    @never_compiled
    def __call__(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        if _is_compiling():
            return
        for listener in self.listeners:
            listener.after(module, args, kwargs, output)


def _before_traced(context: Any) -> None:
    # Reached only where the user's own hooks stand beside ours: else Dynamo counts no hooks.
    with suppress(Unknown), traced_call(context, "module", "args", "kwargs") as (module, args, kwargs):
        vars(module)["_forward_pre_hooks"][KEY](module, args, kwargs)


def _is_last(module: nn.Module) -> bool:
    """Whether no other hook may still change the arguments; from the next call on ours is the last."""
    hooks = vars(module)["_forward_pre_hooks"]
    if next(reversed(hooks)) == KEY:
        return True
    hooks.move_to_end(KEY)
    return False


def attach(module: nn.Module, listener: Listener, follow: bool = False) -> None:
    """Let `listener` hear every call of `module`, and with follow=True its results too.

    Attached several times (a checked function that two threads run), it hears each call once, until it was detached as
    often.
    """
    with _lock:
        _add(module, "_forward_pre_hooks", _Before, listener)
        if hasattr(listener, "quick"):
            put(module)
        if follow:
            _add(module, "_forward_hooks", _After, listener)


def follow(module: nn.Module, listener: Listener) -> None:
    """From now on `listener`, which hears the calls of `module`, hears their results too, of a running call as well."""
    with _lock:
        _add(module, "_forward_hooks", _After, listener)


def detach(module: nn.Module, listener: Listener) -> None:
    """Undo one `attach`: after the last, the module's dictionaries are plain and empty again where they were."""
    with _lock:
        for place in ("_forward_pre_hooks", "_forward_hooks"):
            hook = vars(module)[place].get(KEY)
            if hook is None or id(listener) not in hook.counts:
                continue
            hook.counts[id(listener)] -= 1
            if hook.counts[id(listener)]:
                continue
            del hook.counts[id(listener)]
            hook.tell(tuple(known for known in hook.listeners if known is not listener))
            if not hook.listeners:
                _drop(module, place)
                _drop(module, place + "_with_kwargs")
                if place == "_forward_pre_hooks":
                    take(module)


def attached(module: nn.Module) -> bool:
    """Whether anyone listens to this module."""
    return KEY in vars(module).get("_forward_pre_hooks", ())


def _add(module: nn.Module, place: str, kind: type[_Hook], listener: Listener) -> None:
    hook = vars(module)[place].get(KEY)
    if hook is None:
        hook = kind()
        _put(module, place, hook)
    count = hook.counts.get(id(listener), 0)
    hook.counts[id(listener)] = count + 1
    if not count:
        hook.tell((*hook.listeners, listener))


def _put(module: nn.Module, place: str, hook: _Hook) -> None:
    own = vars(module)
    names = place, place + "_with_kwargs"
    # Only an empty dictionary is exchanged: handles of the user's hooks know theirs by identity. To Dynamo, which looks
    # into both, either both tell of ours or none does.
    quiet = type(own[place]) is OrderedDict and not len(own[place])
    for name, value in zip(names, (hook, True), strict=True):
        if quiet and type(own[name]) is OrderedDict and not len(own[name]):
            own[name] = QuietHooks()
        own[name][KEY] = value


def _drop(module: nn.Module, place: str) -> None:
    hooks = vars(module)[place]
    hooks.pop(KEY, None)
    if type(hooks) is QuietHooks and not OrderedDict.__len__(hooks):
        vars(module)[place] = OrderedDict()
