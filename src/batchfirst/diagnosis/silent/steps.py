"""Which steps of a recurrent module's output are read: BF303, BF304, BF305, BF411."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from batchfirst.diagnosis.silent.flow import own_paddings
from batchfirst.diagnosis.silent.reads import STATE_ROLES, Reading, selector
from batchfirst.diagnosis.silent.suspect import Suspect, audit_evidence, batch_first, kind_of, suspect
from batchfirst.model.finding import Evidence, Fix, Rival
from batchfirst.model.trace import OpFact, ReadFact, Trace

_LAST = ("-1", "-1, ...", "-1, :", "-1, :, :")


def step_mistakes(trace: Trace, reading: Reading) -> Iterator[Suspect]:
    """Suspects for one call: a sample, a feature or a step read where another one is meant."""
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
        last = _last_sample(trace, reading)
        if last is not None:
            yield _one_sample(trace, replace(reading, output=[last]), {sizes.batch - 1})
        for direction in range(sizes.directions):
            yield from _single_step(trace, reading, rows, direction, lengths)
    if lengths and reading.h_n and not sizes.packed:
        yield from _final_state_after_padding(trace, reading, lengths)


def _last_sample(trace: Trace, reading: Reading) -> ReadFact | None:
    """A read, among others, that takes the last sample at all steps: output[-1] where output[:, -1] is meant."""
    sizes = reading.sizes
    for read in reading.output:
        taken = trace.ops[read.via] if read.via is not None else None
        if taken is None or sizes.batch < 2 or sizes.steps < 2 or str(taken.options.get("index")) not in _LAST:
            continue
        if {row[1] for row in read.rows} == {sizes.batch - 1} and len({row[0] for row in read.rows}) == sizes.steps:
            return read
    return None


def _one_unit(trace: Trace, reading: Reading) -> Suspect:
    sizes = reading.sizes
    at = selector(trace, reading.output[0], reading.call)
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
    at = selector(trace, reading.output[0], call)
    rounds = {read.via for read in reading.output if read.via is not None}
    if len(rounds) == sizes.batch > 2 and len({_place(trace, n) for n in rounds}) <= 2:  # [-1] and what cuts it further
        return suspect(
            trace, at, "BF409", f"all {len(rounds)} rounds of a loop over samples read sample {next(iter(samples))}",
            value=at.inputs[0] if at.inputs else None,
            effects=(f"{sizes.batch - 1} of {sizes.batch} samples never reach the result",),
            evidence=(audit_evidence("the index is the same in every round"),),
            fix=Fix("index with the loop's own number: output[n]"),
        )  # fmt: skip
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


def _place(trace: Trace, number: int) -> tuple[str, int]:
    at = trace.ops[number].location
    return (at.file, at.line) if at is not None else ("", number)


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
    at = selector(trace, _reader_of(reading, direction), reading.call)
    unread = [sample for sample in range(sizes.batch) if sample not in chosen]
    ended = bool(unread) and all(_length(reading, {}, sample) <= max(ends.values()) for sample in unread)
    if sizes.packed and constant and ended and not reading.h_n and chosen == ends:
        yield _behind_the_end(trace, reading, at, max(ends.values()), unread[0])
        return
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


def _behind_the_end(trace: Trace, reading: Reading, at: OpFact, step: int, sample: int) -> Suspect:
    """The last position of an unpacked output: zeros for all samples but the longest ones."""
    length = _length(reading, {}, sample)
    return suspect(
        trace, at, "BF304", f"unpacked output is read at step {step}, but sample {sample} ends after {length} steps",
        value=at.inputs[0] if at.inputs else None, weight=2,
        effects=("for every shorter sample zeros are read, whatever its data are",),
        evidence=(
            audit_evidence(f"of output, step {step} alone is read, which sample {sample} does not have"),
            Evidence("pad_packed_sequence fills up behind the end of a sample with padding_value", "contract"),
        ),
        fix=Fix(f"bf.last_step(output, self.{reading.call.path or 'lstm'}, lengths), or read h_n: it is each sample's "
                "last step"),
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
    for padding in own_paddings(trace, reading.call.inputs[0]):
        source = trace.values[padding.value]
        total = source.shape[source.seq.axis] if source.seq.axis is not None else 0
        if total != reading.sizes.steps or len(padding.lengths) != reading.sizes.batch:
            continue
        if all(found == (index,) for index, found in given.batch.positions):
            return dict(enumerate(padding.lengths))
        return {found[0]: padding.lengths[index] for index, found in given.batch.positions}
    return {}


def _final_state_after_padding(trace: Trace, reading: Reading, lengths: dict[int, int]) -> Iterator[Suspect]:
    read = next((r for r in reading.h_n if r.role not in STATE_ROLES and any(d == 0 for _, _, d in r.rows)), None)
    short = next((s for s, n in lengths.items() if n < reading.sizes.steps), None)
    if read is None or short is None or reading.output:
        return
    at = selector(trace, read, reading.call)
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
