"""What stands around recurrent modules: BF309, BF405, BF406, BF407, BF409, BF502, BF503, BF601, BF602."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from batchfirst.contracts.operations import (
    CASTS, CLASS_LOSSES, CONVOLUTIONS, ELEMENTWISE, INDEXES, MOVES, POINTWISE_LOSSES, REDUCTIONS, SOFTMAXES, TRANSPOSES,
)  # fmt: skip
from batchfirst.diagnosis.silent.flow import downstream, only_scalars
from batchfirst.diagnosis.silent.suspect import Suspect, audit_evidence, is_recurrent, recurrent_calls, suspect
from batchfirst.model.finding import Evidence, Fix
from batchfirst.model.trace import OpFact, Trace, ValueFact


def neighbour_mistakes(trace: Trace) -> Iterator[Suspect]:
    """Suspects at convolutions, norms, softmaxes, losses, indices and packing."""
    for op in trace.ops:
        if not op.live or not op.inputs:
            continue
        if op.name in CONVOLUTIONS:
            yield from _convolution(trace, op)
        elif op.name in ("batch_norm", "instance_norm"):
            yield from _channel_norm(trace, op)
        elif op.name in SOFTMAXES:
            yield from _softmax(trace, op)
        elif op.name in POINTWISE_LOSSES:
            yield from _pointwise_loss(trace, op)
        elif op.name in CLASS_LOSSES:
            yield from _class_loss(trace, op)
        elif op.name == "sub":
            yield from _hand_written_loss(trace, op)
    yield from _index(trace)
    yield from _lengths(trace)
    yield from _order(trace)


# --- convolution, norms, softmax -----------------------------------------------------------------------------------


def _convolution(trace: Trace, op: OpFact) -> Iterator[Suspect]:
    value = op.inputs[0]
    shown = trace.values[value]
    if shown.ndim == 3 and (shown.batch.lies_on(1) or shown.batch.lies_on(2)):
        what = "batch"
    elif shown.ndim == 2 and shown.batch.lies_on(0):
        what = "batch"
    elif shown.ndim == 3 and shown.seq.lies_on(1) and not _moved_there(trace, value):
        what = "time"
    else:
        return
    yield suspect(
        trace, op, "BF405", f"{op.name} reads the {what} axis as channels or length", value=value,
        effects=(
            "the kernel slides over features, and every step is a channel"
            if what == "time" else "the kernel mixes samples",
        ),
        evidence=(
            audit_evidence(f"{what} lies along axis {shown.seq.axis if what == 'time' else shown.batch.axis}"),
            Evidence(f"{op.name} reads (batch, channels, length)", "contract"),
        ),
        fix=Fix("x.transpose(1, 2) before the convolution, and back after it; in_channels = features"),
    )  # fmt: skip


def _moved_there(trace: Trace, value: int) -> bool:
    """Whether a transposition took time from the last axis to the channels: then somebody wanted it there."""
    while True:
        op = trace.producer(value)
        if op is None or not op.inputs or is_recurrent(op):
            return False
        if op.name in TRANSPOSES:
            before = trace.values[op.inputs[0]]
            return before.seq.clean and before.seq.axis == before.ndim - 1
        if op.name not in MOVES and op.name not in ELEMENTWISE and op.name not in ("linear", "embedding", "layer_norm"):
            return False
        value = op.inputs[0]


def _channel_norm(trace: Trace, op: OpFact) -> Iterator[Suspect]:
    value = op.inputs[0]
    shown = trace.values[value]
    if shown.ndim != 3 or not shown.seq.lies_on(1) or _moved_there(trace, value):
        return
    yield suspect(
        trace, op, "BF407", f"{op.name} reads the time axis as channels", value=value,
        effects=("every step is normalised over all features, instead of every feature over all steps",),
        evidence=(
            audit_evidence("time lies along axis 1"), Evidence(f"{op.name} reads (batch, channels, length)", "contract"),
        ),
        fix=Fix("norm(x.transpose(1, 2)).transpose(1, 2), with num_features = features; or LayerNorm(features)"),
    )  # fmt: skip


def _softmax(trace: Trace, op: OpFact) -> Iterator[Suspect]:
    value = op.inputs[0]
    shown = trace.values[value]
    dim = _axis(op, shown)
    if dim is None:
        return
    if shown.shape[dim] == 1:
        elsewhere = shown.seq.clean and shown.seq.axis != dim and len(shown.seq.reached) > 1
        if elsewhere:
            yield suspect(
                trace, op, "BF406", f"{op.name} runs over an axis of size 1: every weight is 1", value=value,
                effects=("all steps count the same, whatever their scores are",),
                evidence=(Evidence(f"axis {dim} of {shown.shape} has size 1", "shape"),
                          audit_evidence(f"time lies along axis {shown.seq.axis}")),
                fix=Fix("normalise the scores over the seq axis, on a tensor that keeps batch and seq apart"),
            )  # fmt: skip
    elif shown.seq.lies_on(dim) and shown.ndim > 2 and dim != shown.ndim - 1 and _is_answer(trace, op):
        yield suspect(
            trace, op, "BF406", f"{op.name} over classes runs over the time axis", value=value,
            effects=("the probabilities of one step do not sum to 1; those of one class over all steps do",),
            evidence=(audit_evidence(f"time lies along axis {dim}; the result is read class by class"),),
            fix=Fix("dim=-1, the class axis"),
        )  # fmt: skip


def _axis(op: OpFact, shown: ValueFact) -> int | None:
    dim = op.options.get("dim")
    if not shown.ndim:
        return None
    if dim is None:  # torch's own choice: torch.nn.functional._get_softmax_dim
        return 0 if shown.ndim in (1, 3) else 1
    return None if isinstance(dim, bool) or not isinstance(dim, int) else dim % shown.ndim


def _is_answer(trace: Trace, op: OpFact) -> bool:
    """Whether the weights themselves are the result or go into a class loss: not weights of a sum over time."""
    reached = set(op.outputs)
    for later in downstream(trace, op.outputs):
        if not any(v in reached for v in later.inputs):
            continue
        if later.name in CLASS_LOSSES:
            return True
        if later.name in MOVES or later.name in ELEMENTWISE:
            reached.update(later.outputs)
    return any(v in reached for v in trace.results)


# --- losses --------------------------------------------------------------------------------------------------------


def _pointwise_loss(trace: Trace, op: OpFact) -> Iterator[Suspect]:
    if len(op.inputs) < 2:
        return
    prediction, target = trace.values[op.inputs[0]], trace.values[op.inputs[1]]
    a, b = prediction.shape, target.shape
    if a == b and _transposed_target(trace, op, prediction):
        yield suspect(
            trace, op, "BF601", "predictions lie (seq, batch), the data lie (batch, seq): which way lies the target?",
            value=op.inputs[0], effects=("every prediction is compared with the target of another sample and step",),
            evidence=(
                Evidence(f"both are {a}, and batch == seq: torch cannot tell", "shape"),
                audit_evidence("the target comes from outside and is not transposed"),
            ),
            fix=Fix("bring the prediction to the order of the data: prediction.transpose(0, 1)"),
        )  # fmt: skip
    if a == b or prod(a) == 1 or prod(b) == 1:
        return
    yield _broadcast(trace, op, prediction, target, op.inputs[0])


def _transposed_target(trace: Trace, op: OpFact, prediction: ValueFact) -> bool:
    """batch == seq, the prediction lies the other way round than all declared data, the target as it was given."""
    if not (prediction.batch.lies_on(1) and prediction.seq.lies_on(0) and prediction.shape[0] == prediction.shape[1]):
        return False
    data = [v for v in trace.values if v.kind == "input" and v.batch.clean]
    target = trace.values[op.inputs[1]]
    return bool(data) and all(v.batch.lies_on(0) and v.seq.lies_on(1) for v in data) and target.batch.kind == "absent" and (
        _untransposed(trace, op.inputs[1])
    )


def _untransposed(trace: Trace, value: int) -> bool:
    return _only_moved(trace, value) and not any(up.name in TRANSPOSES for up in trace.upstream(value))


def _hand_written_loss(trace: Trace, op: OpFact) -> Iterator[Suspect]:
    """prediction - target that broadcasts to all pairs and is then averaged: ((p - t) ** 2).mean()"""
    if len(op.inputs) != 2:
        return
    for mine, other in (op.inputs, op.inputs[::-1]):
        prediction, target = trace.values[mine], trace.values[other]
        outside = target.kind in ("constant", "input") or _only_moved(trace, other)
        if not (prediction.batch.clean and prediction.producer is not None and outside and target.ndim):
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
    if shown.batch.lies_on(1):
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


# --- indices, packing, order ---------------------------------------------------------------------------------------


def _index(trace: Trace) -> Iterator[Suspect]:
    """BF409: the order of samples, applied to the steps: a recurrent module is fed steps out of order."""
    for fact in trace.recurrent:
        steps = fact.fed_steps
        if steps is None or len(steps) < 3 or _one_way(steps, trace.seq):
            continue
        call = trace.ops[fact.call]
        index = next((up for up in trace.upstream(call.inputs[0]) if up.name in INDEXES and len(up.inputs) > 1), None)
        if index is not None:
            yield suspect(
                trace, index, "BF409", "the index puts the steps out of order, not the samples", value=index.inputs[0],
                effects=(f"time runs {', '.join(map(str, steps[:8]))} in every sample",),
                evidence=(audit_evidence(f"the indexed axis {trace.inputs(index)[0].seq.axis} carries time"),),
                fix=Fix("index the batch axis"),
            )  # fmt: skip


def _one_way(steps: tuple[int, ...], total: int) -> bool:
    """Forwards or backwards, with or without gaps; rolled around as a whole; or with the real part alone reversed."""
    falls = sum(a > b for a, b in zip(steps, steps[1:], strict=False))
    rises = len(steps) - 1 - falls
    turned = next((n for n in range(1, len(steps)) if steps[n] > steps[n - 1]), len(steps))
    reversed_part = turned > 1 and steps[turned:] == tuple(range(turned, len(steps)))
    rolled = len(steps) == total and (falls == 1 or rises == 1)
    return falls == 0 or rises == 0 or rolled or reversed_part or len(set(steps)) < len(steps)


def _lengths(trace: Trace) -> Iterator[Suspect]:
    """BF502: lengths that packing was given against the padding seen in the data, sample by sample."""
    facts = {fact.call: fact for fact in trace.recurrent}
    for call in recurrent_calls(trace):
        fact = facts.get(call.index)
        if fact is None or fact.lengths is None:
            continue
        pack = next((up for up in trace.upstream(call.inputs[0]) if up.name == "_pack_padded_sequence"), None)
        if pack is None:
            continue
        for padding in trace.padding:
            source, given = trace.values[padding.value], trace.values[pack.inputs[0]]
            steps = given.shape[1 if pack.options.get("batch_first") else 0]
            total = source.shape[source.seq.axis] if source.seq.axis is not None else 0
            if total == steps:
                yield from _compared(trace, pack, fact.lengths, padding.lengths)
            elif max(padding.lengths) == total and 4 * max(fact.lengths) <= 3 * steps:
                yield _short(trace, pack, steps, max(fact.lengths))


def _short(trace: Trace, pack: OpFact, steps: int, longest: int) -> Suspect:
    return suspect(
        trace, pack, "BF502", f"the longest sample is packed with {longest} steps, but its {steps} steps are all real",
        effects=("the recurrent module stops before the end of every sample",),
        evidence=(audit_evidence("the longest sample of the input has no padding"),),
        fix=Fix("count lengths in the steps that reach the recurrent module: after strides and pooling, once"),
    )  # fmt: skip


def _compared(trace: Trace, pack: OpFact, packed: tuple[int, ...], real: tuple[int, ...]) -> Iterator[Suspect]:
    verdict = trace.values[pack.inputs[0]].batch
    if verdict.kind != "carried" or len(packed) != len(real):
        return
    in_place = sorted(packed, reverse=True)  # a packed batch lies in the order of falling lengths
    pairs = {index: (in_place[found[0]], real[index]) for index, found in verdict.positions}
    differences = {given - true for given, true in pairs.values()}
    if len(differences) < 2:
        return  # all right, or all one shorter on purpose
    sample = next(index for index, (given, true) in pairs.items() if given != true)
    given, true = pairs[sample]
    same = sorted(packed) == sorted(real)
    yield suspect(
        trace, pack, "BF502", f"sample {sample} has {true} steps but is packed with {given}",
        effects=("the recurrent module runs over padding, or stops before the end",),
        evidence=(
            audit_evidence(f"real steps {real}, packed {packed}"),
            *((Evidence("the same lengths in another order", "shape"),) if same else ()),
        ),
        fix=Fix(
            "sort data and lengths by the same index, or leave both and pack with enforce_sorted=False" if same
            else "count the steps of each sample along the seq axis: (tokens != pad).sum(dim=1)"
        ),
    )  # fmt: skip


def _order(trace: Trace) -> Iterator[Suspect]:
    """BF503: the result lists the samples in another order than the input does."""
    for value in trace.results:
        verdict = trace.values[value].batch
        final = value
        if trace.values[value].ndim == 0:
            loss = trace.producer(value)
            final = _prediction(trace, loss)
            verdict = trace.values[final].batch
        shape = trace.values[final].shape
        if verdict.kind != "carried" or verdict.axis is None or shape[verdict.axis] != trace.batch:
            continue
        if all(found == (index,) for index, found in verdict.positions) or _order_returned(trace, final):
            continue
        sorter = next((op for op in reversed(trace.ops) if op.live and _reorders(trace, op)), None)
        if sorter is not None:
            yield suspect(
                trace, sorter, "BF503", "samples are put in another order and never put back", value=sorter.inputs[0],
                effects=("row i of the result belongs to another sample than row i of the input",),
                evidence=(audit_evidence(f"sample → row of the result: {_mapping(verdict.positions)}"),),
                fix=Fix("put the result back with the inverse index, order.argsort(); or enforce_sorted=False"),
            )  # fmt: skip
            return


def _prediction(trace: Trace, loss: OpFact | None) -> int:
    """The tensor that a loss is computed from: back through what has no batch axis any more."""
    value = loss.inputs[0] if loss is not None and loss.inputs else 0
    for _ in range(len(trace.ops)):
        if trace.values[value].batch.clean:
            return value
        op = trace.producer(value)
        if op is None or not op.inputs:
            return value
        value = op.inputs[0]
    return value


def _reorders(trace: Trace, op: OpFact) -> bool:
    if not op.inputs or op.name not in INDEXES | {"sort", "flip"}:
        return False
    before, after = trace.values[op.inputs[0]].batch, trace.outputs(op)[0].batch
    return (
        before.kind == after.kind == "carried"
        and len(after.reached) > 1
        and before.positions != after.positions
    )


def _order_returned(trace: Trace, final: int) -> bool:
    """Whether the caller is handed the order too, or the target was put in the same order."""
    indexed = [op for op in trace.ops if op.name in INDEXES and len(op.inputs) > 1]
    sorters = [op for op in indexed if _reorders(trace, op)]
    if any(sorter.inputs[1] in trace.results for sorter in sorters):
        return True
    return any(
        op.inputs[1] == sorter.inputs[1] and trace.values[op.inputs[0]].batch.kind == "absent"
        for sorter in sorters for op in indexed
    )  # fmt: skip


def _mapping(positions: tuple[tuple[int, tuple[int, ...]], ...]) -> str:
    return ", ".join(f"{index} → {found[0]}" for index, found in positions)
