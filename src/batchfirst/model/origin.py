"""What is known after a crash: the call that failed, where its values came from, and the user's frames.

Plain data without tensors: `batchfirst.observe` reads it from a traceback, `batchfirst.diagnosis` weighs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from batchfirst.model.finding import Location
from batchfirst.model.observation import CallFact, ErrorFact, Fact, ModuleFact, Setting, TensorFact


@dataclass(frozen=True, slots=True)
class Origin:
    """How the user's own source makes a value: one operation, and what it was made from.

    op: a module's kind ("LSTM"), a function's or method's name ("squeeze", "cat", "zeros"), an operator ("+", "@"),
        "[]" for an index, "part" for an element of a tuple, "self" for an attribute of a module, "data" for a value
        that comes from outside (an argument, a loader), "value" for a plain value, "?" where the source is unknown.
    detail: literal arguments where known: the axis of a squeeze, the sizes of a view (None: unknown), the entries of
        an index as text (":", "-1", "None", "...", "?"), the place in a tuple for "part".
    module: what was called, where `op` is a module's kind. fact: what is known of the value itself.
    """

    op: str
    text: str = ""
    location: Location | None = None
    fact: Fact = None
    inputs: tuple[Origin, ...] = ()
    detail: tuple[Setting, ...] = ()
    module: ModuleFact | None = None

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The value's shape, where it is a tensor and the shape is known."""
        return self.fact.shape if isinstance(self.fact, TensorFact) else None

    def walk(self) -> Iterator[Origin]:
        """This operation and all that lead to it, nearest first."""
        queue = [self]
        while queue:
            origin = queue.pop(0)
            yield origin
            queue.extend(origin.inputs)

    def find(self, *ops: str) -> Origin | None:
        """The nearest operation of one of these names."""
        return next((origin for origin in self.walk() if origin.op in ops), None)


@dataclass(frozen=True, slots=True)
class FrameFact:
    """One of the user's frames: where it stood, the source line, and its local tensors by name."""

    location: Location
    source: str = ""
    values: Mapping[str, Fact] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Crash:
    """An error that torch raised, as read from its traceback.

    call: the failing module, function or operation with its arguments; origins: by argument name, as `call.args`;
    places: where each argument is written in the failing call; frames: the user's, innermost first;
    recurrent: the recurrent modules in reach of these frames; near: whether the innermost frame itself names one;
    sources: the source text at a location, where it could be read.
    """

    call: CallFact
    error: ErrorFact
    origins: Mapping[str, Origin] = field(default_factory=lambda: MappingProxyType({}))
    places: Mapping[str, Location] = field(default_factory=lambda: MappingProxyType({}))
    frames: tuple[FrameFact, ...] = ()
    recurrent: tuple[ModuleFact, ...] = ()
    near: bool = False
    sources: Mapping[Location, str] = field(default_factory=lambda: MappingProxyType({}))

    def origin(self, name: str) -> Origin | None:
        return self.origins.get(name)
