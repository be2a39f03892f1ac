"""Torch's functions by what they do to the places of elements: names, families, and the options that matter."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from batchfirst.model.observation import Setting

# Functions that move elements without changing them: applying them to element numbers tells where each one went.
MOVES = frozenset(
    """view reshape view_as reshape_as permute transpose swapaxes swapdims movedim moveaxis t T mT H mH adjoint squeeze
    unsqueeze flatten unflatten ravel contiguous clone detach getitem select narrow index_select gather
    take_along_dim take masked_select cat concat concatenate stack hstack vstack dstack column_stack chunk split
    split_with_sizes unbind tensor_split hsplit vsplit dsplit expand expand_as broadcast_to repeat repeat_interleave tile
    flip fliplr flipud roll rot90 unfold diagonal alias atleast_1d atleast_2d atleast_3d as_strided
    _pack_padded_sequence _pad_packed_sequence data iter""".split()
)

# The moves that read memory order: a transposition mistaken for one of these scrambles.
RESHAPES = frozenset(
    "view reshape view_as reshape_as flatten unflatten ravel as_strided squeeze unsqueeze resize_ resize".split()
)
TRANSPOSES = frozenset("permute transpose swapaxes swapdims movedim moveaxis t T mT H mH adjoint einsum".split())

# One element in, the element at the same place out.
ELEMENTWISE = frozenset(
    """relu relu_ tanh tanh_ sigmoid sigmoid_ gelu elu selu celu silu mish leaky_relu leaky_relu_ hardtanh hardswish
    hardsigmoid softplus softsign logsigmoid prelu rrelu threshold dropout dropout_ feature_dropout alpha_dropout dropout1d
    dropout2d neg abs exp log log1p expm1 sqrt rsqrt square pow clamp clamp_ clip to float double half bfloat16 type
    type_as nan_to_num masked_fill masked_fill_ requires_grad_ cpu cuda relu6 sin cos to long int bool""".split()
)
BINARY = frozenset(
    "add sub mul div true_divide floor_divide rsub rdiv where add_ sub_ mul_ div_ maximum minimum eq ne lt le gt ge "
    "addcmul lerp subtract multiply divide remainder fmod pow".split()
)
REDUCTIONS = frozenset(
    """mean sum max min amax amin aminmax argmax argmin std var std_mean var_mean norm vector_norm prod median mode
    logsumexp any all nanmean nansum cumsum cumprod logcumsumexp count_nonzero""".split()
)
SPREADS = frozenset("mean std var std_mean var_mean norm vector_norm amax amin max min aminmax sum".split())
SOFTMAXES = frozenset("softmax log_softmax softmin gumbel_softmax _softmax _log_softmax".split())
NORMS = frozenset("normalize layer_norm batch_norm instance_norm group_norm rms_norm local_response_norm".split())
PRODUCTS = frozenset("matmul bmm mm mv dot einsum baddbmm addmm tensordot linear inner outer bilinear chain_matmul".split())
INDEXES = frozenset("getitem index_select gather take_along_dim take masked_select select narrow".split())
CONVOLUTIONS = frozenset("conv1d conv_transpose1d".split())
POINTWISE_LOSSES = frozenset(
    """mse_loss l1_loss smooth_l1_loss huber_loss binary_cross_entropy binary_cross_entropy_with_logits
    gaussian_nll_loss poisson_nll_loss kl_div""".split()
)
CLASS_LOSSES = frozenset("cross_entropy nll_loss".split())
OTHER_LOSSES = frozenset(
    """margin_ranking_loss cosine_embedding_loss triplet_margin_loss triplet_margin_with_distance_loss
    hinge_embedding_loss soft_margin_loss multilabel_margin_loss multilabel_soft_margin_loss multi_margin_loss
    ctc_loss""".split()
)
LOSSES = POINTWISE_LOSSES | CLASS_LOSSES | OTHER_LOSSES
ATTENTIONS = frozenset("scaled_dot_product_attention multi_head_attention_forward".split())
RECURRENT = {
    "lstm": "LSTM", "gru": "GRU", "rnn_tanh": "RNN", "rnn_relu": "RNN", "lstm_cell": "LSTMCell",
    "gru_cell": "GRUCell", "rnn_tanh_cell": "RNNCell", "rnn_relu_cell": "RNNCell",
}  # fmt: skip

# They copy a shape, not values: what they are given does not influence what they return.
SHAPE_ONLY = frozenset(
    "zeros_like ones_like full_like empty_like rand_like randn_like randint_like new_zeros new_ones new_full new_empty "
    "new_tensor bernoulli".split()
)
EMPTY = frozenset("empty empty_like new_empty empty_strided".split())

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


def writes_in_place(name: str, kwargs: Mapping[str, Any]) -> bool:
    """Whether the function changes its first argument (or `out=`)."""
    return name == "setitem" or (name.endswith("_") and not name.endswith("__")) or kwargs.get("out") is not None


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
    if part is None or part is Ellipsis or isinstance(part, (bool, int)):
        return {None: "None", Ellipsis: "..."}.get(part, str(part))
    return type(part).__name__.lower()


def _bound(value: Any) -> str:
    return "" if value is None else str(value)
