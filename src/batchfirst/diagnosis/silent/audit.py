"""All findings of an audited run: the closest cause first, and the only error for one mistake."""

from __future__ import annotations

from dataclasses import dataclass

from batchfirst.diagnosis.silent.axes import module_axes
from batchfirst.diagnosis.silent.edits import edited
from batchfirst.diagnosis.silent.flow import downstream
from batchfirst.diagnosis.silent.growth import doubted
from batchfirst.diagnosis.silent.ignored import ignored
from batchfirst.diagnosis.silent.losses import loss_mistakes
from batchfirst.diagnosis.silent.mixing import mixings
from batchfirst.diagnosis.silent.neighbours import neighbour_mistakes
from batchfirst.diagnosis.silent.packing import packing_mistakes
from batchfirst.diagnosis.silent.padding import padding_mistakes
from batchfirst.diagnosis.silent.reading import reading_mistakes
from batchfirst.diagnosis.silent.squeezing import squeezes
from batchfirst.diagnosis.silent.states import state_mistakes
from batchfirst.diagnosis.silent.suspect import Suspect, merged
from batchfirst.diagnosis.silent.weighing import weighings
from batchfirst.model.finding import Finding
from batchfirst.model.trace import OpFact, Trace

_RULES = (module_axes, mixings, reading_mistakes, neighbour_mistakes, loss_mistakes, packing_mistakes,
          padding_mistakes, state_mistakes, squeezes, ignored, weighings)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """findings: errors first in the order of the way; accused: (operation, code) of each of them."""

    findings: tuple[Finding, ...]
    accused: tuple[tuple[int, str], ...]


def diagnose_trace(trace: Trace) -> Diagnosis:
    """Findings of a trace; what an error sets off stands under it."""
    suspects = [doubted(trace, found) for rule in _RULES for found in rule(trace)]
    suspects.sort(key=lambda s: (s.op.index, -s.weight))
    serious = [s for s in suspects if s.finding.severity != "note"]
    kept: list[Suspect] = []
    for found in serious:
        cause = next((n for n, first in enumerate(kept) if _explains(trace, first, found)), None)
        if cause is None:
            kept.append(found)
        elif kept[cause].op.index != found.op.index or kept[cause].finding.code != found.finding.code:
            first = kept[cause]
            again = first.finding.code == found.finding.code and _line(first) == _line(found)
            also = (*first.also, found.op) if again else first.also
            kept[cause] = Suspect(merged(first.finding, found.finding), first.op, first.weight, also)
    notes = {(s.finding.code, s.finding.location): s.finding for s in suspects if s.finding.severity == "note"}
    accused = tuple((s.op.index, s.finding.code) for s in kept)
    return Diagnosis((*(edited(trace, s) for s in kept), *notes.values()), accused)


def _line(found: Suspect) -> tuple[str, int]:
    location = found.finding.location
    return (location.file, location.line) if location is not None else ("", found.op.index)


def _meet(trace: Trace, first: OpFact, later: OpFact) -> bool:
    """Whether two operations work on the same tensor and their results meet: mean and deviation of one norm."""
    if not set(first.inputs) & set(later.inputs):
        return False
    behind = {op.index for op in downstream(trace, first.outputs)}
    return any(op.index in behind for op in downstream(trace, later.outputs))


def _explains(trace: Trace, first: Suspect, later: Suspect) -> bool:
    """Whether the later suspect stands at the same operation, on the way behind the first, or repeats it in a loop."""
    if first.op.index == later.op.index:
        return True
    if first.finding.code == later.finding.code and _line(first) == _line(later):
        return True
    if _meet(trace, first.op, later.op):
        return True
    reached = set(first.op.outputs)
    for op in trace.ops[first.op.index + 1 : later.op.index + 1]:
        if any(v in reached for v in op.inputs):
            if op.index == later.op.index:
                return True
            reached.update(op.outputs)
    return False
