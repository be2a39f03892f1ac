"""The user's source as syntax trees: the expression that failed, and which assignment a name's value comes from."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from types import CodeType
from typing import TypeAlias

from batchfirst.model.finding import Location
from batchfirst.model.syntax import syntax_tree

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.Module
_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True, eq=False)
class Binding:
    """One place that gives a name its value.

    value: the expression assigned, or the iterable of a for loop (kind "for"); path: the place inside it, as in
    `out, (h, c) = …`; arms: the if statements around it, each with the arm it stands in; loops: the loops around it.
    """

    name: str
    kind: str  # "assign", "for", "aug", "with"
    statement: ast.stmt
    value: ast.expr
    path: tuple[int, ...]
    arms: tuple[tuple[ast.If, bool], ...]
    loops: tuple[ast.stmt, ...]


@lru_cache(maxsize=64)
def _parsed(text: str) -> ast.Module | None:
    try:
        tree: ast.Module = syntax_tree(text)
        return tree
    except (SyntaxError, ValueError, RecursionError):
        return None


def tree_of(file: str) -> ast.Module | None:
    """The syntax tree of a file or notebook cell; None where its source cannot be read or parsed."""
    return _parsed("".join(linecache.getlines(file)))


def function_of(code: CodeType) -> Function | None:
    """The definition that a code object was compiled from."""
    tree = tree_of(code.co_filename)
    if tree is None or code.co_name == "<module>":
        return tree
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if node.name == code.co_name and first == code.co_firstlineno:
                return node
        elif isinstance(node, ast.Lambda) and code.co_name == "<lambda>" and node.lineno == code.co_firstlineno:
            return node
    return None


def class_around(function: Function, tree: ast.Module) -> ast.ClassDef | None:
    """The class statement that a method's definition stands in directly."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and function in node.body:
            return node
    return None


def node_at(code: CodeType, lasti: int) -> ast.AST | None:
    """The expression (or augmented assignment) that an instruction evaluates, by its exact columns."""
    positions = next(islice(code.co_positions(), max(lasti, 0) // 2, None), None)
    tree = tree_of(code.co_filename)
    if tree is None or positions is None or None in positions:
        return None
    line, end_line, column, end_column = positions
    close: ast.AST | None = None
    for node in ast.walk(tree):
        # An expression that is a statement of its own has the statement's place: the expression is what fails.
        if not isinstance(node, (ast.expr, ast.stmt)) or isinstance(node, ast.Expr) or node.end_lineno != end_line:
            continue
        if node.end_col_offset != end_column:
            continue
        if (node.lineno, node.col_offset) == (line, column):
            return node
        # A method call that spans lines begins, for the interpreter, at the method's name.
        if isinstance(node, ast.Call) and close is None:
            close = node
    return close


def location_at(file: str, node: ast.AST, function: str = "") -> Location:
    """The Location of a node; an expression over several lines has its first line and no end column."""
    line = getattr(node, "lineno", 1)
    start, end = getattr(node, "col_offset", None), getattr(node, "end_col_offset", None)
    text = linecache.getline(file, line)
    if start is not None and not text.isascii():
        raw = text.encode()
        start = len(raw[:start].decode(errors="ignore"))
        end = len(raw[:end].decode(errors="ignore")) if end is not None else None
    return Location(file, line, function, start, end if getattr(node, "end_lineno", line) == line else None)


def text_of(file: str, node: ast.AST) -> str:
    """The node's source text on one line, "" where it cannot be read."""
    first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", None)
    start, end = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", None)
    lines = linecache.getlines(file)
    if not first or last is None or end is None or last > len(lines):
        return ""
    raw = [line.encode() for line in lines[first - 1 : last]]  # ast counts bytes
    raw[-1] = raw[-1][:end]
    raw[0] = raw[0][start:]
    return " ".join(b" ".join(raw).decode(errors="ignore").split())


def bindings(function: Function) -> tuple[Binding, ...]:
    """Every binding of a name in this function, in the order of the text, nested functions left out."""
    return _bindings(function)


@lru_cache(maxsize=256)
def _bindings(function: Function) -> tuple[Binding, ...]:
    body = [] if isinstance(function, ast.Lambda) else function.body
    return tuple(_in_block(body, (), ()))


def _in_block(
    block: list[ast.stmt], arms: tuple[tuple[ast.If, bool], ...], loops: tuple[ast.stmt, ...]
) -> Iterator[Binding]:
    for statement in block:
        if isinstance(statement, _NESTED):
            continue
        yield from _in_expressions(statement, arms, loops)
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                for name, path in _names(target):
                    yield Binding(name, "assign", statement, statement.value, path, arms, loops)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            for name, path in _names(statement.target):
                yield Binding(name, "assign", statement, statement.value, path, arms, loops)
        elif isinstance(statement, ast.AugAssign):
            value = ast.BinOp(left=_loaded(statement.target), op=statement.op, right=statement.value)
            ast.copy_location(value, statement)
            for name, path in _names(statement.target):
                yield Binding(name, "aug", statement, value, path, arms, loops)
        elif isinstance(statement, (ast.For, ast.AsyncFor)):
            inside = (*loops, statement)
            for name, path in _names(statement.target):
                yield Binding(name, "for", statement, statement.iter, path, arms, inside)
            yield from _in_block(statement.body, arms, inside)
            yield from _in_block(statement.orelse, arms, loops)
        elif isinstance(statement, ast.While):
            yield from _in_block(statement.body, arms, (*loops, statement))
        elif isinstance(statement, ast.If):
            yield from _in_block(statement.body, (*arms, (statement, True)), loops)
            yield from _in_block(statement.orelse, (*arms, (statement, False)), loops)
        elif isinstance(statement, (ast.With, ast.AsyncWith)):
            yield from _in_block(statement.body, arms, loops)
        elif isinstance(statement, ast.Try):
            for part in (statement.body, *(h.body for h in statement.handlers), statement.orelse, statement.finalbody):
                yield from _in_block(part, arms, loops)


def _in_expressions(
    statement: ast.stmt, arms: tuple[tuple[ast.If, bool], ...], loops: tuple[ast.stmt, ...]
) -> Iterator[Binding]:
    if isinstance(statement, (ast.Assign, ast.Expr, ast.Return)) and statement.value is not None:
        for node in ast.walk(statement.value):
            if isinstance(node, ast.NamedExpr):
                yield Binding(node.target.id, "assign", statement, node.value, (), arms, loops)


def _loaded(target: ast.expr) -> ast.expr:
    """The target of an augmented assignment, as an expression that reads it."""
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target)
    return target


def _names(target: ast.expr, path: tuple[int, ...] = ()) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Names bound by a target; an attribute of `self` binds the name `self.attribute`."""
    if isinstance(target, ast.Name):
        yield target.id, path
    elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
        yield f"{target.value.id}.{target.attr}", path
    elif isinstance(target, (ast.Tuple, ast.List)):
        for number, part in enumerate(target.elts):
            if isinstance(part, ast.Starred):
                return
            yield from _names(part, (*path, number))


def returns(function: Function) -> list[tuple[ast.expr, tuple[tuple[ast.If, bool], ...]]]:
    """The expressions that a function returns, each with the if statements around it."""
    if isinstance(function, ast.Lambda):
        return [(function.body, ())]
    return list(_returns(function.body, ()))


def _returns(
    block: list[ast.stmt], arms: tuple[tuple[ast.If, bool], ...]
) -> Iterator[tuple[ast.expr, tuple[tuple[ast.If, bool], ...]]]:
    for statement in block:
        if isinstance(statement, ast.Return) and statement.value is not None:
            yield statement.value, arms
        elif isinstance(statement, ast.If):
            yield from _returns(statement.body, (*arms, (statement, True)))
            yield from _returns(statement.orelse, (*arms, (statement, False)))
        elif isinstance(statement, (ast.For, ast.While, ast.With, ast.Try)):
            yield from _returns(statement.body, arms)


def line_of(file: str, line: int) -> str:
    """One line of source without its indent, "" where it cannot be read."""
    return linecache.getline(file, line).strip()


def assignment_to(function: Function, target: ast.AST) -> tuple[ast.expr, tuple[int, ...]] | None:
    """The expression whose parts are assigned to this tuple of targets, and the target's own place in it."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.For):
            targets, value = [node.target], node.iter
        else:
            continue
        for whole in targets:
            path = _path_to(whole, target)
            if path is not None:
                return value, path
    return None


def _path_to(whole: ast.AST, target: ast.AST) -> tuple[int, ...] | None:
    if whole is target:
        return ()
    for number, part in enumerate(whole.elts if isinstance(whole, (ast.Tuple, ast.List)) else ()):
        path = _path_to(part, target)
        if path is not None:
            return (number, *path)
    return None


def text_between(place: Location) -> str:
    """The source text that a Location's columns enclose, "" where they are not known."""
    if place.column is None or place.end_column is None:
        return ""
    return linecache.getline(place.file, place.line)[place.column : place.end_column]
