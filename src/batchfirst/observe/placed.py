"""Constants that depend on the place in the batch: a table of positions that was laid along the samples."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from batchfirst.model.trace import Verdict
from batchfirst.observe.run import Run

_COMBINED = frozenset("add add_ mul mul_".split())
_COUNTED = frozenset("arange linspace zeros ones full eye".split())


def by_place(base: Run, batch: Mapping[int, Verdict], seq: Mapping[int, Verdict]) -> tuple[int, ...]:
    """Operations that add to (or multiply with) each sample another entry of a table, and to all its steps the same.

    Only tables that come from parameters, buffers and counting: what comes from outside may belong to the samples.
    """
    found = []
    for op in base.ops:
        if op.name not in _COMBINED or len(op.inputs) != 2:
            continue
        for mine, other in (op.inputs, op.inputs[::-1]):
            data, ndim = base.values[other].data, len(base.values[mine].shape)
            samples, steps = batch.get(mine), seq.get(mine)
            if data is None or samples is None or steps is None or samples.axis is None or steps.axis is None:
                continue
            if not samples.lies_on(samples.axis) or not steps.lies_on(steps.axis) or not data.is_floating_point():
                continue
            along, across = samples.axis - ndim + data.ndim, steps.axis - ndim + data.ndim
            if along >= 0 and _only_along(data, along, across, samples) and _own(base, other):
                found.append(op.index)
    return tuple(found)


def _only_along(data: Tensor, along: int, across: int, samples: Verdict) -> bool:
    """Whether a tensor differs from sample to sample, along one axis, and is broadcast along another one."""
    if data.shape[along] < 2 or (across >= 0 and data.shape[across] != 1):
        return False
    # Copies of one sample, side by side, may be told apart: then all samples have the same entries.
    entries = [data.index_select(along, torch.tensor(places, device=data.device)) for _, places in samples.positions]
    return not all(torch.equal(one, entries[0]) for one in entries[1:])


def _own(base: Run, value: int) -> bool:
    """Whether a value comes from parameters, buffers and counting alone."""
    queue, seen = [value], set()
    while queue:
        current = queue.pop()
        if current in seen:
            continue
        seen.add(current)
        made = base.values[current]
        if made.producer is None:
            if made.kind != "parameter":
                return False
            continue
        op = base.ops[made.producer]
        if not op.inputs and op.name not in _COUNTED:
            return False
        queue.extend(op.inputs)
    return True
