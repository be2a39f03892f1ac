"""What lies in reach of the frames of a crash: recurrent modules, where they were built, states kept in names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import nn

from batchfirst.contracts.recurrent import RecurrentSettings, kind_of
from batchfirst.model.finding import Location
from batchfirst.model.observation import ModuleFact
from batchfirst.observe.called import Entry
from batchfirst.observe.callsite import frame_kind
from batchfirst.observe.constructors import constructor_of
from batchfirst.observe.facts import module_fact

_MOST = 20
Holder = tuple[str, nn.Module, Entry]


def holders_of(entries: Sequence[Entry]) -> list[Holder]:
    """The modules that the user's frames name, innermost frame first: (name, module, frame)."""
    found: list[Holder] = []
    for entry in reversed(entries):
        if frame_kind(entry.file) == "machinery":
            continue
        frame = entry.frame
        names = {**{n: frame.f_globals.get(n) for n in frame.f_code.co_names}, **frame.f_locals}
        for name, value in names.items():
            # By the type itself: isinstance would ask a proxy of the user's what it pretends to be.
            if issubclass(type(value), nn.Module) and not any(value is known for _, known, _ in found):
                found.append((name, value, entry))
    return found


def recurrent_in_reach(holders: Sequence[Holder]) -> Iterator[nn.Module]:
    """The recurrent modules and cells inside these modules, each once, twenty at most."""
    seen: set[int] = set()
    for _, holder, _ in holders:
        for module in holder.modules():
            if kind_of(module) is not None and id(module) not in seen and len(seen) < _MOST:
                seen.add(id(module))
                yield module


def with_constructors(
    modules: Sequence[nn.Module], holders: Sequence[Holder]
) -> tuple[tuple[ModuleFact, ...], dict[Location, str]]:
    """Facts of modules with path and place of construction, and the source text at each such place."""
    sources: dict[Location, str] = {}
    facts = []
    for module in modules:
        path, built, text = constructor_of(module, holders)
        if built is not None:
            sources[built] = text
        facts.append(module_fact(module, path, built))
    return tuple(facts), sources


def carried_state(entries: Sequence[Entry], holders: Sequence[Holder]) -> tuple[str, str, torch.Tensor] | None:
    """A tensor with a graph, kept in a name or a module's attribute, of the shape of a recurrent module's state.

    (name, module's kind, tensor); None where there is none.
    """
    modules = [(m, RecurrentSettings.from_module(m)) for m in recurrent_in_reach(holders)]
    for name, tensor in _kept(entries, holders):
        for _, settings in modules:
            rows = 1 if settings.is_cell else settings.state_rows
            sizes = tuple(tensor.shape)
            flat = settings.is_cell and len(sizes) == 2
            layered = not settings.is_cell and len(sizes) in (2, 3) and sizes[0] == rows
            if (flat or layered) and sizes[-1] in (settings.hidden_out, settings.hidden_size):
                return name, settings.kind, tensor
    return None


def _kept(entries: Sequence[Entry], holders: Sequence[Holder]) -> Iterator[tuple[str, torch.Tensor]]:
    for name, holder, _ in holders:
        for path, module in holder.named_modules():
            for attribute, value in vars(module).items():
                if not attribute.startswith("_parameters") and attribute not in ("_buffers", "_modules"):
                    label = ".".join(part for part in (name, path, attribute) if part)
                    yield from _with_graph(label, value)
    for entry in reversed(entries):
        if frame_kind(entry.file) != "machinery":
            for name, value in entry.frame.f_locals.items():
                yield from _with_graph(name, value)


def _with_graph(name: str, value: Any, depth: int = 0) -> Iterator[tuple[str, torch.Tensor]]:
    if issubclass(type(value), torch.Tensor):
        if value.grad_fn is not None:
            yield name, value
    elif type(value) in (tuple, list) and depth < 2:
        for part in value[:8]:
            yield from _with_graph(name, part, depth + 1)
