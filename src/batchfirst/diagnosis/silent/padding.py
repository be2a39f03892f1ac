"""Padding that is taken in, and lengths that meet the wrong samples: BF304, BF502."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from batchfirst.contracts.operations import INDEXES
from batchfirst.diagnosis.silent.reads import Reading, readings, selector
from batchfirst.diagnosis.silent.suspect import Suspect, audit_evidence, is_cell, kind_of, suspect
from batchfirst.model.finding import Fix
from batchfirst.model.trace import OpFact, ReadFact, Trace


def padding_mistakes(trace: Trace) -> Iterator[Suspect]:
    """Suspects for pooling without a mask where the lengths are known, and for lengths of other samples."""
    yield from _taken_in(trace)
    yield from _past_the_end(trace)
    yield from _unpaired(trace)


def _taken_in(trace: Trace) -> Iterator[Suspect]:
    for index, call in trace.padded:
        op = trace.ops[index]
        if not op.live:
            continue
        kind = kind_of(trace.ops[call])
        how = next((p.how for p in trace.padding), "")
        yield suspect(
            trace, op, "BF304", f"{op.name} takes in what {kind} put out behind the end of the shorter samples",
            value=op.inputs[0], effects=("a sample's result depends on how long its neighbours are",),
            evidence=(
                audit_evidence(f"other numbers in {kind}'s padded steps change it, and the result"),
                audit_evidence(f"padding seen in the input ({how})"),
            ),
            fix=Fix("mask first: out * mask before a sum by lengths; masked_fill(~mask, -inf) before a softmax"),
        )  # fmt: skip


def _past_the_end(trace: Trace) -> Iterator[Suspect]:
    """A loop over a cell that runs on over padding, and of which the state after the last round is read."""
    loops: dict[str, list[Reading]] = defaultdict(list)
    for reading in readings(trace):
        if is_cell(reading.call):
            loops[reading.call.path].append(reading)
    for rounds in loops.values():
        last, total = rounds[-1], len(rounds)
        ends = next((p.lengths for p in trace.padding if p.given and max(p.lengths) == total > min(p.lengths)), None)
        if ends is None or len(ends) != last.sizes.batch or any(one.output or one.c_n for one in rounds[:-1]):
            continue
        steps = [trace.values[one.call.inputs[0]].seq.reached for one in (rounds[0], last)]
        read = next((read for read in last.output if read.rows), None)
        if read is None or steps != [(0,), (total - 1,)]:
            continue
        sample = next((s for _, s, _ in sorted(read.rows) if ends[s] < total), None)
        if sample is None:
            continue
        at = _picked(trace, read, last.call)
        kind = kind_of(last.call)
        yield suspect(
            trace, at, "BF304", f"the state of {kind} is read after round {total}, but sample {sample} ends after "
            f"{ends[sample]} steps",
            value=at.inputs[0] if at.inputs else None,
            effects=("what the padding does to the state is taken for the sample",),
            evidence=(
                audit_evidence(f"of {total} rounds, the last one's state alone is read, for every sample"),
                audit_evidence(f"real steps per sample: {', '.join(map(str, ends))}"),
            ),
            fix=Fix("keep each sample's state from its own last step: torch.where(real[:, t, None], new, old) in the "
                    "loop; or gather it at lengths - 1"),
        )  # fmt: skip


def _picked(trace: Trace, read: ReadFact, call: OpFact) -> OpFact:
    """The index that took the state of the last round, else who reads it."""
    reader = trace.ops[read.reader] if read.reader is not None else selector(trace, read, call)
    before = (up for value in reader.inputs for up in trace.upstream(value))
    return next((up for up in before if up.name in INDEXES and up.index > call.index), reader)


def _unpaired(trace: Trace) -> Iterator[Suspect]:
    for index, sample, other in trace.unpaired:
        op = trace.ops[index]
        if not op.live:
            continue
        yield suspect(
            trace, op, "BF502", f"{op.name} gives sample {sample} the length of sample {other}",
            value=op.inputs[0], weight=1, effects=("samples and lengths are in different orders",),
            evidence=(audit_evidence("the lengths were sorted (or indexed), the samples were not, or were put back"),),
            fix=Fix("keep the lengths in the order of the data, and sort a copy for packing"),
        )  # fmt: skip
