"""What recurrent and attention modules are given: BF101, BF102, BF103, BF106, BF108, BF201, BF408, BF501."""

from __future__ import annotations

from collections.abc import Iterator

from batchfirst.contracts.operations import CONVOLUTIONS
from batchfirst.diagnosis.silent.flow import from_convolution, transposed
from batchfirst.diagnosis.silent.suspect import (
    Suspect,
    audit_evidence,
    batch_first,
    is_attention,
    is_recurrent,
    kind_of,
    reads_as,
    role_value,
    suspect,
)  # fmt: skip
from batchfirst.model.finding import Evidence, Fix, Rival
from batchfirst.model.trace import OpFact, Trace, ValueFact

_RETRAIN = "weights trained before this fix mixed samples; retrain them"
_STATES_STAY = "h_n and c_n stay (layers, batch, hidden) under batch_first=True"


def module_axes(trace: Trace) -> Iterator[Suspect]:
    """Inputs and states of modules whose axes lie elsewhere than the module reads them."""
    for op in trace.ops:
        if op.name == "_pack_padded_sequence":
            yield from _pack(trace, op)
        if not op.live or not (is_recurrent(op) or is_attention(op)):
            continue
        value = op.inputs[0]
        if not op.options.get("packed"):
            yield from (_attention if is_attention(op) else _recurrent)(trace, op, value)
        for role in ("h_0", "c_0"):
            yield from _state(trace, op, role)


def _recurrent(trace: Trace, op: OpFact, value: int) -> Iterator[Suspect]:
    shown = trace.values[value]
    kind = kind_of(op)
    if kind.endswith("Cell"):
        if shown.ndim == 2 and shown.batch.lies_on(1):
            yield suspect(
                trace, op, "BF108", f"{kind} reads the batch axis as features", value=value,
                fix=Fix("loop over the steps and hand the cell (batch, features) at each of them"),
                evidence=(audit_evidence("samples lie along axis 1 of the cell's input"),),
            )  # fmt: skip
        elif shown.seq.lies_on(shown.ndim - 1) and _alone(trace, op) and not _by_hand(trace, value):
            yield _seq_as_features(trace, op, value)
        return
    if shown.ndim == 2:
        if shown.batch.lies_on(0) or shown.batch.lies_on(1):
            yield suspect(
                trace, op, "BF102", f"{kind} reads a batch of 2-D data as one unbatched sequence", value=value,
                effects=("memory ran across samples: each sample changed the later ones' output",),
                evidence=(
                    audit_evidence(f"samples lie along axis {shown.batch.axis}, which a 2-D input has for time"),
                    Evidence("a 2-D input is (seq, features), one sequence without a batch axis", "contract"),
                ),
                fix=Fix(
                    "give it three axes: x.unsqueeze(-1) for (batch, seq) data with input_size=1, "
                    "x.unsqueeze(1) for one step per sample; with batch_first=True"
                ),
                notes=(_RETRAIN,),
            )  # fmt: skip
        return
    if shown.ndim != 3:
        return
    names = reads_as(op, 3)
    time, batch = names.index("seq"), names.index("batch")
    if shown.batch.lies_on(time):
        yield _samples_as_steps(trace, op, value, batch) if shown.shape[batch] == 1 else _swapped(trace, op, value)
    elif shown.seq.lies_on(2) and _cannot_recur(trace, op, shown, time, value):
        yield _seq_as_features(trace, op, value)
    elif shown.seq.lies_on(batch) and shown.shape[time] == 1 and not _state_from_before(trace, op):
        yield suspect(
            trace, op, "BF103", f"{kind} reads every step as a sample of its own: its sequences have length 1",
            value=value, effects=("no step remembers another one",),
            evidence=(audit_evidence(f"time lies along axis {batch}, which {kind} has for the batch"),),
            fix=Fix("keep (batch, seq, features): do not fold time into the batch axis before a recurrent module"),
        )  # fmt: skip


def _swapped(trace: Trace, op: OpFact, value: int) -> Suspect:
    kind = kind_of(op)
    first = batch_first(op)
    origin = unpacked_otherwise(trace, value)
    if origin is not None:
        return suspect(
            trace, origin, "BF501", "pad_packed_sequence returns the other layout than what reads it", value=value,
            evidence=(audit_evidence(f"{kind} behind it reads batch as time"),),
            fix=Fix(f"pad_packed_sequence(..., batch_first={not origin.options.get('batch_first')})"),
        )  # fmt: skip
    fix = (
        "build it batch-first: batch_first=True (same state_dict shapes)"
        if not first
        else "hand it (batch, seq, features): x.transpose(0, 1), or build it without batch_first=True"
    )
    return suspect(
        trace, op, "BF101", f"{kind} reads the batch axis as time", value=value, weight=2,
        effects=(f"memory ran across the {trace.batch} samples of the batch, not along time",),
        evidence=(
            audit_evidence(f"samples lie along axis {trace.values[value].batch.axis}, which {kind} has for time"),
            Evidence("torch raised nothing: both readings of the shape are valid", "torch"),
        ),
        fix=Fix(fix),
        notes=(_STATES_STAY, _RETRAIN) if not first else (_RETRAIN,),
    )  # fmt: skip


def _samples_as_steps(trace: Trace, op: OpFact, value: int, batch: int) -> Suspect:
    kind = kind_of(op)
    return suspect(
        trace, op, "BF103", f"{kind} reads the samples as the steps of a batch of one", value=value, weight=2,
        effects=("memory ran across samples: each sample changed the later ones' output",),
        evidence=(
            audit_evidence(f"samples lie along axis {trace.values[value].batch.axis}, which {kind} has for time"),
            Evidence(f"axis {batch}, the batch of {kind}, has size 1", "shape"),
        ),
        fix=Fix("keep the samples on the batch axis: (batch, seq, features) with batch_first=True"),
        rivals=(Rival("BF101", "batch and time exchanged; but the module's batch axis has size 1"),),
        notes=(_RETRAIN,),
    )  # fmt: skip


def _seq_as_features(trace: Trace, op: OpFact, value: int) -> Suspect:
    kind = kind_of(op)
    shown = trace.values[value]
    # LSTM-FCN and its kin run along the variables on purpose, beside convolutions of the same tensor along time.
    known = any(other.live and other.name in CONVOLUTIONS for other in trace.consumers(value))
    meant = Evidence("a convolution of the same tensor takes that axis for time: this may be meant", "contract")
    return suspect(
        trace, op, "BF106", f"{kind} reads the time axis as features", value=value, weight=1,
        **(dict(severity="note") if known else {}),
        effects=("nothing is remembered along time: all steps of a window are one input vector",),
        evidence=(
            audit_evidence(f"time lies along axis {shown.seq.axis}, which {kind} has for features"),
            *((meant,) if known else ()),
        ),
        fix=Fix("put time on the seq axis: (batch, seq, 1) with input_size=1, as x.unsqueeze(-1), batch_first=True"),
    )  # fmt: skip


def _cannot_recur(trace: Trace, op: OpFact, shown: ValueFact, time: int, value: int) -> bool:
    """Time on the feature axis is a mistake where no step is left to recur over, or where nobody put it there."""
    if shown.shape[time] == 1:
        return not _state_from_before(trace, op) and _alone(trace, op)
    return from_convolution(trace, value) or (shown.features.lies_on(time) and transposed(trace, value) is None)


def _alone(trace: Trace, op: OpFact) -> bool:
    """Whether the module is called only once in its place: no loop feeds it step by step."""
    return sum(other.path == op.path and other.name == op.name for other in trace.ops) == 1


def _by_hand(trace: Trace, value: int) -> bool:
    producer = trace.producer(value)
    return producer is not None and producer.name in ("cat", "stack", "linear")


def _state_from_before(trace: Trace, op: OpFact) -> bool:
    """Whether its initial state comes from an earlier recurrent call: then a loop outside does the recurring."""
    value = role_value(op, "h_0")
    return value is not None and any(is_recurrent(other) for other in trace.upstream(value))


def _attention(trace: Trace, op: OpFact, value: int) -> Iterator[Suspect]:
    shown = trace.values[value]
    kind = kind_of(op)
    if shown.ndim == 2 and shown.batch.lies_on(0):
        time = 0
    elif shown.ndim == 3:
        time = 1 if batch_first(op) else 0
    else:
        return
    if not shown.batch.lies_on(time):
        return
    yield suspect(
        trace, op, "BF408", f"{kind} attends across the batch: it reads the batch axis as time", value=value, weight=2,
        effects=(f"each of the {trace.batch} samples looked at all others",),
        evidence=(audit_evidence(f"samples lie along axis {time}, which {kind} has for time"),),
        fix=Fix(
            "build it with batch_first=True" if not batch_first(op) else "hand it (batch, seq, features)"
        ),
        notes=(_RETRAIN,),
    )  # fmt: skip


def _state(trace: Trace, op: OpFact, role: str) -> Iterator[Suspect]:
    value = role_value(op, role)
    if value is None or trace.values[value].ndim != 3 or not trace.values[value].batch.lies_on(0):
        return
    yield suspect(
        trace, op, "BF201", f"{role} is given batch first", value=value,
        table=None,
        evidence=(
            audit_evidence(f"samples lie along axis 0 of {role}, which is (layers × directions, batch, hidden)"),
            Evidence("batch_first concerns input and output only, never the states", "contract"),
        ),
        fix=Fix(f"{role}.transpose(0, 1).contiguous()"),
    )  # fmt: skip


def _pack(trace: Trace, op: OpFact) -> Iterator[Suspect]:
    value = op.inputs[0]
    shown = trace.values[value]
    first = bool(op.options.get("batch_first"))
    time = 1 if first else 0
    if shown.ndim >= 2 and shown.batch.lies_on(time):
        yield suspect(
            trace, op, "BF501", "pack_padded_sequence reads the batch axis as time", value=value, weight=2,
            effects=("steps and samples changed places before the recurrent module",),
            evidence=(
                audit_evidence(f"samples lie along axis {time}; with batch_first={first} that is time"),
            ),
            fix=Fix(f"pack_padded_sequence(x, lengths, batch_first={not first})"),
        )  # fmt: skip


def unpacked_otherwise(trace: Trace, value: int) -> OpFact | None:
    """The unpacking whose result comes here untransposed, if it was packed with the other batch_first."""
    if transposed(trace, value) is not None:
        return None
    pad = next((up for up in trace.upstream(value) if up.name == "_pad_packed_sequence" or is_recurrent(up)), None)
    if pad is None or is_recurrent(pad):
        return None
    pack = next((up for up in trace.upstream(pad.inputs[0]) if up.name == "_pack_padded_sequence"), None)
    if pack is None or bool(pack.options.get("batch_first")) == bool(pad.options.get("batch_first")):
        return None
    return pad
