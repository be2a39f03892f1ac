"""Two tensors that are joined, multiplied or added and do not fit: which one has its axes elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from batchfirst.contracts.losses import broadcast
from batchfirst.diagnosis.calls.axes import Axes, axes_of, has_layers
from batchfirst.diagnosis.calls.case import Case, Hypothesis, recurrent_above, seen
from batchfirst.diagnosis.calls.edits import tuple_texts
from batchfirst.diagnosis.calls.tables import where
from batchfirst.model.finding import Evidence
from batchfirst.model.observation import TensorFact
from batchfirst.model.origin import Origin

_BATCH_SIZE = re.compile(r"\.size\(0\)|\.shape\[0\]|\blen\(")
JOINS = ("cat", "concat", "concatenate", "stack", "hstack", "vstack")
PRODUCTS = ("matmult", "bmm", "matmul", "mm", "einsum", "baddbmm", "addmm", "dot", "mv", "linear", "where",
    "masked_fill",
            "mul", "add", "multiply", "gather", "scatter", "index_select", "baddbmm", "lerp")  # fmt: skip


def meeting(case: Case) -> Iterator[Hypothesis]:
    """Hypotheses about operands that do not fit each other."""
    operands = list(_operands(case))
    if len(operands) < 2:
        return
    shown = seen(
        "the operands are " + ", ".join(f"{_name(o, n)} {f.shape}{_told(o)}" for n, (f, o) in enumerate(operands))
    )
    states = [(f, o) for f, o in operands if has_layers(o)]
    if states:
        yield Hypothesis(80, _state(case, states[0], shown))
    repacked = next((o for _, o in operands if o is not None and _padded(o) is not None), None)
    if repacked is not None:
        yield from _padding(case, repacked, [f for f, o in operands if o is not repacked], shown)
    yield from _cut_by_batch(case, operands, shown)
    yield from _readings(case, operands, shown)
    yield from _turned(case, operands, shown)
    yield from _steps(case, operands, shown)


def _operands(case: Case) -> Iterator[tuple[TensorFact, Origin | None]]:
    """The operands, each origin with its text as the call writes it."""
    for name, fact in case.call.args.items():
        origin = case.origin(name)
        written = case.written(name)
        if isinstance(fact, TensorFact):
            yield fact, _written(origin, written)
        elif isinstance(fact, tuple):
            inner: tuple[Origin | None, ...] = origin.inputs if origin is not None and origin.op == "tuple" else ()
            texts = tuple_texts(written)
            for number, part in enumerate(fact):
                if isinstance(part, TensorFact):
                    text = texts[number] if number < len(texts) else ""
                    yield part, _written(inner[number] if number < len(inner) else None, text)


def _written(origin: Origin | None, text: str) -> Origin | None:
    return replace(origin, text=text) if origin is not None and text else origin


def _state(case: Case, operand: tuple[TensorFact, Origin | None], shown: Evidence):  # type: ignore[no-untyped-def]
    fact, origin = operand
    source = recurrent_above(origin)
    assert origin is not None
    told = f"{source.op}{where(source.location)}" if source is not None else "a recurrent module"
    return case.make(
        "BF302", f"a final state {fact.shape} with its layers axis is used where one layer's is meant",
        evidence=[shown, seen(f"h_n of {told} is (layers × directions, batch, hidden) under either batch_first",
            "contract")],
        fix="read one layer first: h_n[-1] (batch, hidden); both directions: bf.final_hidden(h_n, module)",
    )  # fmt: skip


def _cut_by_batch(
    case: Case, operands: list[tuple[TensorFact, Origin | None]], shown: Evidence
) -> Iterator[Hypothesis]:
    """x + pe[:x.size(0)] of batch-first data: the table of positions has a row for each sample, not for each step."""
    if len(operands) != 2:
        return
    for (data, _), (table, origin) in (operands, operands[::-1]):
        rows = [size for size in table.shape[:-1] if size != 1]
        if data.ndim != 3 or not 2 <= table.ndim <= 3 or len(rows) != 1 or table.shape[-1] != data.shape[-1]:
            continue
        written = origin.text if origin is not None else ""
        if rows[0] != data.shape[0] or rows[0] == data.shape[1] or not _BATCH_SIZE.search(written):
            continue
        found = case.make(
            "BF101", f"{_name(origin, 1)} is cut to the {rows[0]} samples and is added along the {data.shape[1]} steps",
            evidence=[shown, seen(f"{written} counts axis 0, which is the batch of {data.shape}", "source")],
            fix="cut it to the number of steps: x.size(1) for (batch, seq, features)",
        )  # fmt: skip
        yield Hypothesis(75, found)
        return


def _readings(case: Case, operands: list[tuple[TensorFact, Origin | None]], shown: Evidence) -> Iterator[Hypothesis]:
    """One operand has the batch first, the other has time first."""
    placed = [(f, o, axes) for f, o in operands if (axes := axes_of(o)) is not None and "batch" in axes]
    orders = {axes.index("batch") for _, _, axes in placed}
    if len(orders) < 2:
        return
    orders_told = [f"{_name(o, n)} is ({', '.join(axes)}){_from(o)}" for n, (_, o, axes) in enumerate(placed)]
    found = case.make(
        "BF101", "one operand has the batch on axis 0, the other on axis 1", evidence=[shown, *map(seen, orders_told)],
        fix="give every recurrent module the same batch_first, or transpose(0, 1) one of the two here",
    )  # fmt: skip
    yield Hypothesis(70, found)


def _turned(case: Case, operands: list[tuple[TensorFact, Origin | None]], shown: Evidence) -> Iterator[Hypothesis]:
    """Exchanging batch and time, as the module reads them, makes one operand fit the other."""
    if len(operands) != 2:
        return
    for number, (fact, origin) in enumerate(operands):
        axes, source = axes_of(origin), recurrent_above(origin)
        other = operands[1 - number][0]
        if axes is None or source is None or not {"batch", "seq"} <= set(axes):
            continue
        batch, seq = axes.index("batch"), axes.index("seq")
        sizes = list(fact.shape)
        sizes[batch], sizes[seq] = sizes[seq], sizes[batch]
        pair = (tuple(sizes), other.shape) if number == 0 else (other.shape, tuple(sizes))
        if sizes[batch] == sizes[seq] or not _fit(case.kind, *pair):
            continue
        name = _name(origin, number)
        fits = seen(f"{name} {fact.shape}{_told(origin)} fits if {axes[batch]} and {axes[seq]} are exchanged")
        found = case.make(
            "BF101", "batch and time lie the other way round in the two operands", evidence=[shown, fits],
            fix=f"transpose one of the two here: .transpose({min(batch, seq)}, {max(batch, seq)}); or give data, masks "
            "and every recurrent module one order",
        )  # fmt: skip
        yield Hypothesis(72, found)
        return


def _fit(kind: str, one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    if kind in ("matmult", "bmm", "matmul", "mm"):
        if len(one) < 2 or len(other) < 2 or one[-1] != other[-2]:
            return False
        return broadcast(one[:-2], other[:-2]) is not None
    return kind not in ("linear", "gather", *JOINS) and broadcast(one, other) is not None


def _padding(case: Case, origin: Origin, others: list[TensorFact], shown: Evidence) -> Iterator[Hypothesis]:
    step = _padded(origin)
    shape = origin.shape
    if step is None or shape is None or len(shape) < 2:
        return
    first = True in step.detail
    turned = (shape[1], shape[0])
    if any(f.ndim >= 2 and f.shape[:2] == turned for f in others) and shape[0] != shape[1]:
        found = case.make(
            "BF501",
            f"pad_packed_sequence gives {'(batch, seq' if first else '(seq, batch'}, …), the other operand is turned",
            evidence=[shown, seen(f"it is padded at {where(step.location).removeprefix(', ')}: {step.text}", "source"),
                      seen("pad_packed_sequence takes its own batch_first, whatever the module has", "contract")],
            fix=f"pad_packed_sequence(packed, batch_first={not first})",
        )  # fmt: skip
        yield Hypothesis(85, found)


def _steps(case: Case, operands: list[tuple[TensorFact, Origin | None]], shown: Evidence) -> Iterator[Hypothesis]:
    """All steps of one operand meet one step, or one sample, of another: the joins only."""
    if case.kind not in JOINS:
        return
    long = [(f, o) for f, o in operands if "seq" in (axes_of(o) or ())]
    short = [(f, o) for f, o in operands if f.ndim < max(g.ndim for g, _ in operands)]
    if long and short and long[0][0].ndim > short[0][0].ndim:
        found = case.make(
            "BF309", f"all steps {long[0][0].shape} are joined with one value per sample {short[0][0].shape}",
            evidence=[shown], fix="take the last step first: bf.last_step(output, module); or repeat the other one",
        )  # fmt: skip
        yield Hypothesis(60, found)


def _padded(origin: Origin) -> Origin | None:
    """The pad_packed_sequence that a value comes from by steps that keep its axes."""
    step: Origin | None = origin
    for _ in range(8):
        if step is None:
            return None
        if step.op == "pad_packed_sequence":
            return step
        step = (
            step.inputs[0]
            if step.inputs and step.op in ("part", "Linear", "Dropout", "relu", "tanh", "contiguous")
            else None
        )
    return None


def _name(origin: Origin | None, number: int) -> str:
    return origin.text if origin is not None and 0 < len(origin.text) <= 30 else f"operand {number + 1}"


def _told(origin: Origin | None) -> str:
    axes: Axes | None = axes_of(origin)
    return f" ({', '.join(axes)})" if axes is not None and "?" not in axes else ""


def _from(origin: Origin | None) -> str:
    source = recurrent_above(origin)
    return f", from {source.op}{where(source.location)}" if source is not None else ""
