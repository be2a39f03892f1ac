"""Lengths and orders around packing: BF502, BF503."""

from __future__ import annotations

from collections.abc import Iterator

from batchfirst.contracts.operations import INDEXES
from batchfirst.diagnosis.silent.flow import own_paddings
from batchfirst.diagnosis.silent.meeting import reorders
from batchfirst.diagnosis.silent.suspect import Suspect, audit_evidence, recurrent_calls, suspect
from batchfirst.model.finding import Evidence, Fix
from batchfirst.model.trace import OpFact, Trace


def packing_mistakes(trace: Trace) -> Iterator[Suspect]:
    """Suspects for lengths that are not the data's, and for rows that come back in another order."""
    yield from _lengths(trace)
    yield from _order(trace)


def _lengths(trace: Trace) -> Iterator[Suspect]:
    """BF502: lengths that packing was given against the padding seen in the data, sample by sample."""
    facts = {fact.call: fact for fact in trace.recurrent}
    for call in recurrent_calls(trace):
        fact = facts.get(call.index)
        if fact is None or fact.lengths is None:
            continue
        pack = next((up for up in trace.upstream(call.inputs[0]) if up.name == "_pack_padded_sequence"), None)
        if pack is None:
            continue
        for padding in own_paddings(trace, pack.inputs[0]):
            source, given = trace.values[padding.value], trace.values[pack.inputs[0]]
            steps = given.shape[1 if pack.options.get("batch_first") else 0]
            total = source.shape[source.seq.axis] if source.seq.axis is not None else 0
            if total == steps:
                yield from _compared(trace, pack, fact.lengths, padding.lengths)
            elif max(padding.lengths) == total and 4 * max(fact.lengths) <= 3 * steps:
                yield _short(trace, pack, steps, max(fact.lengths))


def _short(trace: Trace, pack: OpFact, steps: int, longest: int) -> Suspect:
    return suspect(
        trace, pack, "BF502", f"the longest sample is packed with {longest} steps, but its {steps} steps are all real",
        effects=("the recurrent module stops before the end of every sample",),
        evidence=(audit_evidence("the longest sample of the input has no padding"),),
        fix=Fix("count lengths in the steps that reach the recurrent module: after strides and pooling, once"),
    )  # fmt: skip


def _compared(trace: Trace, pack: OpFact, packed: tuple[int, ...], real: tuple[int, ...]) -> Iterator[Suspect]:
    verdict = trace.values[pack.inputs[0]].batch
    if verdict.kind != "carried" or len(packed) != len(real):
        return
    in_place = sorted(packed, reverse=True)  # a packed batch lies in the order of falling lengths
    pairs = {index: (in_place[found[0]], real[index]) for index, found in verdict.positions}
    differences = {given - true for given, true in pairs.values()}
    if len(differences) < 2:
        return  # all right, or all one shorter on purpose
    sample = next(index for index, (given, true) in pairs.items() if given != true)
    given, true = pairs[sample]
    same = sorted(packed) == sorted(real)
    yield suspect(
        trace, pack, "BF502", f"sample {sample} has {true} steps but is packed with {given}",
        effects=("the recurrent module runs over padding, or stops before the end",),
        evidence=(
            audit_evidence(f"real steps {real}, packed {packed}"),
            *((Evidence("the same lengths in another order", "shape"),) if same else ()),
        ),
        fix=Fix(
            "sort data and lengths by the same index, or leave both and pack with enforce_sorted=False" if same
            else "count the steps of each sample along the seq axis: (tokens != pad).sum(dim=1)"
        ),
    )  # fmt: skip


def _order(trace: Trace) -> Iterator[Suspect]:
    """BF503: the result lists the samples in another order than the input does."""
    for value in trace.results:
        verdict = trace.values[value].batch
        final = value
        if trace.values[value].ndim == 0:
            loss = trace.producer(value)
            final = _prediction(trace, loss)
            verdict = trace.values[final].batch
        shape = trace.values[final].shape
        if verdict.kind != "carried" or verdict.axis is None or shape[verdict.axis] != trace.batch:
            continue
        if all(found == (index,) for index, found in verdict.positions) or _order_returned(trace, final):
            continue
        sorter = next((op for op in reversed(trace.ops) if op.live and reorders(trace, op)), None)
        if sorter is not None:
            yield suspect(
                trace, sorter, "BF503", "samples are put in another order and never put back", value=sorter.inputs[0],
                effects=("row i of the result belongs to another sample than row i of the input",),
                evidence=(audit_evidence(f"sample → row of the result: {_mapping(verdict.positions)}"),),
                fix=Fix("put the result back with the inverse index, order.argsort(); or enforce_sorted=False"),
            )  # fmt: skip
            return


def _prediction(trace: Trace, loss: OpFact | None) -> int:
    """The tensor that a loss is computed from: back through what has no batch axis any more."""
    value = loss.inputs[0] if loss is not None and loss.inputs else 0
    for _ in range(len(trace.ops)):
        if trace.values[value].batch.clean:
            return value
        op = trace.producer(value)
        if op is None or not op.inputs:
            return value
        value = op.inputs[0]
    return value


def _order_returned(trace: Trace, final: int) -> bool:
    """Whether the caller is handed the order too, or the target was put in the same order."""
    indexed = [op for op in trace.ops if op.name in INDEXES and len(op.inputs) > 1]
    sorters = [op for op in indexed if reorders(trace, op)]
    if any(sorter.inputs[1] in trace.results for sorter in sorters):
        return True
    return any(
        op.inputs[1] == sorter.inputs[1] and trace.values[op.inputs[0]].batch.kind == "absent"
        for sorter in sorters for op in indexed
    )  # fmt: skip


def _mapping(positions: tuple[tuple[int, tuple[int, ...]], ...]) -> str:
    return ", ".join(f"{index} → {found[0]}" for index, found in positions)
