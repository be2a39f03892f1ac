"""While Dynamo traces: the call that is being traced, with the sizes of this trace, and the user's line it stands in.

Dynamo runs a hook symbolically. What has to be done for real, once, while it traces is handed to `at_trace_time`, which
leaves nothing in the graph and no guard. There, tensors are stand-ins of plain sizes: views are views of each other,
nothing is computed and no symbolic size is asked for its value.

Dynamo's own structures have no public face; where they are not as expected (read in torch 2.7, 2.13 and 2.14),
nothing is known of a call, and nothing is said about it.
"""

from __future__ import annotations

import threading
import warnings
import weakref
from bdb import BdbQuit
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from batchfirst.model.errors import BatchfirstWarning, LayoutError, UsageError
from batchfirst.model.finding import Location
from batchfirst.observe.callsite import frame_kind, location_in, traced_places

_F = TypeVar("_F", bound=Callable[..., Any])
_frames: Any = torch._C._dynamo.eval_frame
_STAND_INS = "_batchfirst_stand_ins"
_READING = ("var_getattr", "tp_getattro_impl")  # how Dynamo reads an attribute; the latter since torch 2.14
_FRAMES_BETWEEN = 4  # of Dynamo's, from where it traces a module's call to where it asks for the module's hooks
# Operations in a graph that keep the axes of their first argument, the last one apart; "embedding" adds one.
_KEEPING = {
    "embedding", "linear", "layer_norm", "dropout", "relu", "gelu", "silu", "tanh", "sigmoid", "elu", "leaky_relu",
}  # fmt: skip
_VIEWS = {"transpose", "permute", "swapaxes", "swapdims", "movedim", "moveaxis"}
_RECURRENT = {"lstm", "gru", "rnn_tanh", "rnn_relu"}


class Unknown(Exception):
    """What Dynamo knows of a value is not what this module can read."""


class _Now(threading.local):
    ins: _StandIns | None = None


_now = _Now()


def at_trace() -> bool:
    """Whether a traced call is being looked at, its tensors being stand-ins."""
    return _now.ins is not None


def never_compiled(function: _F) -> _F:
    """Keep Dynamo from compiling this function by itself, and all that it calls.

    Where a recurrent module breaks a graph, as it does by default, hooks run between two compiled parts. Inside a
    graph such a function is traced as all others.
    """
    return _skipped(function, _frames._FrameAction.SKIP)


def passed_through(function: _F) -> _F:
    """Keep Dynamo from compiling this function by itself; what it calls is compiled as if it were called directly."""
    return _skipped(function, _frames._FrameAction.DEFAULT)


def _skipped(function: _F, what_it_calls: Any) -> _F:
    strategy = _frames._FrameExecStrategy(_frames._FrameAction.SKIP, what_it_calls)
    _frames.set_code_exec_strategy(function.__code__, strategy)
    return function


def at_trace_time(look: Callable[[Any], None]) -> None:
    """Run `look` once with Dynamo's context while the caller is traced; in a run for real, nothing.

    To be called behind a test of `torch.compiler.is_dynamo_compiling()`. `look` has no closure.
    """
    torch._dynamo.comptime.comptime(look)


@contextmanager
def traced_call(context: Any, *names: str) -> Iterator[tuple[Any, ...]]:
    """The values of the traced function's locals, tensors as stand-ins, while `at_trace` and the user's line hold.

    context: what `at_trace_time` hands to its function. Raises Unknown. A LayoutError from inside becomes one that
    Dynamo lets through.
    """
    tx = _translator(context)
    if not all(name in tx.symbolic_locals for name in names):
        raise Unknown  # Dynamo has dropped what is not used any more
    values = tuple(_values(tx, [tx.symbolic_locals[name] for name in names]))
    with _looked_at(tx):
        yield values


@contextmanager
def module_call_in(frame: FrameType) -> Iterator[tuple[nn.Module, tuple[Any, ...], dict[str, Any]]]:
    """The call of a module that Dynamo is about to trace, read off its own frames: `frame` asks for the module's hooks.

    As `traced_call` otherwise. Raises Unknown where it is not Dynamo that asks.
    """
    if frame.f_code.co_name not in _READING or frame.f_locals.get("name") != "_forward_pre_hooks":
        raise Unknown
    asking, tx, outer = frame.f_locals["self"], frame.f_locals["tx"], frame.f_back
    for _ in range(_FRAMES_BETWEEN):
        if outer is None or (outer.f_code.co_name == "call_function" and outer.f_locals.get("self") is asking):
            break
        outer = outer.f_back
    else:
        raise Unknown
    if outer is None:
        raise Unknown
    call = outer.f_locals
    args, kwargs = _values(tx, call["args"]), _values(tx, call["kwargs"].values())
    with _looked_at(tx):
        yield asking.value, tuple(args), dict(zip(call["kwargs"], kwargs, strict=True))


def _values(tx: Any, variables: Iterable[Any]) -> list[Any]:
    """What variables of Dynamo's hold. Raises Unknown."""
    ins = vars(tx.output).setdefault(_STAND_INS, _StandIns())
    try:
        return [ins.value(tx, variable) for variable in variables]
    except Exception as error:
        raise Unknown from error  # another version's structures, or what Dynamo itself will stop at in a moment


@contextmanager
def _looked_at(tx: Any) -> Iterator[None]:
    before, _now.ins = _now.ins, vars(tx.output)[_STAND_INS]
    try:
        with traced_places(_user_line(tx)), _now.ins.mode:
            yield
    except LayoutError as error:
        raise _passing(error) from None
    except (Warning, UsageError, BdbQuit):
        raise
    except Exception as error:
        told = f"batchfirst could not check a call that torch.compile traces: {type(error).__name__}: {error}"
        warnings.warn(BatchfirstWarning(f"{told}; please report this"), stacklevel=2)
    finally:
        _now.ins = before


def made_of(tensor: Tensor) -> tuple[str, Tensor] | None:
    """What a stand-in was made of by one operation that keeps its axes, and by which ("linear"); None for others.

    "input": the tensor itself, as the compiled function was called with it.
    """
    return None if _now.ins is None else _now.ins.made_of(tensor)


def when_traced(context: Any, action: Callable[[], None]) -> None:
    """Do this when the trace ends, however it ends."""
    _translator(context).output.add_cleanup_hook(action)


def kept_in_trace(context: Any) -> list[Any]:
    """A list that lives as long as the trace."""
    found: list[Any] = vars(_translator(context).output).setdefault("_batchfirst_kept", [])
    return found


def _translator(context: Any) -> Any:
    """Of the function that called `at_trace_time`."""
    found = getattr(getattr(context, "_ComptimeContext__tx", None), "parent", None)
    if found is None:
        raise Unknown
    return found


class _StandIns:
    """Tensors of plain sizes for those of one trace: the same one for the same tensor."""

    def __init__(self) -> None:
        from torch._subclasses.fake_tensor import FakeTensorMode

        self.mode = FakeTensorMode(allow_non_fake_inputs=True)
        self._made: dict[int, tuple[weakref.ref[Tensor], Tensor]] = {}
        self._nodes: dict[int, Any] = {}  # the operations that made them, by the ids of stand-ins, which all live

    def value(self, tx: Any, var: Any) -> Any:
        """What a variable of Dynamo's holds. Raises Unknown."""
        from torch._dynamo import variables
        from torch._dynamo.variables.tensor import SymNodeVariable

        if isinstance(var, variables.LazyVariableTracker):
            if not var.is_realized():
                held = getattr(var, "peek_value", var.original_value)()
                if not isinstance(held, (Tensor, tuple, list, dict)):
                    return held  # without a guard on it
            var = var.realize()
        if isinstance(var, variables.ConstantVariable):
            return var.value
        if isinstance(var, SymNodeVariable):
            return _plain(var.sym_num)
        if type(var) is variables.TensorVariable:
            return self._of_node(var.as_proxy().node)
        if isinstance(var, variables.NNModuleVariable):
            return tx.output.get_submodule(var.module_key)
        if isinstance(var, variables.ConstDictVariable):
            return {self.value(tx, key.vt): self.value(tx, part) for key, part in var.items.items()}
        if type(var) in (variables.TupleVariable, variables.ListVariable):
            return var.python_type()([self.value(tx, part) for part in var.items])
        if isinstance(var, variables.UserDefinedObjectVariable) and not isinstance(var.value, (tuple, list, dict)):
            return var.value
        raise Unknown

    def made_of(self, tensor: Tensor) -> tuple[str, Tensor] | None:
        """See the function of this name."""
        node = self._nodes.get(id(tensor))
        if node is None:
            return None
        if node.op == "placeholder":
            real = getattr(node.meta.get("grapharg"), "example", None)
            return ("input", real) if isinstance(real, Tensor) else None
        name = getattr(node.target, "__name__", node.target)
        if name == "getitem" and node.args[1] == 0:  # the output of a recurrent module, not its state
            node = node.args[0]
            name = getattr(node.target, "__name__", node.target)
            kept = name in _RECURRENT
        else:
            kept = name in _KEEPING
        given = node.args[0] if kept and node.args else None
        return (name, self._of_node(given)) if isinstance(given, torch.fx.Node) else None

    def _of_node(self, node: Any) -> Tensor:
        fake = node.meta.get("example_value")
        made = self._made.get(id(fake))
        name = getattr(node.target, "__name__", node.target)
        if (made is None or made[0]() is not fake) and name in _VIEWS and isinstance(node.args[0], torch.fx.Node):
            given = self._of_node(node.args[0])
            rest = torch.fx.node.map_arg(node.args[1:], lambda part: _plain(part.meta["example_value"]))
            self._made[id(fake)] = (weakref.ref(fake), getattr(given, name)(*rest, **node.kwargs))
        new = self._tensor(fake)
        self._nodes.setdefault(id(new), node)
        return new

    def _tensor(self, fake: Any) -> Tensor:
        """The stand-in of a tensor as Dynamo has it."""
        if not isinstance(fake, Tensor):
            raise Unknown
        made = self._made.get(id(fake))
        if made is not None and made[0]() is fake:
            return made[1]
        sizes = [_plain(size) for size in fake.shape]
        with self.mode, torch.no_grad():
            if fake._base is None:
                new = torch.empty(sizes, dtype=fake.dtype, device=fake.device)
            else:
                steps = [_plain(step) for step in fake.stride()]
                new = self._tensor(fake._base).as_strided(sizes, steps, _plain(fake.storage_offset()))
        self._made[id(fake)] = (weakref.ref(fake), new)
        return new


def _plain(size: Any) -> int:
    """A size as it is in the call that is traced; asking for it leaves no guard."""
    if isinstance(size, int):
        return size
    hint = size.node.hint
    if not isinstance(hint, int):
        raise Unknown
    return hint


def _user_line(tx: Any) -> Location | None:
    """The place in the user's code that is being traced."""
    while tx is not None:
        positions = getattr(tx.current_instruction, "positions", None)
        if positions is not None and frame_kind(tx.f_code.co_filename) == "user":
            return location_in(
                tx.f_code, (positions.lineno, positions.end_lineno, positions.col_offset, positions.end_col_offset)
            )
        tx = getattr(tx, "parent", None)  # the outermost of older versions has none
    return None


def _passing(error: LayoutError) -> LayoutError:
    """The same error, also of a class that Dynamo does not wrap into a report about itself."""
    from torch._dynamo import exc

    bases: list[type] = [exc.TorchRuntimeError]
    if hasattr(exc, "ShortenTraceback"):
        bases.append(exc.ShortenTraceback)

    def init(self: Any, finding: Any) -> None:
        Exception.__init__(self, finding)
        self.finding, self.msg = finding, str(finding)
        self.real_stack = self.first_useful_frame = self.frame_exec_strategy = None
        self._torch_dynamo_tracer_output = None

    members = {
        "__init__": init,
        "__reduce__": lambda self: (type(error), (self.finding,)),
        "__module__": type(error).__module__,
        "remove_dynamo_frames": lambda self: self.with_traceback(None),
    }
    return type(type(error).__name__, (type(error), *bases), members)(error.finding)  # type: ignore[no-any-return]
