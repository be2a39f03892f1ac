"""Calls of torch's loss functions, heard at their beginning, while every function stays the object that it was.

Handlers of `__torch_function__`, torch.compile and torch.fx know a function by identity, and torch.jit reads its
source; so neither the name nor the function is exchanged. Only the function's code is, while somebody listens: for what
its own source compiles to, lines and columns the same, with a call of ours put first. A function whose source cannot be
read is left alone.
"""

from __future__ import annotations

import ast
import inspect
import os
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from types import CodeType, FunctionType
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from batchfirst.contracts.neighbours import NEIGHBOURS
from batchfirst.model.syntax import syntax_tree
from batchfirst.observe.hooks import Verdict

# The functions of a loss that a contract speaks of: mse_loss, cross_entropy, …
NAMES = tuple(name for entry in NEIGHBOURS.values() if entry.kind.endswith("Loss") for name in entry.functions)
_TORCH = os.path.join(os.path.dirname(os.path.abspath(torch.__file__)), "")
_PLAIN = (Tensor, nn.Parameter)
_MARK = "batchfirst: here stands a Call"
_ENDS = 0x100000 | 0x400000 | 0x1000000  # the flags of `from __future__` imports, as in the code's own

_lock = threading.RLock()
_listeners: list[FunctionListener] = []
_is_compiling = torch.compiler.is_compiling


class FunctionListener(Protocol):
    """Who wants to know of calls of loss functions."""

    def called(self, function: Callable[..., Any], arguments: dict[str, Any]) -> Verdict | None:
        """Before the function does anything; None where nothing is wrong."""


class _Entry:
    """What is called first: it tells the listeners what the function was given."""

    __slots__ = ("function", "listening", "names", "original")

    def __init__(self, function: FunctionType) -> None:
        code = self.original = function.__code__
        self.function, self.names = function, code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        self.listening = _listening(function, self)

    def hear(self, *values: Any) -> None:
        __tracebackhide__ = True
        if _is_compiling() or torch._C._get_tracing_state() is not None:
            return
        if type(values[0]) not in _PLAIN or type(values[1]) not in _PLAIN:
            return  # a subclass, a stand-in for tracing: what it computes is its own affair
        if sys._getframe(2).f_code.co_filename.startswith(_TORCH):
            return  # a loss module calls it, and is heard itself
        verdicts = []
        for listener in tuple(_listeners):
            verdict = listener.called(self.function, dict(zip(self.names, values, strict=True)))
            if verdict is not None:
                verdicts.append(verdict)
        if verdicts:
            verdicts[-1].settle(verdicts[-2::-1])


def listen(listener: FunctionListener) -> None:
    """Let `listener` hear every call of a loss function that the program makes itself."""
    with _lock:
        _listeners.append(listener)
        if len(_listeners) == 1:
            for entry in _entries():
                if entry.listening is not None and entry.function.__code__ is entry.original:
                    entry.function.__code__ = entry.listening


def unlisten(listener: FunctionListener) -> None:
    """Undo `listen`; with the last listener gone every function has its own code again. Again is no different."""
    with _lock:
        if listener in _listeners:
            _listeners.remove(listener)
        if not _listeners:
            for entry in _entries():
                if entry.function.__code__ is entry.listening:
                    entry.function.__code__ = entry.original


@cache
def _entries() -> Sequence[_Entry]:
    found = (getattr(functional, name, None) for name in NAMES)
    return [_Entry(function) for function in found if isinstance(function, FunctionType)]


def _listening(function: FunctionType, entry: _Entry) -> CodeType | None:
    """The function's code with a call of `entry.hear` before its first statement; None where that cannot be made."""
    old = function.__code__
    try:
        tree = syntax_tree(inspect.getsource(function))
    except (OSError, SyntaxError, TypeError):
        return None
    ast.increment_lineno(tree, old.co_firstlineno - 1)
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef) or old.co_freevars or old.co_flags & inspect.CO_VARARGS:
        return None
    place = 1 if ast.get_docstring(definition) is not None else 0
    given = [ast.Name(name, ast.Load()) for name in entry.names]
    hear = ast.Expr(ast.Call(ast.Attribute(ast.Constant(_MARK), "hear", ast.Load()), list(given), []))
    hear.lineno = hear.end_lineno = definition.body[place].lineno
    hear.col_offset = hear.end_col_offset = definition.body[place].col_offset
    definition.body.insert(place, hear)
    ast.fix_missing_locations(tree)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's source may hold what a later Python warns of
        module = compile(tree, old.co_filename, "exec", flags=old.co_flags & _ENDS, dont_inherit=True)
    new = next((one for one in module.co_consts if isinstance(one, CodeType) and one.co_name == old.co_name), None)
    if new is None or (new.co_varnames, new.co_freevars, new.co_flags) != (old.co_varnames, (), old.co_flags):
        return None
    constants = tuple(entry if isinstance(one, str) and one == _MARK else one for one in new.co_consts)
    return new.replace(co_consts=constants, co_qualname=old.co_qualname)
