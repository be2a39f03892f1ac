"""A call as it was made, kept to be measured later, and what makes two calls of one kind."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn.parameter import is_lazy
from torch.nn.utils.rnn import PackedSequence

from batchfirst.contracts.recurrent import kind_of
from batchfirst.model.layout import Layout
from batchfirst.observe.callsite import stand_in, user_frame
from batchfirst.observe.facts import module_kind
from batchfirst.observe.inputs import find_tensors, replace_tensors
from batchfirst.observe.twin import twin

_PLAIN = (Tensor, nn.Parameter)
_CALL = "__batchfirst_call__"  # what the code that stands for the program's line calls


Declared = Layout | Mapping[str, Layout] | None  # of the first input, or by the inputs' paths


@dataclass(frozen=True, slots=True)
class Kept:
    """A call as it was made, to be measured when the program is not at work: nothing in it is the program's own."""

    name: str
    module: nn.Module
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    layout: Declared
    place: CodeType | None  # stands for the program's line that made the call

    def made_by(self, make: Callable[[], Any]) -> Any:
        """What `make()` returns, called as if by the program's own line."""
        if self.place is None:
            return make()
        returned: list[Any] = []
        exec(self.place, {_CALL: lambda: returned.append(make())})
        return returned[0]


class Unmeasured(Exception):
    """A call that cannot be kept or measured; the text says why."""


def recurrent_inside(module: nn.Module) -> bool:
    """Whether a recurrent module or cell is inside."""
    return any(kind_of(part) is not None for part in module.modules())


def configuration(module: nn.Module) -> Hashable:
    """Equal for modules of the same classes, settings and shapes of parameters, all the way down."""
    return tuple(
        (name, type(part), _scalars(vars(part)), _shapes(part._parameters)) for name, part in module.named_modules()
    )


def kind_of_call(args: tuple[Any, ...], kwargs: Mapping[str, Any], layout: Declared) -> Hashable:
    """Equal for calls that one audit speaks of: the places of the inputs, their dtypes, how many axes they have and
    which of these are of size 1; plain arguments; and what is declared.
    """
    inputs = tuple((path, _form(tensor)) for path, tensor in find_tensors(args, kwargs))
    return inputs, _scalars({**dict(enumerate(args)), **kwargs}), _texts(layout)


def _texts(layout: Declared) -> Hashable:
    if isinstance(layout, Mapping):
        return tuple((path, one.text) for path, one in layout.items())
    return None if layout is None else layout.text


def keep(module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any], layout: Declared) -> Kept:
    """The call with copies of its tensors and a twin of its module. Raises Unmeasured where there can be none."""
    name = module_kind(module)
    if torch._C._functorch.maybe_current_level() is not None or torch._C._len_torch_dispatch_stack():
        raise Unmeasured(f"{name}: it is called under a transformation or a mode of torch's")
    if distributed.is_available() and distributed.is_initialized() and distributed.get_world_size() > 1:
        raise Unmeasured(f"{name}: several processes run it together")
    try:
        with torch._C.DisableTorchFunction(), torch.inference_mode(False):
            copied = tuple(replace_tensors(one, str(number), _copy) for number, one in enumerate(args))
            named = {key: replace_tensors(one, key, _copy) for key, one in kwargs.items()}
            user = user_frame(sys._getframe(1))
            return Kept(name, twin(module), copied, named, layout, None if user is None else stand_in(user, _CALL))
    except Exception as error:
        raise Unmeasured(f"{name}: {brief(error)}") from None


def _copy(path: str, tensor: Any) -> Any:
    if isinstance(tensor, PackedSequence):
        return PackedSequence(_copy(path, tensor.data), *tensor[1:])
    if type(tensor) not in _PLAIN or tensor.layout != torch.strided:
        raise TypeError(f"input {path} is a {type(tensor).__name__}")
    return tensor.detach().clone().requires_grad_(tensor.requires_grad)


def _form(tensor: Any) -> Hashable:
    rows = tensor.data if isinstance(tensor, PackedSequence) else tensor
    return type(tensor), rows.dtype, tuple(size == 1 for size in rows.shape)


def _scalars(values: Mapping[Any, Any]) -> Hashable:
    return tuple((name, value) for name, value in values.items() if type(value) in (bool, int, float, str, type(None)))


def _shapes(parameters: Mapping[str, Any]) -> Hashable:
    return tuple((name, one.shape) for name, one in parameters.items() if one is not None and not is_lazy(one))


def brief(error: BaseException) -> str:
    """Type and first line of an error."""
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
