"""From live objects to facts: shapes, dtypes and settings are read, values and devices are never touched."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from batchfirst.model.finding import Location
from batchfirst.model.observation import Fact, ModuleFact, OtherFact, PackedFact, Setting, TensorFact

_DEEPEST = 4  # nesting of tuples, lists and dicts that is followed
_LONGEST = 16  # entries of a tuple or list that are looked at
TRANSFORMER_LAYERS = ("TransformerEncoderLayer", "TransformerDecoderLayer")


def dtype_name(dtype: torch.dtype) -> str:
    """`float32` for `torch.float32`."""
    return str(dtype).removeprefix("torch.")


def tensor_fact(tensor: torch.Tensor, origin: str = "") -> TensorFact:
    """Shape, dtype and device of a tensor; no value is read and no device is waited for.

    Example:
        >>> print(tensor_fact(torch.zeros(2, 3)))
        float32 (2, 3)
    """
    return TensorFact(tuple(int(n) for n in tensor.shape), dtype_name(tensor.dtype), str(tensor.device), origin)


def fact_of(value: Any, origin: str = "", depth: int = 0) -> Fact:
    """The Fact for any value: tensors, packed sequences and tuples or lists of them; else type and a short text."""
    if value is None:
        return None
    if isinstance(value, torch.Tensor):
        return tensor_fact(value, origin)
    if isinstance(value, PackedSequence):
        sizes = value.batch_sizes
        # batch_sizes lies on the CPU by contract, so its first entry costs no synchronisation.
        batch = int(sizes[0]) if sizes.device.type == "cpu" and len(sizes) else 0
        return PackedFact(tensor_fact(value.data, origin), batch, len(sizes))
    if isinstance(value, (tuple, list)) and depth < _DEEPEST:
        return tuple(fact_of(part, origin and f"{origin}[{n}]", depth + 1) for n, part in enumerate(value[:_LONGEST]))
    return OtherFact(type(value).__name__, short_text(value))


def short_text(value: Any) -> str:
    """A short repr of plain values; of others only the type's name, since a user's repr may be slow or raise."""
    if isinstance(value, (bool, int, float, str, bytes, torch.Size, torch.dtype, torch.device)):
        text = repr(value)
        return text if len(text) <= 60 else text[:57] + "..."
    return f"<{type(value).__name__}>"


def module_kind(module: nn.Module) -> str:
    """The contract's name of a module: its own or its nearest base class's name in torch.nn, else its class name.

    Example:
        >>> module_kind(nn.GRU(1, 1))
        'GRU'
    """
    for base in type(module).__mro__:
        # A parametrized module (weight_norm) is of a class that torch.nn.utils makes for it, below the real one.
        if base.__module__.startswith("torch.nn.") and not base.__module__.startswith("torch.nn.utils."):
            if base is nn.Module:
                break
            return base.__name__
    return type(module).__name__


def is_torch_module(module: nn.Module) -> bool:
    """Whether torch.nn's own forward, or the one of our drop-ins, computes this module's result."""
    written_in = type(module).forward.__module__ or ""  # the generated forward of a torch.fx.GraphModule has none
    return written_in.startswith(("torch.nn.", "batchfirst.frontends."))


def settings_of(module: nn.Module) -> Mapping[str, Setting]:
    """Constructor settings that contracts speak of: plain attributes, and the dtype of the weights as `dtype`.

    One-element tuples (Conv1d's kernel_size) stand as their element, longer ones as text ("4, 5"). A Transformer layer
    keeps d_model, num_heads and batch_first in the attention inside alone; they are read there.
    """
    found: dict[str, Setting] = {}
    for name, value in vars(module).items():
        if name.startswith("_"):
            continue
        if value is None or isinstance(value, (bool, int, float, str)):
            found[name] = value
        elif isinstance(value, (tuple, list)) and value and all(isinstance(n, int) for n in value):
            found[name] = int(value[0]) if len(value) == 1 else ", ".join(map(str, value))
    parameter = next((p for p in module._parameters.values() if p is not None), None)
    if parameter is not None:
        found["dtype"] = dtype_name(parameter.dtype)
        found["device"] = str(parameter.device)
    attention = module._modules.get("self_attn")
    if isinstance(attention, nn.MultiheadAttention) and module_kind(module) in TRANSFORMER_LAYERS:
        found |= {
            "d_model": attention.embed_dim, "num_heads": attention.num_heads, "batch_first": attention.batch_first,
        }  # fmt: skip
    return MappingProxyType(found)


def module_fact(module: nn.Module, path: str = "", built_at: Location | None = None) -> ModuleFact:
    """Kind, path and settings of a module.

    Example:
        >>> module_fact(nn.LSTM(3, 4, batch_first=True)).settings["batch_first"]
        True
    """
    return ModuleFact(module_kind(module), path, settings_of(module), built_at)


def parts_of(value: Any) -> list[Any]:
    """The parts of a mapping, dataclass, tuple or list, one level deep; [] for anything else."""
    if isinstance(value, Mapping):
        return list(value.values())[:_LONGEST]
    if isinstance(value, (tuple, list)):
        return list(value[:_LONGEST])
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, field.name, None) for field in dataclasses.fields(value)][:_LONGEST]
    return []
