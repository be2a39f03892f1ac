"""What an audit cannot use, and what it cannot answer, told before it runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch._guards import detect_fake_mode  # no public face tells; None where no FakeTensorMode is about
from torch.nn.utils.rnn import PackedSequence

from batchfirst.model.errors import UsageError
from batchfirst.observe.inputs import DataInput


def refuse_no_tensors(inputs: list[tuple[str, Any]], args: tuple[Any, ...], layout: Any) -> None:
    """Raise UsageError where a layout is given, but none of the inputs is a tensor or holds one."""
    if layout is None or inputs or not args:
        return
    given = ", ".join(f"{place}: {type(one).__module__}.{type(one).__qualname__}" for place, one in enumerate(args))
    accepted = "tensors, alone or in tuples, lists, dicts, dataclasses; of NumPy's arrays torch.from_numpy makes some"
    raise UsageError("inputs", given.replace("builtins.", ""), accepted)


def refuse_fake(*held: Any) -> None:
    """Raise UsageError where a FakeTensorMode is on, or one of its tensors is among these: they have no values."""
    if detect_fake_mode(held) is not None:
        accepted = "tensors with values, outside of FakeTensorMode: a fake tensor has none that could be changed"
        raise UsageError("inputs", "fake tensors", accepted)


def refuse_unusable(inputs: list[tuple[str, Any]], declared: Collection[str], modules: list[nn.Module]) -> None:
    """Raise UsageError for what is without values (on meta) and for declared inputs that are empty."""
    for path, given in inputs:
        tensor = given.data if isinstance(given, PackedSequence) else given
        if tensor.is_meta:
            accepted = "tensors with values: a tensor on meta has none that could be changed"
            raise UsageError("inputs", f"{path}: a tensor on meta", accepted)
        if path in declared and (tensor.is_nested or tensor.layout != torch.strided):
            kind = "nested" if tensor.is_nested else "sparse"
            raise UsageError("inputs", f"{path}: a {kind} tensor", "dense tensors: its axes have no fixed places")
        if tensor.numel() == 0 and path in declared:
            accepted = "at least one sample and one step: an empty tensor has nothing to change"
            raise UsageError("inputs", f"{path}: shape {tuple(tensor.shape)}", accepted)
    for module in modules:
        _refuse_opaque(module)
        refuse_fake(*module.parameters())
        name = next((name for name, parameter in module.named_parameters() if parameter.is_meta), None)
        if name is not None:
            accepted = "a model with values: move it off meta with module.to_empty(device=...) and load its weights"
            raise UsageError("model_or_function", f"{name} is on meta", accepted)


def _refuse_opaque(module: nn.Module) -> None:
    """What cannot be measured: compiled away, or every sample changes every other one by design."""
    if isinstance(module, torch.jit.ScriptModule):
        accepted = "the module it was compiled from: TorchScript shows none of its steps"
        raise UsageError("model_or_function", type(module).__name__, accepted)
    for name, part in module.named_modules():
        if type(part).__module__.startswith("torch.ao.nn.quantized.dynamic"):
            accepted = "the model before quantize_dynamic: the scale of an input depends on all samples of the batch"
            raise UsageError("model_or_function", f"{name or type(part).__name__} is quantised dynamically", accepted)


def usable_lengths(lengths: Any, data: list[DataInput]) -> Tensor | None:
    """The lengths as int64 (batch,). Raises UsageError where they cannot be the real steps of the declared samples."""
    if lengths is None:
        return None
    accepted = "whole numbers, one for each sample: its real steps"
    try:
        found = torch.as_tensor(lengths)
    except (TypeError, ValueError, RuntimeError):
        raise UsageError("lengths", lengths, accepted) from None
    if found.ndim != 1 or found.dtype == torch.bool or found.is_complex() or bool((found != found.round()).any()):
        raise UsageError("lengths", lengths, accepted)
    for one in data:
        samples, steps = one.size("batch"), one.size("seq")
        if samples and steps:
            if len(found) != samples:
                raise UsageError("lengths", lengths, f"{samples} lengths: input {one.path} has {samples} samples")
            if int(found.min()) < 1 or int(found.max()) > steps:
                raise UsageError("lengths", lengths, f"lengths from 1 to {steps}: input {one.path} has {steps} steps")
    return found.detach().cpu().to(torch.int64)


def unchangeable(one: DataInput) -> Iterator[str]:
    """A remark where an input has no other value that could be tried: an embedding of one row, say."""
    if one.fresh is not None and torch.equal(one.fresh, one.tensor.detach()):
        yield f"input {one.path} has one possible value only: nothing of it could be changed"


def opaque(modules: list[nn.Module]) -> Iterator[str]:
    """A remark for each part whose steps cannot be seen."""
    for module in modules:
        for name, part in module.named_modules():
            inner = isinstance(module.get_submodule(name.rpartition(".")[0]), torch.jit.ScriptModule)
            if isinstance(part, torch.jit.ScriptModule) and not inner:
                yield f"{name} is compiled by TorchScript: what happens inside is not seen"


def limits(data: list[DataInput], causal: bool = False) -> Iterator[str]:
    """The questions that these inputs leave open, one line each."""
    if not data:
        yield "no input is declared to be data: nothing was changed, so nothing was measured"
        return
    if causal and not any("seq" in one.places for one in data):
        yield "causal=True, but no seq axis is declared: whether a step depends on later ones was not measured"
    batches = {one.size("batch"): one.path for one in data if "batch" in one.places}
    if len(batches) > 1:
        told = ", ".join(f"{size} in input {path}" for size, path in batches.items())
        yield f"the declared inputs have different numbers of samples: {told}"
    if not any("batch" in one.places for one in data):
        yield "no batch axis is declared: whether samples mix was not measured"
    steps = [one.size("seq") for one in data if "seq" in one.places]
    if steps and max(steps) == 1:
        yield "the data have one step only: where time lies was not measured"
    for one in data:
        if one.tensor.is_floating_point() and bool(torch.isnan(one.tensor).any()):
            yield f"input {one.path} holds NaN: what NaN has spread to cannot show a change"
