"""What tools that rebuild a model ask of the drop-ins: torch.fx, TorchScript, torch.ao.quantization."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, ClassVar

from torch import nn

from batchfirst.model.errors import UsageError
from batchfirst.session.policy import remark


class Rebuilt(nn.Module):
    """Keeps a drop-in one step in torch.fx's graph, and says where a tool can take torch's own class only."""

    _torch: ClassVar[type[nn.Module]]

    def _seen_by_tools(self) -> None:
        # torch.fx asks the instance which package it is of, and takes modules of torch.nn for one step of the graph.
        # The class keeps its own: pickle imports by that. A subclass may have a forward that is worth tracing.
        if "_torch" in vars(type(self)):
            self.__dict__["__module__"] = self._torch.__module__

    def __prepare_scriptable__(self) -> nn.Module:
        name = f"batchfirst.{self._torch.__name__}"
        accepted = f"torch's own class: put what bf.{self._torch.__name__}.to_torch() returns in its place"
        raise UsageError("torch.jit.script", name, f"{accepted} (it shares the parameters)")

    @property
    def qconfig(self) -> Any:
        """What torch.ao.quantization notes on a module while it works."""
        try:
            return self.__dict__["qconfig"]
        except KeyError:
            raise AttributeError("qconfig") from None

    @qconfig.setter
    def qconfig(self, value: Any) -> None:
        self.__dict__["qconfig"] = value
        if value is not None or any(spec.get(self._torch) is not None for spec in _specifications()):
            name = self._torch.__name__
            remark(
                f"torch.ao.quantization replaces modules by their exact class and leaves batchfirst.{name} as it is: "
                f"quantise a model that has what bf.{name}.to_torch() returns in its place (it shares the parameters)"
            )

    @qconfig.deleter
    def qconfig(self) -> None:
        del self.__dict__["qconfig"]


def _specifications() -> Iterator[dict[Any, Any]]:
    """What is to be quantised, where torch is just noting that: it tells a module only what concerns its own class."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_name != "_propagate_qconfig_helper":
        frame = frame.f_back
    spec = frame.f_locals.get("qconfig_dict")
    if frame.f_code.co_name == "_propagate_qconfig_helper" and isinstance(spec, dict):
        yield spec
