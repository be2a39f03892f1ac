"""The first operation whose inputs carry the samples cleanly and whose output does not: BF207, BF301, BF4xx, BF601."""

from __future__ import annotations

from collections.abc import Iterator

from batchfirst.contracts.operations import (
    ATTENTIONS,
    BINARY,
    CONVOLUTIONS,
    INDEXES,
    JOINS,
    LOSSES,
    MOVES,
    NORMS,
    PRODUCTS,
    REDUCTIONS,
    REORDERS,
    RESHAPES,
    SOFTMAXES,
)  # fmt: skip
from batchfirst.diagnosis.silent.axes import unpacked_otherwise
from batchfirst.diagnosis.silent.flow import (
    moved_from,
    only_scalars,
    recombined,
    results_of,
)  # fmt: skip
from batchfirst.diagnosis.silent.meeting import (
    HANDS_OUT,
    effect,
    hands_out,
    in_model,
    meetings,
    mixed_otherwise,
    other_order,
    products,
    sample_by_sample,
    steps_beside_samples,
)  # fmt: skip
from batchfirst.diagnosis.silent.scrambling import (
    batch_exchanged,
    cut,
    layers_as_samples,
    maps_cut,
    scrambled,
    steps_rearranged,
    time_cut,
)  # fmt: skip
from batchfirst.diagnosis.silent.suspect import (
    Suspect,
    audit_evidence,
    is_attention,
    is_cell,
    is_recurrent,
    kind_of,
    reads_as,
    suspect,
)  # fmt: skip
from batchfirst.model.finding import Evidence, Fix
from batchfirst.model.trace import OpFact, Trace, ValueFact

_EXTREMES = frozenset("max min amax amin".split())
_STATISTICS = frozenset("mean std var std_mean var_mean norm vector_norm amax amin max min sum".split())


def mixings(trace: Trace) -> Iterator[Suspect]:
    """Suspects for every live operation that loses the batch axis unallowed, or puts time out of order."""
    yield from steps_rearranged(trace)
    for op in trace.ops:
        if not op.live or not op.inputs:
            continue
        given = [v for v in trace.inputs(op) if v.batch.kind != "absent"]
        if not given or not all(v.batch.clean for v in given):
            continue
        if op.name in RESHAPES and len(given) == 1:
            yield from time_cut(trace, op, given[0])
            yield from maps_cut(trace, op, given[0])
            yield from batch_exchanged(trace, op, given[0])
            yield from layers_as_samples(trace, op, given[0])
        for number in op.outputs:
            lost = _lost(op, given, trace.values[number])
            if lost == "scrambled":
                yield from scrambled(trace, op)
            elif lost == "mixed":
                yield from _mixed(trace, op)
            if lost:
                break


def _lost(op: OpFact, given: list[ValueFact], made: ValueFact) -> str:
    if made.batch.kind == "mixed" or (op.name in _EXTREMES and _reduces_batch(op, given[0])):
        return "mixed"
    known = [v for v in given if v.batch.axis is not None and v.batch.lies_on(v.batch.axis)]
    if op.name in JOINS and len({v.ndim - (v.batch.axis or 0) for v in known}) > 1:
        return "mixed"
    if op.name in JOINS and made.batch.kind == "scrambled" and (steps_beside_samples(given) or other_order(given)):
        return "mixed"
    if op.name in RESHAPES and len(given) == 1:
        return "scrambled" if cut(given[0], given[0].batch, made) in ("chunked", "cut") else ""
    # Stacking and plain indices lay samples out over several axes; each keeps its own elements.
    return "scrambled" if made.batch.kind == "scrambled" and op.name in INDEXES and len(op.inputs) > 1 else ""


def _reduces_batch(op: OpFact, given: ValueFact) -> bool:
    """Whether min or max run over the batch: by contract, for the one sample that counts may not have been changed."""
    dims = op.options.get("dim")
    if not given.batch.lies_on(given.batch.axis if given.batch.axis is not None else -1):
        return False
    if dims is None:
        return len(op.inputs) == 1
    return given.batch.axis in {int(d) % given.ndim for d in str(dims).split(",") if d.strip("- ").isdigit()}


# --- elements that depend on several samples -----------------------------------------------------------------------


def _mixed(trace: Trace, op: OpFact) -> Iterator[Suspect]:
    value = next((v for v in op.inputs if trace.values[v].batch.clean), op.inputs[0])
    name = op.name
    origin = None if is_recurrent(op) else unpacked_otherwise(trace, value)
    by_hand = None if is_recurrent(op) else sample_by_sample(trace, op)
    if by_hand is not None:
        yield by_hand
    elif origin is not None:
        yield suspect(
            trace, origin, "BF501", "pad_packed_sequence returns the other layout than what reads it",
            value=origin.outputs[0], effects=effect(trace, op),
            evidence=(audit_evidence(f"{name} behind it runs over the samples"),),
            fix=Fix(f"pad_packed_sequence(..., batch_first={not origin.options.get('batch_first')})"),
        )  # fmt: skip
    elif is_recurrent(op):
        yield from _recurrent(trace, op, value)
    elif is_attention(op) or name in ATTENTIONS:
        yield _attention(trace, op, value)
    elif name in SOFTMAXES:
        yield suspect(
            trace, op, "BF406", f"{name} runs over the batch axis", value=value, weight=2,
            effects=("the weights of one sample depend on all others and do not sum to 1 for it",),
            evidence=(audit_evidence(f"samples lie along the axis that {name}{_dim(op)} normalises"),),
            fix=Fix("normalise over the axis that is meant: dim=-1 for classes, the seq axis for attention"),
        )  # fmt: skip
    elif name in NORMS:
        if not op.options.get("training"):
            yield _norm(trace, op, value, f"{name} normalises over the batch axis")
    elif name in CONVOLUTIONS:
        yield suspect(
            trace, op, "BF405", f"{name} runs across samples", value=value, effects=effect(trace, op),
            fix=Fix("give it (batch, channels, seq): x.transpose(1, 2) for (batch, seq, features) data"),
        )  # fmt: skip
    elif name in LOSSES:
        yield from _loss(trace, op, value)
    elif name in REDUCTIONS:
        yield from _reduction(trace, op, value)
    elif name in BINARY or name in MOVES:
        yield from meetings(trace, op, value)
    elif name in PRODUCTS:
        yield from products(trace, op, value)
    elif name in REORDERS or only_scalars(trace, op):
        return
    elif trace.outputs(op)[0].dtype.startswith(("float", "bfloat")):
        yield mixed_otherwise(trace, op, value)


def _recurrent(trace: Trace, op: OpFact, value: int) -> Iterator[Suspect]:
    kind = kind_of(op)
    states = [v for v, role in zip(op.inputs, op.roles, strict=True) if role in ("h_0", "c_0")]
    carrying = [v for v in states if trace.values[v].batch.clean]
    if not carrying:
        return  # the input alone does it: the rule for inputs tells it
    data = trace.values[op.inputs[0]]
    reads = reads_as(op, data.ndim)
    over_batch = "batch" in reads and data.seq.lies_on(reads.index("batch"))
    if is_cell(op):
        over_batch = over_batch or len(data.batch.reached) == 1
    if over_batch:
        source = next((up for up in trace.upstream(op.inputs[0]) if up.name in HANDS_OUT), op)
        source = source if hands_out(trace, source) else op
        yield suspect(
            trace, source, "BF108", f"the loop hands {kind} one sample after another as if they were steps",
            value=source.inputs[0], effects=("each sample starts from the state of the one before",),
            evidence=(audit_evidence("the state carries another sample than the input"),),
            fix=Fix("loop over the seq axis: for step in x.unbind(dim=1) with (batch, seq, features) data"),
        )  # fmt: skip
    else:
        yield suspect(
            trace, op, "BF208", f"{kind} starts from the state that another sample left", value=op.inputs[0],
            effects=("one sample's result depends on those run before it",),
            evidence=(audit_evidence("the state carries another sample than the input"),),
            fix=Fix("start every sample from its own state: leave the state away, or make zeros anew"),
        )  # fmt: skip


def _attention(trace: Trace, op: OpFact, value: int) -> Suspect:
    mask = next((v for role, v in zip(op.roles, op.inputs, strict=False) if _by_sample(trace, op, role, v)), None)
    if mask is None:
        return suspect(
            trace, op, "BF408", f"{kind_of(op)} attends across the batch", value=value,
            effects=effect(trace, op), fix=Fix("put the batch on the axis that attention keeps apart"),
        )  # fmt: skip
    size = trace.values[mask].shape[0]
    return suspect(
        trace, op, "BF412", f"{kind_of(op)} reads a padding mask as a mask of pairs of steps", value=mask, table=None,
        effects=(*effect(trace, op), f"its row n, sample n's padding, was used at step n of all {trace.batch} samples"),
        evidence=(
            audit_evidence(f"samples lie along axis 0 of the mask {trace.values[mask].shape}"),
            Evidence("a mask of 2 axes is (query steps, key steps), the same for all samples", "contract"),
            Evidence(f"torch raised nothing: there are {size} samples and {size} steps", "torch"),
        ),
        fix=Fix("pass it as key_padding_mask (src_key_padding_mask, … of the Transformer layers)"),
    )  # fmt: skip


def _by_sample(trace: Trace, op: OpFact, role: str, value: int) -> bool:
    """Whether a mask of pairs of steps has a row for each sample. The mask that an encoder takes second is one."""
    shown, data = trace.values[value], trace.values[op.inputs[0]]
    pairs = (role.endswith("mask") and "padding" not in role) or role == "memory"
    return pairs and shown.ndim == 2 and data.ndim == 3 and shown.batch.lies_on(0)


def _norm(trace: Trace, op: OpFact, value: int, summary: str) -> Suspect:
    return suspect(
        trace, op, "BF407", summary, value=value, effects=effect(trace, op),
        evidence=(audit_evidence("samples lie along the axis that is normalised"),),
        fix=Fix("normalise over features, or use statistics of the training set"),
    )  # fmt: skip


def _loss(trace: Trace, op: OpFact, value: int) -> Iterator[Suspect]:
    if all(out.ndim == 0 for out in trace.outputs(op)):
        return  # a loss over the batch is what it is for; its shapes are checked elsewhere
    yield mixed_otherwise(trace, op, value)


def _reduction(trace: Trace, op: OpFact, value: int) -> Iterator[Suspect]:
    again = recombined(trace, op)
    if again is None:
        carried = any(trace.values[v].batch.clean for v in trace.results)
        if carried or only_scalars(trace, op) or not results_of(trace, op):
            return
        yield suspect(
            trace, op, "BF402", f"{op.name}{_dim(op)} runs over the batch axis", value=value,
            effects=effect(trace, op), evidence=_reduced(trace, op, value),
            fix=Fix("reduce over the seq axis, and keep one row per sample"),
        )  # fmt: skip
        return
    if only_scalars(trace, op) and not in_model(op):
        return  # weights within a loss
    if op.name in _EXTREMES and again.name == "sub" and _only_exp(trace, again):
        return  # exp(x - x.max()) keeps the numbers small and cancels out
    own = any(moved_from(trace, v, set(op.inputs)) for v in again.inputs)
    if op.name in _STATISTICS and again.name in ("sub", "div", "rsub", "batch_norm") and own:
        done = "divides" if again.name == "div" else "is taken off"
        yield _norm(trace, op, value, f"{op.name}{_dim(op)} over the batch {done} every sample")
    else:
        yield suspect(
            trace, op, "BF402", f"{op.name}{_dim(op)} over the batch goes back into every sample", value=value,
            effects=effect(trace, op), evidence=_reduced(trace, op, value),
            fix=Fix("reduce over the axis that is meant, and leave the batch axis as it is"),
        )  # fmt: skip


def _only_exp(trace: Trace, op: OpFact) -> bool:
    return all(later.name in ("exp", "logsumexp") for value in op.outputs for later in trace.consumers(value))


def _reduced(trace: Trace, op: OpFact, value: int) -> tuple[Evidence, ...]:
    return (audit_evidence(f"samples lie along axis {trace.values[value].batch.axis}, which {op.name} reduces"),)


def _dim(op: OpFact) -> str:
    return f"(dim={op.options['dim']})" if op.options.get("dim") is not None else "()"
