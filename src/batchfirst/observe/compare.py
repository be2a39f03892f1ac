"""Two runs of one program, step by step: which elements of which tensors differ."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from batchfirst.contracts import operations
from batchfirst.observe.run import Op, Run
from batchfirst.observe.verdicts import changed


def compare(base: Run, other: Run) -> list[tuple[int, Tensor]]:
    """(value of the baseline, changed elements) for every tensor that both runs have."""
    found: dict[int, Tensor] = {}
    inputs = {value.name: value for value in other.values if value.kind == "input"}
    for number, value in enumerate(base.values):
        if value.kind == "input" and value.name in inputs:
            mask = changed(value.data, inputs[value.name].data)
            if mask is not None:
                found[number] = mask
    twins = other.by_key()
    for op in base.ops:
        twin = twins.get(op.key)
        if twin is None:
            continue
        for mine, theirs in (*_zip(op.inputs, twin.inputs), *_zip(op.outputs, twin.outputs)):
            if mine not in found:
                mask = changed(base.values[mine].data, other.values[theirs].data)
                if mask is not None:
                    found[mine] = mask
    return list(found.items())


def shifted(base: Run, other: Run) -> set[int]:
    """Values behind random draws that came after the runs parted: other numbers were drawn, whatever the data."""
    parted = next(
        (n for n, (mine, theirs) in enumerate(zip(base.ops, other.ops, strict=False)) if mine.key != theirs.key),
        min(len(base.ops), len(other.ops)),
    )
    found: set[int] = set()
    for op in base.ops[parted:]:
        if op.name in operations.RANDOM or any(value in found for value in op.inputs):
            found.update(op.outputs)
    return found


def _zip(mine: list[int], theirs: list[int]) -> Iterator[tuple[int, int]]:
    return zip(mine, theirs, strict=False) if len(mine) == len(theirs) else iter(())


def differs(base: Run, again: Run, op: Op, twin: Op, role: str) -> bool:
    if role not in op.roles:
        return False
    place = op.roles.index(role)
    mask = changed(base.values[op.inputs[place]].data, again.values[twin.inputs[place]].data)
    return mask is None or bool(mask.any())


def squeezed(base: Run, other: Run) -> tuple[tuple[int, int], ...]:
    """(operation, axis): with one sample the axis of size 1 disappears, with three it is there."""
    twins = other.by_key()
    found = []
    for op in base.ops:
        twin = twins.get(op.key)
        if op.name != "squeeze" or twin is None or not op.outputs or not twin.outputs:
            continue
        given, wide = base.values[op.inputs[0]].shape, other.values[twin.inputs[0]].shape
        axis = next((n for n, (a, b) in enumerate(zip(given, wide, strict=False)) if a == 1 and b == 3), None)
        kept = len(base.values[op.outputs[0]].shape), len(other.values[twin.outputs[0]].shape)
        if axis is not None and kept[0] < kept[1]:
            found.append((op.index, axis))
    return tuple(found)
