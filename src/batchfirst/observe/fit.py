"""Inputs of a size that can be measured: a batch of one is grown, a large input cut to a small slice."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from batchfirst.observe.inputs import DataInput
from batchfirst.observe.perturb import fill_fresh, padding_of_one

LARGE = 4096  # samples × steps from which on an input is cut: below it a run costs a few milliseconds
FEW_SAMPLES, FEW_STEPS = 5, 12


def grown(
    data: list[DataInput], inputs: list[tuple[str, Any]], ids: dict[str, tuple[int | None, int | None]], seed: int
) -> dict[str, Tensor]:
    """Three samples for every declared input of one: its own and two of fresh values. {} where it cannot be done.

    ids: rows and padding_idx of the embeddings that read the inputs, by path. Padding stays padding, for lengths that
    the program was given or holds are those of the one sample. What is not declared but may have the batch for its
    first axis (lengths, a mask, targets) is repeated.
    """
    if any(isinstance(tensor, PackedSequence) for _, tensor in inputs):
        return {}  # its batch_sizes count its rows; and torch checks no state beside it, which may end the process
    batched = [one for one in data if "batch" in one.places]
    if not batched or any(one.size("batch") != 1 or one.fresh is None or one.samples for one in batched):
        return {}
    generator = torch.Generator().manual_seed(seed + 2)
    found: dict[str, Tensor] = {}
    for one in batched:
        first = one.fresh
        rows, padding_idx = ids.get(one.path, (None, None))
        fill_fresh(one, rows, generator)
        assert first is not None
        assert one.fresh is not None
        own, late = one.tensor.detach(), padding_of_one(one, padding_idx)
        others = [new if late is None else torch.where(late, own, new) for new in (first, one.fresh)]
        found[one.path] = torch.cat([own, *others], dim=one.places["batch"][0])
    declared = {one.path for one in data}
    for path, tensor in inputs:
        if path not in declared and isinstance(tensor, Tensor) and _per_sample(tensor):
            found[path] = tensor.detach().repeat_interleave(3, dim=0)
    return found


def _per_sample(tensor: Tensor) -> bool:
    """Whether the first axis, of size 1, is likely the batch; a float alone may as well be a setting."""
    return tensor.ndim > 0 and len(tensor) == 1 and (tensor.ndim > 1 or not tensor.is_floating_point())


def cuts(data: list[DataInput], inputs: list[tuple[str, Any]]) -> list[dict[str, Tensor]]:
    """Smaller inputs to try, the smallest first: few samples and steps, then few samples. [] where all are small.

    What is not declared but has one axis as long as the batch (or as the steps) is cut with it.
    """
    batch = max((one.size("batch") for one in data), default=0)
    seq = max((one.size("seq") for one in data), default=0)
    one_by_one = any(isinstance(tensor, PackedSequence) for _, tensor in inputs) or any(one.samples for one in data)
    if batch * max(seq, 1) < LARGE or one_by_one:
        return []
    samples = min(batch, FEW_SAMPLES)
    plans = [(samples, FEW_STEPS)] if seq > FEW_STEPS else []
    plans += [(samples, seq)] if batch > FEW_SAMPLES else []
    return [_cut(data, inputs, (batch, few), (seq, short)) for few, short in plans]


def one_sample(data: list[DataInput], inputs: list[tuple[str, Any]]) -> dict[str, Tensor]:
    """The first sample alone, in every input that has the batch."""
    batch = max((one.size("batch") for one in data), default=0)
    return _cut(data, inputs, (batch, 1), (0, 0)) if batch > 1 and not any(one.samples for one in data) else {}


def samples_left(data: list[DataInput], inputs: list[tuple[str, Any]]) -> bool:
    """Whether an input that nobody declared may still hold all samples where `one_sample` takes the first one.

    A state of (layers, batch, hidden) with as many layers as samples, one of batch × nodes rows, a packed sequence:
    which axis is the batch is not told, so what the program says to it is no evidence.
    """
    batch = max((one.size("batch") for one in data), default=0)
    declared = {one.path for one in data}
    return batch > 1 and any(
        isinstance(tensor, PackedSequence)
        or (_axis(None, tensor, "batch", batch) is None and any(size and size % batch == 0 for size in tensor.shape))
        for path, tensor in inputs
        if path not in declared
    )


def _cut(
    data: list[DataInput], inputs: list[tuple[str, Any]], batch: tuple[int, int], seq: tuple[int, int]
) -> dict[str, Tensor]:
    declared = {one.path: one for one in data}
    found: dict[str, Tensor] = {}
    for path, tensor in inputs:
        if isinstance(tensor, PackedSequence):
            continue
        small = tensor
        for role, (size, few) in (("batch", batch), ("seq", seq)):
            axis = _axis(declared.get(path), tensor, role, size)
            if axis is not None and 0 < few < tensor.shape[axis]:  # 0: left as long as it is
                small = small.narrow(axis, 0, few)
        if small is not tensor:
            found[path] = small.detach().clone()
    return found


def _axis(one: DataInput | None, tensor: Tensor, role: Any, size: int) -> int | None:
    if one is not None:
        place = one.places.get(role)
        return place[0] if place is not None and len(place[1]) == one.size(role) else None
    axes = [axis for axis, count in enumerate(tensor.shape) if count == size > 1]
    return axes[0] if len(axes) == 1 else None
