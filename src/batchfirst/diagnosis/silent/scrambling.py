"""Reshapes and indices that leave elements apart but out of order: BF207, BF301, BF401, BF409, BF602."""

from __future__ import annotations

from collections.abc import Iterator

from batchfirst.contracts.operations import CLASS_LOSSES, INDEXES, RESHAPES
from batchfirst.contracts.reshaping import reshaped_axis
from batchfirst.diagnosis.silent.flow import from_states, readers, results_of
from batchfirst.diagnosis.silent.suspect import Suspect, audit_evidence, is_recurrent, reads_as, suspect
from batchfirst.model.finding import Fix
from batchfirst.model.trace import OpFact, Trace, ValueFact, Verdict


def cut(given: ValueFact, verdict: Verdict, made: ValueFact) -> str:
    """What a reshape does to the axis that carries `verdict`; "" where that axis is not known for certain."""
    if verdict.axis is None or verdict.also or len(verdict.reached) < 2:
        return ""
    size = given.shape[verdict.axis]
    if verdict.kind != "folded":
        return reshaped_axis(given.shape, verdict.axis, made.shape)[0]
    members = verdict.positions[-1][0] + 1  # the last index probed is the last one there is
    for stride in range(1, size + 1):
        regular = all((place // stride) % members == index for index, found in verdict.positions for place in found)
        if size % (stride * members) == 0 and regular:
            return reshaped_axis(given.shape, verdict.axis, made.shape, (members, stride))[0]
    return ""


def scrambled(trace: Trace, op: OpFact) -> Iterator[Suspect]:
    order = {trace.values[v].batch.positions for v in op.inputs}
    if all(_clean_again(trace, value, order) for _, value, _ in readers(trace, op)):
        return
    value = op.inputs[0]
    shape = trace.outputs(op)[0].shape
    call = next((c for v in op.inputs if (c := from_states(trace, v)) is not None), None)
    roles = {role for _, _, role in readers(trace, op)}
    seen = audit_evidence("no axis of the result separates the samples any more")
    effect = "each row holds numbers of several samples"
    if call is not None:
        yield suspect(
            trace, op, "BF301", f"{op.name} to {shape} puts hidden states of different samples side by side",
            value=value, effects=(effect,), evidence=(seen,), weight=1,
            fix=Fix(
                "move the batch axis to the front before reshaping: h_n.transpose(0, 1).reshape(batch, -1); for the "
                f"last layer only: bf.final_hidden(h_n, self.{call.path or 'lstm'})"
            ),
        )  # fmt: skip
    elif roles & {"h_0", "c_0"}:
        yield suspect(
            trace, op, "BF207", f"{op.name} to {shape} builds the initial state out of order", value=value,
            effects=("the state of one sample is made of others",), evidence=(seen,), weight=1,
            fix=Fix("split and transpose: z.view(batch, layers, hidden).transpose(0, 1).contiguous()"),
        )  # fmt: skip
    elif any(reader is not None and reader.name in CLASS_LOSSES for reader, _, _ in readers(trace, op)):
        yield suspect(
            trace, op, "BF602", f"{op.name} to {shape} does not bring the class axis to axis 1: it cuts across it",
            value=value, effects=(effect,), evidence=(seen,), weight=1,
            fix=Fix("logits.transpose(1, 2) for (batch, seq, classes)"),
        )  # fmt: skip
    elif op.name in INDEXES:
        yield suspect(
            trace, op, "BF409", "the index takes elements of several samples into one row", value=value,
            effects=(effect,), evidence=(seen,),
            fix=Fix("index the axis that the samples lie on: x[:, rows] for (seq, batch, …)"),
        )  # fmt: skip
    else:
        yield suspect(
            trace, op, "BF401", f"{op.name} to {shape} does not move axes: it cuts across samples", value=value,
            effects=(effect,), evidence=(seen,), weight=1,
            fix=Fix("exchange axes with transpose or permute, and reshape only neighbouring axes"),
        )  # fmt: skip


def time_cut(trace: Trace, op: OpFact, given: ValueFact) -> Iterator[Suspect]:
    """A reshape that keeps samples apart but cuts across time: (batch, seq, features) as (batch, features, seq)."""
    made = trace.outputs(op)[0]
    outcome = "cut" if op.index in trace.cuts else cut(given, given.seq, made)
    exchanged = sorted(made.shape) == sorted(given.shape) and made.shape != given.shape
    if outcome in ("", "kept", "split") or not (outcome == "cut" or exchanged) or not made.batch.clean:
        return
    certain = op.outputs if op.index in trace.cuts else ()  # three probed steps may fall apart by chance
    whole_again = all(
        trace.values[value].seq.kind in ("carried", "folded") and value not in certain
        for _, value, _ in readers(trace, op)
    )
    if (whole_again and not exchanged) or (outcome == "chunked" and _read_as_chunks(trace, op, made)):
        return
    classes = any(reader is not None and reader.name in CLASS_LOSSES for reader, _, _ in readers(trace, op))
    code = "BF602" if classes else "BF401"
    known = given.seq.clean and given.seq.axis is not None
    where = f"time lies along axis {given.seq.axis}" if known else "time lies along the axes of chunks and their steps"
    yield suspect(
        trace, op, code, f"{op.name} to {made.shape} does not move axes: it cuts across time", value=op.inputs[0],
        effects=("each row holds numbers of several steps and features",),
        evidence=(audit_evidence(f"{where} before, and along none after it"),),
        fix=Fix("exchange axes with transpose or permute, and reshape only neighbouring axes"),
    )  # fmt: skip


def steps_rearranged(trace: Trace) -> Iterator[Suspect]:
    """A result with all steps at other places than in the data: not as they were, nor reversed, nor shifted."""
    for value in trace.results:
        shown = trace.values[value]
        verdict = shown.seq
        if verdict.axis is None or not verdict.lies_on(verdict.axis) or verdict.kind != "carried":
            continue
        total = shown.shape[verdict.axis]
        places = {index: found[0] for index, found in verdict.positions}
        if total != trace.seq or len(places) < 3 or not shown.batch.clean:
            continue
        shifts = {(place - index) % total for index, place in places.items()}
        if len(shifts) == 1 or all(place == total - 1 - index for index, place in places.items()):
            continue
        reshapes = (op for op in trace.upstream(value) if op.name in RESHAPES and "squeeze" not in op.name)
        op = next(reshapes, None)
        if op is None:
            continue
        index = next(index for index, place in places.items() if place != index)
        yield suspect(
            trace, op, "BF401", f"{op.name} to {trace.outputs(op)[0].shape} puts the steps in another order",
            value=op.inputs[0],
            effects=(f"step {index} of the data is step {places[index]} of the result",),
            evidence=(audit_evidence(f"the result has all {total} steps, one place each, in another order"),),
            fix=Fix("put the axes that make up time side by side, the slower first, before they are joined"),
        )  # fmt: skip


def _read_as_chunks(trace: Trace, op: OpFact, made: ValueFact) -> bool:
    """Whether recurrent modules alone read it, and take for samples what is samples: parts of time, folded on purpose.

    batch == 6 and seq == 12 cut into two parts each is (12, 6): the exchanged shape, but no exchange.
    """
    found = [reader for reader, _, _ in readers(trace, op)]
    return (
        bool(found)
        and made.ndim == 3
        and made.batch.kind == "folded"
        and all(
            reader is not None and is_recurrent(reader) and reads_as(reader, 3).index("batch") == made.batch.axis
            for reader in found
        )
    )


def layers_as_samples(trace: Trace, op: OpFact, given: ValueFact) -> Iterator[Suspect]:
    """h_n.view(-1, hidden): layers × directions × batch rows, and so many rows has the result."""
    made = trace.outputs(op)[0]
    if made.batch.kind != "folded" or given.batch.kind != "carried" or from_states(trace, op.inputs[0]) is None:
        return
    rows = made.shape[made.batch.axis or 0]
    results = [trace.values[v] for v in results_of(trace, op)]
    if any(r.batch.kind == "folded" and r.shape[r.batch.axis or 0] == rows for r in results):
        yield suspect(
            trace, op, "BF301", f"{op.name} to {made.shape} makes a row of every layer and direction of every sample",
            value=op.inputs[0], weight=1, effects=(f"the result has {rows} rows for {trace.batch} samples",),
            evidence=(audit_evidence(f"every sample has {rows // trace.batch} rows in the result"),),
            fix=Fix("take the last layer, h_n[-1]; both directions: torch.cat((h_n[-2], h_n[-1]), dim=1)"),
        )  # fmt: skip


def _clean_again(trace: Trace, value: int, order: set[tuple[tuple[int, tuple[int, ...]], ...]]) -> bool:
    """Whether moves behind the reshape brought the samples back to one axis, in order, before any computation."""
    verdict = trace.values[value].batch
    return verdict.kind == "folded" or (verdict.kind == "carried" and verdict.positions in order)
