"""What a call's verdict depends on, read fast: shapes, dtypes and settings, never values."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from operator import attrgetter, itemgetter
from types import MappingProxyType
from typing import Any

from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from batchfirst.contracts.losses import broadcast_kind
from batchfirst.contracts.neighbours import NEIGHBOURS
from batchfirst.contracts.recurrent import KINDS
from batchfirst.model.finding import Location
from batchfirst.model.observation import CallFact
from batchfirst.observe.facts import TRANSFORMER_LAYERS, fact_of, is_torch_module, module_fact, module_kind

_RECURRENT = ("input_size", "hidden_size", "num_layers", "batch_first", "bidirectional", "proj_size", "mode")
_CELL = ("input_size", "hidden_size")
_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    **{kind: _CELL if kind.endswith("Cell") else _RECURRENT for kind in KINDS},
    "RNNCell": (*_CELL, "nonlinearity"),
    "Linear": ("in_features",),
    "Embedding": ("num_embeddings", "embedding_dim"),
    "Conv1d": ("in_channels", "kernel_size", "stride", "padding", "dilation", "groups"),
    "BatchNorm1d": ("num_features", "training"),  # one value per channel is refused in training only
    "InstanceNorm1d": ("num_features", "affine", "track_running_stats", "training"),
    "LayerNorm": ("normalized_shape",),
    "MultiheadAttention": ("embed_dim", "num_heads", "batch_first", "kdim", "vdim"),
    **dict.fromkeys(TRANSFORMER_LAYERS, ("self_attn.embed_dim", "self_attn.batch_first")),
}
# What passes a layout on unchanged, or with other features on the last axis.
FOLLOWED = (
    nn.Embedding, nn.Linear, nn.LayerNorm, nn.Dropout, nn.Identity, nn.ReLU, nn.GELU, nn.SiLU, nn.Tanh, nn.Sigmoid,
    nn.ELU, nn.LeakyReLU, nn.LSTM, nn.GRU, nn.RNN,
)  # fmt: skip


def contract_kind(module: nn.Module) -> str | None:
    """The contract's name of a module whose result torch computes; None where no contract speaks of it.

    Example:
        >>> contract_kind(nn.LSTM(1, 1)), contract_kind(nn.ReLU())
        ('LSTM', None)
    """
    if not is_torch_module(module):
        return None  # a forward of the user's own may take anything
    if not any(base is not nn.Module and base.__module__.startswith("torch.nn.") for base in type(module).__mro__):
        return None
    kind = module_kind(module)
    return kind if kind in KINDS or kind in NEIGHBOURS or kind == "DataParallel" else None


def signature(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Hashable:
    """Shapes, dtypes and types of a call's arguments: equal for two calls that no check can tell apart.

    Raises TypeError where sizes are symbolic, as in tracing: nothing is remembered of such a call.
    """
    if len(args) == 1 and not kwargs:
        value = args[0]
        if type(value) is Tensor:
            return value.shape, value.dtype
    return tuple([_one(value) for value in args]), tuple([(name, _one(value)) for name, value in kwargs.items()])


def _one(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.shape, value.dtype
    if isinstance(value, PackedSequence):
        sizes = value.batch_sizes  # on the CPU by contract: reading it waits for no device
        first = int(sizes[0]) if sizes.device.type == "cpu" and len(sizes) else None
        return PackedSequence, value.data.shape, value.data.dtype, first, value.sorted_indices is None
    if isinstance(value, (tuple, list)):
        return type(value), tuple([_one(part) for part in value])
    return value if value is None or isinstance(value, bool) else type(value)


_readers: dict[type, Callable[[dict[str, Any]], Any]] = {}


def settings_signature(module: nn.Module) -> Any:
    """The settings that a verdict depends on, as they are now: they and the weights may change between two calls."""
    read = _readers.get(module.__class__)
    if read is None:
        read = _readers[module.__class__] = _reader(module)
    own = module.__dict__
    try:
        settings = read(own)
    except (KeyError, AttributeError):  # of another version's pickle
        settings = None
    for parameter in own["_parameters"].values():
        return settings, None if parameter is None else parameter.dtype
    return settings


def _reader(module: nn.Module) -> Callable[[dict[str, Any]], Any]:
    """How the settings of such a module are read from its `__dict__`; "self_attn.embed_dim" is a part's."""
    names = _ATTRIBUTES.get(contract_kind(module) or "", ())
    if not names:
        return _nothing
    if not any("." in name for name in names):
        return itemgetter(*names)
    parts = [(part, attrgetter(rest)) for part, _, rest in (name.partition(".") for name in names)]
    return lambda own: tuple([read(own["_modules"][part]) for part, read in parts])


def _nothing(own: dict[str, Any]) -> None:
    return None


@lru_cache(maxsize=512)
def _argument_names(cls: Any) -> tuple[str, ...]:
    return tuple(inspect.signature(cls.forward).parameters)[1:]


def named_arguments(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call by the names of the module's forward.

    Example:
        >>> named_arguments(nn.LSTM(1, 1), (1,), {"hx": None})
        {'input': 1, 'hx': None}
    """
    kind: Any = type(module)
    return {**dict(zip(_argument_names(kind), args, strict=False)), **kwargs}


def arguments_at_hand(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """As `named_arguments`, and of a recurrent module the states by their own names too.

    Example:
        >>> arguments_at_hand(nn.LSTM(1, 1), (1, (2, 3)), {})
        {'input': 1, 'hx': (2, 3), 'h_0': 2, 'c_0': 3}
    """
    named = named_arguments(module, args, kwargs)
    states = named.get("hx")
    if states is None or contract_kind(module) not in KINDS:
        return named
    return {**named, **dict(zip(("h_0", "c_0"), states if type(states) is tuple else (states,), strict=False))}


def call_fact(
    module: nn.Module, path: str, args: tuple[Any, ...], kwargs: dict[str, Any], location: Location | None
) -> CallFact:
    """The facts of one call, by the contract's argument names."""
    facts = {name: fact_of(value) for name, value in named_arguments(module, args, kwargs).items()}
    return CallFact(module_fact(module, path), MappingProxyType(facts), location)


def crossed(named: Mapping[str, Any], reduction: str) -> bool:
    """Whether a loss compares every prediction with every target, and nothing says that it is meant.

    named: its arguments by name. (batch, 1) against (batch,) becomes (batch, batch). Axes set out for it, (batch, 1)
    against (1, batch), and a loss that is not reduced are how a comparison of all pairs is written on purpose.
    """
    one, other = named.get("input"), named.get("target")
    if not isinstance(one, Tensor) or not isinstance(other, Tensor) or reduction == "none":
        return False
    return one.ndim != other.ndim and broadcast_kind(one.shape, other.shape) == "crossed"
