"""One recorded run: every torch function call and every recurrent or attention module, with copies of its tensors."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.nn.utils.rnn import PackedSequence
from torch.overrides import TorchFunctionMode

from batchfirst.contracts import operations
from batchfirst.model.finding import Location
from batchfirst.model.observation import ModuleFact, Setting
from batchfirst.observe import ops
from batchfirst.observe.callsite import location_of, user_frames, user_location
from batchfirst.observe.containers import children
from batchfirst.observe.facts import module_fact, module_kind
from batchfirst.observe.run import Op, Run, Value

# These modules are one step of the way: their contract speaks of them as a whole.
WHOLE = (
    nn.RNNBase, nn.RNNCellBase, nn.MultiheadAttention, nn.TransformerEncoderLayer, nn.TransformerDecoderLayer,
    nn.TransformerEncoder, nn.TransformerDecoder, nn.Transformer,
)  # fmt: skip

Transform = Callable[["Recorder", str, tuple[Any, ...], dict[str, Any], Any, Op], Any]
Observer = Callable[["Recorder", str, tuple[Any, ...], dict[str, Any], Any, Op], None]


class Recorder(TorchFunctionMode):
    """Records one run of a program. Use `record`.

    `transform(recorder, name, args, kwargs, out, op)` sees each step's output before the program does and may return
    another one (None: keep it); `observer`, with the same arguments, sees the step when it is recorded.
    `discover(module)` is told of each outermost module before it runs.
    """

    def __init__(
        self,
        transform: Transform | None = None,
        observer: Observer | None = None,
        discover: Callable[[nn.Module], None] | None = None,
    ) -> None:
        super().__init__()
        self.run = Run()
        self.transform, self.observer, self.discover = transform, observer, discover
        self.quiet = 0  # inside a module that is one step
        self.stack: list[nn.Module] = []
        self.paths: dict[int, str] = {}
        self.calls = 0
        self._ids: dict[int, tuple[int, int]] = {}  # id(tensor) -> (value, version)
        self._alive: list[Any] = []
        self._storage: dict[int, int] = {}  # storage -> last operation that wrote or made it
        self._counts: Counter[tuple[str, str, int, int, str]] = Counter()
        self._parameters: dict[int, str] = {}
        # Where a user's subclass of a recurrent module was called: its own super().forward(...) is no place to mend.
        self._called_at: dict[int, Location] = {}

    # --- tensors -------------------------------------------------------------------------------------------------

    def name_modules(self, root: nn.Module, prefix: str = "") -> None:
        """Give every module, parameter and buffer below `root` its path, unless it has one."""
        for name, module in root.named_modules(prefix=prefix):
            self.paths.setdefault(id(module), name)
            self._alive.append(module)
        for name, tensor in (*root.named_parameters(), *root.named_buffers()):
            self._parameters.setdefault(id(tensor), name)
            self._alive.append(tensor)

    def add_input(self, tensor: Tensor, name: str) -> int:
        return self._new(tensor, None, "input", name)

    def value_of(self, tensor: Tensor) -> int:
        """The value that `tensor` holds now; a new one if it was not seen yet or was written since."""
        known = self._ids.get(id(tensor))
        version = _version(tensor)
        if known is not None and known[1] == version:
            return known[0]
        name = self._parameters.get(id(tensor))
        if name is not None:
            return self._new(tensor, None, "parameter", name)
        producer = self._storage.get(_storage(tensor))
        return self._new(tensor, producer, "constant" if producer is None else "computed")

    def _new(self, tensor: Tensor, producer: int | None, kind: str = "computed", name: str = "") -> int:
        self.quiet += 1  # the copy is ours, not a step of the program
        data = None if kind == "parameter" else _copy(tensor)
        value = Value(data, tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), producer, kind, name)
        self.quiet -= 1
        self.run.values.append(value)
        index = len(self.run.values) - 1
        self._ids[id(tensor)] = (index, _version(tensor))
        self._alive.append(tensor)
        if producer is not None:
            self._storage[_storage(tensor)] = producer
        return index

    # --- steps ---------------------------------------------------------------------------------------------------

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if self.quiet or (args and is_lazy(args[0])):  # a lazy module is about to make its parameters
            return func(*args, **kwargs)
        name = _name(func)
        if name in ops.QUIET:
            return func(*args, **kwargs)
        if name == "backward":  # gradients are not measured, and must not be left behind
            self.run.losses += [self.value_of(t) for t in tensors_in(args[:1])]
            return None
        inputs = [self.value_of(t) for t in tensors_in((args, kwargs))]
        out = func(*args, **kwargs)
        if (name in operations.EMPTY or _only_sizes(name, args)) and isinstance(out, Tensor):
            out.detach().zero_()  # uninitialised memory is no evidence; it may ask for a gradient
        written = args[0] if args and name == "setitem" else out
        if next(tensors_in(written), None) is None:
            return out
        if name in operations.RECURRENT:
            return self._functional_recurrent(name, args, kwargs, out)
        return self._record(name, args, kwargs, inputs, [], written, out, ops.options_of(name, args, kwargs))

    def _record(
        self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], inputs: list[int], roles: list[str],
        written: Any, out: Any, options: dict[str, Setting], module: nn.Module | None = None,
        fact: ModuleFact | None = None,
    ) -> Any:  # fmt: skip
        location = self._called_at.get(id(module or self._innermost())) or user_location()
        path = self.paths.get(id(module or self._innermost()), "")
        place = (name, *((location.file, location.line, location.column or 0) if location else ("", 0, 0)), path)
        key = (*place, self._counts[place])
        self._counts[place] += 1
        if module is None and self.stack and type(self.stack[-1]).__module__.startswith("torch.nn"):
            module = self.stack[-1]
        if fact is None and module is not None:
            fact = module_fact(module, path)
        index, inside = len(self.run.ops), self._inside()
        seen = user_frames(sys._getframe(1)) if roles and self.observer is not None else ()
        frames = tuple((frame, location_of(frame)) for frame in seen)
        contained = len(self.stack) > 1 and type(self.stack[-2]) is nn.Sequential and fact is not None
        op = Op(
            index, key, name, location, path, fact, inputs, roles, [], options, self.calls, inside, frames, contained
        )
        self.run.ops.append(op)
        self.quiet += 1
        try:
            if self.transform is not None:
                changed = self.transform(self, name, args, kwargs, out, op)
                if changed is not None:
                    out = written = changed
            op.outputs = [self._new(t, op.index) for t in tensors_in(written)]
            if self.observer is not None:
                self._observe(name, args, kwargs, out, op)
        finally:
            self.quiet -= 1
        return out

    def _observe(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any, op: Op) -> None:
        assert self.observer is not None
        try:
            self.observer(self, name, args, kwargs, out, op)
        except Exception as fault:  # a fault of ours is not the program's: it goes on unobserved
            self.observer = None
            self.run.fault = f"following elements ended at {name}: {type(fault).__name__}: {fault}"

    def _inside(self) -> bool:
        """Whether a model runs now: the user's own module, or a container; a loss module on its own is none."""
        return any(isinstance(m, nn.Sequential) or not type(m).__module__.startswith("torch.nn") for m in self.stack)

    def _innermost(self) -> nn.Module | None:
        return self.stack[-1] if self.stack else None

    def _functional_recurrent(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any) -> Any:
        """torch._VF.lstm and its kind, called past nn.LSTM, as weight-dropping wrappers do."""
        kind = operations.RECURRENT[name]
        cell = kind.endswith("Cell")
        packed = not cell and isinstance(args[3], (tuple, list))
        hx = args[2] if packed else args[1]
        settings: dict[str, Setting] = {}
        if not cell:
            weights = args[3] if packed else args[2]
            rest = args[4:] if packed else args[3:]
            names = ("bias", "num_layers", "dropout", "training", "bidirectional", "batch_first")
            settings = dict(zip(names, rest, strict=False))
            hidden = weights[1].shape[1]
            settings |= {"input_size": weights[0].shape[1], "hidden_size": hidden, "proj_size": 0}
        else:
            settings = {"input_size": args[2].shape[1], "hidden_size": args[3].shape[1]}
        fact = ModuleFact(kind, self.paths.get(id(self._innermost()), ""), MappingProxyType(settings))
        states = list(hx) if isinstance(hx, (tuple, list)) else [hx]
        inputs = [self.value_of(args[0]), *(self.value_of(state) for state in states)]
        roles = ["input", "h_0", "c_0"][: len(inputs)]
        options: dict[str, Setting] = {"packed": packed}
        if packed:  # as nn.LSTM returns it: data, batch_sizes and the states; the order of the rows stays sorted
            seen = (out[0], args[1], *out[1:])
            made = self._record(kind, args, kwargs, inputs, roles, seen, seen, options, None, fact)
            return (made[0], *made[2:])
        return self._record(kind, args, kwargs, inputs, roles, out, out, options, None, fact)

    # --- modules -------------------------------------------------------------------------------------------------

    def call_module(self, call: Callable[..., Any], module: nn.Module, args: tuple[Any, ...], kwargs: Any) -> Any:
        """Run `module`, as one step where its contract speaks of the whole."""
        if self.quiet:
            return call(module, *args, **kwargs)
        if id(module) not in self.paths:
            if self.discover is not None:
                self.discover(module)
            self.name_modules(module)
        if not self.stack:
            self.calls += 1
        whole = isinstance(module, WHOLE) and _torchs_own_forward(module)
        subclassed = isinstance(module, nn.RNNBase) and not whole
        location = user_location() if subclassed else None
        if location is not None:
            self._called_at[id(module)] = location
        self.stack.append(module)
        try:
            if not whole:
                return call(module, *args, **kwargs)
            named = _bind(module, args, kwargs)
            inputs = [(role, self.value_of(t)) for role, part in named for t in tensors_in(part)]
            packed = isinstance(args[0] if args else None, PackedSequence)
            self.quiet += 1
            try:
                out = call(module, *args, **kwargs)
            finally:
                self.quiet -= 1
            roles, values = [role for role, _ in inputs], [value for _, value in inputs]
            options: dict[str, Setting] = {"packed": packed}
            if not isinstance(module, (nn.RNNBase, nn.RNNCellBase)):
                options["batch_first"] = _attention_batch_first(module)
            return self._record(module_kind(module), args, kwargs, values, roles, out, out, options, module)
        finally:
            self.stack.pop()
            self._called_at.pop(id(module), None)


def _bind(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[tuple[str, Any]]:
    """Arguments by the contract's names; a state tuple falls apart into h_0 and c_0."""
    if isinstance(module, (nn.RNNBase, nn.RNNCellBase)):
        given = dict(zip(("input", "hx"), args, strict=False)) | kwargs
        hx = given.get("hx")
        states = hx if isinstance(hx, (tuple, list)) else (hx,)
        data = given.get("input")
        first = data.data if isinstance(data, PackedSequence) else data
        return [("input", first), *zip(("h_0", "c_0"), states, strict=False)]
    names = ("query", "key", "value") if isinstance(module, nn.MultiheadAttention) else ("src", "memory")
    pairs = list(zip(names, args, strict=False))
    pairs += [(f"argument {n}", a) for n, a in enumerate(args[len(names) :], len(names))]
    return pairs + list(kwargs.items())


def _attention_batch_first(module: nn.Module) -> bool:
    """batch_first of the attention inside: a TransformerEncoder keeps none of its own."""
    found = next((m for m in module.modules() if isinstance(m, nn.MultiheadAttention)), None)
    return bool(found is not None and found.batch_first)


def _torchs_own_forward(module: nn.Module) -> bool:
    return type(module).forward.__module__.split(".")[0] in ("torch", "batchfirst")


@contextmanager
def intercepted(recorder: Recorder) -> Iterator[None]:
    """While open, every module called in this thread goes through `recorder`."""
    original = nn.Module.__call__
    thread = threading.get_ident()
    dynamo = "torch._dynamo" in sys.modules

    def call(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
        if threading.get_ident() != thread:
            return original(self, *args, **kwargs)
        return recorder.call_module(original, self, args, kwargs)

    nn.Module.__call__ = call  # type: ignore[method-assign]
    try:
        yield
    finally:
        nn.Module.__call__ = original  # type: ignore[method-assign]
        if not dynamo:
            _let_go(call, original)


def _let_go(call: Any, original: Any) -> None:
    """Dynamo, imported in between (by an optimizer, say), has kept our method for torch's own: exchange it."""
    for name, module in list(sys.modules.items()):
        if name.startswith("torch._dynamo."):
            for known in [key for key, value in vars(module).items() if value is call]:
                setattr(module, known, original)


def record(program: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], recorder: Recorder) -> Run:
    """Run `program` under `recorder`. What it raises is kept in the run; Ctrl-C and exits go through."""
    run = recorder.run
    try:
        with intercepted(recorder), recorder:
            run.returned = program(*args, **kwargs)
            run.results = [recorder.value_of(t) for t in tensors_in(run.returned)]
    except Exception as error:  # the program's own error is part of what was seen
        run.error = error
    return run


def tensors_in(tree: Any, depth: int = 6) -> Iterator[Tensor]:
    """Every tensor in nested tuples, lists, dicts, dataclasses and other mappings, in order."""
    if isinstance(tree, Tensor):
        yield tree
    elif depth and isinstance(tree, (tuple, list)):
        for part in tree:
            if part is not None:
                yield from tensors_in(part, depth - 1)
    elif depth and isinstance(tree, dict):
        for part in tree.values():
            yield from tensors_in(part, depth - 1)
    elif depth:
        for _, part in children(tree):
            yield from tensors_in(part, depth - 1)


_NAMES: dict[Any, str] = {}


def _name(func: Callable[..., Any]) -> str:
    name = _NAMES.get(func)
    if name is None:
        name = _NAMES[func] = ops.name_of(func)
    return name


def _only_sizes(name: str, args: tuple[Any, ...]) -> bool:
    """Whether this is x.new(2, 3) or x.new(size), which hold what the memory held; x.new([2, 3]) holds numbers."""
    return name == "new" and (len(args) < 2 or isinstance(args[1], (int, torch.Size)))


def _version(tensor: Tensor) -> int:
    try:
        return int(tensor._version)
    except RuntimeError:  # an inference tensor keeps none
        return 0


def _storage(tensor: Tensor) -> int:
    try:
        return tensor.untyped_storage().data_ptr() or id(tensor)
    except (RuntimeError, NotImplementedError):  # a sparse or wrapped tensor has none
        return id(tensor)


def _copy(tensor: Tensor) -> Tensor | None:
    wrapped = torch._C._functorch.is_functorch_wrapped_tensor(tensor)
    if tensor.is_meta or tensor.is_sparse or tensor.is_nested or wrapped:
        return None
    return tensor.detach().clone()
