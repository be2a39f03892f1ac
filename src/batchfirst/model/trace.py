"""What the audit saw: every step of the way from the inputs to the result, and where batch, seq and features lie.

Plain data without tensors: `batchfirst.observe` measures it, `batchfirst.diagnosis` reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from batchfirst.model.finding import Location
from batchfirst.model.observation import ModuleFact, Setting
from batchfirst.model.shown import Shown

VerdictKind = Literal["carried", "folded", "scattered", "scrambled", "mixed", "ignored", "absent"]
Part = Literal["output", "h_n", "c_n", "input", "lengths"]

CLEAN = ("carried", "folded", "scattered")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where one declared axis lies in one tensor, measured by changing a few of its indices one at a time.

    kind:
        carried: `axis` separates the changed sets, one position per index;
        folded: `axis` separates them, several positions per index in a regular stride, as in (batch seq);
        scattered: `axis` separates them without a regular stride, as packed rows or a convolution's windows do;
        scrambled: elements depend on one index each, but no axis separates them;
        mixed: some element depends on two indices;
        ignored: nothing changed although the inputs of the operation did; absent: nothing reached this tensor.
    positions: for each probed index that reached this tensor, the positions along `axis` that changed.
    also: other axes that separate the changed sets too (a mask that takes another step of each sample).
    """

    kind: VerdictKind
    axis: int | None = None
    positions: tuple[tuple[int, tuple[int, ...]], ...] = ()
    reached: tuple[int, ...] = ()
    also: tuple[int, ...] = ()

    @property
    def clean(self) -> bool:
        return self.kind in CLEAN

    def lies_on(self, axis: int) -> bool:
        """Whether this axis, and no other, was seen to carry it: two indices at least were told apart."""
        return self.clean and self.axis == axis and not self.also and len(self.reached) > 1

    @property
    def ordered(self) -> bool:
        """Whether the indices lie in the order of the data, forwards or backwards."""
        places = [found[0] for _, found in self.positions if found]
        return places in (sorted(places), sorted(places, reverse=True))


ABSENT = Verdict("absent")


@dataclass(frozen=True, slots=True)
class ValueFact:
    """One tensor on the way. `seq` is followed through recurrence and attention step by step, by contract."""

    shape: tuple[int, ...]
    dtype: str
    producer: int | None = None  # index of the operation that made it; None: an input, a parameter or a constant
    name: str = ""  # path of an input ("0", "x/tokens") or of a parameter ("encoder.weight_ih_l0")
    kind: Literal["input", "parameter", "constant", "computed"] = "computed"
    batch: Verdict = ABSENT
    seq: Verdict = ABSENT
    features: Verdict = ABSENT

    @property
    def ndim(self) -> int:
        return len(self.shape)


@dataclass(frozen=True, slots=True)
class OpFact:
    """One operation: a torch function call, or a recurrent or attention module's call as a whole.

    name: torch's name of it ("softmax", "reshape", "LSTM"); options: its settings (dim, batch_first, shape, …).
    inputs, outputs: indices into `Trace.values`; roles: the contract's name for each input ("input", "h_0", "c_0").
    live: whether its output reaches the result. lost: (index of the axis role) see `Trace`.
    """

    index: int
    name: str
    location: Location | None
    path: str = ""
    module: ModuleFact | None = None
    inputs: tuple[int, ...] = ()
    roles: tuple[str, ...] = ()
    outputs: tuple[int, ...] = ()
    options: Mapping[str, Setting] = field(default_factory=lambda: MappingProxyType({}))
    live: bool = True
    source: str = ""  # the expression in the user's code, where known
    built: str = ""  # the call that constructed the module, which stands at `module.built_at`, where known
    contained: bool = False  # its module was called by nn.Sequential, not by a line of the user's
    loop: Location | None = None  # of calls from one place within another function: where the function that loops is


@dataclass(frozen=True, slots=True)
class ReadFact:
    """What one reader takes of one recurrent call's `output`, `h_n` or `c_n`, element by element.

    call: index of the recurrent operation; reader: index of the operation that reads, None for the result itself;
    role: as what the reader takes it ("input", "h_0", "c_0", …).
    units: how many of the features of a row are read at most;
    rows: for output (step, sample, direction), for h_n and c_n (layer, sample, direction); whole: everything is read.
    """

    call: int
    part: Part
    reader: int | None
    role: str
    rows: frozenset[tuple[int, int, int]]
    whole: bool
    units: int = 0
    via: int | None = None  # the operation that selected it (an index, a view), if any


@dataclass(frozen=True, slots=True)
class RecurrentFact:
    """The sizes that a recurrent call's reads are counted in."""

    call: int
    steps: int
    batch: int
    layers: int
    directions: int
    packed: bool
    lengths: tuple[int, ...] | None = None  # per sample, of packed input
    width: int = 0  # units of one direction of output
    fed_steps: tuple[int, ...] | None = None  # the data's step at each of the module's own, where all samples agree


@dataclass(frozen=True, slots=True)
class PaddingFact:
    """Trailing padding seen in an input: real steps per sample, and how it was recognised."""

    value: int  # index into Trace.values
    lengths: tuple[int, ...]
    how: str

    @property
    def given(self) -> bool:
        """Whether the program is told the lengths: then they are meant to be used."""
        return self.how in ("an input of lengths", "lengths=")


@dataclass(frozen=True, slots=True)
class Trace(Shown):
    """One audited run.

    results: the returned tensors (and the losses that `backward()` was called on); probed: the indices changed, by
    role; influence: by role, for each probed index the places of the first result that changed, without any
    restriction by contract; remarks: what could not be measured, and why.
    """

    values: tuple[ValueFact, ...]
    ops: tuple[OpFact, ...]
    results: tuple[int, ...]
    reads: tuple[ReadFact, ...] = ()
    recurrent: tuple[RecurrentFact, ...] = ()
    padding: tuple[PaddingFact, ...] = ()
    batch: int = 0
    seq: int = 0
    probed: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))
    influence: Mapping[str, Mapping[int, tuple[int, ...]]] = field(default_factory=lambda: MappingProxyType({}))
    remarks: tuple[str, ...] = ()
    kept: tuple[int, ...] = ()  # recurrent calls that start elsewhere when the same program runs a second time
    kept_by_module: bool = False  # attributes of a module hold other tensors after the run than before it
    resettable: bool = False  # the module has a method to reset its state: keeping it is meant
    squeezed: tuple[tuple[int, int], ...] = ()  # (operation, axis): it drops the batch axis of a batch of one
    grown: bool = False  # the batch of one was measured as a batch of three: what stood outside was still made for one
    narrow: tuple[tuple[int, int], ...] = ()  # the same, of a batch of one that was only tried
    accused: tuple[tuple[int, str], ...] = ()  # (operation, code) of each finding, once the trace was diagnosed
    cuts: tuple[int, ...] = ()  # reshapes that cut across the steps of a recurrent result or of an input
    blind: tuple[int, ...] = ()  # values that could not be compared when samples were changed: absence proves nothing
    placed: tuple[int, ...] = ()  # operations that give each sample another constant, and all its steps the same one
    padded: tuple[tuple[int, int], ...] = ()  # (operation, recurrent call): it takes in the call's padded steps
    unpaired: tuple[tuple[int, int, int], ...] = ()  # (operation, sample, the sample whose length it meets)
    leaks: tuple[int, ...] = ()  # operations that show a step before its time, measured where causal=True

    def producer(self, value: int) -> OpFact | None:
        index = self.values[value].producer
        return None if index is None else self.ops[index]

    def inputs(self, op: OpFact) -> tuple[ValueFact, ...]:
        return tuple(self.values[v] for v in op.inputs)

    def outputs(self, op: OpFact) -> tuple[ValueFact, ...]:
        return tuple(self.values[v] for v in op.outputs)

    def upstream(self, value: int) -> Iterator[OpFact]:
        """Operations that lead to `value`, nearest first."""
        seen: set[int] = set()
        queue = [value]
        while queue:
            op = self.producer(queue.pop(0))
            if op is not None and op.index not in seen:
                seen.add(op.index)
                yield op
                queue.extend(op.inputs)

    def consumers(self, value: int) -> Iterator[OpFact]:
        return (op for op in self.ops if value in op.inputs)

    def _brief(self) -> str:
        return "\n".join(f"{op.name} {self.values[value].shape}" for op in self.ops if op.live for value in op.outputs)
