"""Where a value came from, read from the user's source without running it.

A `Scope` is a function of the user's, either as it stood when the error was raised (with its live names) or as it is
called from another one. A `Reader` follows an expression back through assignments, calls and returns, and pairs each
step with its value: the live object where the name still holds it, a stand-in of the same shape where it is gone.
"""

from __future__ import annotations

import ast
import builtins
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType, MethodType, ModuleType
from typing import Any, TypeAlias

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from batchfirst.model.observation import ModuleFact, Setting
from batchfirst.model.origin import Origin
from batchfirst.observe import source
from batchfirst.observe.callsite import frame_kind
from batchfirst.observe.facts import is_torch_module, module_fact
from batchfirst.observe.members import SuperOf, member_of
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

Read: TypeAlias = tuple[Origin, Any]

_DEEPEST = 40  # nested steps followed
_CALLS = 6  # nested functions of the user's followed
_BUDGET = 4000  # expressions read in all
_OPERATORS: dict[type[ast.AST], tuple[str, Callable[..., Any]]] = {
    ast.Add: ("+", operator.add), ast.Sub: ("-", operator.sub), ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv), ast.FloorDiv: ("//", operator.floordiv), ast.Mod: ("%", operator.mod),
    ast.Pow: ("**", operator.pow), ast.MatMult: ("@", operator.matmul), ast.USub: ("-", operator.neg),
    ast.UAdd: ("+", operator.pos), ast.Not: ("not", operator.not_), ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne), ast.Lt: ("<", operator.lt), ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt), ast.GtE: (">=", operator.ge), ast.Is: ("is", operator.is_),
    ast.IsNot: ("is not", operator.is_not), ast.BitAnd: ("&", operator.and_), ast.BitOr: ("|", operator.or_),
}  # fmt: skip
_PLAIN = (len, int, float, bool, tuple, list, range, min, max, sum, abs, isinstance, zip, enumerate, reversed, sorted)


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


class Reader:
    """Follows expressions back. One reader serves one explanation: it remembers what it has read."""

    def __init__(self) -> None:
        self._read: dict[tuple[int, int], Read] = {}
        self._kept: list[Scope] = []
        self._left = _BUDGET

    def read(self, node: ast.expr, scope: Scope, depth: int = 0) -> Read:
        """The origin and the value of an expression of `scope`."""
        key = (id(scope), id(node))
        if key in self._read:
            return self._read[key]
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            return Origin("?"), UNKNOWN
        self._kept.append(scope)  # ids stay its own while it is kept
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
            test = self.read(node.test, scope, depth)[1]
            truth = _truth(test)
            return self.read(node.orelse if truth is False else node.body, scope, depth)
        if isinstance(node, ast.NamedExpr):
            return self.read(node.value, scope, depth)
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return self._operation(node, scope, depth)
        if isinstance(node, ast.Dict):
            return self._made("value", node, scope), UNKNOWN
        return self._made("?", node, scope), UNKNOWN

    def _made(
        self, op: str, node: ast.AST, scope: Scope, inputs: Sequence[Origin] = (), detail: Sequence[Setting] = (),
        value: Any = UNKNOWN, module: ModuleFact | None = None,
    ) -> Origin:  # fmt: skip
        place = source.location_at(scope.file, node, scope.name)
        text = source.text_of(scope.file, node)
        return Origin(op, text, place, value_fact(value), tuple(inputs), tuple(detail), module)

    def _tuple(self, node: ast.Tuple | ast.List, scope: Scope, depth: int) -> Read:
        parts = [self.read(part, scope, depth) for part in node.elts]
        value = tuple(part[1] for part in parts)
        return self._made("tuple", node, scope, [part[0] for part in parts], value=value), value

    def _operation(self, node: ast.BinOp | ast.UnaryOp | ast.Compare, scope: Scope, depth: int) -> Read:
        if isinstance(node, ast.Compare):
            operands, sign = [node.left, node.comparators[0]], node.ops[0]
        elif isinstance(node, ast.BinOp):
            operands, sign = [node.left, node.right], node.op
        else:
            operands, sign = [node.operand], node.op
        name, compute = _OPERATORS.get(type(sign), ("?", None))
        reads = [self.read(operand, scope, depth) for operand in operands]
        values = [value for _, value in reads]
        result: Any = UNKNOWN
        if compute is not None and known(values):
            if any(isinstance(value, torch.Tensor) for value in values):
                method = f"__{compute.__name__.strip('_')}__"
                first, *rest = values
                if isinstance(first, torch.Tensor):
                    result = run_method(first, method, rest, {})
                elif rest:
                    result = run_method(rest[0], method, [first], {})
            elif all(isinstance(value, (int, float, str, tuple, bool, type(None), torch.dtype)) for value in values):
                try:
                    result = compute(*values)
                except (TypeError, ValueError, ArithmeticError):
                    result = UNKNOWN
        return self._made(name, node, scope, [origin for origin, _ in reads], value=result), result

    # Names ---------------------------------------------------------------------------------------------------------

    def name(self, name: str, node: ast.AST, scope: Scope, depth: int) -> Read:
        """What a name stands for where `node` uses it."""
        binding = self._reaching(name, node, scope, depth)
        live = UNKNOWN
        if scope.live is not None and name in scope.live and self._still_holds(name, binding, scope, depth):
            live = scope.live[name]
        if binding is not None:
            origin, value = self._binding(binding, scope, depth)
            return _with(origin, live), value if live is UNKNOWN else live
        if name in scope.bound:
            return scope.bound[name]
        if scope.caller is not None and name in _parameters(scope.function):
            found = scope.caller(name)
            if found is not None:
                return (_with(found[0], live), found[1] if live is UNKNOWN else live)
        if live is not UNKNOWN:
            return self._made("data", node, scope, value=live), live
        if name in _parameters(scope.function):
            return self._made("data", node, scope), UNKNOWN
        value = scope.outside.get(name, getattr(builtins, name, UNKNOWN))
        return self._made("data", node, scope, value=value), value

    def _reaching(self, name: str, node: ast.AST, scope: Scope, depth: int) -> source.Binding | None:
        line = min(getattr(node, "lineno", scope.line),
            scope.line) if scope.live is not None else node.lineno  # type: ignore[attr-defined]
        inside = _arms_at(scope.function, line)
        later = None
        for binding in reversed(source.bindings(scope.function)):
            if binding.name != name or any(arm in inside and inside[arm] != taken for arm, taken in binding.arms):
                continue
            if any(self._other_arm(arm, taken, scope, depth) for arm, taken in binding.arms if arm not in inside):
                continue
            first, last = binding.statement.lineno, binding.statement.end_lineno or binding.statement.lineno
            if binding.kind == "for":
                if first < line <= last or (first == line and not _within(node, binding.value)):
                    return binding
                if last < line:
                    return binding
            elif last < line:
                return binding
            elif any(loop.lineno <= line <= (loop.end_lineno or line) for loop in binding.loops):
                later = binding
        return later

    def _other_arm(self, arm: ast.If, taken: bool, scope: Scope, depth: int) -> bool:
        truth = _truth(self.read(arm.test, scope, depth)[1])
        return truth is not None and truth is not taken

    def _still_holds(self, name: str, binding: source.Binding | None, scope: Scope, depth: int) -> bool:
        """Whether the name's live value is the one that this binding gave it."""
        place = ast.Name(name, ast.Load())
        place.lineno = scope.line
        return self._reaching(name, place, scope, depth) is binding

    def _binding(self, binding: source.Binding, scope: Scope, depth: int) -> Read:
        node, path = binding.value, binding.path
        if binding.kind == "for":
            node, path = _looped(node, path)
        origin, value = self.read(node, scope, depth)
        if binding.kind == "for":
            origin, value = self._entry_of_loop(binding, origin, value, scope)
            if origin.op == "counter":
                return origin, value
        if not path:
            return origin, value
        # `rows, cols = x.shape` and `out, (h, c) = lstm(x)`: an element of what stands on the right.
        place = source.location_at(scope.file, binding.statement, scope.name)
        for number in path:
            value = _element(value, number)
            if origin.op == "tuple" and number < len(origin.inputs):
                origin = origin.inputs[number]
            elif origin.op == "part":
                origin = Origin("part", origin.text, place, value_fact(value), origin.inputs, (*origin.detail, number))
            else:
                origin = Origin("part", origin.text, place, value_fact(value), (origin,), (number,))
        return origin, value

    def _entry_of_loop(self, binding: source.Binding, origin: Origin, value: Any, scope: Scope) -> Read:
        entry: Any = UNKNOWN
        if isinstance(value, torch.Tensor) and value.ndim:
            entry = run_index(value, 0)
        elif isinstance(value, (tuple, list)) and value:
            entry = value[0]
        if isinstance(value, range) or origin.op == "range":
            return self._made("counter", binding.value, scope, [origin]), UNKNOWN
        return self._made("iterate", binding.value, scope, [origin], value=entry), entry

    # Attributes, indices, calls ------------------------------------------------------------------------------------

    def _attribute(self, node: ast.Attribute, scope: Scope, depth: int) -> Read:
        if isinstance(node.value, ast.Name):
            # `self.hidden = …` earlier in the same function.
            binding = self._reaching(f"{node.value.id}.{node.attr}", node, scope, depth)
            if binding is not None:
                owner = self.read(node.value, scope, depth)[1]
                origin, value = self._binding(binding, scope, depth)
                live = member_of(owner, node.attr) if scope.live is not None else UNKNOWN
                return _with(origin, live), value if live is UNKNOWN else live
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
            value = _transposed(owner, node.attr)
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
        elif isinstance(owner, (dict, nn.ModuleDict)) and isinstance(index, (str, int)):
            value = owner[index] if index in owner else UNKNOWN
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
                return self._made(node.func.attr, node, scope, [base, *origins], _literals(args)), UNKNOWN
        else:
            function = self.read(node.func, scope, depth)[1]
        return self._called(node, function, scope, depth)

    def _super(self, node: ast.Call, scope: Scope, depth: int) -> Read:
        names = _parameters(scope.function)
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
            return self._made(name, node, scope, [base], _literals(args), value), value
        if name == "dim":
            return self._made(name, node, scope, [base], value=owner.ndim), owner.ndim
        value = run_method(owner, name, args, kwargs)
        detail = _literals([*args, *kwargs.values()])
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
        if function in _PLAIN if isinstance(function, (type, type(len))) else False:
            if known(args) and known(list(kwargs.values())):
                value = _plain(function, args, kwargs)
        elif callable(function) and not isinstance(function, (type, ModuleType)):
            value = run_function(function, args, kwargs)
        return self._made(name, node, scope, origins, _literals([*args, *kwargs.values()]), value), value

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
                if any(_truth(self.read(arm.test, inside, depth)[1]) is taken for arm, taken in arms):
                    break  # this return is reached for certain, so a later one is not
        return found


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
    if definition is None or isinstance(definition, ast.Module):
        return None
    positional = [*receiver, *zip(origins, args, strict=False)]
    bound = dict(zip(_parameters(definition), positional, strict=False))
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


def _defaults(function: FunctionType) -> dict[str, Any]:
    code = function.__code__
    given = function.__defaults__ or ()
    names = code.co_varnames[code.co_argcount - len(given) : code.co_argcount]
    return {**dict(zip(names, given, strict=True)), **(function.__kwdefaults__ or {})}


def _parameters(function: source.Function) -> list[str]:
    if isinstance(function, ast.Module):
        return []
    arguments = function.args
    return [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def _arms_at(function: source.Function, line: int) -> dict[ast.If, bool]:
    found: dict[ast.If, bool] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.If):
            for taken, arm in ((True, node.body), (False, node.orelse)):
                if arm and arm[0].lineno <= line <= (arm[-1].end_lineno or line):
                    found[node] = taken
    return found


def _looped(node: ast.expr, path: tuple[int, ...]) -> tuple[ast.expr, tuple[int, ...]]:
    """What a loop's target runs over, through enumerate() and zip(): `for t, (x, y) in enumerate(zip(a, b))`."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args and path:
        if node.func.id == "enumerate" and path[0] == 1:
            node, path = node.args[0], path[1:]
        elif node.func.id == "zip" and path[0] < len(node.args):
            node, path = node.args[path[0]], path[1:]
        else:
            break
    return node, path


def _within(node: ast.AST, whole: ast.AST) -> bool:
    return any(part is node for part in ast.walk(whole))


def _with(origin: Origin, live: Any) -> Origin:
    """The origin with the fact of the live value, which is certain, in place of a computed one."""
    if live is UNKNOWN:
        return origin
    fields = (origin.op, origin.text, origin.location, value_fact(live), origin.inputs, origin.detail, origin.module)
    return Origin(*fields)


def _truth(value: Any) -> bool | None:
    if isinstance(value, (bool, int, float, str, tuple, list, type(None))):
        return bool(value)
    return None


def _element(value: Any, number: int) -> Any:
    if isinstance(value, (tuple, list)) and -len(value) <= number < len(value):
        return value[number]
    if isinstance(value, torch.Tensor) and value.ndim:
        return run_index(value, number)
    return UNKNOWN


def _parts(origin: Origin, value: Sequence[Any]) -> list[Origin]:
    if origin.op == "tuple" and len(origin.inputs) == len(value):
        return list(origin.inputs)
    return [
        Origin("part", origin.text, origin.location, value_fact(part), (origin,), (number,))
        for number, part in enumerate(value)
    ]


def _literals(values: Sequence[Any]) -> list[Setting]:
    flat = [v for value in values for v in (value if isinstance(value, (tuple, list)) else [value])]
    return [
        value if isinstance(value, (bool, int, float, str)) else None
        for value in flat
        if not isinstance(value, (torch.Tensor, PackedSequence, PackedShape))
    ]


def _plain(function: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
    if any(isinstance(a, torch.Tensor) for a in args):
        first = args[0]
        return first.shape[0] if function is len and first.ndim else UNKNOWN
    try:
        result = function(*args, **kwargs)
        return tuple(result)[:16] if function in (zip, enumerate, reversed) else result
    except Exception:  # len() of a float and the like: the user's own program would fail there as well
        return UNKNOWN


def _transposed(tensor: torch.Tensor, name: str) -> Any:
    if tensor.ndim < 2:
        return tensor
    if name == "T":
        return run_method(tensor, "permute", list(range(tensor.ndim))[::-1], {})
    return run_method(tensor, "transpose", (-2, -1), {})
