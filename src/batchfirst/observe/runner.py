"""Runs of a program on copies of its inputs, each from the same state and random numbers, and everything put back."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from batchfirst.model.settings import only_recording
from batchfirst.observe.elements import Elements
from batchfirst.observe.inputs import DataInput, find_tensors, replace_tensors
from batchfirst.observe.recorder import Recorder, Transform, record
from batchfirst.observe.state import Modes, RandomState, State


def _uncompiled() -> AbstractContextManager[Any]:
    """Compiled functions run as they were written: a compiled one shows none of its steps."""
    if "torch._dynamo" not in sys.modules:
        return nullcontext()
    stance: AbstractContextManager[Any] = torch.compiler.set_stance("force_eager")
    return stance


class Runner:
    """Runs `program(*args, **kwargs)`. `substitutes`, by path, stand for inputs in every run: grown or cut ones."""

    def __init__(self, program: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], seed: int) -> None:
        self.program, self.args, self.kwargs, self.seed = program, args, kwargs, seed
        self.original = find_tensors(args, kwargs)
        self.substitutes: dict[str, Tensor] = {}
        self._told = False
        self._random, self._modes, self.state = RandomState(), Modes(), State()
        self.state.add(program)
        self.state.leave_out(tensor for _, tensor in self.original)
        self.state.add(*args, *kwargs.values())  # an optimizer, say; of the tensors each run has copies of its own

    @property
    def roots(self) -> list[nn.Module]:
        """The outermost modules found so far."""
        return self.state.roots

    @property
    def found(self) -> list[tuple[str, Any]]:
        """(path, tensor or PackedSequence) of the inputs as they are run."""
        return [(path, self.substitutes.get(path, tensor)) for path, tensor in self.original]

    def run(
        self,
        changes: Mapping[str, Tensor] | None = None,
        transform: Transform | None = None,
        restore: bool = True,
        elements: Elements | None = None,
        data: Mapping[str, DataInput] | None = None,
    ) -> Recorder:
        """One run on copies of the inputs, from the same state and random numbers, with `changes` by path.

        elements follows the element numbers of the declared inputs in `data` and of all recurrent results.
        """
        if restore:
            self.state.restore()
        self._modes.restore()
        RandomState.seed(self.seed)
        recorder = Recorder(transform, elements, self.state.add)
        for root in self.roots:
            recorder.name_modules(root)

        def copy(path: str, tensor: Any) -> Any:
            new = (changes or {}).get(path, self.substitutes.get(path))
            if isinstance(tensor, PackedSequence):
                rows = tensor.data.clone() if new is None else new
                recorder.add_input(rows, path)
                return PackedSequence(rows, tensor.batch_sizes, tensor.sorted_indices, tensor.unsorted_indices)
            made = (tensor.detach() if new is None else new).clone().requires_grad_(tensor.requires_grad)
            value = recorder.add_input(made, path)
            if elements is not None and data and path in data:
                elements.add_input(recorder, value, data[path])
            elif elements is not None and made.ndim == 1 and not made.is_floating_point() and made.numel() > 1:
                elements.add_lengths(recorder, value)
            return made

        copies: dict[int, Any] = {}

        def copy_once(path: str, tensor: Any) -> Any:
            if id(tensor) not in copies:
                copies[id(tensor)] = copy(path, tensor)
            return copies[id(tensor)]

        args = tuple(replace_tensors(part, str(number), copy_once) for number, part in enumerate(self.args))
        kwargs = {name: replace_tensors(part, name, copy_once) for name, part in self.kwargs.items()}
        with only_recording(), _uncompiled(), warnings.catch_warnings():
            if self._told:  # once is as often as the program itself warns
                warnings.simplefilter("ignore")
            self._told = True
            record(self.program, args, kwargs, recorder)
        return recorder

    def close(self) -> None:
        """Put everything back: modules, gradients, modes, random generators."""
        self.state.restore()
        self._modes.restore()
        self._random.restore()
