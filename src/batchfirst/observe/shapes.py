"""Shapes of results that were never kept: torch operations repeated on meta tensors, which hold no values.

Nothing of the user's runs here, no random number is drawn and no parameter is read: only torch's own functions, on
tensors of device "meta". What cannot be known is `UNKNOWN`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from batchfirst.contracts.recurrent import RecurrentSettings, expected, kind_of
from batchfirst.contracts.violation import sizes
from batchfirst.model.observation import Fact, PackedFact
from batchfirst.observe.facts import fact_of, tensor_fact


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Any = _Unknown()


@dataclass(frozen=True)
class PackedShape:
    """Stands for a PackedSequence that was never kept."""

    data: torch.Tensor
    batch: int
    steps: int


_FACTORIES = frozenset(
    ("zeros", "ones", "empty", "full", "rand", "randn", "randint", "normal", "arange", "tensor", "eye", "linspace",
     "zeros_like", "ones_like", "rand_like", "randn_like", "empty_like", "full_like", "randint_like", "randperm")
)  # fmt: skip
_NEW = frozenset(("new_zeros", "new_ones", "new_empty", "new_full", "new_tensor"))
# Methods that read values, cross to another library, or reach outside the tensor.
_REFUSED = frozenset(
    ("item", "tolist", "numpy", "backward", "register_hook", "share_memory_", "retain_grad", "storage", "apply_",
     "map_", "map2_", "data_ptr", "set_", "resize_", "is_set_to", "module_load", "dlpack", "untyped_storage")
)  # fmt: skip
_SAME = frozenset(
    ("cuda", "cpu", "clone", "detach", "contiguous", "requires_grad_", "pin_memory", "detach_", "zero_", "normal_",
     "uniform_", "fill_", "copy_", "data", "xpu", "mps")
)  # fmt: skip

_SHAPE_KEPT = (nn.TransformerEncoder, nn.TransformerEncoderLayer, nn.TransformerDecoder, nn.TransformerDecoderLayer)


def known(value: Any) -> bool:
    """Whether a value, with all its parts, is known."""
    if isinstance(value, (tuple, list)):
        return all(known(part) for part in value)
    return value is not UNKNOWN


def value_fact(value: Any) -> Fact:
    """The Fact of a value that may be a stand-in."""
    if isinstance(value, PackedShape):
        return PackedFact(tensor_fact(value.data), value.batch, value.steps)
    if isinstance(value, (tuple, list)) and not isinstance(value, PackedSequence):
        return tuple(value_fact(part) for part in value[:16])
    return None if value is UNKNOWN else fact_of(value)


def to_meta(value: Any) -> Any:
    """The same value with every tensor replaced by a meta tensor of its shape, strides and dtype."""
    if isinstance(value, torch.Tensor):
        if value.device.type == "meta" and type(value) is torch.Tensor:
            return value
        if value.layout is not torch.strided:
            return torch.empty(tuple(value.shape), dtype=value.dtype, device="meta")
        return torch.empty_strided(tuple(value.shape), value.stride(), dtype=value.dtype, device="meta")
    if isinstance(value, (tuple, list)) and type(value) in (tuple, list):
        return type(value)(to_meta(part) for part in value)
    return value


def run_method(base: torch.Tensor, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """What the tensor method returns, as far as shapes go; UNKNOWN where it is not known or would raise."""
    if name in _REFUSED or not hasattr(torch.Tensor, name):
        return UNKNOWN
    if name in _SAME:
        return base
    if name in ("to", "type", "type_as"):
        return _converted(base, [*args, *kwargs.values()])
    if not known(list(args)) or not known(list(kwargs.values())):
        return UNKNOWN
    if name in _NEW:
        kwargs = {key: value for key, value in kwargs.items() if key not in ("device", "pin_memory")}
    return _tried(getattr(to_meta(base), name), args, kwargs)


def run_function(function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """What a function of torch returns, as far as shapes go; UNKNOWN for anything that is none."""
    name = getattr(function, "__name__", "")
    if function is pack_padded_sequence:
        return _packed(args, kwargs)
    if function is pad_packed_sequence:
        return _unpacked(args, kwargs)
    if not known(list(args)) or not known(list(kwargs.values())):
        return UNKNOWN
    if name in _FACTORIES and getattr(torch, name, None) is function:
        kept = {key: value for key, value in kwargs.items() if key in ("size", "dtype", "end", "start", "step", "low",
                                                                       "high", "fill_value", "n", "m")}  # fmt: skip
        return _tried(function, args, {**kept, "device": "meta"})
    if _overridable(function):
        return _tried(function, args, kwargs)
    return UNKNOWN


def run_index(base: torch.Tensor, index: Any) -> Any:
    """`base[index]`, as far as shapes go."""
    return _tried(to_meta(base).__getitem__, (index,), {}) if known(_flat(index)) else UNKNOWN


def _flat(index: Any) -> list[Any]:
    parts = index if isinstance(index, tuple) else (index,)
    return [p for part in parts for p in ((part.start, part.stop, part.step) if isinstance(part, slice) else (part,))]


def run_module(module: nn.Module, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """What one of torch's own modules returns, as far as shapes go. Neither its hooks nor its parameters are used."""
    if kind_of(module) is not None:
        return _recurrent(module, args, kwargs)
    if not args or not known(list(args)):
        return UNKNOWN
    if isinstance(module, _SHAPE_KEPT):
        return args[0]
    if module._modules:
        return UNKNOWN
    stand_in = object.__new__(type(module))
    stand_in.__dict__.update(module.__dict__)
    stand_in.__dict__["_parameters"] = {name: to_meta(p) for name, p in module._parameters.items()}
    stand_in.__dict__["_buffers"] = {name: to_meta(b) for name, b in module._buffers.items()}
    stand_in.__dict__["training"] = False
    return _tried(stand_in.forward, args, kwargs)


def _recurrent(module: nn.Module, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    x = args[0] if args else kwargs.get("input", UNKNOWN)
    settings = RecurrentSettings.from_module(module)
    if isinstance(x, PackedSequence):
        x = PackedShape(x.data, value_fact(x).batch, len(x.batch_sizes))  # type: ignore[union-attr]
    if isinstance(x, PackedShape):
        found = expected(settings, x.batch, x.steps, "packed", len(x.data))
        output: Any = PackedShape(_empty(sizes(found["output"]), x.data), x.batch, x.steps)
        return output, _state_of(settings, found, "n", x.data)
    if not isinstance(x, torch.Tensor) or not x.ndim or x.ndim > 3:
        return UNKNOWN
    if settings.is_cell:
        found = expected(settings, x.shape[0], 1, "batched" if x.ndim == 2 else "unbatched")
        return _state_of(settings, found, "1", x)
    batched = x.ndim == 3
    time, samples = settings.time_axis(batched), settings.batch_axis(batched)
    found = expected(
        settings, 1 if samples is None else x.shape[samples], x.shape[time or 0], "batched" if batched else "unbatched"
    )
    return _empty(sizes(found["output"]), x), _state_of(settings, found, "n", x)


def _state_of(settings: RecurrentSettings, found: Mapping[str, Any], last: str, like: torch.Tensor) -> Any:
    hidden = _empty(sizes(found[f"h_{last}"]), like)
    return (hidden, _empty(sizes(found[f"c_{last}"]), like)) if settings.has_cell_state else hidden


def _empty(shape: Sequence[int], like: torch.Tensor) -> torch.Tensor:
    dtype = like.dtype if like.dtype.is_floating_point else torch.get_default_dtype()
    return torch.empty(tuple(shape), dtype=dtype, device="meta")


def _packed(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    given = dict(zip(("input", "lengths", "batch_first", "enforce_sorted"), args, strict=False)) | dict(kwargs)
    x, first = given.get("input", UNKNOWN), given.get("batch_first", False)
    if not isinstance(x, torch.Tensor) or x.ndim < 2 or first is UNKNOWN:
        return UNKNOWN
    batch, steps = (x.shape[0], x.shape[1]) if first else (x.shape[1], x.shape[0])
    # How many rows there are depends on the lengths: with none shorter, batch × steps.
    return PackedShape(_empty((batch * steps, *x.shape[2:]), x), batch, steps)


def _unpacked(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    given = dict(zip(("sequence", "batch_first"), args, strict=False)) | dict(kwargs)
    packed, first = given.get("sequence", UNKNOWN), given.get("batch_first", False)
    if isinstance(packed, PackedSequence):
        packed = PackedShape(packed.data, value_fact(packed).batch, len(packed.batch_sizes))  # type: ignore[union-attr]
    if not isinstance(packed, PackedShape) or first is UNKNOWN:
        return UNKNOWN
    lead = (packed.batch, packed.steps) if first else (packed.steps, packed.batch)
    lengths = torch.empty((packed.batch,), dtype=torch.int64, device="meta")
    return _empty((*lead, *packed.data.shape[1:]), packed.data), lengths


def _converted(base: torch.Tensor, given: Sequence[Any]) -> torch.Tensor:
    for value in given:
        dtype = value.dtype if isinstance(value, torch.Tensor) else value
        if isinstance(dtype, torch.dtype):
            return torch.empty(tuple(base.shape), dtype=dtype, device="meta")
    return base


def _tried(function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    try:
        with torch.no_grad():
            return function(*to_meta(list(args)), **{key: to_meta(value) for key, value in kwargs.items()})
    except Exception:  # a shape that does not fit, or an operation without a meta kernel
        return UNKNOWN


@cache
def _overridables() -> frozenset[int]:
    from torch.overrides import get_overridable_functions

    return frozenset(id(function) for found in get_overridable_functions().values() for function in found)


def _overridable(function: Any) -> bool:
    return id(function) in _overridables()
