"""Attention weights by hand: normalised over one axis, summed over another (BF406)."""

from __future__ import annotations

from collections.abc import Iterator

from batchfirst.contracts.operations import BINARY, ELEMENTWISE, SOFTMAXES
from batchfirst.diagnosis.silent.suspect import Suspect, audit_evidence, suspect
from batchfirst.model.finding import Evidence, Fix
from batchfirst.model.trace import OpFact, Trace

_PRODUCTS = frozenset("matmul bmm".split())
_PASSED_ON = ELEMENTWISE | {"contiguous", "clone"}


def weighings(trace: Trace) -> Iterator[Suspect]:
    """Suspects for products of a softmax's result that sum over another axis than the softmax ran over.

    Only where steps were compared with steps: assigning steps to clusters or slots normalises over these on purpose.
    """
    for op in trace.ops:
        if not op.live or op.name not in _PRODUCTS or len(op.inputs) < 2:
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
