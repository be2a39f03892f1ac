"""What is read of a recurrent module's results: BF302, BF303, BF304, BF305, BF306, BF411."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from batchfirst.contracts.operations import RESHAPES
from batchfirst.diagnosis.silent.suspect import (
    Suspect,
    audit_evidence,
    batch_first,
    is_cell,
    kind_of,
    recurrent_calls,
    suspect,
)  # fmt: skip
from batchfirst.model.finding import Evidence, Fix, Rival
from batchfirst.model.trace import OpFact, ReadFact, RecurrentFact, Trace

_STATE_ROLES = ("h_0", "c_0")


@dataclass
class Reading:
    """All that is read of one recurrent call, by part. `own`: what only the module's own next call takes."""

    call: OpFact
    sizes: RecurrentFact
    output: list[ReadFact] = field(default_factory=list)
    h_n: list[ReadFact] = field(default_factory=list)
    c_n: list[ReadFact] = field(default_factory=list)


def readings(trace: Trace) -> list[Reading]:
    """What is read of each recurrent call by others than its own next call, and reaches the result."""
    sizes = {fact.call: fact for fact in trace.recurrent}
    found = {op.index: Reading(op, sizes[op.index]) for op in recurrent_calls(trace) if op.index in sizes}
    for read in trace.reads:
        reading = found.get(read.call)
        if reading is None or not _counts(trace, reading.call, read):
            continue
        getattr(reading, read.part).append(read)
    return list(found.values())


def _counts(trace: Trace, call: OpFact, read: ReadFact) -> bool:
    if read.reader is None:
        return True
    reader = trace.ops[read.reader]
    if not reader.live:
        return False
    own = reader.path == call.path and reader.name == call.name
    return not (own and read.role in _STATE_ROLES)


def reading_mistakes(trace: Trace) -> Iterator[Suspect]:
    """Suspects for recurrent results of which another part is read than is meant."""
    found = readings(trace)
    yield from _cell_states(trace, found)
    yield from _exchanged(trace)
    for reading in found:
        if is_cell(reading.call):
            continue
        yield from _hidden_index(trace, reading)
        yield from _last_step(trace, reading)


# --- c_n ---------------------------------------------------------------------------------------------------------


def _cell_states(trace: Trace, found: list[Reading]) -> Iterator[Suspect]:
    """BF306: c_n goes where features go, and neither output nor h_n of the same module goes anywhere."""
    groups: dict[tuple[str, str], list[Reading]] = defaultdict(list)
    for reading in found:
        if kind_of(reading.call).startswith("LSTM"):
            groups[(reading.call.path, reading.call.name)].append(reading)
    for group in groups.values():
        if any(reading.output or reading.h_n for reading in group):
            continue
        reads = [read for reading in group for read in reading.c_n if read.role != "c_0"]
        if not reads:
            continue
        first = reads[0]
        at = trace.ops[first.reader] if first.reader is not None else _selector(trace, first, group[0].call)
        kind = kind_of(group[0].call)
        state = "c" if kind.endswith("Cell") else "c_n"
        yield suspect(
            trace, at, "BF306", f"the cell state {state} of {kind} is read where its hidden state is meant",
            effects=(f"neither the output nor h of {group[0].call.path or kind} reaches the result",),
            evidence=(audit_evidence(f"{_name(at)} reads {state}; nothing reads h"),),
            fix=Fix("an LSTM returns output, (h_n, c_n): read h_n, the first of the pair"),
        )  # fmt: skip


def _exchanged(trace: Trace) -> Iterator[Suspect]:
    """BF306: c_n handed on as h_0, as `output, (c, h) = lstm(x)` does."""
    told: set[str] = set()
    for read in trace.reads:
        if read.part != "c_n" or read.role != "h_0" or read.reader is None:
            continue
        reader, call = trace.ops[read.reader], trace.ops[read.call]
        if not reader.live or reader.path in told:
            continue
        told.add(reader.path)
        yield suspect(
            trace, reader, "BF306", f"{kind_of(reader)} takes the cell state of {call.path or kind_of(call)} for h_0",
            effects=("the decoder starts from numbers that are no hidden state",),
            evidence=(audit_evidence("element by element, h_0 is c_n of an earlier call"),),
            fix=Fix("an LSTM returns output, (h_n, c_n), in this order; its state is given in the same order"),
        )  # fmt: skip


def _selector(trace: Trace, read: ReadFact, call: OpFact) -> OpFact:
    return trace.ops[read.via] if read.via is not None else call


def _name(op: OpFact) -> str:
    return op.path or op.name


# --- h_n ---------------------------------------------------------------------------------------------------------


def _hidden_index(trace: Trace, reading: Reading) -> Iterator[Suspect]:
    """BF302: of several layers or directions, other rows of h_n are read than those of the last layer."""
    sizes = reading.sizes
    if not reading.h_n or sizes.layers * sizes.directions == 1:
        return
    rows = {(layer, direction) for read in reading.h_n for layer, _, direction in read.rows}
    top = sizes.layers - 1
    wanted = {(top, direction) for direction in range(sizes.directions)}
    if wanted <= rows:
        return
    missing = wanted - rows
    if reading.output and missing != wanted:
        return  # the last layer's other direction comes through output
    lower = {row for row in rows if row[0] != top}
    kind = kind_of(reading.call)
    if missing == wanted:
        what = f"layer {_layers(lower)} of {sizes.layers}, not the last one"
    elif lower:
        what = "one direction of the last layer beside another layer"
    else:
        what = f"only the {_direction(next(iter(rows))[1])} direction of the last layer"
    read = next((r for r in reading.h_n if any((la, d) not in wanted for la, _, d in r.rows)), reading.h_n[0])
    at = _selector(trace, read, reading.call)
    view = _reshaped(trace, at, reading.call)
    if view is not None:
        shape = trace.outputs(view)[0].shape
        yield suspect(
            trace, view, "BF301", f"{view.name} of h_n to {shape} lays layers and directions out in another order",
            value=view.inputs[0], weight=1, effects=(f"what is read behind it is {what}",),
            evidence=(
                audit_evidence(f"read: {_rows(rows)}; {_rows(missing)} never reaches the result"),
                Evidence("h_n is ordered layer by layer, in each layer forward before backward", "contract"),
            ),
            fix=Fix("h_n.view(layers, directions, batch, hidden)[-1], or bf.final_hidden(h_n, "
                    f"self.{reading.call.path or 'lstm'})"),
        )  # fmt: skip
        return
    yield suspect(
        trace, at, "BF302", f"h_n of {kind} is read at {what}",
        effects=(f"{_rows(missing)} never reaches the result",),
        evidence=(
            audit_evidence(f"read: {_rows(rows)}; nothing else of {kind} is read"),
            Evidence(
                "h_n is ordered layer by layer, in each layer forward before backward", "contract"
            ),
        ),
        fix=Fix(
            f"bf.final_hidden(h_n, self.{reading.call.path or 'lstm'})"
            + (", which is torch.cat((h_n[-2], h_n[-1]), dim=1)" if sizes.directions == 2 else ", which is h_n[-1]")
        ),
    )  # fmt: skip


def _reshaped(trace: Trace, at: OpFact, call: OpFact) -> OpFact | None:
    """A reshape between h_n and its reader that lays its first axis out anew."""
    op: OpFact | None = at
    while op is not None and op.index != call.index and op.inputs:
        if op.name in RESHAPES and op.name not in ("squeeze", "unsqueeze"):
            before, after = trace.inputs(op)[0].shape, trace.outputs(op)[0].shape
            if before[:1] != after[:1] and before[0] > 1:
                return op
        op = trace.producer(op.inputs[0])
    return None


def _rows(rows: set[tuple[int, int]]) -> str:
    return ", ".join(f"layer {layer} {_direction(direction)}" for layer, direction in sorted(rows))


def _layers(rows: set[tuple[int, int]]) -> str:
    return ", ".join(str(layer) for layer in sorted({layer for layer, _ in rows}))


def _direction(number: int) -> str:
    return "backward" if number else "forward"


# --- output --------------------------------------------------------------------------------------------------------


def _last_step(trace: Trace, reading: Reading) -> Iterator[Suspect]:
    sizes = reading.sizes
    lengths = _padded_lengths(trace, reading)
    rows = {row for read in reading.output for row in read.rows}
    if rows:
        steps, samples = {row[0] for row in rows}, {row[1] for row in rows}
        if len(samples) == 1 and sizes.batch > 1 and len(steps) > 1 and not reading.h_n:
            yield _one_sample(trace, reading, samples)
            return
        if max(read.units for read in reading.output) == 1 < sizes.width and len(steps) > 1:
            yield _one_unit(trace, reading)
            return
        for direction in range(sizes.directions):
            yield from _single_step(trace, reading, rows, direction, lengths)
    if lengths and reading.h_n and not sizes.packed:
        yield from _final_state_after_padding(trace, reading, lengths)


def _one_unit(trace: Trace, reading: Reading) -> Suspect:
    sizes = reading.sizes
    at = _selector(trace, reading.output[0], reading.call)
    return suspect(
        trace, at, "BF303", f"the index takes one of {sizes.width} features at all {sizes.steps} steps, not one step",
        value=at.inputs[0] if at.inputs else None, effects=(f"{sizes.width - 1} of {sizes.width} features are lost",),
        evidence=(audit_evidence(f"of output, one feature is read at {sizes.steps} steps; nothing else is read"),),
        fix=Fix(_at_last_step(reading)),
    )  # fmt: skip


def _at_last_step(reading: Reading) -> str:
    """How to read the last step, of two directions each at its own end."""
    if reading.sizes.directions == 2:
        return f"bf.last_step(output, self.{reading.call.path or 'lstm'}): each direction at its own last step"
    return f"the last step of every sample is output[{':, -1' if batch_first(reading.call) else '-1'}]"


def _one_sample(trace: Trace, reading: Reading, samples: set[int]) -> Suspect:
    sizes, call = reading.sizes, reading.call
    at = _selector(trace, reading.output[0], call)
    before = trace.upstream(at.inputs[0]) if at.inputs else iter(())
    pad = next((up for up in before if up.name == "_pad_packed_sequence"), None)
    pack = next((up for up in trace.upstream(call.inputs[0]) if up.name == "_pack_padded_sequence"), None)
    sample = next(iter(samples))
    if pad is not None and pack is not None and pad.options.get("batch_first") != pack.options.get("batch_first"):
        return suspect(
            trace, pad, "BF501", "pad_packed_sequence returns the other layout than what reads it",
            value=pad.outputs[0], effects=(f"only sample {sample} of {sizes.batch} reaches the result",),
            evidence=(audit_evidence(f"behind it, sample {sample} is read at all {sizes.steps} steps"),),
            fix=Fix(f"pad_packed_sequence(..., batch_first={bool(pack.options.get('batch_first'))})"),
        )  # fmt: skip
    first = batch_first(call)
    return suspect(
        trace, at, "BF303", f"the index takes sample {sample} at all {sizes.steps} steps, not one step of all samples",
        value=at.inputs[0] if at.inputs else None,
        effects=(f"{sizes.batch - 1} of {sizes.batch} samples never reach the result",),
        evidence=(
            audit_evidence(f"of output, sample {sample} is read at {sizes.steps} steps; nothing else is read"),
            Evidence(f"batch_first={first}: output is {'(batch, seq, …)' if first else '(seq, batch, …)'}", "contract"),
        ),
        fix=Fix(_at_last_step(reading)),
    )  # fmt: skip


def _single_step(
    trace: Trace, reading: Reading, rows: set[tuple[int, int, int]], direction: int, lengths: dict[int, int]
) -> Iterator[Suspect]:
    """What follows from one step alone being read of each sample: BF304, BF305, BF411."""
    sizes = reading.sizes
    steps: dict[int, set[int]] = defaultdict(set)
    for step, sample, side in rows:
        if side == direction:
            steps[sample].add(step)
    if not steps or any(len(found) != 1 for found in steps.values()) or sizes.steps == 1:
        return
    chosen = {sample: next(iter(found)) for sample, found in steps.items()}
    ends = {sample: _length(reading, lengths, sample) - 1 for sample in chosen}
    constant = len(set(chosen.values())) == 1
    at = _selector(trace, _reader_of(reading, direction), reading.call)
    state_too = any(side == direction for read in reading.h_n for _, _, side in read.rows)
    if direction == 1:
        at_end = all(chosen[s] in (ends[s], sizes.steps - 1) for s in chosen)
        if at_end and any(step > 0 for step in chosen.values()) and not state_too:
            yield _reverse(trace, reading, at, chosen)
        return
    known = {sample: chosen[sample] for sample in chosen if sample in lengths}
    wrong = [sample for sample in known if known[sample] != ends[sample]]
    if wrong and not constant and _permuted(trace, reading, chosen):
        sample = wrong[0]
        yield suspect(
            trace, at, "BF502", f"row {sample} has {ends[sample] + 1} steps but is read at step {chosen[sample]}",
            value=at.inputs[0] if at.inputs else None, weight=1,
            effects=("each row is read at the last step of another sample",),
            evidence=(audit_evidence("the same lengths as the data's, in another order"),),
            fix=Fix("sort data and lengths by the same index: x[order], lengths[order]"),
        )  # fmt: skip
        return
    late = [s for s in chosen if chosen[s] > ends[s]]
    if late and lengths and not sizes.packed:
        yield _padding(trace, reading, at, f"output is read at step {chosen[late[0]]}", late[0], ends[late[0]] + 1)
    elif sizes.directions == 2 and constant and set(chosen.values()) == {0} and not state_too and not lengths:
        yield suspect(
            trace, at, "BF305", f"the forward direction of {kind_of(reading.call)} is read at step 0, where it has "
            "seen one step only", value=at.inputs[0] if at.inputs else None, weight=1,
            effects=("the forward half of the features knows nothing of the later steps",),
            evidence=(audit_evidence("of the forward direction, only step 0 is read"),),
            fix=Fix(
                f"bf.last_step(output, self.{reading.call.path or 'lstm'}), or torch.cat((h_n[-2], h_n[-1]), dim=1)"
            ),
        )  # fmt: skip
    elif sizes.directions == 1 and constant and set(chosen.values()) == {0} and not state_too:
        yield suspect(
            trace, at, "BF411", "only the first step of output is read: it has seen one step",
            value=at.inputs[0] if at.inputs else None, weight=1,
            effects=(f"{sizes.steps - 1} of {sizes.steps} steps never reach the result",),
            evidence=(audit_evidence("of output, step 0 alone is read"),),
            fix=Fix("the last step has seen all others: output[:, -1] if batch_first else output[-1]"),
            rivals=(Rival("BF303", "the index runs along another axis; but it takes one step of every sample"),),
        )  # fmt: skip


def _permuted(trace: Trace, reading: Reading, chosen: dict[int, int]) -> bool:
    """Whether the steps read are the samples' last ones, in another order."""
    steps = sorted(step + 1 for step in chosen.values())
    return any(steps == sorted(padding.lengths) for padding in trace.padding)


def _reverse(trace: Trace, reading: Reading, at: OpFact, chosen: dict[int, int]) -> Suspect:
    step = next(iter(chosen.values()))
    last = "its last step" if len(set(chosen.values())) > 1 else f"step {step}"
    kind = kind_of(reading.call)
    return suspect(
        trace, at, "BF305", f"the reverse direction of {kind} is read at {last}, where it has seen one step only",
        value=at.inputs[0] if at.inputs else None, weight=1,
        effects=("the backward half of the features knows nothing of the steps before",),
        evidence=(
            audit_evidence(f"of the reverse direction, only {last} is read"),
            Evidence("the reverse direction runs from the last step to step 0", "contract"),
        ),
        fix=Fix(
            f"bf.last_step(output, self.{reading.call.path or 'lstm'}), or torch.cat((h_n[-2], h_n[-1]), dim=1)"
        ),
    )  # fmt: skip


def _reader_of(reading: Reading, direction: int) -> ReadFact:
    return next(r for r in reading.output if any(side == direction for _, _, side in r.rows))


def _length(reading: Reading, lengths: dict[int, int], sample: int) -> int:
    if reading.sizes.lengths is not None:
        return reading.sizes.lengths[sample]
    return lengths.get(sample, reading.sizes.steps)


def _padded_lengths(trace: Trace, reading: Reading) -> dict[int, int]:
    """Real steps by the module's own sample number, where the padding of an input reaches the module in its place."""
    if reading.sizes.packed:
        return {}
    given = trace.values[reading.call.inputs[0]]
    in_place = given.seq.clean and all(found == (index,) for index, found in given.seq.positions)
    if not in_place or given.batch.kind != "carried":
        return {}
    for padding in trace.padding:
        source = trace.values[padding.value]
        total = source.shape[source.seq.axis] if source.seq.axis is not None else 0
        if total != reading.sizes.steps or len(padding.lengths) != reading.sizes.batch:
            continue
        if all(found == (index,) for index, found in given.batch.positions):
            return dict(enumerate(padding.lengths))
        return {found[0]: padding.lengths[index] for index, found in given.batch.positions}
    return {}


def _final_state_after_padding(trace: Trace, reading: Reading, lengths: dict[int, int]) -> Iterator[Suspect]:
    read = next((r for r in reading.h_n if r.role not in _STATE_ROLES and any(d == 0 for _, _, d in r.rows)), None)
    short = next((s for s, n in lengths.items() if n < reading.sizes.steps), None)
    if read is None or short is None or reading.output:
        return
    at = _selector(trace, read, reading.call)
    yield _padding(trace, reading, at, "h_n is the state after the padding", short, lengths[short])


def _padding(trace: Trace, reading: Reading, at: OpFact, what: str, sample: int, length: int) -> Suspect:
    steps = reading.sizes.steps
    how = next((p.how for p in trace.padding), "")
    return suspect(
        trace, at, "BF304", f"{what}, but sample {sample} ends after {length} of {steps} steps",
        value=at.inputs[0] if at.inputs else None,
        effects=("for every shorter sample the features are those of padding",),
        evidence=(audit_evidence(f"padding seen in the input ({how}), and nothing of it is packed or masked"),),
        fix=Fix(
            f"bf.last_step(output, self.{reading.call.path or 'lstm'}, lengths), or pack the input with "
            "pack_padded_sequence(..., enforce_sorted=False) and read h_n"
        ),
    )  # fmt: skip
