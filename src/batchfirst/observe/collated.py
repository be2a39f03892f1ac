"""A user's collate function, looked at from outside: along which axis of its result do its samples lie?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils.data._utils.pin_memory import pin_memory

from batchfirst.observe.facts import parts_of
from batchfirst.observe.inputs import find_tensors

_OBSERVED = 3  # batches of each iterator, and in each of its workers


@dataclass(slots=True)
class Collated:
    """A batch on its way from the collate function to the loader's iterator, which takes it out again.

    axes: for paths as `find_tensors` gives them, the axis along which the samples lie.
    """

    batch: Any
    axes: dict[str, int]

    def pin_memory(self) -> Collated:
        """What torch asks of a batch of a type that it does not know."""
        return Collated(pin_memory(self.batch), self.axes)


class Observed:
    """The user's function, which it calls and whose result it hands on; it travels to workers as the function does."""

    def __init__(self, own: Callable[[Any], Any]) -> None:
        self.own, self.left = own, _OBSERVED

    def __call__(self, samples: Any) -> Any:
        before = list(samples) if self.left and isinstance(samples, (list, tuple)) else []
        batch = self.own(samples)
        if not before:
            return batch
        self.left -= 1
        try:
            return Collated(batch, sample_axes(before, batch))
        except Exception:  # samples of a kind that cannot be compared: nothing is known of their batch
            return batch


def sample_axes(samples: Sequence[Any], batch: Any) -> dict[str, int]:
    """For each tensor of `batch`, by path, the one axis along which all of `samples` are found, padded or not.

    Left out are tensors for which there is no such axis or more than one, and those of one sample or of equal ones.

    Example:
        >>> samples = [torch.arange(3.0), torch.arange(3.0) + 1]
        >>> sample_axes(samples, torch.stack(samples, 1))
        {'0': 1}
    """
    if len(samples) < 2:
        return {}
    leaves = [dict(_leaves(sample)) for sample in samples]
    columns = [[sample[path] for sample in leaves] for path in leaves[0] if all(path in sample for sample in leaves)]
    columns = [column for column in columns if any(not _same(column[0], other) for other in column[1:])]
    found: dict[str, int] = {}
    for path, tensor in find_tensors((batch,), {}):
        if isinstance(tensor, Tensor) and tensor.ndim > 1 and tensor.device.type == "cpu":
            axes = {axis for column in columns for axis in _axes(column, tensor)}
            if len(axes) == 1:
                found[path] = axes.pop()
    return found


def _axes(column: list[Tensor], tensor: Tensor) -> list[int]:
    return [
        axis
        for axis, size in enumerate(tensor.shape)
        if size == len(column) and all(_holds(tensor.select(axis, n), one) for n, one in enumerate(column))
    ]


def _holds(slot: Tensor, sample: Tensor) -> bool:
    """Whether a sample fills this place of a batch, with padding behind or before it."""
    if slot.ndim != sample.ndim or not slot.ndim or any(a < b for a, b in zip(slot.shape, sample.shape, strict=True)):
        return False
    front, back = slot, slot
    for axis, size in enumerate(sample.shape):
        front, back = front.narrow(axis, 0, size), back.narrow(axis, back.shape[axis] - size, size)
    return _same(front, sample) or _same(back, sample)


def _same(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.equal(one, other.to(one.dtype))


def _leaves(sample: Any, path: str = "", depth: int = 4) -> Iterator[tuple[str, Tensor]]:
    """The tensors in a sample, and its arrays and lists of numbers as tensors, by place."""
    if isinstance(sample, Tensor):
        yield path, sample
    elif isinstance(sample, (list, tuple)) and sample and all(isinstance(part, (int, float)) for part in sample):
        yield path, torch.tensor(sample)
    elif hasattr(sample, "__array__") and sample.ndim:
        yield path, torch.tensor(sample)  # a copy: torch warns of arrays that may not be written
    elif depth:
        for number, part in enumerate(parts_of(sample)):
            yield from _leaves(part, f"{path}/{number}", depth - 1)
