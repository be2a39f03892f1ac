"""A watch on a whole script: it knows from torch's DataLoaders what their batches are, and audits the first step."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_post_hook

from batchfirst.model.layout import Layout
from batchfirst.model.report import Report
from batchfirst.observe.inputs import find_tensors
from batchfirst.observe.loaders import Loaders
from batchfirst.session.everywhere import Everywhere
from batchfirst.session.kept import recurrent_inside
from batchfirst.session.outermost import Audits, Outermost


class FirstStep(Outermost):
    """Measures what a script calls in its first training step, each model as soon as it has returned.

    A training step is made of calls in training mode, with gradients; the first one ends with the first step of an
    optimizer after a model with a recurrent module was called so.
    """

    def __init__(self, watch: Everywhere) -> None:
        super().__init__(Audits())
        self.watch, self.begun, self.over = watch, False, False
        self._handle = register_optimizer_step_post_hook(self._stepped)

    def wants(self, module: nn.Module) -> bool:
        return not self.over and module.training and torch.is_grad_enabled()

    def after(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        __tracebackhide__ = True
        super().after(module, args, kwargs, output)
        self.begun = True
        self.watch.audit()

    def clear(self) -> None:
        super().clear()
        self._handle.remove()

    def _stepped(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        self.over = self.begun


class LoadedEverywhere(Everywhere):
    """As `Everywhere`, with the batch axis of every batch known that a DataLoader tells of.

    audit: whether the models of the first training step are audited too.
    """

    def __init__(self, given: str, layout: Layout | None = None, audit: bool = False) -> None:
        super().__init__(given, layout)
        self.declares = True  # of losses too it is known what is meant: samples in a batch
        self._step = FirstStep(self) if audit else None
        self._audits = self._step
        self._loaders = Loaders(self._learn)
        self._loaders.start()

    def stop(self) -> None:
        """Take every hook off, and put torch's loaders back. Again is no different."""
        self._loaders.stop()
        super().stop()

    def report(self, *places: str, handled: bool = False) -> Report:
        if self._step is not None and not self._step.begun:
            self._step.remarks.append("not audited: no model with a recurrent module was called in training mode")
        return super().report(*places, handled=handled)

    @property
    def looks_out(self) -> bool:
        stepping = self._step is not None and not self._step.over
        return self._layout is not None or stepping or self._loaders.comparing

    def _outermost(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if self._loaders.comparing and recurrent_inside(module):
            for _, tensor in find_tensors(args, kwargs):
                layout = self._loaders.recognise(tensor) if self.known.of(tensor) is None else None
                if layout is not None:
                    self._learn(tensor, layout)
        super()._outermost(module, args, kwargs)

    def _known_of(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Layout] | None:
        found: dict[str, Layout] = {}
        for path, tensor in find_tensors(args, kwargs):
            layout = self.known.of(tensor)
            if layout is not None:
                found[path] = layout
            elif not isinstance(tensor, Tensor) or (tensor.ndim > 1 and tensor.dtype != torch.bool):
                return None  # what stands still while the batch is changed would be taken for the culprit
        return found or None

    def _learn(self, tensor: Tensor, layout: Layout) -> None:
        self.known.learn(tensor, layout)
        self.seen[f"{layout.text}, as loaded"] = None
