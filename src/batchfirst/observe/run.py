"""What one recorded run consists of: tensors as they were when they were seen, and the steps between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from torch import Tensor

from batchfirst.model.finding import Location
from batchfirst.model.observation import ModuleFact, Setting

Key = tuple[str, str, int, int, str, int]


@dataclass(slots=True)
class Value:
    """A tensor as it was when it was seen. `data` is None where it cannot be copied."""

    data: Tensor | None
    shape: tuple[int, ...]
    dtype: str
    producer: int | None
    kind: str = "computed"
    name: str = ""


@dataclass(slots=True)
class Op:
    """One step of a run. `key` finds the same step in another run.

    call: which call of the outermost module; inside: whether it stands within a module's forward; frames: of a
    recurrent or attention module in an observed run, the user's frames that called it, nearest first; contained: its
    module was called by nn.Sequential, not by a line of the user's.
    """

    index: int
    key: Key
    name: str
    location: Location | None
    path: str
    module: ModuleFact | None
    inputs: list[int]
    roles: list[str]
    outputs: list[int]
    options: dict[str, Setting]
    call: int = 0
    inside: bool = False
    frames: tuple[tuple[FrameType, Location], ...] = ()
    contained: bool = False


@dataclass
class Run:
    """What a Recorder saw.

    results: values of the returned tensors; losses: of tensors that `backward()` was called on; error: what the
    program raised, if anything.
    """

    values: list[Value] = field(default_factory=list)
    ops: list[Op] = field(default_factory=list)
    results: list[int] = field(default_factory=list)
    losses: list[int] = field(default_factory=list)
    error: BaseException | None = None
    returned: Any = None
    fault: str = ""  # what kept the run from being observed to its end

    def by_key(self) -> dict[Key, Op]:
        return {op.key: op for op in self.ops}
