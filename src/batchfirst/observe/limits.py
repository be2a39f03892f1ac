"""What an audit cannot use, and what it cannot answer, told before it runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from batchfirst.model.errors import UsageError
from batchfirst.observe.inputs import DataInput


def refuse_unusable(inputs: list[tuple[str, Any]], declared: Collection[str], modules: list[nn.Module]) -> None:
    """Raise UsageError for what is without values (on meta) and for declared inputs that are empty."""
    for path, given in inputs:
        tensor = given.data if isinstance(given, PackedSequence) else given
        if tensor.is_meta:
            accepted = "tensors with values: a tensor on meta has none that could be changed"
            raise UsageError("inputs", f"{path}: a tensor on meta", accepted)
        if tensor.numel() == 0 and path in declared:
            accepted = "at least one sample and one step: an empty tensor has nothing to change"
            raise UsageError("inputs", f"{path}: shape {tuple(tensor.shape)}", accepted)
    for module in modules:
        name = next((name for name, parameter in module.named_parameters() if parameter.is_meta), None)
        if name is not None:
            accepted = "a model with values: move it off meta with module.to_empty(device=...) and load its weights"
            raise UsageError("model_or_function", f"{name} is on meta", accepted)


def limits(data: list[DataInput]) -> Iterator[str]:
    """The questions that these inputs leave open, one line each."""
    if not data:
        return
    if not any("batch" in one.places for one in data):
        yield "no batch axis is declared: whether samples mix was not measured"
    steps = [one.size("seq") for one in data if "seq" in one.places]
    if steps and max(steps) == 1:
        yield "the data have one step only: where time lies was not measured"
    for one in data:
        if one.tensor.is_floating_point() and bool(torch.isnan(one.tensor).any()):
            yield f"input {one.path} holds NaN: what NaN has spread to cannot show a change"
