"""What torch was doing when it raised: the module or function, and its arguments by the contract's names."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import FrameType
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from batchfirst.model.finding import Location
from batchfirst.model.observation import ModuleFact, Setting
from batchfirst.observe.callsite import instruction_location
from batchfirst.observe.facts import is_torch_module, module_fact, module_kind

_TORCH = os.path.join(os.path.dirname(os.path.abspath(torch.__file__)), "")
# Files of torch whose Python functions are calls of their own: a frame there names the function and its arguments.
# (torch.einsum and the like, in functional.py, take what they are given: they are read from the user's line.)
_FUNCTIONS = ("nn/functional.py", "nn/utils/rnn.py", "_tensor.py", "autograd/__init__.py")
_MOST_LENGTHS = 4096


@dataclass(frozen=True)
class Entry:
    """One line of a traceback."""

    frame: FrameType
    lasti: int
    line: int

    @property
    def file(self) -> str:
        return self.frame.f_code.co_filename

    @property
    def name(self) -> str:
        return self.frame.f_code.co_name

    @property
    def location(self) -> Location:
        return instruction_location(self.frame.f_code, self.lasti, self.line)


@dataclass
class Called:
    """A module or function of torch's with its arguments by name.

    chain: the modules around it, outermost first; inner: whether another function of torch's calls it, as pack_sequence
    calls pack_padded_sequence.
    """

    kind: str
    args: dict[str, Any]
    module: nn.Module | None = None
    chain: list[nn.Module] = field(default_factory=list)
    inner: bool = False

    def fact(self) -> ModuleFact:
        """The module, or the function with what its arguments say of packing."""
        if self.module is not None:
            found = module_fact(self.module)
            more = _packed_rows(self.args)
            return ModuleFact(found.kind, found.path, {**found.settings, **more}, found.built_at) if more else found
        return ModuleFact(self.kind, "", {**_plain(self.args), **_lengths(self.args), **_packed_rows(self.args)})

    def before(self) -> list[ModuleFact]:
        """The modules that an input passes inside nn.Sequential before it reaches this one."""
        found: list[ModuleFact] = []
        for outer, inner in pairwise([*self.chain, self.module]):
            if isinstance(outer, nn.Sequential):
                for name, child in outer.named_children():
                    if child is inner:
                        break
                    found.append(module_fact(child, name))
        return found


def called_in(below: Sequence[Entry]) -> Called | None:
    """What the frames of torch below the user's are doing.

    The deepest module of torch's own kinds (a head inside nn.Sequential, not the container); where there is none, the
    outermost of torch's functions.
    """
    chain: list[nn.Module] = []
    module: Called | None = None
    function: Called | None = None
    for entry in below:
        if not entry.file.startswith(_TORCH):
            continue
        values = entry.frame.f_locals
        owner = values.get("self")
        if isinstance(owner, nn.Module):
            started = any(owner is known for known in chain)
            if entry.name == "_wrapped_call_impl" or (entry.name == "forward" and not started):
                # A frame of torch's called forward computes the result even where a subclass has a forward of its own.
                if (is_torch_module(owner) or entry.name == "forward") and not _is_container(owner):
                    module = Called(module_kind(owner), _module_args(owner, entry), owner, list(chain))
                chain.append(owner)
        elif _is_function(entry) and (function is None or entry.name == "pack_padded_sequence"):
            code = entry.frame.f_code
            names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            args = {("input" if name == "self" else name): values[name] for name in names if name in values}
            function = Called(entry.name, args, None, list(chain), function is not None)
    return module or function


def _is_function(entry: Entry) -> bool:
    file = entry.file[len(_TORCH) :]
    return file in _FUNCTIONS and (file != "_tensor.py" or entry.name == "backward")


def _is_container(module: nn.Module) -> bool:
    return isinstance(module, (nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.DataParallel, nn.TransformerEncoder))


def _module_args(module: nn.Module, entry: Entry) -> dict[str, Any]:
    values = entry.frame.f_locals
    names = list(inspect.signature(type(module).forward).parameters)[1:]
    if entry.name == "_wrapped_call_impl":
        args, kwargs = values.get("args", ()), values.get("kwargs", {})
        return {**dict(zip(names, args, strict=False)), **kwargs}
    # Called as super().forward(…): torch's own frame has the arguments, the input under the name it first had.
    found = {name: values[name] for name in names if name in values}
    if "orig_input" in values:
        found["input"] = values["orig_input"]
    return found


def _plain(args: Mapping[str, Any]) -> dict[str, Setting]:
    return {name: value for name, value in args.items() if value is None or isinstance(value, (bool, int, float, str))}


def _lengths(args: Mapping[str, Any]) -> dict[str, Setting]:
    """How many lengths there are, their order and extremes. They lie on the CPU by contract; others are not read."""
    given = args.get("lengths")
    if isinstance(given, torch.Tensor):
        if given.ndim != 1 or given.device.type != "cpu" or len(given) > _MOST_LENGTHS:
            return {}
        values = [float(n) for n in given.detach().tolist()]
    elif isinstance(given, (list, tuple)) and given and len(given) <= _MOST_LENGTHS:
        try:
            values = [float(n) for n in given]
        except (TypeError, ValueError):
            return {"count": len(given)}
    else:
        return {}
    if not values:
        return {"count": 0}
    falling = all(early >= late for early, late in pairwise(values))
    first = ", ".join(f"{n:g}" for n in values[:6]) + (", …" if len(values) > 6 else "")
    return {
        "count": len(values),
        "sorted": falling,
        "longest": int(max(values)),
        "shortest": int(min(values)),
        "first": first,
    }


def _packed_rows(args: Mapping[str, Any]) -> dict[str, Setting]:
    """Of a PackedSequence: the rows that its batch_sizes add up to, and those it holds."""
    for value in args.values():
        if isinstance(value, PackedSequence) and value.batch_sizes.device.type == "cpu":
            return {"claimed_rows": int(value.batch_sizes.sum()), "held_rows": int(value.data.shape[0])}
    return {}


def entries_of(error: BaseException) -> Iterator[Entry]:
    """The traceback's entries, outermost first."""
    trace = error.__traceback__
    while trace is not None:
        yield Entry(trace.tb_frame, trace.tb_lasti, trace.tb_lineno)
        trace = trace.tb_next
