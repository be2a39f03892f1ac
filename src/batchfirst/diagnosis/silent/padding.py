"""Padding that is taken in, and lengths that meet the wrong samples: BF304, BF502."""

from __future__ import annotations

from collections.abc import Iterator

from batchfirst.diagnosis.silent.suspect import Suspect, audit_evidence, kind_of, suspect
from batchfirst.model.finding import Fix
from batchfirst.model.trace import Trace


def padding_mistakes(trace: Trace) -> Iterator[Suspect]:
    """Suspects for pooling without a mask where the lengths are known, and for lengths of other samples."""
    yield from _taken_in(trace)
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
