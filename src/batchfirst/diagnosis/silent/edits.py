"""Fixes of silent mistakes as edits of the user's line, where the line and the shapes leave no doubt what to write."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from batchfirst.contracts.operations import CLASS_LOSSES
from batchfirst.diagnosis.calls.edits import with_keyword
from batchfirst.diagnosis.silent.suspect import Suspect, batch_first, is_attention, kind_of
from batchfirst.model.finding import Edit, Finding, Fix
from batchfirst.model.trace import OpFact, Trace

_OWN_BATCH_FIRST = ("MultiheadAttention", "TransformerEncoderLayer", "TransformerDecoderLayer")
_SIMPLE = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)


def edited(trace: Trace, found: Suspect) -> Finding:
    """The suspect's finding, with an edit beside the words of its fix where one can be written."""
    finding, op = found.finding, found.op
    write = _WRITERS.get(finding.code)
    if write is None or finding.fix is None or finding.fix.edits:
        return finding
    edit = write(trace, op)
    if edit is None or not _parses(edit):
        return finding
    return replace(finding, fix=Fix(finding.fix.text, (edit,)))


def _parses(edit: Edit) -> bool:
    try:
        ast.parse(edit.after.strip(), mode="eval")
    except SyntaxError:
        return False
    return edit.after != edit.before


def _expression(op: OpFact) -> ast.expr | None:
    try:
        return ast.parse(op.source, mode="eval").body if op.source else None
    except SyntaxError:
        return None


def _text(op: OpFact, node: ast.AST) -> str:
    return ast.get_source_segment(op.source, node) or ""


def _at(op: OpFact, after: str) -> Edit | None:
    return None if op.location is None or not after else Edit(op.location, op.source, after)


def _set_batch_first(trace: Trace, op: OpFact) -> Edit | None:
    """At the constructor of the module that reads the other layout."""
    # A stack of layers takes batch_first from the layer that it is built of.
    if op.module is None or not op.built or (is_attention(op) and kind_of(op) not in _OWN_BATCH_FIRST):
        return None
    return with_keyword(op.module.built_at, op.built, "batch_first", None if batch_first(op) else "True")


def _flip_packing(trace: Trace, op: OpFact) -> Edit | None:
    return with_keyword(op.location, op.source, "batch_first", str(not op.options.get("batch_first")))


def _reshape(op: OpFact) -> tuple[str, str] | None:
    """(base, arguments) of `base.view(arguments)` or `base.reshape(arguments)`."""
    node = _expression(op)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.keywords:
        return None
    if node.func.attr not in ("view", "reshape"):
        return None
    return _text(op, node.func.value), ", ".join(_text(op, argument) for argument in node.args)


def _states_side_by_side(trace: Trace, op: OpFact) -> Edit | None:
    """h_n.view(batch, -1) → h_n.transpose(0, 1).reshape(batch, -1)"""
    parts, given, made = _reshape(op), trace.inputs(op)[0], trace.outputs(op)[0]
    if parts is None or given.ndim != 3 or given.batch.axis != 1 or made.shape[0] != given.shape[1]:
        return None
    return _at(op, f"{parts[0]}.transpose(0, 1).reshape({parts[1]})")


def _transposition(trace: Trace, op: OpFact) -> Edit | None:
    """x.view(seq, batch, -1) → x.transpose(0, 1), where exactly one exchange of axes gives that shape."""
    parts, given, made = _reshape(op), trace.inputs(op)[0].shape, trace.outputs(op)[0].shape
    if parts is None or len(given) != len(made) or given == made:
        return None
    pairs = [(i, j) for i in range(len(given)) for j in range(i + 1, len(given)) if _exchanged(given, i, j) == made]
    if len(pairs) != 1:
        return None
    return _at(op, f"{parts[0]}.transpose({pairs[0][0]}, {pairs[0][1]})")


def _exchanged(shape: tuple[int, ...], i: int, j: int) -> tuple[int, ...]:
    axes = list(shape)
    axes[i], axes[j] = axes[j], axes[i]
    return tuple(axes)


def _call_read(trace: Trace, op: OpFact) -> OpFact | None:
    """The recurrent call whose output the index `op` reads."""
    read = next((r for r in trace.reads if r.via == op.index), None)
    return None if read is None else trace.ops[read.call]


def _last_step(trace: Trace, op: OpFact) -> Edit | None:
    """out[-1] → out[:, -1], and the other way round, after the module's own batch_first."""
    node, call = _expression(op), _call_read(trace, op)
    if not isinstance(node, ast.Subscript) or call is None or trace.values[call.outputs[0]].ndim != 3:
        return None
    if op.inputs[0] not in call.outputs[:1]:
        return None  # transposed on the way: the module's own layout is no guide
    return _at(op, f"{_text(op, node.value)}[{':, -1' if batch_first(call) else '-1'}]")


def _last_layer(trace: Trace, op: OpFact) -> Edit | None:
    """h_n[0] → h_n[-1] of several layers in one direction."""
    node, call = _expression(op), _call_read(trace, op)
    if not isinstance(node, ast.Subscript) or call is None or call.module is None:
        return None
    if call.module.settings.get("bidirectional") or len(trace.outputs(op)[0].shape) != 2:
        return None
    return _at(op, f"{_text(op, node.value)}[-1]")


def _named_squeeze(trace: Trace, op: OpFact) -> Edit | None:
    """hid.squeeze() → hid.squeeze(0), where one axis besides the batch has size 1."""
    node, given = _expression(op), trace.inputs(op)[0]
    axis = dict((*trace.squeezed, *trace.narrow)).get(op.index)
    if not isinstance(node, ast.Call) or node.args or node.keywords or not isinstance(node.func, ast.Attribute):
        return None
    others = [n for n, size in enumerate(given.shape) if size == 1 and n != axis]
    return _at(op, f"{_text(op, node.func)}({others[0]})") if axis is not None and len(others) == 1 else None


def _softmax_dim(trace: Trace, op: OpFact) -> Edit | None:
    """softmax(logits, dim=0) → dim=1 of (batch, classes)"""
    if trace.inputs(op)[0].ndim != 2 or not isinstance(_expression(op), ast.Call) or "dim=" not in op.source:
        return None
    return with_keyword(op.location, op.source, "dim", "1")


def _same_shape(trace: Trace, op: OpFact) -> Edit | None:
    """loss(prediction, target) of (N, 1) and (N,) → loss(prediction.squeeze(-1), target)"""
    node = _expression(op)
    if len(op.inputs) < 2:
        return None
    one, other = (value.shape for value in trace.inputs(op)[:2])
    longer = 0 if one == (*other, 1) else 1 if other == (*one, 1) else None
    parts = [node.left, node.right] if isinstance(node, ast.BinOp) else node.args if isinstance(node, ast.Call) else []
    if longer is None or len(parts) < 2 or not isinstance(parts[longer], _SIMPLE):
        return None
    return _behind(op, parts[longer], ".squeeze(-1)")


def _class_axis(trace: Trace, op: OpFact) -> Edit | None:
    """cross_entropy(logits, target) of (batch, seq, classes) → logits.transpose(1, 2)"""
    node = _expression(op)
    if op.name not in CLASS_LOSSES or trace.inputs(op)[0].ndim != 3 or not isinstance(node, ast.Call) or not node.args:
        return None
    return _behind(op, node.args[0], ".transpose(1, 2)") if isinstance(node.args[0], _SIMPLE) else None


def _behind(op: OpFact, node: ast.expr, suffix: str) -> Edit | None:
    raw = op.source.encode()
    if node.lineno != 1 or node.end_lineno != 1 or node.end_col_offset is None:
        return None
    return _at(op, (raw[: node.end_col_offset] + suffix.encode() + raw[node.end_col_offset :]).decode())


_WRITERS: dict[str, Callable[[Trace, OpFact], Edit | None]] = {
    "BF101": _set_batch_first, "BF408": _set_batch_first, "BF501": _flip_packing, "BF301": _states_side_by_side,
    "BF401": _transposition, "BF303": _last_step, "BF411": _last_step, "BF302": _last_layer, "BF404": _named_squeeze,
    "BF406": _softmax_dim, "BF601": _same_shape, "BF602": _class_axis,
}  # fmt: skip
