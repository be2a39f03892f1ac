"""What the padded steps of a recurrent module's output reach: a mean, a sum or attention weights without a mask."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from batchfirst.contracts import operations
from batchfirst.model.trace import RecurrentFact, Trace, ValueFact
from batchfirst.observe.align import with_tensors
from batchfirst.observe.recorder import Recorder, tensors_in
from batchfirst.observe.run import Key, Op, Run
from batchfirst.observe.runner import Runner

_POOLING = operations.REDUCTIONS | operations.SOFTMAXES | operations.PRODUCTS | {"adaptive_avg_pool1d"}
_MOST = 4  # recurrent calls that are tried
_CLOSE = {"rtol": 1e-4, "atol": 1e-6}


def padding_taken_in(base: Run, trace: Trace, runner: Runner) -> tuple[tuple[int, int], ...]:
    """(operation, recurrent call): the first that takes in what the call put out behind the end of shorter samples.

    Other numbers are put there, in one run for each call; what other recurrent and attention modules make of them is
    left out. Empty where the program was not told the lengths.
    """
    found: list[tuple[int, int]] = []
    for fact in trace.recurrent[:_MOST]:
        late = _late(base, trace, fact)
        if late is None:
            continue
        other = runner.run(transform=_Replaced(base, base.ops[fact.call].key, late)).run
        accused = _first_taker(base, other, trace, fact, late)
        if accused is not None:
            found.append((accused, fact.call))
    return tuple(found)


def _late(base: Run, trace: Trace, fact: RecurrentFact) -> Tensor | None:
    """(batch, seq): where a call's input is padding; None where that is not known, or the samples moved."""
    call = trace.ops[fact.call]
    given = trace.values[call.inputs[0]]
    if fact.packed or fact.steps < 2 or given.ndim != 3 or not _in_place(given):
        return None
    for padding in trace.padding:
        if padding.given and len(padding.lengths) == fact.batch and max(padding.lengths) <= fact.steps:
            return torch.arange(fact.steps)[None] >= torch.tensor(padding.lengths)[:, None]
    return None


def _in_place(value: ValueFact) -> bool:
    return all(
        verdict.kind == "carried" and all(places == (index,) for index, places in verdict.positions)
        for verdict in (value.batch, value.seq)
    )


class _Replaced:
    """A Recorder's `transform` that puts other numbers behind the end of the samples in one call's output."""

    def __init__(self, base: Run, key: Key, late: Tensor) -> None:
        self.key, self.late = key, late
        self._twins, self._values = base.by_key(), base.values

    def __call__(
        self, recorder: Recorder, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any, op: Op
    ) -> Any:
        if op.key == self.key:
            first = next(tensors_in(out))
            first_axis = op.module is not None and bool(op.module.settings.get("batch_first"))
            late = self.late if first_axis else self.late.t()
            return with_tensors(out, {id(first): torch.where(late.unsqueeze(-1), first * 0.5 + 0.37, first)})
        twin = self._twins.get(op.key)
        if not op.roles or twin is None:
            return None
        before = [self._values[v].data for v in twin.outputs]
        pairs = zip(tensors_in(out), before, strict=False)
        return with_tensors(out, {id(t): old for t, old in pairs if old is not None and old.shape == t.shape})


def _first_taker(base: Run, other: Run, trace: Trace, fact: RecurrentFact, late: Tensor) -> int | None:
    twins, touched = other.by_key(), set[int]()
    accused: int | None = None
    for op in base.ops[fact.call + 1 :]:
        twin = twins.get(op.key)
        if twin is None or len(twin.outputs) != len(op.outputs):
            continue
        for mine, theirs in zip(op.outputs, twin.outputs, strict=True):
            if _changed(base.values[mine].data, other.values[theirs].data, trace.values[mine], late):
                touched.add(mine)
        if accused is None and touched.intersection(op.outputs):
            if op.name not in _POOLING or all(trace.values[v].ndim == 0 for v in op.outputs):
                return None
            accused = op.index
    return accused if accused is not None and touched.intersection(base.results + base.losses) else None


def _changed(mine: Tensor | None, theirs: Tensor | None, value: ValueFact, late: Tensor) -> bool:
    """Whether a tensor differs elsewhere than at the padded steps themselves."""
    if mine is None or theirs is None or mine.shape != theirs.shape or not mine.is_floating_point():
        return False
    differ = ~torch.isclose(mine, theirs, equal_nan=True, **_CLOSE)
    if value.seq.clean and len(value.seq.reached) > 1:
        if not _in_place(value) or value.batch.axis is None or value.seq.axis is None or value.seq.also:
            return False
        b, t = value.batch.axis, value.seq.axis
        if value.shape[b] != late.shape[0] or value.shape[t] != late.shape[1]:
            return False
        shape = [1] * len(value.shape)
        shape[b], shape[t] = late.shape
        differ &= ~(late if b < t else late.t()).reshape(shape).to(differ.device)
    return bool(differ.any())
