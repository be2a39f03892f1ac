"""A suspect: a finding in the making, tied to the operation that it accuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from batchfirst.diagnosis.codes import finding
from batchfirst.model.files import short_name
from batchfirst.model.finding import AxisRow, AxisTable, Evidence, Finding
from batchfirst.model.trace import OpFact, Trace, ValueFact

RECURRENT = frozenset({"LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell"})
ATTENTION = frozenset({"MultiheadAttention", "TransformerEncoderLayer", "TransformerDecoderLayer", "TransformerEncoder",
                       "TransformerDecoder", "Transformer"})  # fmt: skip


_BY_SETTING = frozenset({"BF101", "BF406", "BF408"})  # what is wrong is how the module was built


@dataclass(frozen=True, slots=True)
class Suspect:
    """`op`: where the mistake is made; `weight`: of two at one operation the heavier one is told.

    also: operations of the same line that make the same mistake again.
    """

    finding: Finding
    op: OpFact
    weight: int = 0
    also: tuple[OpFact, ...] = ()


def suspect(
    trace: Trace, op: OpFact, code: str, summary: str, *, weight: int = 0, value: int | None = None, **fields: Any
) -> Suspect:
    """A Suspect at `op`. `value` is the tensor whose axes are shown."""
    label = ""
    if op.contained and code in _BY_SETTING and op.module is not None and op.module.built_at is not None:
        op = replace(op, location=op.module.built_at, source=op.built)  # not the line that calls nn.Sequential
    if value is not None:
        shown = trace.values[value]
        label = f"{shown.dtype} {shown.shape}"
        fields.setdefault("table", axis_table(trace, op, value))
    path = op.module.path if op.module is not None and op.module.path else op.path
    fields.setdefault("label", label)
    made = finding(code, summary, location=op.location, module=path, **fields)
    return Suspect(made, op, weight)


def audit_evidence(text: str) -> Evidence:
    return Evidence(text, "audit")


def kind_of(op: OpFact) -> str:
    """The contract's name of a recurrent or attention step, else torch's name of the operation."""
    return op.module.kind if op.module is not None and op.roles else op.name


def is_recurrent(op: OpFact) -> bool:
    return bool(op.roles) and op.module is not None and op.module.kind in RECURRENT


def is_attention(op: OpFact) -> bool:
    return bool(op.roles) and op.module is not None and op.module.kind in ATTENTION


def is_cell(op: OpFact) -> bool:
    return is_recurrent(op) and kind_of(op).endswith("Cell")


def recurrent_calls(trace: Trace) -> Iterator[OpFact]:
    return (op for op in trace.ops if is_recurrent(op))


def role_value(op: OpFact, role: str) -> int | None:
    return op.inputs[op.roles.index(role)] if role in op.roles else None


def batch_first(op: OpFact) -> bool:
    """Of a recurrent module its own setting, of attention that of the attention inside."""
    return bool(op.options.get("batch_first", op.module is not None and op.module.settings.get("batch_first")))


def reads_as(op: OpFact, ndim: int) -> tuple[str, ...]:
    """What a recurrent or attention module takes each axis of its input for."""
    if kind_of(op).endswith("Cell"):
        return ("batch", "features")[-ndim:]
    if ndim == 2:
        return ("seq", "features")
    if op.options.get("packed"):
        return ("rows", "features")[:ndim]
    return ("batch", "seq", "features") if batch_first(op) else ("seq", "batch", "features")


def measured_axes(value: ValueFact) -> tuple[str, ...]:
    """What each axis of a tensor was seen to carry."""
    cells: list[list[str]] = [[] for _ in value.shape]
    for name, verdict in (("batch", value.batch), ("seq", value.seq), ("features", value.features)):
        if verdict.clean and verdict.axis is not None and len(verdict.reached) > 1 and verdict.axis < len(cells):
            cells[verdict.axis].append(name)
    words = ["(" + " ".join(found) + ")" if len(found) > 1 else "".join(found) for found in cells]
    return tuple(word or "·" for word in words)


def axis_table(trace: Trace, op: OpFact, value: int) -> AxisTable:
    """Sizes, what was measured and, for a module with a contract, what it reads; differing axes are marked."""
    shown = trace.values[value]
    measured = measured_axes(shown)
    rows = [AxisRow("size", tuple(map(str, shown.shape))), AxisRow("measured", measured, "[audit]")]
    if is_recurrent(op) or is_attention(op):
        reads = reads_as(op, shown.ndim)
        rows.append(AxisRow(f"{kind_of(op)} reads", reads, _reason(op, shown.ndim)))
        marked = tuple(
            n for n, (seen, read) in enumerate(zip(measured, reads, strict=False)) if seen != "·" and read not in seen
        )
        exchanged = len(marked) == 2 and {measured[n] for n in marked} == {reads[n] for n in marked}
        return AxisTable(tuple(rows), marked, "swapped" if exchanged else "not what is read" if marked else "")
    return AxisTable(tuple(rows))


def _reason(op: OpFact, ndim: int) -> str:
    """Why the module reads its axes like that, and where that was written: `batch_first=False, model.py:12`."""
    if kind_of(op).endswith("Cell"):
        return ""
    if ndim == 2:
        return "two axes: one unbatched sequence"
    built = op.module.built_at if op.module is not None else None
    place = f", {short_name(built.file)}:{built.line}" if built is not None else ""
    return f"batch_first={batch_first(op)}{place}"


def merged(first: Finding, later: Finding) -> Finding:
    """`first` with `later` told as its consequence."""
    if (later.code, later.summary, later.location) == (first.code, first.summary, first.location):
        return first  # the same place, in another round of a loop
    place = f" at {_short(later)}" if later.location is not None else ""
    line = f"{later.code} {later.summary}{place}"
    return first if line in first.consequences else replace(first, consequences=(*first.consequences, line))


def _short(found: Finding) -> str:
    assert found.location is not None
    return f"line {found.location.line}"
