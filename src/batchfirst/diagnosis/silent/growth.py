"""A batch of one that was measured as a batch of three: what is no input was still made for one sample."""

from __future__ import annotations

from dataclasses import replace

from batchfirst.diagnosis.silent.suspect import Suspect
from batchfirst.model.trace import OpFact, Trace, ValueFact

_REMARK = "the batch of one was measured as three; what the program holds for its one sample was not made larger"
_INDEXED = ("BF303", "BF409", "BF410")
_LENGTHS = ("BF502", "BF503")


def doubted(trace: Trace, found: Suspect) -> Suspect:
    """The suspect, as a note where the program may be right for the one sample that it was called with.

    That is: it takes the one sample out of its batch by [0], or compares it with a target, or packs it by a length,
    that it holds itself.
    """
    code = found.finding.code
    doubt = trace.grown and (
        (code in _INDEXED and _first_sample(trace, found.op))
        or (code == "BF601" and _fits_one(trace, found.op))
        or code in _LENGTHS
    )
    if not doubt or found.finding.severity == "note":
        return found
    return replace(found, finding=replace(found.finding, severity="note", notes=(*found.finding.notes, _REMARK)))


def _first_sample(trace: Trace, op: OpFact) -> bool:
    return any(set(value.batch.reached) == {0} for value in trace.outputs(op))


def _fits_one(trace: Trace, op: OpFact) -> bool:
    """Whether the two tensors that meet here have the same shape for one sample."""
    return len({_for_one(trace, value) for value in trace.inputs(op)[:2]}) == 1


def _for_one(trace: Trace, value: ValueFact) -> tuple[int, ...]:
    axis = value.batch.axis
    if not value.batch.clean or axis is None or value.shape[axis] % trace.batch:
        return value.shape
    return (*value.shape[:axis], value.shape[axis] // trace.batch, *value.shape[axis + 1 :])
