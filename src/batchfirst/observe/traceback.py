"""From an exception to what is known of it: the failing call, its arguments, and where they came from.

Everything is read from the frames that the traceback keeps: the module is `self` in torch's own frames, the arguments
are those frames' locals, the place is the nearest frame of the user's. Nothing is parsed out of the message.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import torch
from torch.nn.utils.rnn import PackedSequence

from batchfirst.model.finding import Location
from batchfirst.model.observation import CallFact, ErrorFact, ModuleFact
from batchfirst.model.origin import Crash, FrameFact, Origin
from batchfirst.observe import source
from batchfirst.observe.called import Called, Entry, called_in, entries_of
from batchfirst.observe.callsite import frame_kind, runs_audit
from batchfirst.observe.constructors import constructor_of
from batchfirst.observe.facts import fact_of
from batchfirst.observe.lineop import line_operation
from batchfirst.observe.reach import Holder, carried_state, holders_of, recurrent_in_reach, with_constructors
from batchfirst.observe.reader import Reader
from batchfirst.observe.scope import Scope, owner_of

_MOST_LOCALS = 60
_MOST_FRAMES = 12


def crash_of(error: BaseException) -> Crash | None:
    """What the traceback of `error` says about the call that failed.

    None where there is no traceback, where the error was raised by the user's own `raise` or `assert`, and where no
    tensor, module or function of torch is involved.
    """
    entries = list(entries_of(error))
    place = _user_entry(entries)
    if place is None:
        return None
    if _own_raise(entries[place], entries[place + 1 :]):
        return None
    reader, known = Reader(), dict[int, Scope]()
    try:
        return _crash(error, entries, place, reader, _scope_of(entries, place, reader, known))
    finally:
        # These know each other in a circle, which would keep the user's frames, and their tensors, for a while.
        reader.forget()
        known.clear()


def _crash(
    error: BaseException, entries: Sequence[Entry], place: int, reader: Reader, scope: Scope
) -> Crash | None:
    entry, below = entries[place], entries[place + 1 :]
    node = source.node_at(entry.frame.f_code, entry.lasti)
    called, holders = called_in(below), holders_of(entries)
    if called is not None:
        call, origins, places = _torch_call(called, node, scope, reader, entry.location)
    else:
        found = line_operation(node, scope, reader, entry.location)
        if found is None or any(frame_kind(e.file) == "library" for e in below):
            return None
        call, origins, places = found
    kept = ErrorFact(type(error).__name__, str(error))
    facts, sources = with_constructors(list(recurrent_in_reach(holders)), holders)
    fact = call.module
    if called is not None and called.module is not None:
        path, built, text = constructor_of(called.module, holders)
        fact = ModuleFact(fact.kind, path or fact.path, fact.settings, built)
        if built is not None:
            sources[built] = text
    sources |= {place: source.text_between(place) for place in places.values()}
    args = dict(call.args)
    if fact.kind == "backward":
        fact, args = _with_carried(fact, args, entries, holders)
    call = CallFact(fact, MappingProxyType(args), call.location, kept)
    frames = tuple(_frame_fact(e) for e in reversed(entries) if frame_kind(e.file) != "machinery")
    return Crash(
        call=call,
        error=kept,
        origins=MappingProxyType(origins),
        places=MappingProxyType(places),
        frames=frames,
        recurrent=facts,
        near=any(True for _ in recurrent_in_reach(holders_of([entry]))),
        sources=MappingProxyType(sources),
    )


def _user_entry(entries: Sequence[Entry]) -> int | None:
    """The innermost of the user's frames; another library's where there is none."""
    for kind in ("user", "library"):
        found = [n for n, entry in enumerate(entries) if frame_kind(entry.file) == kind]
        if found:
            return found[-1]
    return None


def _own_raise(entry: Entry, below: Sequence[Entry]) -> bool:
    """Whether the user's own `raise` or `assert` raised it: their words, not ours to interpret."""
    function = source.function_of(entry.frame.f_code)
    if below or function is None:
        return False
    statement = next(
        (
            node
            for node in ast.walk(function)
            if isinstance(node, (ast.Raise, ast.Assert))
            and node.lineno <= entry.line <= (node.end_lineno or node.lineno)
        ),
        None,
    )
    if statement is None:
        return False
    node = source.node_at(entry.frame.f_code, entry.lasti)
    # `assert x.view(3)`: the view may be what fails. Raising the assertion itself is done at the whole test.
    return node is None or node is statement or node is getattr(statement, "test", None)


def _frame_fact(entry: Entry) -> FrameFact:
    kept = list(entry.frame.f_locals.items())[:_MOST_LOCALS]
    values = {name: fact_of(value) for name, value in kept if issubclass(type(value), (torch.Tensor, PackedSequence))}
    return FrameFact(entry.location, source.line_of(entry.file, entry.line), MappingProxyType(values))


def _scope_of(entries: Sequence[Entry], place: int, reader: Reader, known: dict[int, Scope]) -> Scope:
    """The scope of a user's frame; its parameters are read in the frame that called it, some frames outwards."""
    if place in known:
        return known[place]
    entry = entries[place]
    frame, code = entry.frame, entry.frame.f_code
    function = source.function_of(code) or ast.Module(body=[], type_ignores=[])
    receiver = frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
    name = code.co_qualname.rsplit("<locals>.", 1)[-1].replace("<module>", "")
    outside = {**frame.f_globals, **{n: frame.f_locals[n] for n in code.co_freevars if n in frame.f_locals}}

    def caller(parameter: str) -> tuple[Origin, Any] | None:
        outer = next((n for n in range(place - 1, -1, -1) if frame_kind(entries[n].file) == "user"), None)
        if outer is None or len(known) > _MOST_FRAMES:
            return None
        if any(runs_audit(e.frame) for e in entries[outer:place]):
            return None  # an audit hands on copies, and has arguments of its own
        node = source.node_at(entries[outer].frame.f_code, entries[outer].lasti)
        if not isinstance(node, ast.Call):
            return None
        args, kwargs, origins = reader.arguments(node, _scope_of(entries, outer, reader, known))
        bound = code.co_argcount > 0 and code.co_varnames[0] in ("self", "cls")
        given = [*code.co_varnames[int(bound) : code.co_argcount][: len(args)], *kwargs]
        values = [*args[: len(given) - len(kwargs)], *kwargs.values()]
        if parameter not in given or len(origins) < len(given):
            return None
        number = given.index(parameter)
        return origins[number], values[number]

    owner = owner_of(function, entry.file, receiver)
    known[place] = Scope(entry.file, function, entry.line, outside, frame.f_locals, {}, owner, name, caller)
    return known[place]


def _torch_call(
    called: Called, node: ast.AST | None, scope: Scope, reader: Reader, location: Location
) -> tuple[CallFact, dict[str, Origin], dict[str, Location]]:
    """The call of torch's, its arguments' origins read from the user's line that made it."""
    origins: dict[str, Origin] = {}
    places: dict[str, Location] = {}
    if isinstance(node, ast.Call):
        _, kwargs, found = reader.arguments(node, scope)
        names = list(called.args)
        parts: list[ast.AST] = [*node.args, *(k.value for k in node.keywords if k.arg is not None)]
        if called.chain and found:
            # A module inside another one: what the user's line hands in has passed the children before it.
            origin = found[0]
            for fact in called.before():
                told = f'the output of {fact.kind} "{fact.path}"'
                origin = Origin(fact.kind, told, location, None, (origin,), (), fact)
            origins[next(iter(names), "input")] = origin
        elif called.inner:
            origins |= {
                n: o for n, o in zip(kwargs, found[len(found) - len(kwargs) :], strict=True) if n in called.args
            }
        elif not called.chain:
            if _is_method(called, node, scope, reader):
                assert isinstance(node.func, ast.Attribute)
                origins[names[0]] = reader.read(node.func.value, scope)[0]
                places[names[0]] = source.location_at(scope.file, node.func.value, scope.name)
                names = names[1:]
            given = [*names[: len(found) - len(kwargs)], *kwargs]
            origins |= dict(zip(given, found, strict=False))
            if len(parts) == len(given):
                places |= {n: source.location_at(scope.file, p, scope.name) for n, p in zip(given, parts, strict=True)}
        whole = source.location_at(scope.file, node, scope.name)
        origins["result"] = Origin(called.kind, source.text_of(scope.file, node), whole)
    args = {name: fact_of(value, origins[name].text if name in origins else "") for name, value in called.args.items()}
    # What the frame holds is certain: it replaces what was read from the source.
    origins = {name: replace(o, fact=args[name]) if name in args else o for name, o in origins.items()}
    return CallFact(called.fact(), MappingProxyType(args), location), origins, places


def _is_method(called: Called, node: ast.Call, scope: Scope, reader: Reader) -> bool:
    """Whether the call is a tensor's method (`x.split(…)`), its first argument standing before the dot."""
    if called.module is not None or not isinstance(node.func, ast.Attribute):
        return False
    return isinstance(reader.read(node.func.value, scope)[1], torch.Tensor)


def _with_carried(
    fact: ModuleFact, args: dict[str, Any], entries: Sequence[Entry], holders: Sequence[Holder]
) -> tuple[ModuleFact, dict[str, Any]]:
    found = carried_state(entries, holders)
    if found is None:
        return fact, args
    name, kind, tensor = found
    return replace(fact, settings={**fact.settings, "carried": name, "module": kind}), {
        **args,
        "carried": fact_of(tensor),
    }
