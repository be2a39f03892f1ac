"""BF404: squeeze() that drops the batch axis of a batch of one."""

from __future__ import annotations

from collections.abc import Iterator

from batchfirst.diagnosis.silent.suspect import Suspect, audit_evidence, suspect
from batchfirst.model.finding import Fix
from batchfirst.model.trace import Trace


def squeezes(trace: Trace) -> Iterator[Suspect]:
    """Suspects for the operations that, compared with a batch of three, were seen to lose the batch axis."""
    for index, axis in trace.squeezed:
        op = trace.ops[index]
        if not op.live:
            continue
        yield suspect(
            trace, op, "BF404", f"{op.name} removes the batch axis: the batch has one sample", value=op.inputs[0],
            effects=(f"{trace.inputs(op)[0].shape} becomes {trace.outputs(op)[0].shape}: no batch axis is left",),
            evidence=(audit_evidence(f"with three samples, axis {axis} stays and carries them"),),
            fix=Fix("name the axis that should go: squeeze(0) for the layers of h_n, squeeze(-1) for one feature"),
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
