"""Which axis of a tensor is features by contract: what a Linear, an Embedding or an LSTM returns, moved and reshaped.

Features are followed by measurement only as long as one of them can be told from another: behind the first Linear
every number depends on all of them. From there on the contracts of the operations say where they lie.
"""

from __future__ import annotations

import re

from batchfirst.contracts.operations import (
    BINARY,
    CONVOLUTIONS,
    ELEMENTWISE,
    MOVES,
    NORMS,
    REDUCTIONS,
    RESHAPES,
    SOFTMAXES,
    TRANSPOSES,
    WINDOWS,
)  # fmt: skip
from batchfirst.diagnosis.silent.suspect import is_attention, is_recurrent
from batchfirst.model.trace import OpFact, Trace, ValueFact

_SAME = ELEMENTWISE | BINARY | SOFTMAXES | NORMS
_EXCHANGES = frozenset({"transpose", "swapaxes", "swapdims"})
_JOINS = frozenset({"cat", "concat", "concatenate", "stack"})


def feature_axes(trace: Trace) -> dict[int, int]:
    """By value: the axis that holds features, wherever that is certain."""
    found: dict[int, int] = {}
    for number, value in enumerate(trace.values):
        if value.features.lies_on(value.features.axis if value.features.axis is not None else -1):
            found[number] = value.features.axis or 0
    for op in trace.ops:
        for number in op.outputs:
            axis = _axis(trace, op, number, found)
            made = trace.values[number]
            if axis is not None and number not in found and 0 <= axis < made.ndim:
                found[number] = axis
    return found


def _axis(trace: Trace, op: OpFact, number: int, found: dict[int, int]) -> int | None:
    made = trace.values[number]
    last = made.ndim - 1
    if not made.dtype.startswith(("float", "bfloat", "complex")):
        return None  # ids, lengths, masks
    if is_recurrent(op) or is_attention(op) or op.name in ("linear", "embedding", "embedding_bag", "bilinear"):
        return last
    if op.name in CONVOLUTIONS:
        return 1 if made.ndim == 3 else None
    if op.name in _EXCHANGES or op.name in ("permute", "t", "T", "mT"):
        return _moved(op, trace.values[op.inputs[0]], found.get(op.inputs[0])) if op.inputs else None
    if op.name in TRANSPOSES:
        return None
    if op.name in ("matmul", "bmm") and len(op.inputs) > 1:
        second = op.inputs[1]
        return last if found.get(second) == trace.values[second].ndim - 1 else None
    if op.name in _JOINS:
        axes = {found.get(value) for value in op.inputs}
        return axes.pop() if len(axes) == 1 and op.name != "stack" else last if _all_last(trace, op, found) else None
    return _kept(trace, op, made, found)


def _all_last(trace: Trace, op: OpFact, found: dict[int, int]) -> bool:
    """Of tensors stacked along another axis than the last one, all with features last."""
    given = [trace.values[value] for value in op.inputs]
    return op.options.get("dim") != -1 and all(
        found.get(value) == shown.ndim - 1 and op.options.get("dim") != shown.ndim
        for value, shown in zip(op.inputs, given, strict=True)
    )


def _kept(trace: Trace, op: OpFact, made: ValueFact, found: dict[int, int]) -> int | None:
    """The axis where an operation leaves it in its place, or leaves it the last one."""
    for value in op.inputs:
        axis, given = found.get(value), trace.values[value]
        if axis is None:
            continue
        if op.name in _SAME and made.ndim:
            place = axis - given.ndim + made.ndim
            return place if made.shape[place] == given.shape[axis] else None
        if op.name in WINDOWS and made.ndim == given.ndim:
            return axis if axis < made.ndim - WINDOWS[op.name] else None
        if axis != given.ndim - 1 or not made.ndim or made.shape[-1] != given.shape[axis]:
            continue
        if op.name in REDUCTIONS:
            dim = op.options.get("dim")
            kept = isinstance(dim, int) and dim % given.ndim != axis
            return made.ndim - 1 if kept and op.name not in ("argmax", "argmin") else None
        if op.name in RESHAPES and given.shape[axis] == 1:
            return None  # which axis of size 1 it is cannot be told
        if op.name in MOVES or op.name == "setitem":
            return made.ndim - 1
    return None


def _moved(op: OpFact, given: ValueFact, axis: int | None) -> int | None:
    if axis is None:
        return None
    if op.name in ("t", "T", "mT"):
        return {given.ndim - 1: given.ndim - 2, given.ndim - 2: given.ndim - 1}.get(axis, axis)
    written = [int(part) for part in re.findall(r"-?\d+", str(op.options.get("sizes", "")))]
    named = [op.options.get("dim0"), op.options.get("dim1")]
    places = written or [part for part in named if isinstance(part, int)]
    order = [place % given.ndim for place in places] if given.ndim else []
    if op.name == "permute":
        return order.index(axis) if sorted(order) == list(range(given.ndim)) else None
    if len(order) != 2:
        return None
    return {order[0]: order[1], order[1]: order[0]}.get(axis, axis)
