"""BF404: squeeze() that drops the batch axis of a batch of one."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from batchfirst.contracts.operations import POINTWISE_LOSSES
from batchfirst.diagnosis.silent.flow import readers
from batchfirst.diagnosis.silent.suspect import Suspect, audit_evidence, suspect
from batchfirst.model.finding import Fix
from batchfirst.model.trace import OpFact, Trace


def squeezes(trace: Trace) -> Iterator[Suspect]:
    """Suspects for the operations that, compared with a batch of three, were seen to lose the batch axis."""
    for index, axis in trace.squeezed:
        op = trace.ops[index]
        if not op.live:
            continue
        yield suspect(
            trace, op, "BF404", f"{op.name} removes the batch axis: the batch has one sample", value=op.inputs[0],
            effects=(f"axis {axis} of one sample has size 1 and goes with the others: no batch axis is left",),
            evidence=(audit_evidence(f"with three samples, axis {axis} stays and carries them"),),
            fix=Fix("name the axis that should go: squeeze(0) for the layers of h_n, squeeze(-1) for one feature"),
            severity="note" if _only_compared(trace, op, axis) or _named(trace, op, axis) else "error",
        )  # fmt: skip
    for index, axis in trace.narrow:
        op = trace.ops[index]
        if op.live and index not in dict(trace.squeezed):
            yield suspect(
                trace, op, "BF404", f"{op.name} would remove the batch axis of a batch of one", severity="note",
                value=op.inputs[0],
                evidence=(audit_evidence(f"tried with the first sample alone: axis {axis} is gone"),),
                fix=Fix("name the axis that should go, so that the last batch may be as small as it likes"),
            )  # fmt: skip


def _named(trace: Trace, op: OpFact, axis: int) -> bool:
    """Whether the program names the batch axis: it takes the one sample out of its batch."""
    return op.options.get("dim") in (axis, axis - trace.inputs(op)[0].ndim)


def _only_compared(trace: Trace, op: OpFact, axis: int) -> bool:
    """Whether one number per sample goes into losses alone: for one sample they are the same without its axis."""
    shape = trace.inputs(op)[0].shape
    found = [reader for reader, _, _ in readers(trace, op)]
    alone = prod(shape) == shape[axis]
    return alone and bool(found) and all(r is not None and r.name in POINTWISE_LOSSES for r in found)
