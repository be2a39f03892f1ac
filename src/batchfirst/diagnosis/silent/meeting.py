"""Tensors meet that hold the samples on other axes or in another order: BF108, BF302, BF402, BF409, BF503, BF601."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations

from batchfirst.contracts.operations import INDEXES, JOINS, REORDERS, ROW_BY_ROW, SOFTMAXES
from batchfirst.diagnosis.silent.flow import downstream, from_states, only_scalars, results_of
from batchfirst.diagnosis.silent.suspect import Suspect, audit_evidence, suspect
from batchfirst.model.finding import Evidence, Fix
from batchfirst.model.trace import OpFact, Trace, ValueFact

HANDS_OUT = INDEXES | {"unbind", "iter", "split", "chunk", "tensor_split", "split_with_sizes"}
_BY_STEP = "loop over the seq axis: for step in x.unbind(dim=1) with (batch, seq, features) data"


def meetings(trace: Trace, op: OpFact, value: int) -> Iterator[Suspect]:
    """Suspects for an elementwise operation or a join of tensors that hold the samples in different places."""
    states = [v for v in op.inputs if from_states(trace, v, ROW_BY_ROW) is not None]
    given = list(trace.inputs(op))
    if op.name in JOINS and steps_beside_samples(given):
        yield suspect(
            trace, op, "BF108", f"{op.name} puts the steps of one sample beside the states of all samples", value=value,
            effects=effect(trace, op), evidence=shapes(trace, op), fix=Fix(_BY_STEP),
        )  # fmt: skip
    elif other_order(given):
        yield from _orders(trace, op, value)
    elif results_of(trace, op) and only_scalars(trace, op) and not in_model(op):
        if not _made_pairs(trace, op):
            yield suspect(
                trace, op, "BF601", "prediction and target broadcast against each other", value=value, weight=1,
                effects=("every prediction is compared with every target",), evidence=shapes(trace, op),
                fix=Fix("give both the same shape: prediction.squeeze(-1), or target.unsqueeze(-1)"),
            )  # fmt: skip
    elif states:
        yield suspect(
            trace, op, "BF302", "hidden states meet another tensor with the samples on different axes",
            value=states[0], weight=1, effects=effect(trace, op), evidence=shapes(trace, op),
            fix=Fix("h_n is (layers × directions, batch, hidden): take h_n[-1] and add the axis that is missing"),
        )  # fmt: skip
    elif not _made_pairs(trace, op) or not only_scalars(trace, op):
        yield mixed_otherwise(trace, op, value)


def sample_by_sample(trace: Trace, op: OpFact) -> Suspect | None:
    """BF108: a recurrence written by hand that gets one sample after another: in its next round two samples meet."""
    source = _handed_out(trace, op)
    if source is None:
        return None
    return suspect(
        trace, source, "BF108", f"{source.name} hands a recurrence one sample after another as if they were steps",
        value=source.inputs[0], effects=("each sample starts from the state of the one before",),
        evidence=(audit_evidence(f"the {op.name} of one round takes another sample than the round before left"),),
        fix=Fix(_BY_STEP),
    )  # fmt: skip


def _handed_out(trace: Trace, op: OpFact) -> OpFact | None:
    """The operation that takes the samples apart for such a recurrence."""
    joined = next((up for v in op.inputs[:1] if (up := trace.producer(v)) is not None and up.name in JOINS), None)
    inputs = joined.inputs if joined is not None else op.inputs
    for fresh, state in permutations(inputs[:3], 2):
        one, other = trace.values[fresh].batch.reached, trace.values[state].batch.reached
        if len(one) != 1 or not other or one == other:
            continue
        if not any((up.name, up.location) == (op.name, op.location) for up in trace.upstream(state)):
            continue
        source = next((up for up in trace.upstream(fresh) if hands_out(trace, up)), None)
        if source is not None:
            return source
    return None


def hands_out(trace: Trace, op: OpFact) -> bool:
    """Whether an operation takes parts of a tensor with all samples in it, as an index or a loop does."""
    given = trace.inputs(op)[:1]
    return op.name in HANDS_OUT and bool(given) and given[0].batch.clean and len(given[0].batch.reached) > 1


def other_order(given: Sequence[ValueFact]) -> bool:
    """Whether a sample has another place along the same axis in one tensor than in another one."""
    carried = [v for v in given if v.batch.kind == "carried" and v.batch.axis is not None]
    axes = {v.ndim - v.batch.axis for v in carried if v.batch.axis is not None}
    if len(axes) != 1:
        return False
    places = {place for v in carried for place in v.batch.positions}
    return len({index for index, _ in places}) < len(places)


def _orders(trace: Trace, op: OpFact, value: int) -> Iterator[Suspect]:
    """Rows of different samples side by side: sorted and not put back, or turned round along the batch."""
    turned = next((up for v in op.inputs for up in trace.upstream(v) if reorders(trace, up)), None)
    by_length = turned is not None and any(
        up.name in REORDERS for number in turned.inputs[1:] for up in trace.upstream(number)
    )
    if turned is not None and not by_length and only_scalars(trace, op):
        return  # other samples as negatives, or for mixing in: what a loss does on purpose
    if turned is not None and turned.name in ("flip", "roll"):
        yield suspect(
            trace, turned, "BF409", f"{turned.name} runs along the batch axis, not along time", value=turned.inputs[0],
            effects=effect(trace, op),
            evidence=(audit_evidence(f"{op.name} then joins rows of different samples"),),
            fix=Fix("name the axis of time: x.flip(1) for (batch, seq, features), x.flip(0) for (seq, batch, …)"),
        )  # fmt: skip
        return
    yield suspect(
        trace, op, "BF503", f"{op.name} joins rows of different samples: its inputs are in different orders",
        value=value, weight=1, effects=effect(trace, op),
        evidence=(audit_evidence("the samples lie along the same axis of both, in different orders"),),
        fix=Fix("put each back in the order of the data, with order.argsort(), before they meet"),
    )  # fmt: skip


def reorders(trace: Trace, op: OpFact) -> bool:
    """Whether an operation puts the samples in another order."""
    if not op.inputs or op.name not in INDEXES | {"sort", "flip", "roll"}:
        return False
    before, after = trace.values[op.inputs[0]].batch, trace.outputs(op)[0].batch
    return before.kind == after.kind == "carried" and len(after.reached) > 1 and before.positions != after.positions


def products(trace: Trace, op: OpFact, value: int) -> Iterator[Suspect]:
    """Suspects for a product that sums over several samples."""
    if only_scalars(trace, op):
        return  # similarities within a batch, as contrastive losses use them
    states = [v for v in op.inputs if from_states(trace, v) is not None]
    later = {found.name for found in downstream(trace, op.outputs)}
    if other_order(trace.inputs(op)):
        yield from _orders(trace, op, value)
    elif states:
        yield suspect(
            trace, op, "BF302", f"{op.name} multiplies hidden states of other samples", value=states[0], weight=1,
            effects=effect(trace, op), evidence=shapes(trace, op),
            fix=Fix("bring both to batch first: h_n[-1] is (batch, hidden)"),
        )  # fmt: skip
    elif later & SOFTMAXES and len(op.inputs) > 1:
        yield suspect(
            trace, op, "BF408", f"the attention scores of {op.name} compare samples with each other", value=value,
            effects=effect(trace, op), evidence=shapes(trace, op),
            fix=Fix("bring query and key to (batch, seq, features) before the product"),
        )  # fmt: skip
    else:
        yield mixed_otherwise(trace, op, value)


def steps_beside_samples(given: list[ValueFact]) -> bool:
    """Whether rows that are the steps of one sample stand beside rows that are samples: batch == seq hides it."""
    return any(
        one.batch.axis is not None
        and one.batch.lies_on(one.batch.axis)
        and other.seq.lies_on(one.batch.axis)
        and len(other.batch.reached) == 1
        for one in given
        for other in given
    )


def mixed_otherwise(trace: Trace, op: OpFact, value: int) -> Suspect:
    """BF402: samples are mixed, and no closer code fits."""
    layouts = {(v.batch.axis, v.seq.axis) for v in trace.inputs(op) if _known(v)}
    if len(layouts) == 2 and {pair[::-1] for pair in layouts} == layouts:
        return suspect(
            trace, op, "BF402", f"{op.name} of tensors in two layouts: batch and time lie the other way round in one",
            value=value, effects=effect(trace, op), evidence=shapes(trace, op),
            fix=Fix("bring both to one layout: .transpose(0, 1) on one of them"),
        )  # fmt: skip
    return suspect(
        trace, op, "BF402", f"{op.name} mixes samples", value=value, effects=effect(trace, op),
        evidence=shapes(trace, op), fix=Fix("let the operation work on every sample by itself"),
    )  # fmt: skip


def _known(value: ValueFact) -> bool:
    return all(v.axis is not None and v.lies_on(v.axis) for v in (value.batch, value.seq))


def effect(trace: Trace, op: OpFact) -> tuple[str, ...]:
    """What mixing does."""
    return (f"an element of the result depends on several of the {trace.batch} samples",)


def shapes(trace: Trace, op: OpFact) -> tuple[Evidence, ...]:
    """What went in and what came out."""
    given = " and ".join(str(v.shape) for v in trace.inputs(op)[:3])
    return (audit_evidence(f"{op.name} of {given} gives {trace.outputs(op)[0].shape}"),)


def in_model(op: OpFact) -> bool:
    """Whether an operation stands within a module's forward: a loss by hand stands outside."""
    return bool(op.options.get("inside"))


def _made_pairs(trace: Trace, op: OpFact) -> bool:
    """Whether an axis was added on purpose (unsqueeze, None) to one of two tensors of the same origin: all pairs."""
    for value in op.inputs:
        producer = trace.producer(value)
        if producer is None:
            continue
        index = str(producer.options.get("index", ""))
        if producer.name == "unsqueeze" or (producer.name == "getitem" and "None" in index):
            return True
    return False
