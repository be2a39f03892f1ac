"""What a contract says about a call that breaks it, and what torch does then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Shape: TypeAlias = tuple[int, ...]
AxisShape: TypeAlias = tuple[tuple[str, int], ...]

# refused: torch raises. accepted: torch computes something, without an error. unchecked: torch has no check of its
# own there: by the sizes, it raises from deep inside, computes something, or ends the process.
Outcome = Literal["refused", "accepted", "unchecked"]
Reason = Literal[
    "rank", "features", "empty-seq", "state-rank", "rows", "batch", "hidden", "structure", "channels", "embed", "size",
    "broadcast", "classes", "lengths", "dtype", "mask",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Violation:
    """One axis (or the rank, or the structure) of one argument that is not as the contract says.

    argument: "input", "h_0", "c_0", "hx" (the state as a whole), "target", …; axis: the axis name, "" where the rank or
    the structure is wrong; index: its place in the given shape; expected/given: in words or sizes; outcome: what torch
    does with it.
    """

    argument: str
    reason: Reason
    expected: str
    given: str
    axis: str = ""
    index: int | None = None
    outcome: Outcome = "refused"

    def __str__(self) -> str:
        where = f"{self.argument}" + (f", axis {self.index} ({self.axis})" if self.axis else "")
        return f"{where}: expected {self.expected}, given {self.given}"


def named(shape: AxisShape) -> str:
    """The axes and sizes in words.

    >>> named((("seq", 30), ("batch", 5)))
    '(seq 30, batch 5)'
    """
    return "(" + ", ".join(f"{name} {size}" for name, size in shape) + ")"


def sizes(shape: AxisShape) -> Shape:
    """The plain sizes.

    >>> sizes((("seq", 30), ("batch", 5)))
    (30, 5)
    """
    return tuple(size for _, size in shape)


def names(shape: AxisShape) -> tuple[str, ...]:
    """The axis names.

    >>> names((("seq", 30), ("batch", 5)))
    ('seq', 'batch')
    """
    return tuple(name for name, _ in shape)
