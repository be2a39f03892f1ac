"""What stands around recurrent modules: BF405, BF406, BF407, BF409."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from batchfirst.contracts.operations import (
    BINARY,
    CLASS_LOSSES,
    CONVOLUTIONS,
    ELEMENTWISE,
    INDEXES,
    MOVES,
    PRODUCTS,
    SOFTMAXES,
    TRANSPOSES,
)  # fmt: skip
from batchfirst.diagnosis.silent.flow import downstream
from batchfirst.diagnosis.silent.suspect import Suspect, audit_evidence, is_recurrent, suspect
from batchfirst.model.finding import Evidence, Fix
from batchfirst.model.trace import OpFact, Trace, ValueFact

_POOLS = frozenset("adaptive_avg_pool1d adaptive_max_pool1d avg_pool1d".split())


def neighbour_mistakes(trace: Trace) -> Iterator[Suspect]:
    """Suspects at convolutions, norms, softmaxes and indices."""
    for op in trace.ops:
        if not op.live or not op.inputs:
            continue
        if op.name in CONVOLUTIONS:
            yield from _convolution(trace, op)
        elif op.name in _POOLS:
            yield from _pool(trace, op)
        elif op.name in ("batch_norm", "instance_norm"):
            yield from _channel_norm(trace, op)
        elif op.name in SOFTMAXES:
            yield from _softmax(trace, op)
    yield from _index(trace)
    yield from _by_place(trace)


# --- convolution, norms, softmax -----------------------------------------------------------------------------------


def _convolution(trace: Trace, op: OpFact) -> Iterator[Suspect]:
    value = op.inputs[0]
    shown = trace.values[value]
    if shown.batch.lies_on(0) if shown.ndim == 2 else shown.batch.lies_on(1) or shown.batch.lies_on(2):
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


def _pool(trace: Trace, op: OpFact) -> Iterator[Suspect]:
    """Pooling over features where time stands for the channels. max_pool1d is left out: maxout uses it like that."""
    value = op.inputs[0]
    shown = trace.values[value]
    if shown.ndim != 3 or not shown.seq.lies_on(1) or _moved_there(trace, value):
        return
    if any(later.name in ("mul", "mul_") and value in later.inputs for later in downstream(trace, op.outputs)):
        return  # squeeze and excitation of the steps
    yield suspect(
        trace, op, "BF405", f"{op.name} pools features: it reads the time axis as channels", value=value,
        effects=("of each step one number is left; the steps stay apart",),
        evidence=(
            audit_evidence("time lies along axis 1"),
            Evidence(f"{op.name} reads (batch, channels, length) and pools over length", "contract"),
        ),
        fix=Fix("pool over time: pool(x.transpose(1, 2)), or x.mean(dim=1)"),
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
    if shown.ndim == 3 and shown.batch.lies_on(1) and op.name == "batch_norm":
        yield suspect(
            trace, op, "BF407", f"{op.name} reads the batch axis as channels", value=value,
            effects=("each place in the batch has a scale and statistics of its own",),
            evidence=(
                audit_evidence("samples lie along axis 1"),
                Evidence(f"{op.name} reads (batch, channels, length)", "contract"),
            ),
            fix=Fix("norm(x.permute(1, 2, 0)).permute(2, 0, 1) for (seq, batch, features); num_features = features"),
        )  # fmt: skip
        return
    if shown.ndim != 3 or not shown.seq.lies_on(1) or _moved_there(trace, value):
        return
    yield suspect(
        trace, op, "BF407", f"{op.name} reads the time axis as channels", value=value,
        effects=("every step is normalised over all features, instead of every feature over all steps",),
        evidence=(
            audit_evidence("time lies along axis 1"),
            Evidence(f"{op.name} reads (batch, channels, length)", "contract"),
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
        if (later.name in BINARY or later.name in PRODUCTS) and len(later.inputs) > 1:
            return False  # they weigh something, whoever is shown them too
        if later.name in MOVES or later.name in ELEMENTWISE:
            reached.update(later.outputs)
    return any(v in reached for v in trace.results)


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
                fix=Fix("index the axis that the samples lie on: x[:, rows] for (seq, batch, …)"),
            )  # fmt: skip


def _by_place(trace: Trace) -> Iterator[Suspect]:
    """BF409: a table of positions laid along the batch: each sample gets one entry, at all its steps."""
    for index in trace.placed:
        op = trace.ops[index]
        if not op.live:
            continue
        value = next(v for v in op.inputs if trace.values[v].batch.clean)
        given = " and ".join(str(v.shape) for v in trace.inputs(op))
        yield suspect(
            trace, op, "BF409", f"{op.name} gives each sample another entry of a table, and all its steps the same one",
            value=value, effects=("a sample's result depends on its place in the batch; steps are not told apart",),
            evidence=(
                audit_evidence(f"{given}: samples lie along axis {trace.values[value].batch.axis}"),
                audit_evidence("the other operand comes from parameters and counting alone, and varies along it"),
            ),
            fix=Fix("cut the table to the length of time, and let the batch be broadcast: (1, seq, features)"),
        )  # fmt: skip


def _one_way(steps: tuple[int, ...], total: int) -> bool:
    """Forwards or backwards, with or without gaps; rolled around as a whole; or with the real part alone reversed."""
    falls = sum(a > b for a, b in pairwise(steps))
    rises = len(steps) - 1 - falls
    turned = next((n for n in range(1, len(steps)) if steps[n] > steps[n - 1]), len(steps))
    reversed_part = turned > 1 and steps[turned:] == tuple(range(turned, len(steps)))
    rolled = len(steps) == total and (falls == 1 or rises == 1)
    return falls == 0 or rises == 0 or rolled or reversed_part or len(set(steps)) < len(steps)
