"""Ways through a trace: what a tensor comes from, where it goes, and what happens to it there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from batchfirst.contracts.operations import BINARY, ELEMENTWISE, MOVES, NORMS, TRANSPOSES
from batchfirst.diagnosis.silent.suspect import is_recurrent
from batchfirst.model.trace import OpFact, PaddingFact, Trace


def downstream(trace: Trace, values: Iterable[int]) -> Iterator[OpFact]:
    """Live operations that values lead to, in order."""
    reached = set(values)
    for op in trace.ops:
        if op.live and any(v in reached for v in op.inputs):
            reached.update(op.outputs)
            yield op


def leads_to(trace: Trace, op: OpFact) -> set[int]:
    """All values that come from the operation's outputs."""
    found = set(op.outputs)
    for later in downstream(trace, op.outputs):
        found.update(later.outputs)
    return found


def own_paddings(trace: Trace, value: int) -> tuple[PaddingFact, ...]:
    """The padding seen in the inputs that `value` is made of."""
    sources = {value, *(given for op in trace.upstream(value) for given in op.inputs)}
    return tuple(padding for padding in trace.padding if padding.value in sources)


def from_states(trace: Trace, value: int, through: frozenset[str] = frozenset()) -> OpFact | None:
    """The recurrent call whose h_n or c_n this tensor is, moved but not computed with; None if it is none's.

    through: names of operations that it may have been computed with all the same, along their first input.
    """
    queue, seen = [value], set()
    while queue:
        current = queue.pop(0)
        if current in seen:
            continue
        seen.add(current)
        op = trace.producer(current)
        if op is None:
            continue
        if is_recurrent(op):
            if current in states_of(op):
                return op
            continue
        if op.name in MOVES or op.name in ELEMENTWISE or op.name == "setitem":
            queue.extend(op.inputs)
        elif op.name in through:
            queue.append(op.inputs[0])
    return None


def from_convolution(trace: Trace, value: int) -> bool:
    """Whether a tensor is a convolution's result, its axes where they were: (batch, channels, …)."""
    op = trace.producer(value)
    while op is not None and op.inputs and (op.name in ELEMENTWISE or op.name in NORMS or "pool" in op.name):
        op = trace.producer(op.inputs[0])
    return op is not None and op.name in ("conv1d", "conv2d", "conv3d")


def moved_from(trace: Trace, value: int, sources: set[int]) -> bool:
    """Whether elements of `sources` are in this tensor as they were, or after an elementwise function."""
    queue, seen = [value], set()
    while queue:
        current = queue.pop()
        if current in sources:
            return True
        op = trace.producer(current)
        if op is None or current in seen or not (op.name in MOVES or op.name in ELEMENTWISE or op.name in BINARY):
            continue
        seen.add(current)
        queue.extend(op.inputs)
    return False


def states_of(op: OpFact) -> tuple[int, ...]:
    """The values of h_n and c_n among a recurrent module's outputs (of a cell: h and c)."""
    assert op.module is not None
    if op.module.kind.endswith("Cell"):
        return op.outputs
    return op.outputs[-2:] if op.module.kind == "LSTM" else op.outputs[-1:]


def readers(
    trace: Trace, op: OpFact, through: frozenset[str] = frozenset()
) -> list[tuple[OpFact | None, int, str]]:
    """(reader, value, role) behind moves, and operations named in `through`: who computes with what `op` returned.

    None for the reader: it is the result itself.
    """
    found: list[tuple[OpFact | None, int, str]] = []
    queue, seen = list(op.outputs), set()
    while queue:
        value = queue.pop(0)
        if value in seen:
            continue
        seen.add(value)
        if value in trace.results:
            found.append((None, value, "result"))
        for reader in trace.consumers(value):
            if not reader.live:
                continue
            if (reader.name in MOVES or reader.name in through) and not is_recurrent(reader):
                queue.extend(reader.outputs)
            else:
                place = reader.inputs.index(value)
                found.append((reader, value, reader.roles[place] if reader.roles else ""))
    return found


def only_scalars(trace: Trace, op: OpFact) -> bool:
    """Whether everything that comes of `op` and reaches a result reaches it as one number."""
    reached = leads_to(trace, op)
    return all(trace.values[v].ndim == 0 or max(trace.values[v].shape) <= 1 for v in trace.results if v in reached)


def recombined(trace: Trace, op: OpFact) -> OpFact | None:
    """The first operation in which what came of `op` meets single samples again and is written back to them."""
    reached = leads_to(trace, op)
    for later in downstream(trace, op.outputs):
        fresh = [v for v in later.inputs if v not in reached and trace.values[v].batch.clean]
        grown = [v for v in later.outputs if trace.values[v].batch.kind == "mixed" and trace.values[v].ndim > 0]
        if fresh and any(max(trace.values[v].shape, default=1) > 1 for v in grown):
            return later
    return None


def transposed(trace: Trace, value: int) -> OpFact | None:
    """The nearest transposition between `value` and the last recurrent call or computation before it."""
    from_here = value
    while True:
        op = trace.producer(from_here)
        if op is None or is_recurrent(op) or not op.inputs:
            return None
        if op.name in TRANSPOSES:
            return op
        if op.name not in MOVES and op.name not in ELEMENTWISE and op.name not in ("embedding", "linear", "layer_norm"):
            return None
        from_here = op.inputs[0]


def results_of(trace: Trace, op: OpFact) -> list[int]:
    """The results that come of `op`."""
    reached = leads_to(trace, op)
    return [v for v in trace.results if v in reached]
