"""From an exception to what is known of it: the failing call, its arguments, and where they came from.

Everything is read from the frames that the traceback keeps: the module is `self` in torch's own frames, the arguments
are those frames' locals, the place is the nearest frame of the user's. Nothing is parsed out of the message.
"""

from __future__ import annotations

import ast
import inspect
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType, MappingProxyType, TracebackType
from typing import Any

import torch
from torch import nn

from batchfirst.contracts.recurrent import kind_of
from batchfirst.model.finding import Location
from batchfirst.model.observation import CallFact, ErrorFact, Fact, ModuleFact, PackedFact, TensorFact
from batchfirst.model.origin import Crash, FrameFact, Origin
from batchfirst.observe import source
from batchfirst.observe.callsite import frame_kind, instruction_location
from batchfirst.observe.constructors import constructor_of
from batchfirst.observe.facts import fact_of, is_torch_module, module_fact, module_kind
from batchfirst.observe.reader import Reader, Scope, owner_of
from batchfirst.observe.shapes import value_fact

_TORCH = os.path.join(os.path.dirname(os.path.abspath(torch.__file__)), "")
_CALL = ("_call_impl", "_slow_forward")
# Files of torch whose Python functions are calls of their own: a frame there names the function and its arguments.
_FUNCTIONS = ("nn/functional.py", "nn/utils/rnn.py", "functional.py", "_tensor.py", "autograd/__init__.py")


@dataclass(frozen=True)
class _Entry:
    """One line of the traceback."""

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
class _Called:
    """What torch was doing: a module or a function with its arguments by name."""

    kind: str
    args: dict[str, Any]
    module: nn.Module | None = None
    chain: list[nn.Module] = field(default_factory=list)  # the modules around it, outermost first


def crash_of(error: BaseException) -> Crash | None:
    """What the traceback of `error` says about the call that failed.

    None where there is no traceback, where the error was raised by the user's own `raise` or `assert`, and where no
    tensor, module or function of torch is involved.
    """
    entries = list(_entries(error.__traceback__))
    place = _user_entry(entries)
    if place is None:
        return None
    entry, below = entries[place], entries[place + 1 :]
    if _own_raise(entry, below):
        return None
    reader = Reader()
    scope = _scope_of(entries, place, reader)
    node = source.node_at(entry.frame.f_code, entry.lasti)
    called = _called(below)
    location = entry.location
    if called is not None:
        call, origins = _torch_call(called, node, scope, reader, location)
    elif below and frame_kind(below[-1].file) == "user":
        return None
    else:
        found = _line_call(node, scope, reader, location)
        if found is None:
            return None
        call, origins = found
    kept = ErrorFact(type(error).__name__, str(error))
    modules = list(_recurrent_in_reach(entries, place))
    facts, sources = _with_constructors(modules, entries)
    if called is not None and called.module is not None:
        path, built, text = constructor_of(called.module, _holders(entries))
        fact = call.module
        call = CallFact(ModuleFact(fact.kind, path or fact.path, fact.settings, built), call.args, location)
        if built is not None:
            sources[built] = text
    call = CallFact(call.module, call.args, call.location, kept)
    frames = tuple(_frame_fact(e) for e in reversed(entries) if frame_kind(e.file) != "machinery")
    return Crash(call, kept, MappingProxyType(origins), frames, facts, MappingProxyType(sources))


# Frames ------------------------------------------------------------------------------------------------------------


def _entries(trace: TracebackType | None) -> Iterator[_Entry]:
    while trace is not None:
        yield _Entry(trace.tb_frame, trace.tb_lasti, trace.tb_lineno)
        trace = trace.tb_next


def _user_entry(entries: Sequence[_Entry]) -> int | None:
    """The innermost of the user's frames; another library's where there is none."""
    for kind in ("user", "library"):
        found = [n for n, entry in enumerate(entries) if frame_kind(entry.file) == kind]
        if found:
            return found[-1]
    return None


def _own_raise(entry: _Entry, below: Sequence[_Entry]) -> bool:
    """Whether the user's own `raise` or `assert` raised it: their words, not ours to interpret."""
    function = source.function_of(entry.frame.f_code)
    if below or function is None:
        return False
    return any(
        isinstance(node, (ast.Raise, ast.Assert)) and node.lineno <= entry.line <= (node.end_lineno or node.lineno)
        for node in ast.walk(function)
    ) and not isinstance(source.node_at(entry.frame.f_code, entry.lasti), ast.expr)


def _frame_fact(entry: _Entry) -> FrameFact:
    values = {
        name: fact_of(value)
        for name, value in list(entry.frame.f_locals.items())[:60]
        if isinstance(value, torch.Tensor) or isinstance(fact_of(value), (TensorFact, PackedFact))
    }
    return FrameFact(entry.location, source.line_of(entry.file, entry.line), MappingProxyType(values))


def _scope_of(entries: Sequence[_Entry], place: int, reader: Reader) -> Scope:
    """The scope of a user's frame; its parameters are read in the frame that called it."""
    entry = entries[place]
    frame, code = entry.frame, entry.frame.f_code
    function = source.function_of(code) or ast.Module(body=[], type_ignores=[])
    receiver = frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
    owner = owner_of(function, entry.file, receiver)
    name = code.co_qualname.rsplit("<locals>.", 1)[-1].replace("<module>", "")
    outside = {**frame.f_globals, **{n: frame.f_locals[n] for n in code.co_freevars if n in frame.f_locals}}

    def caller(parameter: str) -> tuple[Origin, Any] | None:
        outer = next((n for n in range(place - 1, -1, -1) if frame_kind(entries[n].file) == "user"), None)
        if outer is None:
            return None
        node = source.node_at(entries[outer].frame.f_code, entries[outer].lasti)
        if not isinstance(node, ast.Call):
            return None
        around = _scope_of(entries, outer, reader)
        skip = 1 if receiver is not None and code.co_varnames[0] in ("self", "cls") else 0
        args, kwargs, origins = reader.arguments(node, around)
        names = list(code.co_varnames[skip : code.co_argcount])
        given = [*names[: len(args)], *kwargs]
        values = [*args[: len(names)], *kwargs.values()]
        if parameter not in given or len(origins) < len(given):
            return None
        number = given.index(parameter)
        return origins[number], values[number]

    return Scope(entry.file, function, entry.line, outside, frame.f_locals, {}, owner, name, caller)


# What torch was doing ----------------------------------------------------------------------------------------------


def _called(below: Sequence[_Entry]) -> _Called | None:
    """The deepest module of torch's own kinds; where there is none, the outermost of torch's functions."""
    chain: list[nn.Module] = []
    module: _Called | None = None
    function: _Called | None = None
    for entry in below:
        values = entry.frame.f_locals
        owner = values.get("self")
        if isinstance(owner, nn.Module) and entry.file.startswith(_TORCH):
            started = any(owner is known for known in chain)
            if entry.name == "_call_impl" or (entry.name == "forward" and not started):
                known = is_torch_module(owner)
                if known and not _is_container(owner):
                    module = _Called(module_kind(owner), _module_args(owner, entry), owner, list(chain))
                chain.append(owner)
        elif function is None and entry.file.startswith(_TORCH) and entry.file[len(_TORCH) :] in _FUNCTIONS:
            code = entry.frame.f_code
            names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            args = {("input" if name == "self" else name): values[name] for name in names if name in values}
            function = _Called(entry.name, args, None, list(chain))
    return module or function


def _is_container(module: nn.Module) -> bool:
    return isinstance(module, (nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.DataParallel, nn.TransformerEncoder))


def _module_args(module: nn.Module, entry: _Entry) -> dict[str, Any]:
    values = entry.frame.f_locals
    signature = inspect.signature(type(module).forward)
    names = [name for name in signature.parameters][1:]
    if entry.name == "_call_impl":
        args, kwargs = values.get("args", ()), values.get("kwargs", {})
        return {**dict(zip(names, args, strict=False)), **kwargs}
    found = {name: values[name] for name in names if name in values}
    if "orig_input" in values:
        found["input"] = values["orig_input"]
    return found


def _torch_call(
    called: _Called, node: ast.AST | None, scope: Scope, reader: Reader, location: Location
) -> tuple[CallFact, dict[str, Origin]]:
    origins: dict[str, Origin] = {}
    if isinstance(node, ast.Call):
        _, kwargs, found = reader.arguments(node, scope)
        positional = len(found) - len(kwargs)
        names = list(called.args)
        direct = not called.chain
        if direct and _names_receiver(called, node, scope, reader):
            base = reader.read(node.func.value, scope)[0]  # type: ignore[attr-defined]
            origins["input"] = base
            names = names[1:]
        if direct:
            origins |= dict(zip(names[:positional], found[:positional], strict=False))
            origins |= dict(zip(kwargs, found[positional:], strict=True))
        elif found:
            before = _before(called)
            origin = found[0]
            for kind in before:
                origin = Origin(kind.kind, origin.text, location, None, (origin,), (), kind)
            first = next(iter(called.args), "input")
            origins[first] = origin
    args = {name: fact_of(value, origins[name].text if name in origins else "") for name, value in called.args.items()}
    for name, origin in origins.items():
        if name in args:
            origins[name] = Origin(
                origin.op, origin.text, origin.location, args[name], origin.inputs, origin.detail, origin.module
            )
    fact = module_fact(called.module) if called.module is not None else ModuleFact(called.kind)
    return CallFact(fact, MappingProxyType(args), location), origins


def _names_receiver(called: _Called, node: ast.Call, scope: Scope, reader: Reader) -> bool:
    """Whether the call is a tensor's method (`x.split(…)`), its first argument standing before the dot."""
    if called.module is not None or not isinstance(node.func, ast.Attribute):
        return False
    return isinstance(reader.read(node.func.value, scope)[1], torch.Tensor)


def _before(called: _Called) -> list[ModuleFact]:
    """The modules that an input passes inside nn.Sequential before it reaches the failing one."""
    found: list[ModuleFact] = []
    path = [*called.chain, called.module]
    for outer, inner in zip(path, path[1:], strict=False):
        if isinstance(outer, nn.Sequential):
            for name, child in outer.named_children():
                if child is inner:
                    break
                found.append(module_fact(child, name))
    return found


# A failing operation in the user's own line ------------------------------------------------------------------------


def _line_call(
    node: ast.AST | None, scope: Scope, reader: Reader, location: Location
) -> tuple[CallFact, dict[str, Origin]] | None:
    """The operation that failed in the user's own line: a method, an index, an operator, an unpacking."""
    names: list[str]
    parts: list[tuple[Origin, Any]]
    if isinstance(node, ast.Call):
        kind, names, parts = _call_parts(node, scope, reader)
    elif isinstance(node, ast.BinOp):
        kind, names = type(node.op).__name__.lower(), ["input", "other"]
        parts = [reader.read(node.left, scope), reader.read(node.right, scope)]
    elif isinstance(node, ast.AugAssign):
        kind, names = type(node.op).__name__.lower(), ["input", "other"]
        target = ast.copy_location(ast.Name(node.target.id), node.target) if isinstance(node.target, ast.Name) else None
        parts = [reader.read(target or node.target, scope), reader.read(node.value, scope)]
    elif isinstance(node, ast.Compare):
        kind, names = "compare", ["input", "other"]
        parts = [reader.read(node.left, scope), reader.read(node.comparators[0], scope)]
    elif isinstance(node, ast.Subscript):
        kind, names, parts = "index", ["input"], [reader.read(node.value, scope)]
        parts.append((reader.read(node, scope)[0], None))
        names.append("result")
    elif isinstance(node, ast.Attribute):
        kind, names, parts = "attribute", ["input"], [reader.read(node.value, scope)]
        parts.append((Origin("attribute", source.text_of(scope.file, node), location, None, (), (node.attr,)), None))
        names.append("result")
    elif isinstance(node, (ast.Tuple, ast.List)):
        statement = source.assignment_to(scope.function, node)
        if statement is None:
            return None
        kind, names, parts = "unpack", ["input"], [reader.read(statement, scope)]
        parts.append((Origin("unpack", source.text_of(scope.file, node), location, None, (), (len(node.elts),)), None))
        names.append("result")
    else:
        return None
    origins = {name: origin for name, (origin, _) in zip(names, parts, strict=False)}
    args: dict[str, Fact] = {
        name: _named(value_fact(value), origin)
        for name, (origin, value) in zip(names, parts, strict=False)
        if name != "result"
    }
    if not any(True for _ in _tensors_in(args.values())):
        # Not a tensor in sight. The operand's source may still say that it is one.
        if not any(o.find("LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell", "Linear") for o in origins.values()):
            return None
    return CallFact(ModuleFact(kind), MappingProxyType(args), location), origins


def _call_parts(node: ast.Call, scope: Scope, reader: Reader) -> tuple[str, list[str], list[tuple[Origin, Any]]]:
    args, kwargs, found = reader.arguments(node, scope)
    reads = list(zip(found, [*args, *kwargs.values()], strict=False))
    names = [*(f"arg{n}" for n in range(len(args))), *kwargs]
    whole = (reader.read(node, scope)[0], None)
    if isinstance(node.func, ast.Attribute):
        base, owner = reader.read(node.func.value, scope)
        if not inspect.ismodule(owner) and not isinstance(owner, nn.Module):
            return node.func.attr, ["input", *names, "result"], [(base, owner), *reads, whole]
        return node.func.attr, [*names, "result"], [*reads, whole]
    return source.text_of(scope.file, node.func), [*names, "result"], [*reads, whole]


def _named(fact: Fact, origin: Origin) -> Fact:
    if isinstance(fact, TensorFact):
        return TensorFact(fact.shape, fact.dtype, fact.device, origin.text)
    return fact


def _tensors_in(facts: Any) -> Iterator[TensorFact | PackedFact]:
    for fact in facts:
        if isinstance(fact, (TensorFact, PackedFact)):
            yield fact
        elif isinstance(fact, tuple):
            yield from _tensors_in(fact)


# Modules in reach --------------------------------------------------------------------------------------------------


def _holders(entries: Sequence[_Entry]) -> list[tuple[str, nn.Module | Mapping[str, Any], _Entry]]:
    """Modules of the user's that the frames name, innermost first, and the frames themselves."""
    found: list[tuple[str, nn.Module | Mapping[str, Any], _Entry]] = []
    for entry in reversed(entries):
        if frame_kind(entry.file) == "machinery":
            continue
        names = {**{n: entry.frame.f_globals.get(n) for n in entry.frame.f_code.co_names}, **entry.frame.f_locals}
        for name, value in names.items():
            if isinstance(value, nn.Module) and not any(value is known for _, known, _ in found):
                found.append((name, value, entry))
    return found


def _recurrent_in_reach(entries: Sequence[_Entry], place: int) -> Iterator[nn.Module]:
    seen: set[int] = set()
    for _, holder, _ in _holders(entries):
        if not isinstance(holder, nn.Module):
            continue
        for module in holder.modules():
            if kind_of(module) is not None and id(module) not in seen and len(seen) < 20:
                seen.add(id(module))
                yield module


def _with_constructors(
    modules: Sequence[nn.Module], entries: Sequence[_Entry]
) -> tuple[tuple[ModuleFact, ...], dict[Location, str]]:
    sources: dict[Location, str] = {}
    facts = []
    for module in modules:
        path, built, text = constructor_of(module, _holders(entries))
        if built is not None:
            sources[built] = text
        facts.append(module_fact(module, path, built))
    return tuple(facts), sources
