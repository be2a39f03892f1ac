"""Reshapes and indices that leave elements apart but out of order: BF207, BF301, BF401, BF409, BF602."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from batchfirst.contracts.operations import (
    ATTENTIONS,
    CLASS_LOSSES,
    CONVOLUTIONS,
    ELEMENTWISE,
    INDEXES,
    MOVES,
    PRODUCTS,
    RESHAPES,
    ROW_BY_ROW,
    SOFTMAXES,
    WINDOWS,
)  # fmt: skip
from batchfirst.contracts.reshaping import reshaped_axis
from batchfirst.diagnosis.silent.flow import from_convolution, from_states, readers, results_of
from batchfirst.diagnosis.silent.suspect import Suspect, audit_evidence, is_recurrent, kind_of, reads_as, suspect
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
    if op.name == "as_strided" or _exchanged_back(trace, op, given, made):
        return  # strides are written by hand, and windows may overlap
    outcome = "cut" if op.index in trace.cuts else cut(given, given.seq, made)
    exchanged = sorted(made.shape) == sorted(given.shape) and made.shape != given.shape
    exchanged = exchanged or _heads_first(trace, op, given, made)
    if outcome in ("", "kept", "split") or not (outcome == "cut" or exchanged) or not made.batch.clean:
        return
    certain = op.outputs if op.index in trace.cuts else ()  # three probed steps may fall apart by chance
    whole_again = all(
        trace.values[value].seq.kind in ("carried", "folded") and value not in certain
        for _, value, _ in readers(trace, op)
    )
    if (whole_again and not exchanged) or (outcome == "chunked" and _read_as_chunks(trace, op, made)):
        return
    by_rows = outcome in ("chunked", "folded") and made.ndim == given.ndim == 3 and given.seq.axis != 2
    if by_rows and not _read_by_channels(trace, op, made):
        return  # neighbouring steps joined or parted, by chance to the exchanged sizes
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


def _exchanged_back(trace: Trace, op: OpFact, given: ValueFact, made: ValueFact) -> bool:
    """(…, a, b) as (…, b, a), cut, and as (…, a, c) again, with no computation in between: the relative shift.

    True for the first of the two reshapes and for the second.
    """
    if given.ndim < 3 or made.shape != (*given.shape[:-2], given.shape[-1], given.shape[-2]):
        return False
    before = trace.producer(op.inputs[0])
    while before is not None and before.inputs and before.name in MOVES:
        first, then = trace.inputs(before)[0].shape, trace.outputs(before)[0].shape
        if before.name in RESHAPES and first[:-1] == made.shape[:-1] and then == (*first[:-2], first[-1], first[-2]):
            return True
        before = trace.producer(before.inputs[0])
    found = readers(trace, op)
    return bool(found) and all(
        value not in op.outputs
        and trace.values[value].shape[:-1] == given.shape[:-1]
        and any(up.name in RESHAPES and up.index > op.index for up in trace.upstream(value))
        for _, value, _ in found
    )


def _read_by_channels(trace: Trace, op: OpFact, made: ValueFact) -> bool:
    """Whether the batch was moved too, or a reader takes axis 1 for channels."""
    if made.batch.kind != "carried":
        return True
    found = (reader for reader, _, _ in readers(trace, op, ELEMENTWISE))
    return any(r is not None and (r.name in CONVOLUTIONS or r.name in WINDOWS or r.name == "batch_norm") for r in found)


def _heads_first(trace: Trace, op: OpFact, given: ValueFact, made: ValueFact) -> bool:
    """(batch, seq, heads * d) as (batch, heads, seq, d), for attention: the sizes that a transposition would give."""
    if given.ndim != 3 or made.ndim != 4 or given.seq.axis != 1:
        return False
    batch, heads, steps, size = made.shape
    if (batch, steps, heads * size) != given.shape or heads == 1:
        return False
    found = [reader for reader, _, _ in readers(trace, op, ELEMENTWISE)]
    return bool(found) and all(r is not None and (r.name in PRODUCTS or r.name in ATTENTIONS) for r in found)


def maps_cut(trace: Trace, op: OpFact, given: ValueFact) -> Iterator[Suspect]:
    """Feature maps (batch, channels, …) reshaped to rows of channels: the shape is right, the rows are not."""
    made = trace.outputs(op)[0]
    if given.ndim < 3 or made.ndim != 3 or given.seq.kind != "absent" or not from_convolution(trace, op.inputs[0]):
        return
    if not given.batch.lies_on(0) or not made.batch.lies_on(0):
        return
    channels, places = given.shape[1], given.shape[2:]
    merged = [(channels, prod(places)), (channels * prod(places[:-1]), places[-1])]
    exchanged = [(prod(places), channels)]
    if len(places) == 2:
        exchanged += [(places[1], channels * places[0]), (places[0], channels * places[1])]
    if made.shape[1:] in merged or made.shape[1:] not in exchanged:
        return
    yield suspect(
        trace, op, "BF401", f"{op.name} to {made.shape} does not move axes: it cuts across channels and places",
        value=op.inputs[0], effects=("each row holds neighbouring places of a few channels, not all channels of one",),
        evidence=(audit_evidence(f"{given.shape} comes from a convolution: (batch, channels, …)"),),
        fix=Fix("move axes, then merge neighbours: x.flatten(2).transpose(1, 2), or x.permute(0, 3, 1, 2).flatten(2)"),
    )  # fmt: skip


def batch_exchanged(trace: Trace, op: OpFact, given: ValueFact) -> Iterator[Suspect]:
    """(batch, a, …) reshaped to (a, batch, …) for what reads the batch on axis 1, where time is not declared."""
    made = trace.outputs(op)[0]
    if given.ndim < 3 or given.seq.kind != "absent" or not given.batch.lies_on(0) or not made.batch.clean:
        return
    if made.shape != (given.shape[1], given.shape[0], *given.shape[2:]) or made.batch.axis != 0:
        return
    for reader, _, _ in readers(trace, op, ELEMENTWISE | SOFTMAXES | ROW_BY_ROW):
        if reader is None:
            continue
        if reader.name != "ctc_loss" and not (is_recurrent(reader) and reads_as(reader, 3)[0] == "seq"):
            continue
        yield suspect(
            trace, op, "BF401", f"{op.name} to {made.shape} does not move axes: it cuts across samples",
            value=op.inputs[0], weight=1, effects=("each row holds numbers of several samples",),
            evidence=(audit_evidence(f"samples still lie along axis 0, where {kind_of(reader)} reads time"),),
            fix=Fix("exchange axes with transpose or permute, and reshape only neighbouring axes"),
        )  # fmt: skip
        return


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
