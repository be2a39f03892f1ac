"""Torch's functions as a TorchFunctionMode sees them: their names, and the options that matter."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from batchfirst.contracts.operations import REDUCTIONS, RESHAPES, SOFTMAXES, TRANSPOSES
from batchfirst.model.observation import Setting

# Seen at every step and never of interest: they return no tensor, or make one of no values.
QUIET = frozenset(
    """size dim ndim shape numel nelement stride is_contiguous data_ptr dtype device layout is_sparse is_cuda
    requires_grad grad_fn is_floating_point is_complex is_leaf storage untyped_storage item tolist __len__ __bool__
    __int__ __float__ __index__ __hash__ __repr__ __format__ __contains__ _version grad is_nested is_quantized is_mkldnn
    is_meta is_cpu output_nr names ndimension element_size storage_offset retain_grad register_hook is_same_size
    get_device is_inference is_neg is_conj _is_view set_grad_enabled _set_grad_enabled __deepcopy__ __reduce_ex__
    is_shared is_pinned backward_hooks is_xpu is_mps retains_grad volatile is_distributed itemsize nbytes
    manual_seed get_default_dtype _assert _assert_async is_tensor is_storage result_type can_cast numpy __array__
    _has_compatible_shallow_copy_type equal allclose is_nonzero is_signed""".split()
)

_DIM_POSITION = {
    **dict.fromkeys(SOFTMAXES | REDUCTIONS | {"cat", "concat", "concatenate", "stack", "squeeze", "unsqueeze"}, 1),
    **dict.fromkeys(("index_select", "gather", "select", "narrow", "take_along_dim", "unbind", "flip"), 1),
    "normalize": 2, "split": 2, "chunk": 2, "_pack_padded_sequence": 2, "_pad_packed_sequence": 2, "gumbel_softmax": 4,
    "take_along_dim": 2,
}  # fmt: skip
_FLAG = {"_pack_padded_sequence": "batch_first", "_pad_packed_sequence": "batch_first"}

_DUNDER = re.compile(r"^__(r|i)?([a-z]+)__$")
_INPLACE_OPERATORS = frozenset("add sub mul truediv div floordiv pow mod and or xor lshift rshift matmul".split())
_OPERATORS = {"truediv": "div", "matmul": "matmul", "mod": "remainder", "div": "div", "floordiv": "floor_divide"}


def name_of(func: Callable[..., Any]) -> str:
    """Torch's name of a function seen by a TorchFunctionMode: "softmax", "getitem", "T", "mse_loss"."""
    name = getattr(func, "__name__", "") or type(func).__name__
    if name == "__get__":  # a property such as Tensor.T
        return str(getattr(getattr(func, "__self__", None), "__name__", "get"))
    if name == "__set__":
        return f"set_{getattr(getattr(func, '__self__', None), '__name__', '')}"
    match = _DUNDER.match(name)
    if match and name not in QUIET:
        reverse, plain = match.groups()
        if f"{reverse or ''}{plain}" in ("getitem", "setitem", "iter", "invert", "not", "reversed"):
            return f"{reverse or ''}{plain}"
        if reverse == "i" and plain in _INPLACE_OPERATORS:
            return _OPERATORS.get(plain, plain) + "_"
        return _OPERATORS.get(plain, plain)
    return name


def options_of(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Setting]:
    """The plain settings of a call that a diagnosis may speak of: dim, batch_first, index, reduction, …"""
    found: dict[str, Setting] = {
        key: value for key, value in kwargs.items() if isinstance(value, (bool, int, float, str)) or value is None
    }
    position = _DIM_POSITION.get(name)
    if position is not None and len(args) > position:
        value = args[position]
        key = _FLAG.get(name, "dim")
        if isinstance(value, (bool, int)):
            found[key] = value
        elif isinstance(value, (tuple, list)) and all(isinstance(part, int) for part in value):
            found[key] = ",".join(map(str, value))
    if name in RESHAPES or name in TRANSPOSES or name in ("expand", "repeat"):
        found["sizes"] = ", ".join(_size(part) for part in args[1:])
    if name == "getitem" and len(args) > 1:
        found["index"] = _index_text(args[1])
    if name == "batch_norm":
        found["training"] = bool(args[5] if len(args) > 5 else kwargs.get("training", False)) or (
            (args[1] if len(args) > 1 else kwargs.get("running_mean")) is None
        )
    return found


def _size(part: Any) -> str:
    if isinstance(part, (tuple, list)):
        return "(" + ", ".join(map(_size, part)) + ")"
    return str(int(part)) if isinstance(part, int) else type(part).__name__


def _index_text(index: Any) -> str:
    parts = index if isinstance(index, tuple) else (index,)
    return ", ".join(_one_index(part) for part in parts)


def _one_index(part: Any) -> str:
    if isinstance(part, slice):
        step = "" if part.step is None else f":{_bound(part.step)}"
        return f"{_bound(part.start)}:{_bound(part.stop)}{step}"
    if part is Ellipsis:
        return "..."
    if part is None or isinstance(part, (bool, int)):
        return str(part)
    return type(part).__name__.lower()


def _bound(value: Any) -> str:
    return "" if value is None else str(value)
