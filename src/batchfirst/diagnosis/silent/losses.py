"""What losses are given: BF309, BF601, BF602."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import prod

from batchfirst.contracts.operations import (
    CASTS,
    CLASS_LOSSES,
    MOVES,
    POINTWISE_LOSSES,
    REDUCTIONS,
    RESHAPES,
    TRANSPOSES,
)
from batchfirst.diagnosis.silent.flow import downstream, only_scalars
from batchfirst.diagnosis.silent.suspect import Suspect, audit_evidence, suspect
from batchfirst.model.finding import Evidence, Fix
from batchfirst.model.trace import OpFact, Trace, ValueFact


def loss_mistakes(trace: Trace) -> Iterator[Suspect]:
    """Suspects at losses, torch's own and hand-written ones."""
    for op in trace.ops:
        if not op.live or not op.inputs:
            continue
        if op.name in POINTWISE_LOSSES or op.name in CLASS_LOSSES:
            yield from _other_rows(trace, op)
        if op.name == "ctc_loss":
            yield from _ctc(trace, op)
        elif op.name in POINTWISE_LOSSES:
            yield from _pointwise_loss(trace, op)
        elif op.name in CLASS_LOSSES:
            yield from _class_loss(trace, op)
        elif op.name in _COMPARING:
            yield from _hand_written_loss(trace, op)


def _pointwise_loss(trace: Trace, op: OpFact) -> Iterator[Suspect]:
    if len(op.inputs) < 2:
        return
    prediction, target = trace.values[op.inputs[0]], trace.values[op.inputs[1]]
    a, b = prediction.shape, target.shape
    if a == b and _transposed_target(trace, op, prediction):
        yield _other_way_round(op, trace, prediction)
    if a == b or prod(a) == 1 or prod(b) == 1:
        return
    yield _broadcast(trace, op, prediction, target, op.inputs[0])


def _other_rows(trace: Trace, op: OpFact) -> Iterator[Suspect]:
    """Predictions and targets flattened in different orders: one sample by sample, the other step by step."""
    if len(op.inputs) < 2:
        return
    given = trace.inputs(op)[:2]
    runs = [_in_a_row(v, trace.batch) for v in given]
    if runs[0] is None or runs[1] is None or runs[0] == runs[1]:
        return
    flattened = next((up for up in trace.upstream(op.inputs[0]) if up.name in RESHAPES), op)
    yield suspect(
        trace, flattened, "BF601", "predictions and targets are flattened in different orders", value=op.inputs[0],
        weight=1, effects=("a prediction is compared with the target of another sample and step",),
        evidence=(audit_evidence(f"rows run {_order_name(runs[0])} in one, {_order_name(runs[1])} in the other"),),
        fix=Fix("bring both to the same layout before they are flattened: logits.transpose(0, 1).flatten(0, 1)"),
    )  # fmt: skip


def _in_a_row(value: ValueFact, samples: int) -> bool | None:
    """Whether the rows of one sample follow each other (True) or lie a batch apart (False); None where neither."""
    verdict = value.batch
    if verdict.kind != "folded" or verdict.axis != 0 or len(verdict.reached) < 2:
        return None
    gaps = {b - a for _, places in verdict.positions for a, b in pairwise(places)}
    return True if gaps == {1} else False if gaps == {samples} else None


def _order_name(in_a_row: bool | None) -> str:
    return "sample by sample" if in_a_row else "step by step"


def _ctc(trace: Trace, op: OpFact) -> Iterator[Suspect]:
    shown = trace.values[op.inputs[0]]
    if shown.ndim != 3 or not shown.batch.lies_on(0) or shown.batch.kind != "carried":
        return
    yield suspect(
        trace, op, "BF101", "ctc_loss reads the batch axis as time", value=op.inputs[0], weight=1,
        effects=("frames of one sample are taken for those of all, and the other way round",),
        evidence=(audit_evidence("samples lie along axis 0"),
                  Evidence("ctc_loss reads (time, batch, classes)", "contract")),
        fix=Fix("log_probs.transpose(0, 1)"),
    )  # fmt: skip


def _other_way_round(op: OpFact, trace: Trace, prediction: ValueFact) -> Suspect:
    return suspect(
        trace, op, "BF601", "predictions lie (seq, batch), the data lie (batch, seq): which way lies the target?",
        value=op.inputs[0], effects=("every prediction is compared with the target of another sample and step",),
        evidence=(
            Evidence(f"prediction {prediction.shape}, and batch == seq: torch cannot tell", "shape"),
            audit_evidence("the target comes from outside and is not transposed"),
        ),
        fix=Fix("bring the prediction to the order of the data: prediction.transpose(0, 1)"),
    )  # fmt: skip


def _transposed_target(trace: Trace, op: OpFact, prediction: ValueFact, last: int = 1) -> bool:
    """batch == seq, the prediction lies the other way round than all declared data, the target as it was given."""
    if prediction.ndim <= last or prediction.shape[0] != prediction.shape[last]:
        return False
    if not (prediction.batch.lies_on(last) and prediction.seq.lies_on(0)):
        return False
    data = [v for v in trace.values if v.kind == "input" and v.batch.clean]
    target = trace.values[op.inputs[1]]
    batch_first = bool(data) and all(v.batch.lies_on(0) and v.seq.lies_on(1) for v in data)
    return batch_first and target.batch.kind == "absent" and _untransposed(trace, op.inputs[1])


def _untransposed(trace: Trace, value: int) -> bool:
    return _only_moved(trace, value) and not any(up.name in TRANSPOSES for up in trace.upstream(value))


_COMPARING = frozenset("sub rsub eq ne mul div maximum minimum".split())


def _hand_written_loss(trace: Trace, op: OpFact) -> Iterator[Suspect]:
    """prediction - target (or ==) that broadcasts to all pairs and is then averaged: ((p - t) ** 2).mean()"""
    if len(op.inputs) != 2:
        return
    for mine, other in (op.inputs, op.inputs[::-1]):
        prediction, target = trace.values[mine], trace.values[other]
        outside = target.kind in ("constant", "input") or _only_moved(trace, other)
        carries = prediction.batch.clean or _thresholded(trace, mine)
        if not (carries and not _only_moved(trace, mine) and outside and target.ndim):
            continue
        if not only_scalars(trace, op) or not _averaged(trace, op):
            continue
        made = trace.outputs(op)[0].shape
        grown = prod(made) > max(prod(prediction.shape), prod(target.shape))
        axis = prediction.seq.axis if prediction.seq.clean and len(prediction.seq.reached) > 1 else None
        stretched = axis is not None and _size_at(target.shape, axis, prediction.ndim) == 1 < prediction.shape[axis]
        if (grown and trace.batch in target.shape) or (stretched and prod(target.shape) > 1):
            yield _broadcast(trace, op, prediction, target, mine)
            return


def _thresholded(trace: Trace, value: int) -> bool:
    """Whether a tensor is a prediction cut to classes, (p > 0).float(): a small change need not show in it."""
    for _ in range(4):
        op = trace.producer(value)
        if op is None or not op.inputs:
            return False
        if trace.values[op.inputs[0]].batch.clean:
            return trace.values[op.inputs[0]].shape == trace.values[value].shape
        value = op.inputs[0]
    return False


def _broadcast(trace: Trace, op: OpFact, prediction: ValueFact, target: ValueFact, value: int) -> Suspect:
    axis = prediction.seq.axis if prediction.seq.clean and len(prediction.seq.reached) > 1 else None
    shapes = f"prediction {prediction.shape}, target {target.shape}"
    if axis is not None and _size_at(target.shape, axis, prediction.ndim) in (1, None) and prediction.shape[axis] > 1:
        return suspect(
            trace, op, "BF309", "every step is compared with a target that is made for one", value=value,
            effects=("the loss asks all steps for the answer of the last one",),
            evidence=(Evidence(shapes, "shape"), audit_evidence(f"time lies along axis {axis} of the prediction")),
            fix=Fix("pick the last step before the head: output[:, -1]"),
        )  # fmt: skip
    return suspect(
        trace, op, "BF601", "prediction and target broadcast against each other", value=value, weight=1,
        effects=("predictions are compared with targets of other samples",),
        evidence=(Evidence(shapes, "shape"), Evidence("torch broadcasts them, with a warning at most", "torch")),
        fix=Fix("give both the same shape: prediction.squeeze(-1), or target.unsqueeze(-1)"),
    )  # fmt: skip


def _size_at(shape: tuple[int, ...], axis: int, ndim: int) -> int | None:
    """The size that broadcasting sets against `axis` of a tensor with `ndim` axes; None where there is no axis."""
    place = axis - ndim + len(shape)
    return shape[place] if place >= 0 else None


def _only_moved(trace: Trace, value: int) -> bool:
    """Whether a tensor comes from outside the run and was only moved or cast since."""
    while True:
        op = trace.producer(value)
        if op is None:
            return trace.values[value].kind in ("constant", "input")
        if op.name not in MOVES and op.name not in CASTS:
            return False
        value = op.inputs[0]


def _averaged(trace: Trace, op: OpFact) -> bool:
    return any(later.name in REDUCTIONS for later in downstream(trace, op.outputs))


def _class_loss(trace: Trace, op: OpFact) -> Iterator[Suspect]:
    value = op.inputs[0]
    shown = trace.values[value]
    yield from _repeated_target(trace, op, value)
    if shown.ndim < 2:
        return
    if shown.ndim == 3 and len(op.inputs) > 1 and _transposed_target(trace, op, shown, last=2):
        yield _other_way_round(op, trace, shown)
    if shown.batch.lies_on(1):
        if _pairs(trace, value):
            return
        what = "batch"
    elif shown.ndim > 2 and shown.seq.lies_on(1):
        what = "time"
    else:
        return
    yield suspect(
        trace, op, "BF602", f"{op.name} reads the {what} axis as classes", value=value,
        effects=("the loss asks which step (or sample) it is, not which class",),
        evidence=(audit_evidence(f"{what} lies along axis 1"), Evidence("the class axis is axis 1", "contract")),
        fix=Fix("logits.transpose(1, 2) for (batch, seq, classes), or flatten both: logits.flatten(0, 1)"),
    )  # fmt: skip


def _pairs(trace: Trace, value: int) -> bool:
    """Whether samples may be compared with those of an input that was not declared: as many rows as samples."""
    sources = {given for op in trace.upstream(value) for given in op.inputs}
    return trace.values[value].shape == (trace.batch, trace.batch) and any(
        v.kind == "input" and v.batch.kind == "absent" and trace.batch in v.shape
        for v in (trace.values[source] for source in sources)
    )


def _repeated_target(trace: Trace, op: OpFact, value: int) -> Iterator[Suspect]:
    """One label per sample, repeated for every step, in another order than the predictions."""
    if len(op.inputs) < 2:
        return
    repeat = trace.producer(op.inputs[1])
    verdict = trace.values[value].batch
    if repeat is None or repeat.name not in ("repeat", "tile") or verdict.kind != "folded" or verdict.axis != 0:
        return
    if trace.inputs(repeat)[0].shape != (trace.batch,):
        return
    if any(place % trace.batch != index for index, found in verdict.positions for place in found):
        yield suspect(
            trace, op, "BF309", "every step is scored, with the label of another sample", value=value,
            effects=("predictions run sample by sample, the repeated labels step by step",),
            evidence=(audit_evidence("row r of the predictions and row r of the labels belong to different samples"),),
            fix=Fix("score the last step only: logits[:, -1]; or labels.repeat_interleave(steps)"),
        )  # fmt: skip
