"""What is read of a recurrent module's states: BF301, BF302, BF306."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from batchfirst.contracts.operations import RESHAPES
from batchfirst.diagnosis.silent.reads import Reading, first_taken, readings, selector
from batchfirst.diagnosis.silent.steps import step_mistakes
from batchfirst.diagnosis.silent.suspect import (
    Suspect,
    audit_evidence,
    is_cell,
    kind_of,
    suspect,
)  # fmt: skip
from batchfirst.model.finding import Evidence, Fix
from batchfirst.model.trace import OpFact, Trace


def reading_mistakes(trace: Trace) -> Iterator[Suspect]:
    """Suspects for recurrent results of which another part is read than is meant."""
    found = readings(trace)
    yield from _cell_states(trace, found)
    yield from _exchanged(trace)
    for reading in found:
        if is_cell(reading.call):
            continue
        yield from _hidden_index(trace, reading)
        yield from step_mistakes(trace, reading)


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
        at = trace.ops[first.reader] if first.reader is not None else selector(trace, first, group[0].call)
        at = first_taken(trace, trace.ops[first.call], -1, at)
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


def _name(op: OpFact) -> str:
    return op.path or op.name


# --- h_n ---------------------------------------------------------------------------------------------------------


def _hidden_index(trace: Trace, reading: Reading) -> Iterator[Suspect]:
    """BF302: of several layers or directions, other rows of h_n are read than those of the last layer."""
    sizes = reading.sizes
    if not reading.h_n or sizes.layers * sizes.directions == 1:
        return
    rows = {(layer, direction) for read in reading.h_n for layer, _, direction in read.rows}
    picked = {sample for read in reading.h_n for _, sample, _ in read.rows}
    if len(picked) == 1 and sizes.batch > 1 and len(rows) > 1 and not reading.output:
        yield _one_samples_layers(trace, reading, next(iter(picked)))
        return
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
    at = selector(trace, read, reading.call)
    view = _reshaped(trace, at, reading.call)
    at = first_taken(trace, reading.call, 1, at)
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


def _one_samples_layers(trace: Trace, reading: Reading, sample: int) -> Suspect:
    """h_n.transpose(0, 1)[-1]: the layers of one sample, where a layer of all samples is meant."""
    at, batch = selector(trace, reading.h_n[0], reading.call), reading.sizes.batch
    return suspect(
        trace, at, "BF302", f"h_n is read at sample {sample}, with all its layers and directions, not at one layer",
        value=at.inputs[0] if at.inputs else None, weight=2,
        effects=(f"{batch - 1} of {batch} samples never reach the result",),
        evidence=(audit_evidence(f"of h_n, sample {sample} alone is read"),),
        fix=Fix(f"bf.final_hidden(h_n, self.{reading.call.path or 'lstm'}); or, behind a transpose, [:, -1]"),
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
