"""Which tensors of a running forward have a known layout: the declared inputs, and what follows from them for certain.

A layout follows a tensor by identity, into views that only exchange axes, and through torch's own modules that keep
the axes. Everything else (an operation, a function of the user's) ends what is known: then nothing is said.
"""

from __future__ import annotations

import threading
import weakref
from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from batchfirst.model.errors import UsageError
from batchfirst.model.layout import Layout
from batchfirst.observe.compiling import at_trace, made_of
from batchfirst.observe.inputs import Layouts, assign_layouts, find_tensors

_MOST = 256  # tensors remembered within one forward
_known_traits: dict[str, tuple[int | None, bool]] = {}


class KnownLayouts(threading.local):
    """Layouts of live tensors, per thread. Holds no tensor alive."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[Tensor], Layout]] = {}
        self._strides: dict[int, tuple[int, ...]] = {}  # of what was learned long before it is used

    def of(self, tensor: Any) -> Layout | None:
        """The layout of a tensor, if it is known for certain."""
        known = self._known
        if not known:
            return None
        found = known.get(id(tensor))
        if found is not None and found[0]() is tensor:
            return found[1] if found[1].seen is None or self._kept(tensor) else None
        if tensor.__class__ is not Tensor and not isinstance(tensor, Tensor):
            return None
        if at_trace():
            return self._of_traced(tensor)
        base = tensor._base
        if base is None or base.ndim != tensor.ndim:
            return None
        found = known.get(id(base))
        if found is None or found[0]() is not base or (found[1].seen is not None and not self._kept(base)):
            return None
        return _exchanged(found[1], base, tensor)

    def _of_traced(self, tensor: Tensor) -> Layout | None:
        """As `of`, where no results are heard: from the operations of the graph."""
        base = tensor._base
        if base is not None:
            layout = self.of(base) if base.ndim == tensor.ndim else None
            return None if layout is None else _exchanged(layout, base, tensor)
        made = made_of(tensor)
        layout = None if made is None else self.of(made[1])
        if made is None or layout is None:
            return None
        if made[0] != "input":
            layout = _passed_on(layout, tensor, made[0] == "embedding")
        if layout is not None:
            self.learn(tensor, layout)
        return layout

    def _kept(self, tensor: Tensor | None) -> bool:
        """Whether its axes are still those that were learned: x.transpose_(0, 1) leaves the tensor the same one."""
        return tensor is not None and self._strides.get(id(tensor)) == tensor.stride()

    def learn(self, tensor: Tensor, layout: Layout) -> None:
        """From now on `layout` is what the axes of `tensor` are."""
        if len(self._known) >= _MOST:
            for key in [key for key, (tensor_of, _) in self._known.items() if tensor_of() is None]:
                del self._known[key]
            if len(self._known) >= _MOST:
                self._known.clear()
            self._strides = {key: steps for key, steps in self._strides.items() if key in self._known}
        self._known[id(tensor)] = (weakref.ref(tensor), layout)
        if layout.seen is not None:
            self._strides[id(tensor)] = tensor.stride()

    def only(self, tensor: Tensor, layout: Layout) -> None:
        """Forget everything but the layout of this tensor, which is no view."""
        self._known = {id(tensor): (weakref.ref(tensor), layout)}

    def begin(self, args: tuple[Any, ...], kwargs: dict[str, Any], declared: Layouts) -> None:
        """Forget everything and take the inputs of a forward as `declared`, where that fits their number of axes."""
        self._known.clear()
        first = args[0] if args else None
        if isinstance(declared, Layout) and isinstance(first, Tensor) and _traits(declared)[0] == first.ndim:
            self._learn_input(first, declared)
            return
        found = find_tensors(args, kwargs)
        try:
            assigned = assign_layouts(found, len(args), declared)
        except UsageError:
            return  # the model was called with something else than what was declared
        for path, tensor in found:
            if path in assigned and isinstance(tensor, Tensor) and assigned[path].rank in (None, tensor.ndim):
                self._learn_input(tensor, assigned[path])

    def _learn_input(self, tensor: Tensor, layout: Layout) -> None:
        # Of a view with exchanged axes it cannot be told whether the declaration speaks of it or of what it views.
        if tensor._base is None or not _is_exchanged(tensor):
            self.learn(tensor, layout)

    def follow(self, module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        """Pass the layout of a module's input on to its output, where torch's documentation says what it is."""
        layout = self.of(args[0]) if args else None
        if layout is None:
            return
        if isinstance(output, tuple) and output and isinstance(module, nn.RNNBase):
            output = output[0]
        if not isinstance(output, Tensor):
            return
        layout = _passed_on(layout, output, isinstance(module, nn.Embedding))
        if layout is not None:
            self.learn(output, layout)


def _passed_on(layout: Layout, output: Tensor, embedded: bool) -> Layout | None:
    """What a tensor is that a module made of one with this layout; None where its last axis changes its meaning."""
    if embedded:
        layout = replace(Layout.parse(f"{layout.text} embedding"), seen=layout.seen)
    rank, ends_in_features = _traits(layout)
    return layout if rank == output.ndim and ends_in_features else None


def _traits(layout: Layout) -> tuple[int | None, bool]:
    """Its rank, and whether its last axis is one of features."""
    found = _known_traits.get(layout.text)
    if found is None:
        last = layout.axes[-1]
        found = _known_traits[layout.text] = (layout.rank, last.role == "features" and last.kind != "folded")
    return found


def _is_exchanged(tensor: Tensor) -> bool:
    steps = [step for size, step in zip(tensor.shape, tensor.stride(), strict=True) if size > 1]
    return steps != sorted(steps, reverse=True)


def _exchanged(layout: Layout, base: Tensor, view: Tensor) -> Layout | None:
    """The layout of a view that has all elements of `base`, its axes in another order; None for any other view."""
    if layout.rank != base.ndim or view.storage_offset() != base.storage_offset():
        return None
    before = list(zip(base.shape, base.stride(), strict=True))
    after = list(zip(view.shape, view.stride(), strict=True))
    if len(set(before)) != len(before) or sorted(before) != sorted(after) or 1 in base.shape:
        return None
    names = [layout.text.split()[before.index(axis)] for axis in after] if "(" not in layout.text else []
    return replace(Layout.parse(" ".join(names)), seen=layout.seen) if names else None
