"""What never reaches the result, and what reaches it too early: BF403, BF410, BF411."""

from __future__ import annotations

from collections.abc import Iterator

from batchfirst.contracts.operations import INDEXES
from batchfirst.diagnosis.silent.flow import downstream, leads_to
from batchfirst.diagnosis.silent.suspect import Suspect, audit_evidence, is_attention, is_recurrent, kind_of, suspect
from batchfirst.model.finding import Fix
from batchfirst.model.trace import OpFact, Trace, ValueFact


def ignored(trace: Trace) -> Iterator[Suspect]:
    """Suspects for indices that leave most samples or steps behind, and for operations that look ahead."""
    yield from _leaks(trace)
    yield from _samples(trace)
    yield from _steps(trace)


def _leaks(trace: Trace) -> Iterator[Suspect]:
    for index in trace.leaks:
        op = trace.ops[index]
        reached = leads_to(trace, op)
        if not op.live or not any(v in reached for v in trace.results):
            continue
        yield suspect(
            trace, op, "BF403", f"{kind_of(op)} lets an output depend on later steps",
            value=op.outputs[0], effects=("in use, when the later steps are not known yet, the results differ",),
            evidence=(audit_evidence("a change at one step is seen at earlier steps of its output, not of its input"),),
            fix=Fix("one direction, a causal mask, or padding on the left only"),
        )  # fmt: skip


def _samples(trace: Trace) -> Iterator[Suspect]:
    probed = set(trace.probed.get("batch", ()))
    reached = {index for v in trace.results for index in trace.values[v].batch.reached}
    lost = probed - reached
    if len(lost) < 2 or not trace.results or any(v in trace.blind for v in trace.results):
        return
    op = _loser(trace, "batch", lost)
    if op is not None and any(is_recurrent(other) for other in trace.ops):
        yield suspect(
            trace, op, "BF410", "the index leaves most samples behind", value=op.inputs[0],
            effects=(f"of the samples changed, {', '.join(map(str, sorted(lost)))} never reach the result",),
            evidence=(audit_evidence(f"{_shape(trace, op)}: samples lie along the indexed axis"),),
            fix=Fix("index the axis that is meant; keep the batch axis whole"),
        )  # fmt: skip


def _steps(trace: Trace) -> Iterator[Suspect]:
    influence = trace.influence.get("seq", {})
    lost = {index for index, results in influence.items() if not results}
    if len(lost) < 2 or not trace.results:
        return
    # Behind a recurrent module a far step's influence may fade below the last bit: only what none ever saw is lost.
    seen = {
        index for op in trace.ops if op.live and (is_recurrent(op) or is_attention(op))
        for value in op.inputs for index in trace.values[value].seq.reached
    }  # fmt: skip
    op = None if lost & seen else _loser(trace, "seq", lost)
    # A model of the last step alone may be meant; a recurrent module that is fed one step is not.
    if op is not None and any(is_recurrent(later) for later in downstream(trace, op.outputs)):
        yield suspect(
            trace, op, "BF411", "the index leaves most steps behind", value=op.inputs[0],
            effects=(f"of the steps changed, {', '.join(map(str, sorted(lost)))} never reach the result",),
            evidence=(audit_evidence(f"{_shape(trace, op)}: time lies along the indexed axis"),),
            fix=Fix("hand the recurrent module all steps, and take its last one"),
        )  # fmt: skip


def _loser(trace: Trace, role: str, lost: set[int]) -> OpFact | None:
    """The first live index whose input had all of `lost` and whose output has none of it."""

    def reached(value: ValueFact) -> set[int]:
        return set((value.batch if role == "batch" else value.seq).reached)

    return next(
        (
            op for op in trace.ops
            if op.live and op.name in INDEXES and op.inputs
            and lost <= reached(trace.inputs(op)[0]) and not lost & reached(trace.outputs(op)[0])
        ),
        None,
    )  # fmt: skip


def _shape(trace: Trace, op: OpFact) -> str:
    return f"{trace.inputs(op)[0].shape} becomes {trace.outputs(op)[0].shape}"
