"""Where a value came from, read from the user's source without running it.

A `Scope` is a function of the user's, either as it stood when the error was raised (with its live names) or as it is
called from another one. A `Reader` follows an expression back through assignments, calls and returns, and pairs each
step with its value: the live object where the name still holds it, a stand-in of the same shape where it is gone.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from types import FunctionType, MethodType, ModuleType
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from batchfirst.model.observation import Setting
from batchfirst.model.origin import Origin
from batchfirst.observe import source
from batchfirst.observe.callsite import frame_kind
from batchfirst.observe.facts import is_torch_module, module_fact
from batchfirst.observe.members import SuperOf, member_of
from batchfirst.observe.names import NameReader, with_live
from batchfirst.observe.plain import OPERATORS, call_builtin, is_builtin, literals, operate, transposed, truth
from batchfirst.observe.scope import Read, Scope, enter, parameters
from batchfirst.observe.shapes import (
    UNKNOWN,
    PackedShape,
    known,
    run_function,
    run_index,
    run_method,
    run_module,
    value_fact,
)

_DEEPEST = 40  # nested steps followed
_CALLS = 6  # nested functions of the user's followed
_BUDGET = 4000  # expressions read in all


class Reader(NameReader):
    """Follows expressions back. One reader serves one explanation: it remembers what it has read."""

    def __init__(self) -> None:
        super().__init__()
        self._read: dict[tuple[int, int], Read] = {}
        self._kept: list[object] = []
        self._left = _BUDGET

    def forget(self) -> None:
        """Let go of all that was read, and of the scopes that it was read in."""
        self._read.clear()
        self._kept.clear()

    def read(self, node: ast.expr, scope: Scope, depth: int = 0) -> Read:
        """The origin and the value of an expression of `scope`."""
        key = (id(scope), id(node))
        if key in self._read:
            return self._read[key]
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            return Origin("?"), UNKNOWN
        self._kept += [scope, node]  # their ids stay their own while they are kept
        self._read[key] = (Origin("?", source.text_of(scope.file, node)), UNKNOWN)  # ends a circle
        found = self._expression(node, scope, depth + 1)
        self._read[key] = found
        return found

    # Expressions ---------------------------------------------------------------------------------------------------

    def _expression(self, node: ast.expr, scope: Scope, depth: int) -> Read:
        if isinstance(node, ast.Constant):
            return self._made("value", node, scope, value=node.value), node.value
        if isinstance(node, ast.Name):
            return self.name(node.id, node, scope, depth)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, scope, depth)
        if isinstance(node, ast.Call):
            return self._call(node, scope, depth)
        if isinstance(node, ast.Subscript):
            return self._subscript(node, scope, depth)
        if isinstance(node, (ast.Tuple, ast.List)):
            return self._tuple(node, scope, depth)
        if isinstance(node, (ast.BinOp, ast.UnaryOp)):
            return self._operation(node, scope, depth)
        if isinstance(node, ast.IfExp):
            held = truth(self.read(node.test, scope, depth)[1])
            return self.read(node.orelse if held is False else node.body, scope, depth)
        if isinstance(node, ast.NamedExpr):
            return self.read(node.value, scope, depth)
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return self._operation(node, scope, depth)
        if isinstance(node, ast.Dict):
            return self._made("value", node, scope), UNKNOWN
        return self._made("?", node, scope), UNKNOWN

    def _tuple(self, node: ast.Tuple | ast.List, scope: Scope, depth: int) -> Read:
        parts = [self.read(part, scope, depth) for part in node.elts]
        value = tuple(part[1] for part in parts)
        return self._made("tuple", node, scope, [part[0] for part in parts], value=value), value

    def _operation(self, node: ast.BinOp | ast.UnaryOp | ast.Compare, scope: Scope, depth: int) -> Read:
        sign: ast.AST
        if isinstance(node, ast.Compare):
            operands, sign = [node.left, node.comparators[0]], node.ops[0]
        elif isinstance(node, ast.BinOp):
            operands, sign = [node.left, node.right], node.op
        else:
            operands, sign = [node.operand], node.op
        name, compute = OPERATORS.get(type(sign), ("?", None))
        reads = [self.read(operand, scope, depth) for operand in operands]
        result = UNKNOWN if compute is None else operate(compute, [value for _, value in reads])
        return self._made(name, node, scope, [origin for origin, _ in reads], value=result), result

    # Attributes, indices, calls ------------------------------------------------------------------------------------

    def _attribute(self, node: ast.Attribute, scope: Scope, depth: int) -> Read:
        if isinstance(node.value, ast.Name):
            # `self.hidden = …` earlier in the same function.
            binding = self._reaching(f"{node.value.id}.{node.attr}", node, scope, depth)
            if binding is not None:
                owner = self.read(node.value, scope, depth)[1]
                origin, value = self._binding(binding, scope, depth)
                live = member_of(owner, node.attr) if scope.live is not None else UNKNOWN
                return with_live(origin, live), value if live is UNKNOWN else live
        base, owner = self.read(node.value, scope, depth)
        if isinstance(owner, torch.Tensor):
            return self._tensor_attribute(node, base, owner, scope)
        if isinstance(owner, (PackedSequence, PackedShape)) and node.attr == "data":
            return self._made("data", node, scope, [base], value=owner.data), owner.data
        value = member_of(owner, node.attr)
        op = "self" if isinstance(owner, nn.Module) else "data"
        return self._made(op, node, scope, [base], [node.attr], value), value

    def _tensor_attribute(self, node: ast.Attribute, base: Origin, owner: torch.Tensor, scope: Scope) -> Read:
        value: Any = UNKNOWN
        if node.attr == "shape":
            value = tuple(owner.shape)
        elif node.attr in ("T", "mT", "H"):
            value = transposed(owner, node.attr)
        elif node.attr in ("ndim", "dtype", "device"):
            value = getattr(owner, node.attr)
        elif node.attr in ("data", "grad"):
            value = owner
        return self._made(node.attr, node, scope, [base], value=value), value

    def _subscript(self, node: ast.Subscript, scope: Scope, depth: int) -> Read:
        base, owner = self.read(node.value, scope, depth)
        index, words, origins = self._index(node.slice, scope, depth)
        value: Any = UNKNOWN
        if isinstance(owner, torch.Tensor):
            value = run_index(owner, index)
        elif isinstance(owner, (tuple, list, nn.ModuleList)) and isinstance(index, (int, slice)):
            try:
                value = owner[index]
            except (IndexError, TypeError):
                value = UNKNOWN
            if isinstance(index, int) and not isinstance(owner, nn.ModuleList):
                if base.op == "tuple" and -len(base.inputs) <= index < len(base.inputs):
                    return base.inputs[index], value
                deeper = (*base.detail, index) if base.op == "part" else (index,)
                inputs = base.inputs if base.op == "part" else (base,)
                return self._made("part", node, scope, inputs, deeper, value), value
        elif type(owner) is dict and isinstance(index, (str, int)):
            value = owner.get(index, UNKNOWN)
        elif isinstance(owner, nn.ModuleDict) and isinstance(index, str):
            value = member_of(owner, index)
        return self._made("[]", node, scope, [base, *origins], words, value), value

    def _index(self, node: ast.expr, scope: Scope, depth: int) -> tuple[Any, list[Setting], list[Origin]]:
        parts = node.elts if isinstance(node, ast.Tuple) else [node]
        values: list[Any] = []
        words: list[Setting] = []
        origins: list[Origin] = []
        for part in parts:
            if isinstance(part, ast.Slice):
                bounds = [
                    None if b is None else self.read(b, scope, depth)[1] for b in (part.lower, part.upper, part.step)
                ]
                values.append(slice(*bounds) if known(bounds) else UNKNOWN)
                words.append(":" if not any((part.lower, part.upper, part.step)) else "a:b")
                continue
            origin, value = self.read(part, scope, depth)
            values.append(value)
            if isinstance(value, (torch.Tensor, list, tuple)):
                origins.append(origin)
                words.append("tensor")
            elif value is Ellipsis:
                words.append("...")
            else:
                words.append("?" if value is UNKNOWN else str(value))
        return (tuple(values) if isinstance(node, ast.Tuple) else values[0]), words, origins

    def _call(self, node: ast.Call, scope: Scope, depth: int) -> Read:
        if isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args:
            return self._super(node, scope, depth)
        base: Origin | None = None
        function: Any
        if isinstance(node.func, ast.Attribute):
            base, owner = self.read(node.func.value, scope, depth)
            if isinstance(owner, torch.Tensor):
                return self._method(node, node.func.attr, base, owner, scope, depth)
            function = self.read(node.func, scope, depth)[1]
            if function is UNKNOWN:
                # A method of an unknown value: a tensor's, as often as not.
                args, _, origins = self.arguments(node, scope, depth)
                return self._made(node.func.attr, node, scope, [base, *origins], literals(args)), UNKNOWN
        else:
            function = self.read(node.func, scope, depth)[1]
        return self._called(node, function, scope, depth)

    def _super(self, node: ast.Call, scope: Scope, depth: int) -> Read:
        names = parameters(scope.function)
        owner = self.name(names[0], node, scope, depth)[1] if names else UNKNOWN
        value = SuperOf(scope.owner, owner) if scope.owner is not None and owner is not UNKNOWN else UNKNOWN
        return self._made("value", node, scope), value

    def arguments(self, node: ast.Call, scope: Scope, depth: int = 0) -> tuple[list[Any], dict[str, Any], list[Origin]]:
        """Values of the positional and keyword arguments of a call, and the origins of all, in order."""
        args: list[Any] = []
        origins: list[Origin] = []
        for part in node.args:
            origin, value = self.read(part.value if isinstance(part, ast.Starred) else part, scope, depth)
            if not isinstance(part, ast.Starred):
                args.append(value)
                origins.append(origin)
            elif isinstance(value, (tuple, list)):
                args.extend(value)
                origins.extend(_parts(origin, value))
            else:
                args.append(UNKNOWN)
                origins.append(origin)
        kwargs: dict[str, Any] = {}
        for keyword in node.keywords:
            origin, value = self.read(keyword.value, scope, depth)
            if keyword.arg is not None:
                kwargs[keyword.arg] = value
                origins.append(origin)
        return args, kwargs, origins

    def _method(self, node: ast.Call, name: str, base: Origin, owner: torch.Tensor, scope: Scope, depth: int) -> Read:
        args, kwargs, origins = self.arguments(node, scope, depth)
        if name == "size":
            value: Any = tuple(owner.shape)
            if args and isinstance(args[0], int) and -owner.ndim <= args[0] < owner.ndim:
                value = owner.shape[args[0]]
            return self._made(name, node, scope, [base], literals(args), value), value
        if name == "dim":
            return self._made(name, node, scope, [base], value=owner.ndim), owner.ndim
        value = run_method(owner, name, args, kwargs)
        detail = literals([*args, *kwargs.values()])
        return self._made(name, node, scope, [base, *origins], detail, value), value

    def _called(self, node: ast.Call, function: Any, scope: Scope, depth: int) -> Read:
        args, kwargs, origins = self.arguments(node, scope, depth)
        if isinstance(function, nn.Module):
            return self._module(node, function, args, kwargs, origins, scope, depth)
        if isinstance(function, (FunctionType, MethodType)) and frame_kind(function.__code__.co_filename) == "user":
            found = self._enter(node, function, args, kwargs, origins, scope, depth)
            if found is not None:
                return found
        name = getattr(function, "__name__", "") or source.text_of(scope.file, node.func)
        value: Any = UNKNOWN
        if is_builtin(function):
            value = call_builtin(function, args, kwargs)
        elif callable(function) and not isinstance(function, (type, ModuleType)):
            value = run_function(function, args, kwargs)
        return self._made(name, node, scope, origins, literals([*args, *kwargs.values()]), value), value

    def _module(
        self, node: ast.Call, module: nn.Module, args: list[Any], kwargs: dict[str, Any], origins: list[Origin],
        scope: Scope, depth: int,
    ) -> Read:  # fmt: skip
        path = source.text_of(scope.file, node.func).removeprefix("self.")
        if isinstance(module, nn.Sequential):
            # Each child in turn, so that a recurrent module inside is seen.
            origin, value = (origins[0], args[0]) if origins and args else (Origin("?"), UNKNOWN)
            for name, child in module.named_children():
                value = run_module(child, [value], {}) if is_torch_module(child) else UNKNOWN
                fact = module_fact(child, f"{path}.{name}")
                origin = self._made(fact.kind, node, scope, [origin], value=value, module=fact)
            return origin, value
        fact = module_fact(module, path)
        if is_torch_module(module):
            value = run_module(module, args, kwargs)
            return self._made(fact.kind, node, scope, origins, value=value, module=fact), value
        forward = MethodType(type(module).forward, module)
        found = self._enter(node, forward, args, kwargs, origins, scope, depth)
        return found or (self._made(fact.kind, node, scope, origins, module=fact), UNKNOWN)

    def _enter(
        self, node: ast.Call, function: Any, args: list[Any], kwargs: dict[str, Any], origins: list[Origin],
        scope: Scope, depth: int,
    ) -> Read | None:  # fmt: skip
        """What a function of the user's returns, read from its own source."""
        if scope.calls >= _CALLS:
            return None
        inside = enter(function, args, kwargs, origins, scope)
        if inside is None:
            return None
        found: Read | None = None
        for value, arms in source.returns(inside.function):
            if not any(self._other_arm(arm, taken, inside, depth) for arm, taken in arms):
                found = self.read(value, inside, depth)
                if any(truth(self.read(arm.test, inside, depth)[1]) is taken for arm, taken in arms):
                    break  # this return is reached for certain, so a later one is not
        return found


def _parts(origin: Origin, value: Sequence[Any]) -> list[Origin]:
    if origin.op == "tuple" and len(origin.inputs) == len(value):
        return list(origin.inputs)
    return [
        Origin("part", origin.text, origin.location, value_fact(part), (origin,), (number,))
        for number, part in enumerate(value)
    ]
