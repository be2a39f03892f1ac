"""Edits of how a recurrent module's results are read: the step, the layer, the direction."""

from __future__ import annotations

import ast
import linecache
import re

from batchfirst.diagnosis.silent.expressions import expression, is_name, text_of, written
from batchfirst.diagnosis.silent.suspect import is_cell
from batchfirst.model.finding import Edit
from batchfirst.model.trace import OpFact, Trace

_IMPORTED = re.compile(r"^import torch\s*($|#|,|;)")


def last_step(trace: Trace, op: OpFact, call: OpFact) -> Edit | None:
    """out[-1] → out[:, -1] or the other way round, by where time was measured; of two directions each at its end.

    Both directions: `torch.cat((out[:, -1, :H], out[:, 0, H:]), dim=-1)`, where all samples are of full length.
    """
    node, given = expression(op.source), trace.inputs(op)[0]
    if not isinstance(node, ast.Subscript) or op.name != "getitem" or given.ndim != 3:
        return None
    if not given.batch.clean or not given.seq.clean or given.batch.also or given.seq.also:
        return None
    if (given.batch.axis, given.seq.axis) not in ((0, 1), (1, 0)):
        return None
    lengths = next((fact.lengths for fact in trace.recurrent if fact.call == call.index), None)
    if trace.padding or (lengths is not None and len(set(lengths)) > 1):
        return None  # samples end at different steps
    first, output = given.batch.axis == 0, text_of(op, node.value)
    if call.module is None or not call.module.settings.get("bidirectional"):
        return written(op, f"{output}[{':, -1' if first else '-1'}]")
    half = _half(op, call)
    if op.inputs[0] != call.outputs[0] or not half or not is_name(node.value) or not _knows_torch(op):
        return None
    ends = (f"{output}[:, -1, :{half}], {output}[:, 0, {half}:]" if first
            else f"{output}[-1, :, :{half}], {output}[0, :, {half}:]")  # fmt: skip
    return written(op, f"torch.cat(({ends}), dim=-1)")


def _half(op: OpFact, call: OpFact) -> str:
    """How many features each direction has: `self.lstm.hidden_size` where that name is known here, else the number."""
    assert call.module is not None
    name = "proj_size" if call.module.settings.get("proj_size") else "hidden_size"
    here, there = op.location, call.location
    node = expression(call.source)
    same = here is not None and there is not None and (here.file, here.function) == (there.file, there.function)
    if same and isinstance(node, ast.Call) and is_name(node.func):
        return f"{text_of(call, node.func)}.{name}"
    size = call.module.settings.get(name)
    return str(size) if isinstance(size, int) else ""


def _knows_torch(op: OpFact) -> bool:
    """Whether the user's file says `import torch`."""
    return op.location is not None and any(_IMPORTED.match(line) for line in linecache.getlines(op.location.file))


def last_layer(trace: Trace, op: OpFact, call: OpFact) -> Edit | None:
    """h_n[0] → h_n[-1] of several layers in one direction."""
    node = expression(op.source)
    if not isinstance(node, ast.Subscript) or op.name != "getitem" or call.module is None or is_cell(call):
        return None
    if call.module.settings.get("bidirectional") or trace.inputs(op)[0].ndim != 3:
        return None
    return written(op, f"{text_of(op, node.value)}[-1]") if len(trace.outputs(op)[0].shape) == 2 else None


def directions_by_index(op: OpFact, call: OpFact) -> Edit | None:
    """torch.cat((h[0], h[1]), dim=1) → torch.cat((h[-2], h[-1]), dim=1) of several layers in two directions."""
    node = expression(op.source)
    if call.module is None or not call.module.settings.get("bidirectional") or not isinstance(node, ast.Call):
        return None
    if op.name not in ("cat", "concat") or not node.args or not isinstance(node.args[0], (ast.Tuple, ast.List)):
        return None
    parts = node.args[0].elts
    if len(parts) != 2 or not all(isinstance(part, ast.Subscript) and _is_number(part.slice) for part in parts):
        return None
    one, other = (part for part in parts if isinstance(part, ast.Subscript))
    name = text_of(op, one.value)
    if text_of(op, other.value) != name or not is_name(one.value):
        return None
    raw = op.source.encode()
    begin, end = one.col_offset, other.end_col_offset
    return written(op, (raw[:begin] + f"{name}[-2], {name}[-1]".encode() + raw[end:]).decode())


def _is_number(node: ast.expr) -> bool:
    number = node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else node
    return isinstance(number, ast.Constant) and isinstance(number.value, int)
