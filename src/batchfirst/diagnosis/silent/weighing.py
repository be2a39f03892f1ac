"""Attention by hand: weights normalised over one axis and summed over another (BF406), heads for steps (BF408)."""

from __future__ import annotations

from collections.abc import Iterator

from batchfirst.contracts.operations import ATTENTIONS, BINARY, ELEMENTWISE, INDEXES, RESHAPES, SOFTMAXES
from batchfirst.diagnosis.silent.flow import downstream
from batchfirst.diagnosis.silent.suspect import Suspect, audit_evidence, suspect
from batchfirst.model.finding import Evidence, Fix
from batchfirst.model.trace import OpFact, Trace

_PRODUCTS = frozenset("matmul bmm".split())
_PASSED_ON = ELEMENTWISE | {"contiguous", "clone"}
_PARTS = INDEXES | {"unbind", "chunk", "split"}


def weighings(trace: Trace) -> Iterator[Suspect]:
    """Suspects for products of a softmax's result that sum over another axis than the softmax ran over.

    Only where steps were compared with steps: assigning steps to clusters or slots normalises over these on purpose.
    """
    for op in trace.ops:
        if not op.live or len(op.inputs) < 2:
            continue
        if op.name in _PRODUCTS or op.name in ATTENTIONS:
            yield from _between_heads(trace, op)
        if op.name not in _PRODUCTS:
            continue
        softmax = _softmax_before(trace, op.inputs[0])
        if softmax is None or not _steps_with_steps(trace, softmax.inputs[0]):
            continue
        shape = trace.outputs(softmax)[0].shape
        dim = softmax.options.get("dim")
        if not isinstance(dim, int) or dim % len(shape) == len(shape) - 1 or shape[dim] == 1:
            continue
        yield suspect(
            trace, softmax, "BF406", f"{softmax.name}(dim={dim}) does not run over the axis that {op.name} sums over",
            value=softmax.inputs[0], weight=1,
            effects=("the weights of one step do not sum to 1; those of another axis do",),
            evidence=(
                audit_evidence("the scores compare steps with steps"),
                Evidence(f"{op.name} sums over the last axis of its first operand, {shape}", "contract"),
            ),
            fix=Fix("dim=-1: over the steps that are looked at"),
        )  # fmt: skip


def _between_heads(trace: Trace, op: OpFact) -> Iterator[Suspect]:
    """BF408: scores of the heads of one step with each other: split off features, never brought before time."""
    query = trace.values[op.inputs[0]]
    if query.ndim < 4 or not query.seq.clean or len(query.seq.reached) < 2 or query.seq.axis in (None, query.ndim - 2):
        return
    if query.seq.axis == query.ndim - 1 or query.seq.also or not _split_off(trace, op.inputs[0]):
        return
    if op.name in _PRODUCTS and not any(later.name in SOFTMAXES for later in downstream(trace, op.outputs)):
        return
    made = op if op.name in ATTENTIONS else _weighted(trace, op)
    whole = (*query.shape[:-2], query.shape[-2] * query.shape[-1])
    joined = made is not None and any(
        later.name in RESHAPES and trace.outputs(later)[0].shape == whole
        for later in trace.consumers(made.outputs[0])
    )
    if not joined:
        return
    yield suspect(
        trace, op, "BF408", f"{op.name} compares the heads of one step with each other, not the steps",
        value=op.inputs[0], weight=1, effects=("no step sees another one",),
        evidence=(
            audit_evidence(f"time lies along axis {query.seq.axis}; axis {query.ndim - 2} was split off the features"),
            Evidence("attention runs over the second-last axis", "contract"),
        ),
        fix=Fix("bring the heads before time: x.view(batch, seq, heads, -1).transpose(1, 2), and back after attention"),
    )  # fmt: skip


def _split_off(trace: Trace, value: int) -> bool:
    """Whether the second-last axis of a tensor was split off the last one by a reshape."""
    ndim, op = trace.values[value].ndim, trace.producer(value)
    while op is not None and op.inputs and op.name in _PASSED_ON | _PARTS:
        op = trace.producer(op.inputs[0])
    if op is None or op.name not in RESHAPES or not op.inputs:
        return False
    before, after = trace.inputs(op)[0].shape, trace.outputs(op)[0].shape
    rows = len(before) - 1
    return len(after) >= ndim and before[:rows] == after[:rows] and rows < ndim - 1 <= len(after) - 1


def _weighted(trace: Trace, scores: OpFact) -> OpFact | None:
    """The product of the weights that come of these scores."""
    for later in downstream(trace, scores.outputs):
        if later.name in _PRODUCTS and len(later.inputs) > 1 and _softmax_before(trace, later.inputs[0]) is not None:
            return later
    return None


def _softmax_before(trace: Trace, value: int) -> OpFact | None:
    op = trace.producer(value)
    while op is not None and op.name in _PASSED_ON and op.inputs:
        op = trace.producer(op.inputs[0])
    return op if op is not None and op.name in SOFTMAXES and op.inputs else None


def _steps_with_steps(trace: Trace, scores: int) -> bool:
    """Whether scores, scaled and masked as they may be, are a product of two tensors that both carry time."""
    op = trace.producer(scores)
    while op is not None and op.name in _PASSED_ON | BINARY and op.inputs:
        op = trace.producer(op.inputs[0])
    if op is None or op.name not in _PRODUCTS or len(op.inputs) < 2:
        return False
    return all(v.seq.clean and len(v.seq.reached) > 1 for v in trace.inputs(op)[:2])
