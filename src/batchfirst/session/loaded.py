"""A watch on everything that is called, which knows from torch's DataLoaders what their batches are."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from batchfirst.model.layout import Layout
from batchfirst.observe.inputs import find_tensors
from batchfirst.observe.loaders import Loaders
from batchfirst.session.everywhere import Everywhere
from batchfirst.session.kept import recurrent_inside


class LoadedEverywhere(Everywhere):
    """As `Everywhere`, with the batch axis of every batch known that a DataLoader tells of."""

    def __init__(self, given: str, layout: Layout | None = None) -> None:
        super().__init__(given, layout)
        self.declares = True  # of losses too it is known what is meant: samples in a batch
        self._loaders = Loaders(self._learn)
        self._loaders.start()

    def stop(self) -> None:
        """Take every hook off, and put torch's loaders back. Again is no different."""
        self._loaders.stop()
        super().stop()

    @property
    def looks_out(self) -> bool:
        return super().looks_out or self._loaders.comparing

    def _outermost(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        super()._outermost(module, args, kwargs)
        if self._loaders.comparing and recurrent_inside(module):
            for _, tensor in find_tensors(args, kwargs):
                layout = self._loaders.recognise(tensor) if self.known.of(tensor) is None else None
                if layout is not None:
                    self._learn(tensor, layout)

    def _learn(self, tensor: Tensor, layout: Layout) -> None:
        self.known.learn(tensor, layout)
        self.seen[f"{layout.text}, as loaded"] = None
