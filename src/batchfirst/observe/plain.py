"""Plain values, computed where that runs nothing of the user's: numbers, strings, tuples, and shapes of tensors."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn.utils.rnn import PackedSequence

from batchfirst.model.observation import Setting
from batchfirst.observe.shapes import UNKNOWN, PackedShape, known, run_index, run_method

OPERATORS: dict[type[ast.AST], tuple[str, Callable[..., Any]]] = {
    ast.Add: ("+", operator.add), ast.Sub: ("-", operator.sub), ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv), ast.FloorDiv: ("//", operator.floordiv), ast.Mod: ("%", operator.mod),
    ast.Pow: ("**", operator.pow), ast.MatMult: ("@", operator.matmul), ast.USub: ("-", operator.neg),
    ast.UAdd: ("+", operator.pos), ast.Not: ("not", operator.not_), ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne), ast.Lt: ("<", operator.lt), ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt), ast.GtE: (">=", operator.ge), ast.Is: ("is", operator.is_),
    ast.IsNot: ("is not", operator.is_not), ast.BitAnd: ("&", operator.and_), ast.BitOr: ("|", operator.or_),
}  # fmt: skip
_BUILTINS = (len, int, float, bool, tuple, list, range, min, max, sum, abs, reversed, sorted, round)
_NUMBERS = (bool, int, float, type(None), torch.dtype)
_LARGEST = 1 << 40  # what a size may be; larger numbers are not computed with


def is_plain(value: Any, depth: int = 0) -> bool:
    """Whether a value, with all its parts, is a number, a text or None: computing with it runs no code of a user's."""
    if type(value) in (tuple, list, torch.Size):
        return depth < 4 and len(value) <= 1000 and all(is_plain(part, depth + 1) for part in value)
    if type(value) is str:
        return len(value) <= 1000
    return type(value) in _NUMBERS and (not isinstance(value, (int, float)) or abs(value) <= _LARGEST)


def operate(compute: Callable[..., Any], values: Sequence[Any]) -> Any:
    """The operator on values that may be stand-ins for tensors."""
    if not known(list(values)):
        return UNKNOWN
    if any(isinstance(value, torch.Tensor) for value in values):
        method = f"__{compute.__name__.strip('_')}__"
        first, *rest = values
        if isinstance(first, torch.Tensor):
            return run_method(first, method, rest, {})
        # `1 - x`: the shape is that of `x - 1`.
        return run_method(rest[0], method, [first], {}) if rest else UNKNOWN
    if compute in (operator.is_, operator.is_not):
        return compute(*values)
    if not all(is_plain(value) for value in values):
        return UNKNOWN
    if compute is operator.pow and not all(isinstance(v, (int, float)) and abs(v) <= 64 for v in values):
        return UNKNOWN
    try:
        return compute(*values)
    except Exception:  # the user's own program would fail there as well
        return UNKNOWN


def is_builtin(function: Any) -> bool:
    """Whether `call_builtin` may know what it returns."""
    return any(function is builtin for builtin in _BUILTINS)


def call_builtin(function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """A builtin on plain values, and `len` of a tensor."""
    if function is len and len(args) == 1 and isinstance(args[0], torch.Tensor) and args[0].ndim:
        return args[0].shape[0]
    if function is len and len(args) == 1 and type(args[0]) in (tuple, list):
        return len(args[0])
    if not all(is_plain(value) or type(value) is range for value in (*args, *kwargs.values())):
        return UNKNOWN
    if any(type(value) is range and len(value) > 1000 for value in args):
        return UNKNOWN
    try:
        result = function(*args, **kwargs)
    except Exception:  # the user's own program would fail there as well
        return UNKNOWN
    return tuple(result) if function is reversed else result


def truth(value: Any) -> bool | None:
    """The truth of a plain value; None where it is not known."""
    return bool(value) if isinstance(value, (bool, int, float, str, tuple, list, type(None))) else None


def element(value: Any, number: int) -> Any:
    """One part of a tuple, or one entry of a tensor's first axis."""
    if isinstance(value, (tuple, list)) and -len(value) <= number < len(value):
        return value[number]
    if isinstance(value, torch.Tensor) and value.ndim:
        return run_index(value, number)
    return UNKNOWN


def literals(values: Sequence[Any]) -> list[Setting]:
    """Arguments as an Origin keeps them: plain ones as they are, None for unknown ones, tensors left out."""
    flat = [v for value in values for v in (value if isinstance(value, (tuple, list)) else [value])]
    return [
        value if isinstance(value, (bool, int, float, str)) else None
        for value in flat
        if not isinstance(value, (torch.Tensor, PackedSequence, PackedShape))
    ]


def transposed(tensor: torch.Tensor, name: str) -> Any:
    """`x.T` and `x.mT`."""
    if tensor.ndim < 2:
        return tensor
    if name == "T":
        return run_method(tensor, "permute", list(range(tensor.ndim))[::-1], {})
    return run_method(tensor, "transpose", (-2, -1), {})
