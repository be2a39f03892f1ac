"""A function of the user's at one place: which names it has there, and how it is entered from a call."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType, MethodType
from typing import Any, TypeAlias

from batchfirst.model.origin import Origin
from batchfirst.observe import source
from batchfirst.observe.shapes import value_fact

Read: TypeAlias = tuple[Origin, Any]


@dataclass(eq=False)
class Scope:
    """A function of the user's at one place.

    live: the names as they stood at `line` when the error was raised, None for a function that has returned; bound:
    its parameters, where the caller is known; caller: reads a parameter where it is not.
    """

    file: str
    function: source.Function
    line: int
    outside: Mapping[str, Any]
    live: Mapping[str, Any] | None = None
    bound: Mapping[str, Read] = field(default_factory=dict)
    owner: type | None = None
    name: str = ""
    caller: Callable[[str], Read | None] | None = None
    calls: int = 0


def enter(
    function: Any, args: Sequence[Any], kwargs: Mapping[str, Any], origins: Sequence[Origin], scope: Scope
) -> Scope | None:
    """The scope of a function of the user's as these arguments call it; None where its source cannot be read."""
    receiver: list[Read] = []
    if isinstance(function, MethodType):
        receiver = [(Origin("value"), function.__self__)]
        function = function.__func__
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    code = getattr(function, "__code__", None)
    definition = source.function_of(code) if code is not None else None
    if code is None or definition is None or isinstance(definition, ast.Module):
        return None
    positional = [*receiver, *zip(origins, args, strict=False)]
    bound = dict(zip(parameters(definition), positional, strict=False))
    for (name, value), origin in zip(kwargs.items(), origins[len(args) :], strict=False):
        bound[name] = (origin, value)
    for name, default in _defaults(function).items():
        bound.setdefault(name, (Origin("value", fact=value_fact(default)), default))
    owner = owner_of(definition, code.co_filename, receiver[0][1] if receiver else None)
    body = definition if isinstance(definition, ast.Lambda) else definition.body[-1]
    return Scope(
        code.co_filename, definition, body.end_lineno or body.lineno, function.__globals__, None, bound, owner,
        code.co_qualname.rsplit("<locals>.", 1)[-1], None, scope.calls + 1,
    )  # fmt: skip


def owner_of(definition: source.Function, file: str, receiver: Any) -> type | None:
    """The class, among those of `receiver`, whose statement contains this method: what `super()` starts from."""
    tree = source.tree_of(file)
    statement = source.class_around(definition, tree) if tree is not None else None
    if statement is None or receiver is None:
        return None
    return next((base for base in type(receiver).__mro__ if base.__name__ == statement.name), None)


def parameters(function: source.Function) -> list[str]:
    """The names of a function's parameters, in order."""
    if isinstance(function, ast.Module):
        return []
    arguments = function.args
    return [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def _defaults(function: FunctionType) -> dict[str, Any]:
    code = function.__code__
    given = function.__defaults__ or ()
    names = code.co_varnames[code.co_argcount - len(given) : code.co_argcount]
    return {**dict(zip(names, given, strict=True)), **(function.__kwdefaults__ or {})}


def arms_at(function: source.Function, line: int) -> dict[ast.If, bool]:
    """The if statements around a line, each with the arm that the line stands in."""
    found: dict[ast.If, bool] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.If):
            for taken, arm in ((True, node.body), (False, node.orelse)):
                if arm and arm[0].lineno <= line <= (arm[-1].end_lineno or line):
                    found[node] = taken
    return found


def looped(node: ast.expr, path: tuple[int, ...]) -> tuple[ast.expr, tuple[int, ...]]:
    """What a loop's target runs over, through enumerate() and zip(): `for t, (x, y) in enumerate(zip(a, b))`."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args and path:
        name = node.func.id
        if name == "enumerate" and path[0] == 1:
            node, path = node.args[0], path[1:]
        elif name == "zip" and path[0] < len(node.args):
            node, path = node.args[path[0]], path[1:]
        else:
            break
    return node, path


def within(node: ast.AST, whole: ast.AST) -> bool:
    """Whether a node is part of another one."""
    return any(part is node for part in ast.walk(whole))
