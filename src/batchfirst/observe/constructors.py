"""Where the user's code built a module: the call, so that a fix can be written as an edit of it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from types import FunctionType
from typing import Any

from torch import nn

from batchfirst.model.finding import Location
from batchfirst.observe import source
from batchfirst.observe.callsite import frame_kind


def constructor_of(module: nn.Module, holders: Sequence[tuple[str, Any, Any]]) -> tuple[str, Location | None, str]:
    """Path, place and text of the call that built `module`, as read from the source of whoever holds it.

    holders: (name, module of the user's, traceback entry). The path is relative to the innermost module that holds it.
    ("", None, "") where the source does not show it.
    """
    best: tuple[str, Location | None, str] = ("", None, "")
    for name, holder, entry in holders:
        path = next((path for path, child in holder.named_modules() if child is module), None)
        if path is None:
            continue
        if path == "" or frame_kind(_file_of(type(holder))) != "user":
            # A name of the function or of the script itself: `lstm = nn.LSTM(…)`, `net = nn.Sequential(nn.LSTM(…), …)`.
            rest = path.split(".") if path else []
            found = _under_name(name, rest, entry)
            path = ".".join([name, *rest])
        else:
            found = _in_class(holder, path.split("."))
        if found is not None:
            return path, *found
        best = best if best[0] else (path, None, "")
    return best


def _under_name(name: str, rest: list[str], entry: Any) -> tuple[Location, str] | None:
    """The constructor assigned to a name in the frame's function, else in its file."""
    function = source.function_of(entry.frame.f_code)
    found = _assigned(function, name, rest, entry.file) if function is not None else None
    if found is None:
        tree = source.tree_of(entry.file)
        found = _assigned(tree, name, rest, entry.file) if tree is not None else None
    return found


def _in_class(holder: nn.Module, path: list[str]) -> tuple[Location, str] | None:
    """The constructor in the source of the class that owns the last named attribute of the path."""
    owner, rest = holder, list(path)
    # Down to the innermost module of the user's own class: its __init__ wrote the call.
    while len(rest) > 1 and frame_kind(_file_of(type(owner._modules[rest[0]]))) == "user":
        owner = owner._modules[rest.pop(0)]  # type: ignore[assignment]
    for base in type(owner).__mro__:
        for member in vars(base).values():
            if isinstance(member, FunctionType) and frame_kind(member.__code__.co_filename) == "user":
                function = source.function_of(member.__code__)
                if function is None or isinstance(function, (ast.Module, ast.Lambda)) or not function.args.args:
                    continue
                found = _assigned(
                    function, f"{function.args.args[0].arg}.{rest[0]}", rest[1:], member.__code__.co_filename
                )
                if found is not None:
                    return found
    return None


def _file_of(kind: type) -> str:
    forward = getattr(kind, "forward", None)
    code = getattr(forward, "__code__", None)
    return code.co_filename if code is not None else "<frozen>"


def _assigned(function: source.Function, name: str, rest: list[str], file: str) -> tuple[Location, str] | None:
    """The one call assigned to `name` in this function, or the entry of an nn.Sequential in it."""
    calls = [b.value for b in source.bindings(function) if b.name == name and not b.path and b.kind == "assign"]
    if len(calls) != 1 or not isinstance(calls[0], ast.Call):
        return None
    call = calls[0]
    for step in rest:
        if not step.isdigit():
            return None
        entries = call.args[0].elts if call.args and isinstance(call.args[0], (ast.List, ast.Tuple)) else call.args
        if int(step) >= len(entries) or not isinstance(entries[int(step)], ast.Call):
            return None
        call = entries[int(step)]  # type: ignore[assignment]
    return source.location_at(file, call, getattr(function, "name", "")), source.text_of(file, call)


def entry_of(container: nn.Sequential, place: int, file: str) -> tuple[Location, str] | None:
    """The constructor at `place` in the one nn.Sequential(…) of this file that has entries of the same kinds."""
    tree = source.tree_of(file)
    kinds = [type(module).__name__ for module in container]
    if tree is None:
        return None
    calls = (node for node in ast.walk(tree) if _kind_of(node) == "Sequential")
    found = [node for node in calls if isinstance(node, ast.Call) and list(map(_kind_of, node.args)) == kinds]
    if len(found) != 1:
        return None
    entry = found[0].args[place]
    return source.location_at(file, entry, ""), source.text_of(file, entry)


def _name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _kind_of(node: ast.AST) -> str:
    return _name_of(node.func) if isinstance(node, ast.Call) else ""
