"""What was seen of a call: shapes, dtypes, settings and places. Never a tensor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from batchfirst.model.finding import Location

Setting: TypeAlias = bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class TensorFact:
    """Shape, dtype ("float32") and device ("cpu") of a tensor. `batch_sizes`/`batch_first`: of a PackedSequence."""

    shape: tuple[int, ...]
    dtype: str
    device: str = "cpu"
    origin: str = ""  # how the caller wrote it: "self.embedding(x)", where the source is known

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __str__(self) -> str:
        return f"{self.dtype} {self.shape}"


@dataclass(frozen=True, slots=True)
class PackedFact:
    """A PackedSequence: `data` has shape (sum of lengths, features); `batch_sizes` one entry per step."""

    data: TensorFact
    batch: int
    steps: int


@dataclass(frozen=True, slots=True)
class OtherFact:
    """A value that is no tensor: its type's name and a short repr."""

    type: str
    text: str


Fact: TypeAlias = "TensorFact | PackedFact | OtherFact | tuple[Fact, ...] | None"


@dataclass(frozen=True, slots=True)
class ModuleFact:
    """A module or function that was called.

    kind: the contract's name ("LSTM", "LSTMCell", "Linear", "Conv1d", "mse_loss", "pack_padded_sequence", …);
    path: dotted path inside the watched model ("encoder.lstm"), "" where unknown;
    settings: constructor settings that the contract speaks of (input_size, hidden_size, batch_first, …);
    built_at: where the user's code constructed it, if known.
    """

    kind: str
    path: str = ""
    settings: Mapping[str, Setting] = field(default_factory=lambda: MappingProxyType({}))
    built_at: Location | None = None


@dataclass(frozen=True, slots=True)
class ErrorFact:
    """The error that torch raised: its class name and message."""

    type: str
    message: str


@dataclass(frozen=True, slots=True)
class CallFact:
    """One call of a module, cell, neighbour or loss, by the contract's argument names (input, hx, target, …)."""

    module: ModuleFact
    args: Mapping[str, Fact]
    location: Location | None = None
    error: ErrorFact | None = None

    def tensors(self) -> Iterator[tuple[str, TensorFact]]:
        """Every tensor among the arguments with its name; parts of a tuple as `hx[0]`."""
        for name, fact in self.args.items():
            yield from _tensors(name, fact)


def _tensors(name: str, fact: Fact) -> Iterator[tuple[str, TensorFact]]:
    if isinstance(fact, TensorFact):
        yield name, fact
    elif isinstance(fact, PackedFact):
        yield f"{name}.data", fact.data
    elif isinstance(fact, tuple):
        for number, part in enumerate(fact):
            yield from _tensors(f"{name}[{number}]", part)
