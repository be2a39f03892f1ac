"""An operation that failed in the user's own line: a method, an index, an operator, an unpacking."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import MappingProxyType

from torch import nn

from batchfirst.contracts.recurrent import KINDS
from batchfirst.model.finding import Location
from batchfirst.model.observation import CallFact, Fact, ModuleFact, PackedFact, TensorFact
from batchfirst.model.origin import Origin
from batchfirst.observe import source
from batchfirst.observe.plain import element
from batchfirst.observe.reader import Reader
from batchfirst.observe.scope import Read, Scope
from batchfirst.observe.shapes import value_fact

# Functions of torch without a Python frame of their own, whose arguments a contract knows by name.
_SIGNATURES = {"linear": ("input", "weight", "bias"), "conv1d": ("input", "weight", "bias")}
_FROM_A_MODULE = (*KINDS, "Linear")


@dataclass
class _Operation:
    kind: str
    reads: dict[str, Read] = field(default_factory=dict)
    nodes: dict[str, ast.AST] = field(default_factory=dict)
    result: Origin | None = None


def line_operation(
    node: ast.AST | None, scope: Scope, reader: Reader, location: Location
) -> tuple[CallFact, dict[str, Origin], dict[str, Location]] | None:
    """The operation at `node`: its call, the origins and the places of its operands.

    None where it is no operation on tensors, or the source cannot be read.
    """
    found = _operation(node, scope, reader, location)
    if found is None:
        return None
    origins = {name: origin for name, (origin, _) in found.reads.items()}
    args: dict[str, Fact] = {name: _named(value_fact(value), origin) for name, (origin, value) in found.reads.items()}
    # Not a tensor in sight? The operand's source may still say that it is one.
    told = any(o.find(*_FROM_A_MODULE) for o in origins.values())
    sizes = found.kind == "unpack" and any(o.op in ("shape", "size") for o in origins.values())
    if not (told or sizes or any(_tensors(args.values()))):
        return None
    if found.result is not None:
        origins["result"] = found.result
    around = _around(node, scope, reader)
    if around is not None:
        origins["around"] = around
    places = {name: source.location_at(scope.file, part, scope.name) for name, part in found.nodes.items()}
    return CallFact(ModuleFact(found.kind), MappingProxyType(args), location), origins, places


def _operation(node: ast.AST | None, scope: Scope, reader: Reader, location: Location) -> _Operation | None:
    if isinstance(node, ast.Call):
        return _call(node, scope, reader)
    if isinstance(node, (ast.BinOp, ast.AugAssign, ast.Compare)):
        left, right, kind = _operands(node)
        operands = {"input": left, "other": right}
        return _Operation(kind, {name: reader.read(part, scope) for name, part in operands.items()}, dict(operands))
    if isinstance(node, ast.Subscript):
        whole = reader.read(node, scope)[0]
        result = whole
        if whole.op != "[]":
            # An element of a tuple is read as a part: what was asked for is said as an index all the same.
            words = tuple(source.text_of(scope.file, p) for p in _entries(node.slice))
            result = Origin("[]", source.text_of(scope.file, node), location, None, whole.inputs, words)
        return _Operation("index", {"input": reader.read(node.value, scope)}, {"input": node.value}, result)
    if isinstance(node, ast.Attribute):
        result = Origin("attribute", source.text_of(scope.file, node), location, None, (), (node.attr,))
        return _Operation("attribute", {"input": reader.read(node.value, scope)}, {"input": node.value}, result)
    if isinstance(node, (ast.Tuple, ast.List)):
        found = source.assignment_to(scope.function, node)
        if found is not None:
            value, path = found
            result = Origin("unpack", source.text_of(scope.file, node), location, None, (), (len(node.elts),))
            origin, given = reader.read(value, scope)
            for number in path:
                given = element(given, number)
                detail = (*origin.detail, number) if origin.op == "part" else (number,)
                inputs = origin.inputs if origin.op == "part" else (origin,)
                origin = Origin("part", origin.text, origin.location, value_fact(given), inputs, detail)
            return _Operation("unpack", {"input": (origin, given)}, {"input": value}, result)
    return None


def _call(node: ast.Call, scope: Scope, reader: Reader) -> _Operation:
    args, kwargs, found = reader.arguments(node, scope)
    names = [*(f"arg{n}" for n in range(len(args))), *kwargs]
    reads = dict(zip(names, zip(found, [*args, *kwargs.values()], strict=False), strict=False))
    parts = [*node.args, *(k.value for k in node.keywords if k.arg is not None)]
    nodes: dict[str, ast.AST] = dict(zip(names, parts, strict=False)) if len(parts) == len(names) else {}
    result = reader.read(node, scope)[0]
    if result.op in _SIGNATURES:
        given = dict(zip(names, (*_SIGNATURES[result.op], *names[len(_SIGNATURES[result.op]) :]), strict=False))
        reads = {given.get(name, name) if name.startswith("arg") else name: read for name, read in reads.items()}
        nodes = {given.get(name, name) if name.startswith("arg") else name: part for name, part in nodes.items()}
        return _Operation(result.op, reads, nodes, result)
    if isinstance(node.func, ast.Attribute):
        base, owner = reader.read(node.func.value, scope)
        if not inspect.ismodule(owner) and not isinstance(owner, nn.Module):
            reads = {"input": (base, owner), **reads}
            nodes = {"input": node.func.value, **nodes}
        return _Operation(node.func.attr, reads, nodes, result)
    return _Operation(source.text_of(scope.file, node.func), reads, nodes, result)


def _operands(node: ast.BinOp | ast.AugAssign | ast.Compare) -> tuple[ast.expr, ast.expr, str]:
    if isinstance(node, ast.Compare):
        return node.left, node.comparators[0], "compare"
    kind = type(node.op).__name__.lower()
    if isinstance(node, ast.BinOp):
        return node.left, node.right, kind
    target = node.target
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target), node.value, kind
    return target, node.value, kind


def _entries(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


def _around(node: ast.AST | None, scope: Scope, reader: Reader) -> Origin | None:
    """The call of a module that the failing expression is an argument of."""
    for outer in ast.walk(scope.function):
        if isinstance(outer, ast.Call) and outer is not node and any(part is node for part in ast.walk(outer)):
            origin = reader.read(outer, scope)[0]
            if origin.module is not None:
                return origin
    return None


def _named(fact: Fact, origin: Origin) -> Fact:
    return TensorFact(fact.shape, fact.dtype, fact.device, origin.text) if isinstance(fact, TensorFact) else fact


def _tensors(facts: Iterable[Fact]) -> Iterator[bool]:
    for fact in facts:
        if isinstance(fact, (TensorFact, PackedFact)):
            yield True
        elif isinstance(fact, tuple):
            yield from _tensors(fact)
