"""Who reads what of a recurrent call: the reads of a trace, grouped by call and part."""

from __future__ import annotations

from dataclasses import dataclass, field

from batchfirst.diagnosis.silent.suspect import is_recurrent, recurrent_calls
from batchfirst.model.trace import OpFact, ReadFact, RecurrentFact, Trace

STATE_ROLES = ("h_0", "c_0")


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
    return not (own and read.role in STATE_ROLES)


def first_taken(trace: Trace, call: OpFact, part: int, at: OpFact) -> OpFact:
    """The first operation that takes a part of a call's result on the way to `at`.

    part: the index of that part among the call's outputs. `at` itself where nothing stands between, or in its own line.
    """
    wanted = call.outputs[part]
    on_the_way = [at, *(up for value in at.inputs for up in trace.upstream(value))]
    takers = [op for op in on_the_way if wanted in op.inputs and not is_recurrent(op)]
    first = min(takers, key=lambda op: op.index, default=at)
    return at if _line(first) == _line(at) else first


def _line(op: OpFact) -> tuple[str, int] | None:
    return None if op.location is None else (op.location.file, op.location.line)


def selector(trace: Trace, read: ReadFact, call: OpFact) -> OpFact:
    """The index or view that took what is read; the call itself where there is none."""
    return trace.ops[read.via] if read.via is not None else call
