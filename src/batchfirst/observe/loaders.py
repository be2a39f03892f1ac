"""What torch's DataLoaders tell: along which axis of a batch its samples lie.

`default_collate` stacks them on axis 0; a collate function of the user's is looked at: along which axis of what it
returned is every one of its samples found? No batch is drawn, no random number and no value of the user's is changed.

Samples in an order that means nothing are a batch. Where they are in order, the rows of a table may as well be the
steps of one series (`DataLoader(series, batch_size=steps)`): then only samples with room for a time axis of their own
tell anything.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, RandomSampler, SubsetRandomSampler, WeightedRandomSampler
from torch.utils.data.dataloader import _BaseDataLoaderIter, default_collate
from torch.utils.data.distributed import DistributedSampler

from batchfirst.model.finding import Evidence, Location
from batchfirst.model.layout import Layout
from batchfirst.observe.callsite import user_location
from batchfirst.observe.collated import Collated, Observed
from batchfirst.observe.inputs import find_tensors

_COMPARED = 2  # batches of each iterator that are kept, to know their copies on other devices again


@dataclass(slots=True)
class _Source:
    """One iterator of a loader: how it puts samples together, and where it is read."""

    stacks: bool  # by default_collate
    shuffled: bool
    batches: int = 0
    place: Location | None = None
    layouts: dict[tuple[int, int], Layout] = field(default_factory=dict)

    def layout(self, ndim: int, axis: int, how: str) -> Layout:
        """Of a tensor with so many axes whose samples lie along `axis`."""
        found = self.layouts.get((ndim, axis))
        if found is None:
            at = "" if self.place is None else f" at {os.path.basename(self.place.file)}:{self.place.line}"
            told = Evidence(f"the DataLoader read{at} {how} axis {axis}", "contract" if self.stacks else "audit")
            text = " ".join("batch" if number == axis else "_" for number in range(ndim))
            found = self.layouts[ndim, axis] = replace(Layout.parse(text), seen=told)
        return found


class Loaders:
    """Hears every batch that a DataLoader gives out, from `start` to `stop`, and tells `learn` what its axes are."""

    def __init__(self, learn: Callable[[Tensor, Layout], None]) -> None:
        self.learn = learn
        self._sources: weakref.WeakKeyDictionary[Any, _Source] = weakref.WeakKeyDictionary()
        self._recent: list[tuple[Tensor, Layout, tuple[int, ...]]] = []
        self._lock = threading.Lock()
        self._undo: list[Callable[[], None]] = []

    def start(self) -> None:
        """Begin to hear. Iterators that are made before tell nothing."""
        make, give = DataLoader._get_iterator, _BaseDataLoaderIter.__next__

        @wraps(make)
        def _get_iterator(loader: DataLoader[Any]) -> Any:
            return self._made(loader, make)

        @wraps(give)
        def __next__(iterator: Any) -> Any:
            batch = give(iterator)
            axes = None
            if isinstance(batch, Collated):
                batch, axes = batch.batch, batch.axes
            self._given(iterator, batch, axes)
            return batch

        _set(DataLoader, "_get_iterator", _get_iterator)
        _set(_BaseDataLoaderIter, "__next__", __next__)
        self._undo = [
            lambda: _set(DataLoader, "_get_iterator", make),
            lambda: _set(_BaseDataLoaderIter, "__next__", give),
        ]

    def stop(self) -> None:
        """Put torch back as it was. Again is no different."""
        while self._undo:
            self._undo.pop()()
        self._recent.clear()

    def recognise(self, tensor: Tensor) -> Layout | None:
        """The layout of a batch of which this tensor is a copy: on another device, or of another dtype.

        Only of the first batches, for it compares values and waits for the device.
        """
        for kept, layout, steps in self._recent:
            # Other strides: the script has exchanged the axes in place.
            if kept.shape == tensor.shape and kept.stride() == steps and not _symmetric(kept, layout):
                with torch.no_grad():
                    if torch.equal(kept.to(tensor.dtype), tensor.detach().to(kept.device)):
                        return layout
        return None

    @property
    def comparing(self) -> bool:
        """Whether there is anything that `recognise` could know."""
        return bool(self._recent)

    def _made(self, loader: DataLoader[Any], make: Callable[[Any], Any]) -> Any:
        own = vars(loader).get("collate_fn")
        if not loader._auto_collation or own is None or isinstance(own, Observed):
            return make(loader)  # samples are given out one by one, or not as torch documents it
        source = _Source(own is default_collate, _shuffled(loader))
        if source.stacks:
            iterator = make(loader)
        else:
            with self._lock:
                loader.collate_fn = Observed(own)
                try:
                    iterator = make(loader)
                finally:
                    loader.collate_fn = own
        self._sources[iterator] = source
        return iterator

    def _given(self, iterator: Any, batch: Any, axes: dict[str, int] | None) -> None:
        source = self._sources.get(iterator)
        if source is None or not (source.stacks or axes):
            return
        if source.batches >= _COMPARED:
            self._recent.clear()
        source.batches += 1
        source.place = source.place or user_location()
        for path, tensor in find_tensors((batch,), {}):
            axis = 0 if source.stacks else (axes or {}).get(path)
            if axis is None or type(tensor) is not Tensor or not _tells(tensor, axis, source.shuffled):
                continue
            layout = source.layout(tensor.ndim, axis, "stacks its samples on" if source.stacks else "was seen to lay "
                                   "its samples along")  # fmt: skip
            self.learn(tensor, layout)
            if source.batches <= _COMPARED:
                self._recent.append((tensor, layout, tensor.stride()))


def _tells(tensor: Tensor, axis: int, shuffled: bool) -> bool:
    """Whether the samples in this tensor are certain to be samples, not the steps of one series."""
    if shuffled:
        return tensor.ndim > 1
    rest = [size for number, size in enumerate(tensor.shape) if number != axis]
    return len(rest) > 1 and rest[0] > 1


def _shuffled(loader: DataLoader[Any]) -> bool:
    sampler = getattr(loader.batch_sampler, "sampler", None)
    if isinstance(sampler, DistributedSampler):
        return bool(sampler.shuffle)
    return isinstance(sampler, (RandomSampler, SubsetRandomSampler, WeightedRandomSampler))


def _symmetric(tensor: Tensor, layout: Layout) -> bool:
    """Whether the batch axis could be exchanged with another one without a difference in values."""
    batch = layout.index("batch")
    return batch is None or any(
        size == tensor.shape[batch] and axis != batch and torch.equal(tensor.transpose(axis, batch), tensor)
        for axis, size in enumerate(tensor.shape)
    )


def _set(owner: Any, name: str, value: Any) -> None:
    setattr(owner, name, value)
