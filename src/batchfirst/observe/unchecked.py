"""The forwards of torch's recurrent modules without their Python checks, for a call whose checks torch has passed.

A third of a small call of `nn.LSTM` goes into checks that depend on shapes, dtypes and settings alone. Where a call of
the same kind has passed them before, the kernel is called here with the arguments that torch's forward gives it: the
same operations in the same order, so the same results bit for bit.

Source: torch/nn/modules/rnn.py, read in 2.7.0, 2.13.0 and 2.14.1, where these forwards do not differ. With another
version, a changed method or anything unusual there is no plan, and torch's own forward runs.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import call, is_
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules import rnn
from torch.nn.utils.rnn import PackedSequence

from batchfirst.observe.compiling import never_compiled

_KNOWN = ((2, 7), (2, 14))  # the oldest and the newest version that was read
TORCH = tuple(int(part) for part in torch.__version__.split(".")[:2])
# What these forwards call or read on the module: with one of them changed, only torch's own forward is right.
_METHODS = (
    "check_forward_args", "check_input", "check_hidden_size", "get_expected_hidden_size", "get_expected_cell_size",
    "permute_hidden", "_update_flat_weights", "_weights_have_changed", "_init_flat_weights", "__getattr__",
    "__getattribute__",
)  # fmt: skip
_SETTINGS = (
    "input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout", "bidirectional", "proj_size",
    "training", "mode", "nonlinearity",
)  # fmt: skip
_KINDS: tuple[type[nn.Module], ...] = (nn.LSTM, nn.GRU, nn.RNN, nn.LSTMCell, nn.GRUCell, nn.RNNCell)
_FORWARDS = {kind: kind.forward for kind in _KINDS}
_ORIGINAL = {kind: {name: getattr(kind, name, None) for name in _METHODS} for kind in _KINDS}


_CELL_WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


class Plan(NamedTuple):
    """How calls of one signature are made. Make one with `plan_for`, use it with `run` where `usable`.

    kernel: its name in torch._VF. h, c: the shapes of the states that torch starts from where none are given.
    """

    way: Callable[[Plan, Any, dict[str, Any], Any, Any], Any]
    kernel: str
    kind: type[nn.Module]
    h: tuple[int, ...]
    c: tuple[int, ...]

    def usable(self, own: dict[str, Any]) -> bool:
        """Whether the module with this `__dict__` still has the weights that torch would take, and torch its forward.

        For a layered module the question that torch's `_weights_have_changed` asks. Where the weights are not its
        parameters (a replica of DataParallel, weight_norm, pruning), torch's forward has to see to them.
        """
        if self.kind.forward is not _FORWARDS[self.kind]:
            return False
        weights = own["_parameters"]
        refs = own.get("_flat_weight_refs")
        try:
            if refs is None:
                return all(map(weights.__contains__, _CELL_WEIGHTS))
            names = own["_flat_weights_names"]
            return all(map(is_, map(call, refs), map(weights.__getitem__, names))) and len(refs) == len(names)
        except (KeyError, TypeError):
            return False

    def fits(self, module: nn.Module, own: dict[str, Any]) -> bool:
        """Whether `module` is of torch's own class still, its forward its own, and the plan usable."""
        return module.__class__ is self.kind and "forward" not in own and self.usable(own)

    def run(self, own: dict[str, Any], input: Any, hx: Any = None) -> Any:
        """The result of torch's forward."""
        return self.way(self, getattr(rnn._VF, self.kernel), own, input, hx)  # type: ignore[attr-defined]


def plan_for_call(module: nn.Module, args: tuple[Any, ...]) -> Plan | None:
    """The plan for calls of a module of torch's own class like this one, which torch has just accepted."""
    kind = module.__class__
    if kind not in _FORWARDS or "forward" in vars(module) or len(args) > 2:
        return None
    return plan_for(module, kind, kind.forward, *args, *([None] * (2 - len(args))))


@never_compiled
def plan_for(module: nn.Module, kind: type[nn.Module], forward: Any, input: Any, hx: Any) -> Plan | None:
    """The plan for calls like this one, which torch has just accepted; None where torch's forward has to run.

    kind: torch's own class of the module. forward: the function that would run. The plan holds for calls with the same
    class, settings, shapes and dtypes.
    """
    own, cls = vars(module), type(module)
    if not _KNOWN[0] <= TORCH <= _KNOWN[1] or forward is not _FORWARDS[kind]:
        return None
    if any(getattr(cls, name, None) is not found or name in own for name, found in _ORIGINAL[kind].items()):
        return None
    if any(hasattr(cls, name) for name in _SETTINGS):
        return None
    packed, layered = type(input) is PackedSequence, isinstance(module, nn.RNNBase)
    data = input.data if packed else input
    states = () if hx is None else hx if "LSTM" in kind.__name__ else (hx,)
    if not all(type(tensor) is Tensor for tensor in (data, *states)):
        return None
    if any(p is not None and p.dtype != data.dtype for p in own["_parameters"].values()):
        return None  # by the grace of autocast
    if packed:
        batch = int(input.batch_sizes[0]) if input.batch_sizes.device.type == "cpu" else None
    elif data.ndim == (3 if layered else 2):
        batch = data.shape[0 if not layered or own["batch_first"] else 1]
    else:
        batch = None  # one unbatched sequence, or one step: torch puts the missing axis in
    if batch is None:
        return None
    kernel, hidden = _kernel(kind, own), own["hidden_size"]
    if not layered:
        return Plan(_lstm_cell if kernel == "lstm_cell" else _cell, kernel, kind, (batch, hidden), ())
    rows = own["num_layers"] * (2 if own["bidirectional"] else 1)
    h, c = (rows, batch, own["proj_size"] or hidden), (rows, batch, hidden)
    way = (_packed_lstm if packed else _lstm) if kernel == "lstm" else (_packed if packed else _layered)
    plan = Plan(way, kernel, kind, h, c)
    return plan if plan.usable(own) else None


def _kernel(kind: type[nn.Module], own: dict[str, Any]) -> str:
    name = kind.__name__
    if name == "RNN":
        return "rnn_tanh" if own["mode"] == "RNN_TANH" else "rnn_relu"
    if name == "RNNCell":
        return "rnn_tanh_cell" if own["nonlinearity"] == "tanh" else "rnn_relu_cell"
    return name.lower().replace("cell", "_cell")


def _zeros(shape: tuple[int, ...], like: Tensor) -> Tensor:
    return torch.zeros(shape, dtype=like.dtype, device=like.device)


def _lstm(plan: Plan, kernel: Any, own: dict[str, Any], input: Tensor, hx: Any) -> Any:
    result = kernel(
        input, (_zeros(plan.h, input), _zeros(plan.c, input)) if hx is None else hx, own["_flat_weights"],
        own["bias"], own["num_layers"], own["dropout"], own["training"], own["bidirectional"], own["batch_first"],
    )  # fmt: skip
    return result[0], result[1:]


def _layered(plan: Plan, kernel: Any, own: dict[str, Any], input: Tensor, hx: Any) -> Any:
    result = kernel(
        input, _zeros(plan.h, input) if hx is None else hx, own["_flat_weights"],
        own["bias"], own["num_layers"], own["dropout"], own["training"], own["bidirectional"], own["batch_first"],
    )  # fmt: skip
    return result[0], result[1]


def _packed_lstm(plan: Plan, kernel: Any, own: dict[str, Any], input: PackedSequence, hx: Any) -> Any:
    data, sizes, order, back = input
    if hx is None:
        hx = _zeros(plan.h, data), _zeros(plan.c, data)
    elif order is not None:
        hx = hx[0].index_select(1, order), hx[1].index_select(1, order)
    result = kernel(
        data, sizes, hx, own["_flat_weights"],
        own["bias"], own["num_layers"], own["dropout"], own["training"], own["bidirectional"],
    )  # fmt: skip
    hidden = result[1:]
    if back is not None:
        hidden = hidden[0].index_select(1, back), hidden[1].index_select(1, back)
    return PackedSequence(result[0], sizes, order, back), hidden


def _packed(plan: Plan, kernel: Any, own: dict[str, Any], input: PackedSequence, hx: Any) -> Any:
    data, sizes, order, back = input
    if hx is None:
        hx = _zeros(plan.h, data)
    elif order is not None:
        hx = hx.index_select(1, order)
    result = kernel(
        data, sizes, hx, own["_flat_weights"],
        own["bias"], own["num_layers"], own["dropout"], own["training"], own["bidirectional"],
    )  # fmt: skip
    return PackedSequence(result[0], sizes, order, back), result[1] if back is None else result[1].index_select(1, back)


def _lstm_cell(plan: Plan, kernel: Any, own: dict[str, Any], input: Tensor, hx: Any) -> Any:
    if hx is None:
        zeros = _zeros(plan.h, input)
        hx = (zeros, zeros)
    return kernel(input, hx, *map(own["_parameters"].__getitem__, _CELL_WEIGHTS))


def _cell(plan: Plan, kernel: Any, own: dict[str, Any], input: Tensor, hx: Any) -> Any:
    weights = map(own["_parameters"].__getitem__, _CELL_WEIGHTS)
    return kernel(input, _zeros(plan.h, input) if hx is None else hx, *weights)
