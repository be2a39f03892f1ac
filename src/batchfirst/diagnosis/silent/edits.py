"""Fixes of silent mistakes as edits of the user's line, where the line and the shapes leave no doubt what to write.

A wrong edit is worse than none: where anything is open, the finding keeps the words of its fix alone.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace

from batchfirst.contracts.operations import CLASS_LOSSES, ELEMENTWISE
from batchfirst.diagnosis.calls.edits import with_keyword
from batchfirst.diagnosis.silent.edits_reading import directions_by_index, last_layer, last_step
from batchfirst.diagnosis.silent.edits_shapes import as_state, exchanged_axes, hidden_state, softmax_axis
from batchfirst.diagnosis.silent.expressions import behind, expression, is_simple, read_in, reading, text_of, written
from batchfirst.diagnosis.silent.suspect import (
    Suspect,
    batch_first,
    is_attention,
    is_cell,
    is_recurrent,
    kind_of,
    role_value,
)
from batchfirst.model.finding import Edit, Finding, Fix
from batchfirst.model.syntax import syntax_tree
from batchfirst.model.trace import OpFact, Trace

_OWN_BATCH_FIRST = ("MultiheadAttention", "TransformerEncoderLayer", "TransformerDecoderLayer")
_KEEPS_AXES = ELEMENTWISE | {"linear", "layer_norm", "add", "mul"}
Edits = Edit | tuple[Edit, ...] | None


def edited(trace: Trace, found: Suspect) -> Finding:
    """The suspect's finding, with an edit beside the words of its fix where one can be written."""
    finding, op = found.finding, found.op
    write = _WRITERS.get(finding.code)
    if write is None or finding.fix is None or finding.fix.edits:
        return finding
    edits = _valid(write(trace, op))
    if not edits:
        return finding
    for other in found.also:  # the same mistake again in this line, as for c_0 beside h_0
        more = _valid(write(trace, other))
        if not any(_overlap(one, two) for one in edits for two in more):
            edits = (*edits, *more)
    return replace(finding, fix=Fix(finding.fix.text, edits))


def _valid(made: Edits) -> tuple[Edit, ...]:
    """The edits that were written, if all of them are expressions again."""
    edits = made if isinstance(made, tuple) else () if made is None else (made,)
    return edits if all(map(_parses, edits)) else ()


def _overlap(one: Edit, other: Edit) -> bool:
    a, b = one.location, other.location
    if (a.file, a.line) != (b.file, b.line):
        return False
    whole = None in (a.column, a.end_column, b.column, b.end_column)
    return whole or not ((a.end_column or 0) <= (b.column or 0) or (b.end_column or 0) <= (a.column or 0))


def _parses(edit: Edit) -> bool:
    try:
        syntax_tree(edit.after.strip(), "eval")
    except (SyntaxError, ValueError):
        return False
    return edit.after != edit.before


# --- batch_first -------------------------------------------------------------------------------------------------


def _set_batch_first(trace: Trace, op: OpFact) -> Edits:
    """At the constructor of the module that reads the other layout, and of those that it hands its output on to."""
    # A stack of layers takes batch_first from the layer that it is built of.
    if op.module is None or (is_attention(op) and kind_of(op) not in _OWN_BATCH_FIRST):
        return None
    if is_recurrent(op) and _state_of_other_size(trace, op):
        return None  # the state was made for the wrong axis as well, somewhere else
    if is_recurrent(op) and not batch_first(op) and _taken_seq_first(trace, op):
        return _transposed_argument(op)  # what reads the output wants (seq, batch): so must the input be
    if is_attention(op) and any(trace.values[v].batch.lies_on(int(not batch_first(op))) for v in op.inputs):
        return None  # of query, key and value one lies as the module reads it: the others are to be moved
    edits = [_flipped(one) for one in (op, *_fed_by(trace, op))]
    return tuple({edit.location: edit for edit in edits if edit is not None}.values()) if edits[0] is not None else None


def _flipped(op: OpFact) -> Edit | None:
    if op.module is None or not op.built:
        return None
    return with_keyword(op.module.built_at, op.built, "batch_first", None if batch_first(op) else "True")


def _taken_seq_first(trace: Trace, op: OpFact) -> bool:
    """Whether the user's own code takes a step of the output as of (seq, batch, …): `out[-1]`."""
    if trace.values[op.outputs[0]].ndim != 3:
        return False
    return any(
        reader.name == "getitem" and str(reader.options.get("index", "")).lstrip("-").isdigit()
        for reader in trace.consumers(op.outputs[0])
    )


def _state_of_other_size(trace: Trace, op: OpFact) -> bool:
    """Whether a state is given whose size fits the axis that the module takes for the batch, and not the batch."""
    state, given = role_value(op, "h_0"), trace.values[op.inputs[0]]
    if state is None or trace.values[state].ndim != 3 or given.batch.axis is None:
        return False
    return trace.values[state].shape[1] != given.shape[given.batch.axis]


def _transposed_argument(op: OpFact) -> Edit | None:
    node = expression(op.source)
    if not isinstance(node, ast.Call) or len(node.args) != 1 or node.keywords or not is_simple(node.args[0]):
        return None
    return behind(op, node.args[0], ".transpose(0, 1)")


def _fed_by(trace: Trace, op: OpFact) -> Iterator[OpFact]:
    """Recurrent modules further down that read what `op` returned, its axes where they were, in the same layout."""
    chain = {op.index}
    for later in trace.ops[op.index + 1 :]:
        if not later.live or not is_recurrent(later) or is_cell(later) or later.options.get("packed"):
            continue
        if batch_first(later) != batch_first(op) or trace.values[later.inputs[0]].ndim != 3:
            continue
        value, producer = later.inputs[0], trace.producer(later.inputs[0])
        while producer is not None and producer.inputs and producer.name in _KEEPS_AXES:
            value, producer = producer.inputs[0], trace.producer(producer.inputs[0])
        if producer is not None and producer.index in chain and value == producer.outputs[0]:
            chain.add(later.index)
            if later.path != op.path:
                yield later


def _flip_packing(trace: Trace, op: OpFact) -> Edits:
    return with_keyword(op.location, op.source, "batch_first", str(not op.options.get("batch_first")))


def _states_apart(trace: Trace, op: OpFact) -> Edits:
    """gru(x, state) with a state given batch first → gru(x, state.transpose(0, 1).contiguous())"""
    node = expression(op.source)
    if not isinstance(node, ast.Call) or len(node.args) != 2 or node.keywords:
        return None
    given = node.args[1]
    parts = given.elts if isinstance(given, ast.Tuple) else [given]
    states = [value for value, role in zip(op.inputs, op.roles, strict=True) if role in ("h_0", "c_0")]
    if len(parts) != len(states) or not all(map(is_simple, parts)):
        return None
    wrong = [trace.values[value].ndim == 3 and trace.values[value].batch.lies_on(0) for value in states]
    texts = [text_of(op, part) + (".transpose(0, 1).contiguous()" if bad else "")
             for part, bad in zip(parts, wrong, strict=True)]  # fmt: skip
    state = f"({', '.join(texts)})" if isinstance(given, ast.Tuple) else texts[0]
    return written(op, f"{text_of(op, node.func)}({text_of(op, node.args[0])}, {state})")


# --- neighbours --------------------------------------------------------------------------------------------------


def _named_squeeze(trace: Trace, op: OpFact) -> Edits:
    """hid.squeeze() → hid.squeeze(0), where one axis besides the batch has size 1."""
    node, given = expression(op.source), trace.inputs(op)[0]
    axis = dict((*trace.squeezed, *trace.narrow)).get(op.index)
    if not isinstance(node, ast.Call) or node.args or node.keywords or not isinstance(node.func, ast.Attribute):
        return None
    others = [n for n, size in enumerate(given.shape) if size == 1 and n != axis]
    return written(op, f"{text_of(op, node.func)}({others[0]})") if axis is not None and len(others) == 1 else None


def _same_shape(trace: Trace, op: OpFact) -> Edits:
    """loss(prediction, target) of (N, 1) and (N,) → loss(prediction.squeeze(-1), target)"""
    node = expression(op.source)
    if len(op.inputs) < 2:
        return None
    one, other = (value.shape for value in trace.inputs(op)[:2])
    longer = 0 if one == (*other, 1) else 1 if other == (*one, 1) else None
    parts = [node.left, node.right] if isinstance(node, ast.BinOp) else node.args if isinstance(node, ast.Call) else []
    # A third tensor, a variance or a weight, would have to follow; so would another operation of the same shapes.
    again = any(
        later.index != op.index and later.live and {v.shape for v in trace.inputs(later)} == {one, other}
        for value in op.inputs[:2] for later in trace.consumers(value)
    )  # fmt: skip
    if longer is None or again or len(op.inputs) > 2 or len(parts) < 2 or not is_simple(parts[longer]):
        return None
    return behind(op, parts[longer], ".squeeze(-1)")


def _class_axis(trace: Trace, op: OpFact) -> Edits:
    """cross_entropy(logits, target) of (batch, seq, classes) → logits.transpose(1, 2)"""
    node = expression(op.source)
    if op.name not in CLASS_LOSSES:
        return exchanged_axes(trace, op)
    if trace.inputs(op)[0].ndim != 3 or not isinstance(node, ast.Call) or not node.args:
        return None
    return behind(op, node.args[0], ".transpose(1, 2)") if is_simple(node.args[0]) else None


def _channels(trace: Trace, op: OpFact) -> Edits:
    """conv(x) → conv(x.transpose(1, 2)).transpose(1, 2), where steps and features are as many, so that it fits."""
    node, given, made = expression(op.source), trace.inputs(op)[0].shape, trace.outputs(op)[0].shape
    if not isinstance(node, ast.Call) or len(node.args) != 1 or node.keywords or not is_simple(node.args[0]):
        return None
    if not trace.inputs(op)[0].seq.lies_on(1) or len(made) != 3 or given[1] != given[2] or made[1] != made[2]:
        return None
    return written(op, f"{text_of(op, node.func)}({text_of(op, node.args[0])}.transpose(1, 2)).transpose(1, 2)")


def _samples_picked(trace: Trace, op: OpFact) -> Edits:
    """x[rows] of (seq, batch, …) → x[:, rows]"""
    node, given = expression(op.source), trace.inputs(op)[0]
    if not isinstance(node, ast.Subscript) or isinstance(node.slice, (ast.Tuple, ast.Slice)):
        return None
    if not given.batch.lies_on(1) or not given.seq.lies_on(0):
        return None
    return written(op, f"{text_of(op, node.value)}[:, {text_of(op, node.slice)}]")


def _step(trace: Trace, op: OpFact) -> Edits:
    read = reading(trace, op)
    return None if read is None else last_step(trace, op, trace.ops[read.call])


def _layer(trace: Trace, op: OpFact) -> Edits:
    call = read_in(trace, op)
    return None if call is None else last_layer(trace, op, call) or directions_by_index(op, call)


_WRITERS: dict[str, Callable[[Trace, OpFact], Edits]] = {
    "BF101": _set_batch_first, "BF201": _states_apart, "BF207": as_state, "BF301": hidden_state, "BF302": _layer,
    "BF303": _step, "BF305": _step, "BF401": exchanged_axes, "BF404": _named_squeeze, "BF405": _channels,
    "BF406": softmax_axis, "BF407": _channels, "BF408": _set_batch_first, "BF409": _samples_picked, "BF411": _step,
    "BF501": _flip_packing, "BF601": _same_shape, "BF602": _class_axis,
}  # fmt: skip
