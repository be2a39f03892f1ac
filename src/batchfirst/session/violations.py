"""BF001: a value that does not fit what its function declares, with what is declared, what was given, and where."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from itertools import permutations
from types import FrameType
from typing import Any

from jaxtyping import AbstractArray
from torch import Tensor

from batchfirst.diagnosis.codes import finding
from batchfirst.model.errors import LayoutSyntaxError
from batchfirst.model.files import short_name
from batchfirst.model.finding import AxisRow, AxisTable, Evidence, Finding, Fix, Location
from batchfirst.model.layout import Axis, Layout
from batchfirst.observe import source
from batchfirst.observe.callsite import location_of, user_frame, user_location
from batchfirst.observe.compiling import at_trace
from batchfirst.observe.facts import tensor_fact
from batchfirst.session.declarations import Broken, Declaration
from batchfirst.session.stability import arrays_in

_RESULTS = {"return": "the result", "yield": "what it yields"}
_LONGEST_PERMUTED = 4  # axes


def violation(broken: Broken, declaration: Declaration, function: Callable[..., Any], frame: FrameType) -> Finding:
    """The finding for a value that breaks its annotation.

    frame: of the call; the place is the nearest frame of the user's outwards from it, with the argument's columns.
    """
    name, value, hint = broken.name, broken.value, broken.hint
    arrays = arrays_in(hint)
    array = arrays[0] if len(arrays) == 1 and isinstance(value, Tensor) else None
    subject = _RESULTS.get(name, name)
    declared_at = _declared_at(function, name)
    origin = "" if declared_at is None else f", {short_name(declared_at.file)}:{declared_at.line}"
    said = written(arrays[0] if len(arrays) == 1 and arrays[0].array_type is Any else hint)
    evidence = [Evidence(f"{subject} is declared {said}{origin}", "declared")]
    if broken.reason:
        evidence.append(Evidence(f"jaxtyping: {broken.reason}", "declared"))
    if broken.sizes:
        sizes = ", ".join(f"{key} = {size}" for key, size in broken.sizes.items())
        evidence.append(Evidence(f"the arguments so far bind {sizes}", "shape"))
    return finding(
        "BF001",
        f"{subject} of {declaration.name} {_difference(value, array, broken.reason, said)}",
        location=_location(frame, declaration, name),
        label=f"{subject}: {tensor_fact(value)}" if isinstance(value, Tensor) else f"{subject}: {_type(value)}",
        table=None if array is None else _table(subject, value, array, broken.sizes, origin),
        evidence=tuple(evidence),
        fix=None if array is None else _fix(subject, value, array, broken.sizes, said),
    )


def written(hint: Any) -> str:
    """An annotation as one writes it: `Float[Tensor, "batch seq"]`."""
    if isinstance(hint, type) and issubclass(hint, AbstractArray):
        if hint.array_type is Any:
            return f'"{hint.dim_str}"'  # of a layout string
        kind = getattr(hint.array_type, "__name__", str(hint.array_type))
        return f'{hint.dtype.__name__}[{kind}, "{hint.dim_str}"]'
    if isinstance(hint, type) and not getattr(hint, "__args__", ()):
        return "None" if hint is type(None) else hint.__qualname__
    return str(hint).replace("typing.", "").replace("jaxtyping.", "").replace("collections.abc.", "")


def _difference(value: Any, array: type[AbstractArray] | None, reason: str, said: str) -> str:
    if array is None:
        return f"is {_type(value)}, declared {said}"
    axes = len(value.shape)
    if "dtype" in reason:
        return f"has dtype {tensor_fact(value).dtype}, declared {array.dtype.__name__}"
    if "dimensions" in reason and "variadic" not in reason:
        least = "at least " if "..." in array.dim_str or "*" in array.dim_str else ""
        wanted = len(array.dim_str.split()) - (1 if least else 0)
        return f"has {axes} {'axis' if axes == 1 else 'axes'}, declared with {least}{wanted}"
    return f'has shape {tuple(value.shape)}, declared "{array.dim_str}"'


def _type(value: Any) -> str:
    return f"a tensor {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__qualname__


# The table and the fix ---------------------------------------------------------------------------------------------


def _axes(array: type[AbstractArray]) -> tuple[Axis, ...]:
    try:
        return Layout.parse(array.dim_str, annotation=True).axes
    except LayoutSyntaxError:
        return ()


def _wanted(axis: Axis, sizes: Mapping[str, int]) -> int | None:
    """The size that an axis must have, where it is fixed or bound."""
    return axis.size if axis.size is not None else sizes.get(axis.name)


def _table(
    subject: str, value: Tensor, array: type[AbstractArray], sizes: Mapping[str, int], origin: str
) -> AxisTable | None:
    axes = _axes(array)
    if not axes:
        return None
    given = tuple(str(int(size)) for size in value.shape)
    rows = [AxisRow(subject, given), AxisRow("declared", tuple(array.dim_str.split()), f'"{array.dim_str}"{origin}')]
    if any(axis.many for axis in axes) or len(axes) != len(given):
        return AxisTable(tuple(rows))
    wanted = [_wanted(axis, sizes) for axis in axes]
    if any(size is not None for size in wanted):
        rows.append(AxisRow("must be", tuple("" if size is None else str(size) for size in wanted)))
    wrong = tuple(
        number
        for number, (size, want) in enumerate(zip(value.shape, wanted, strict=True))
        if want is not None and size != want and not (axes[number].broadcast and size == 1)
    )
    return AxisTable(tuple(rows), wrong, "differ" if len(wrong) > 1 else "differs" if wrong else "")


def _fix(subject: str, value: Tensor, array: type[AbstractArray], sizes: Mapping[str, int], said: str) -> Fix:
    axes = _axes(array)
    given = tuple(value.shape)
    if axes and len(axes) == len(given) <= _LONGEST_PERMUTED and not any(axis.many for axis in axes):
        wanted = [_wanted(axis, sizes) for axis in axes]
        fitting = [
            order
            for order in permutations(range(len(given)))
            if all(want is None or given[place] == want for place, want in zip(order, wanted, strict=True))
        ]
        if len(fitting) == 1 and wanted.count(None) <= 1 and list(fitting[0]) != sorted(fitting[0]):
            order = ", ".join(map(str, fitting[0]))
            return Fix(f"its sizes fit {said} with its axes in the order ({order}): is a transposition missing?")
    return Fix(f"make {subject} what is declared, {said}")


# Places ------------------------------------------------------------------------------------------------------------


def _declared_at(function: Callable[..., Any], name: str) -> Location | None:
    """Where the parameter's annotation, or the result's, is written."""
    inner = inspect.unwrap(function)
    code = getattr(inner, "__code__", None)
    if code is None:
        return None
    tree = source.function_of(code)
    if not isinstance(tree, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return Location(code.co_filename, code.co_firstlineno)
    node: ast.AST | None = tree.returns if name in _RESULTS else None
    every = [*tree.args.posonlyargs, *tree.args.args, *tree.args.kwonlyargs, tree.args.vararg, tree.args.kwarg]
    for argument in every:
        if argument is not None and argument.arg == name.partition("[")[0]:
            node = argument
    return source.location_at(code.co_filename, node if node is not None else tree)


def _location(frame: FrameType, declaration: Declaration, name: str) -> Location | None:
    """The user's call, with the columns of the argument where the call writes it out."""
    if at_trace():
        return user_location(frame)  # the frames that run are the compiler's
    user = user_frame(frame)
    if user is None:
        return None
    place = location_of(user)
    node = source.node_at(user.f_code, user.f_lasti)
    if name in _RESULTS or not isinstance(node, ast.Call):
        return place
    names = list(declaration.signature.parameters)[1 if declaration.method else 0 :]
    written_out = {word.arg: word.value for word in node.keywords}
    if not any(isinstance(argument, ast.Starred) for argument in node.args):
        written_out |= dict(zip(names, node.args, strict=False))
    argument = written_out.get(name)
    if argument is None or argument.lineno != place.line:
        return place
    return source.location_at(place.file, argument, place.function)
