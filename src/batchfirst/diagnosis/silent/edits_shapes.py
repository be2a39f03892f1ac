"""Edits of reshapes that should have exchanged axes, and of the axis that a softmax runs over."""

from __future__ import annotations

import ast
from math import prod

from batchfirst.contracts.reshaping import reshaped_axis
from batchfirst.diagnosis.calls.edits import with_keyword
from batchfirst.diagnosis.silent.expressions import expression, is_name, read_in, text_of, written
from batchfirst.diagnosis.silent.flow import readers
from batchfirst.diagnosis.silent.suspect import is_cell, is_recurrent, reads_as
from batchfirst.model.finding import Edit
from batchfirst.model.trace import OpFact, Trace, ValueFact, Verdict


def _reshape(op: OpFact) -> tuple[ast.expr, str, str, list[str]] | None:
    """Base, its text, the method and the sizes of `base.view(a, b, c)`, `base.reshape((a, b))`."""
    node = expression(op.source)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.keywords:
        return None
    if node.func.attr not in ("view", "reshape"):
        return None
    sizes = node.args
    if len(sizes) == 1 and isinstance(sizes[0], (ast.Tuple, ast.List)):
        sizes = sizes[0].elts
    if any(isinstance(size, ast.Starred) for size in sizes):
        return None
    base = node.func.value
    return base, text_of(op, base), node.func.attr, [text_of(op, size) for size in sizes]


def _lands(given: ValueFact, verdict: Verdict, shape: tuple[int, ...]) -> int | None:
    """The axis that would carry the verdict alone if `given` were reshaped to `shape`; None where none would."""
    if verdict.axis is None or verdict.also or len(verdict.reached) < 2 or prod(shape) != prod(given.shape):
        return None
    if verdict.kind == "carried":
        outcome, axis = reshaped_axis(given.shape, verdict.axis, shape)
        return axis if outcome == "kept" else None
    if verdict.kind != "folded":
        return None
    size, members = given.shape[verdict.axis], verdict.positions[-1][0] + 1  # the last index probed is the last one
    for stride in range(1, size // members + 1):
        regular = all((place // stride) % members == index for index, found in verdict.positions for place in found)
        if size % (stride * members) == 0 and regular:
            outcome, axis = reshaped_axis(given.shape, verdict.axis, shape, (members, stride))
            return axis if outcome == "kept" else None
    return None


def _contiguous(trace: Trace, op: OpFact) -> str:
    """What must follow a transposition so that a `view` behind it still works."""
    return ".contiguous()" if any(later.name == "view" for later in trace.consumers(op.outputs[0])) else ""


def _wanted(trace: Trace, op: OpFact, batch: int) -> bool:
    """Whether the recurrent modules that read the result have the batch on axis `batch`."""
    ndim = trace.outputs(op)[0].ndim
    return all(
        reads_as(reader, ndim)[batch : batch + 1] == ("batch",)
        for reader, _, role in readers(trace, op)
        if reader is not None and role == "input" and is_recurrent(reader) and not is_cell(reader)
    )


def exchanged_axes(trace: Trace, op: OpFact) -> Edit | None:
    """x.view(seq, batch, -1) → x.transpose(0, 1), x.view(batch, seq, -1).transpose(0, 1) or x.permute(…).reshape(…)"""
    parts = _reshape(op)
    if parts is None or not op.inputs:
        return None
    _, base, method, sizes = parts
    given, made = trace.inputs(op)[0], trace.outputs(op)[0].shape
    pairs = [
        (i, j) for i in range(given.ndim) for j in range(i + 1, given.ndim) if _exchanged(given.shape, i, j) == made
    ]
    if len(pairs) == 1 and given.shape != made:
        return written(op, f"{base}.transpose({pairs[0][0]}, {pairs[0][1]}){_contiguous(trace, op)}")
    if len(made) < 2 or len(sizes) != len(made):
        return None
    swapped = (made[1], made[0], *made[2:])
    batch, seq = _lands(given, given.batch, swapped), _lands(given, given.seq, swapped)
    if {batch, seq} == {0, 1}:
        assert batch is not None
        if not _wanted(trace, op, 1 - batch):
            return None
        order = ", ".join((sizes[1], sizes[0], *sizes[2:]))
        return written(op, f"{base}.{method}({order}).transpose(0, 1){_contiguous(trace, op)}")
    return _permuted(trace, op, base, sizes)


def _exchanged(shape: tuple[int, ...], i: int, j: int) -> tuple[int, ...]:
    axes = list(shape)
    axes[i], axes[j] = axes[j], axes[i]
    return tuple(axes)


def _permuted(trace: Trace, op: OpFact, base: str, sizes: list[str]) -> Edit | None:
    """maps.view(batch, steps, -1) of (batch, channels, bands, steps) → maps.permute(0, 3, 1, 2).reshape(…)"""
    given, made = trace.inputs(op)[0], trace.outputs(op)[0].shape
    places = given.batch.axis, given.seq.axis
    if len(made) != 3 or None in places or places[0] == places[1]:
        return None
    batch, seq = places[0] or 0, places[1] or 0
    if not given.batch.lies_on(batch) or not given.seq.lies_on(seq) or given.shape[batch] == given.shape[seq]:
        return None
    order = [axis for axis in range(given.ndim) if axis not in (batch, seq)]
    for front in ((batch, seq), (seq, batch)):
        lead = tuple(given.shape[axis] for axis in front)
        if made == (*lead, prod(given.shape[axis] for axis in order)) and _wanted(trace, op, front.index(batch)):
            moved = ", ".join(map(str, (*front, *order)))
            return written(op, f"{base}.permute({moved}).reshape({', '.join(sizes)})")
    return None


def as_state(trace: Trace, op: OpFact) -> Edit | None:
    """z.view(layers, batch, hidden) of (batch, …) → z.view(batch, layers, hidden).transpose(0, 1).contiguous()"""
    parts = _reshape(op)
    if parts is None or not op.inputs:
        return None
    _, base, method, sizes = parts
    given, made = trace.inputs(op)[0], trace.outputs(op)[0].shape
    if len(made) != 3 or len(sizes) != 3 or not given.batch.lies_on(0) or given.shape[0] != made[1]:
        return None
    if given.ndim == 3 and _exchanged(given.shape, 0, 1) == made:
        return written(op, f"{base}.transpose(0, 1).contiguous()")
    if _lands(given, given.batch, (made[1], made[0], made[2])) != 0:
        return None
    return written(op, f"{base}.{method}({sizes[1]}, {sizes[0]}, {sizes[2]}).transpose(0, 1).contiguous()")


def hidden_state(trace: Trace, op: OpFact) -> Edit | None:
    """h_n.view(batch, -1) → h_n.transpose(0, 1).reshape(batch, -1), and the other ways of taking h_n apart."""
    parts, call = _reshape(op), read_in(trace, op)
    if parts is None or call is None or call.module is None or is_cell(call) or not op.inputs:
        return None
    node, base, _, sizes = parts
    given, made = trace.inputs(op)[0], trace.outputs(op)[0].shape
    if given.ndim != 3 or not given.batch.lies_on(1) or len(sizes) != len(made):
        return None
    rows, batch, hidden = given.shape
    both = bool(call.module.settings.get("bidirectional"))
    layers = rows // 2 if both else rows
    if op.inputs[0] not in call.outputs[1:]:
        layers = 0  # a part of it: how many layers it holds is open
    if len(made) == 2 and made == (rows * batch, hidden) and not both and layers:
        return written(op, f"{base}[-1]")
    merged = both and made == (layers, batch, 2 * hidden)
    if made[0] == batch and not merged:
        return written(op, f"{base}.transpose(0, 1).reshape({', '.join(sizes)})")
    if merged and layers != batch and is_name(node):
        apart = f"{base}.view({sizes[0]}, 2, {sizes[1]}, {base}.size(-1))"
        return written(op, f"{apart}.transpose(1, 2).reshape({', '.join(sizes)})")
    if both and made == (2, layers, batch, hidden) and sizes[0] == "2" and sizes[1] != "2":
        return written(op, f"{base}.view({sizes[1]}, {sizes[0]}, {sizes[2]}, {sizes[3]}).transpose(0, 1)")
    return None


def softmax_axis(trace: Trace, op: OpFact) -> Edit | None:
    """softmax(scores, dim=0) → the axis that is left besides the batch; of steps and classes the classes, last."""
    node, given = expression(op.source), trace.inputs(op)[0]
    if not isinstance(node, ast.Call) or given.batch.kind != "carried" or given.batch.also:
        return None
    keyword = next((k.value for k in node.keywords if k.arg == "dim"), None)
    dim = op.options.get("dim")
    if keyword is None or isinstance(dim, bool) or not isinstance(dim, int) or text_of(op, keyword) != str(dim):
        return None
    free = [n for n, size in enumerate(given.shape) if size > 1 and n not in (given.batch.axis, dim % given.ndim)]
    last = given.ndim - 1
    if not free or (len(free) > 1 and not (len(free) == 2 and free[1] == last and given.seq.lies_on(free[0]))):
        return None
    return with_keyword(op.location, op.source, "dim", "-1" if free[-1] == last else str(free[-1]))
