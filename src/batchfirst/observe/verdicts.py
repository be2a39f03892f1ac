"""From changed elements to a verdict: which axis of a tensor carries batch, seq or features."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from batchfirst.model.trace import ABSENT, Verdict


def changed(baseline: Tensor | None, other: Tensor | None) -> Tensor | None:
    """True where two runs differ bit for bit (NaN equals NaN); None where they cannot be compared."""
    if baseline is None or other is None or baseline.shape != other.shape or baseline.dtype != other.dtype:
        return None
    if baseline.dim() == 0 and baseline.dtype == torch.bool:
        return baseline != other
    differ = baseline != other
    if baseline.is_floating_point():
        differ &= ~((baseline != baseline) & (other != other))
    return differ


def judge(masks: dict[int, Tensor], total: int) -> Verdict:
    """The verdict of one tensor from the changed elements for each probed index. `total`: size of the declared axis."""
    reached = tuple(index for index, mask in masks.items() if bool(mask.any()))
    if not reached:
        return ABSENT
    stacked = torch.stack([masks[index] for index in reached])
    if len(reached) > 1 and int(stacked.to(torch.int32).sum(0).max()) > 1:
        return Verdict("mixed", None, (), reached)
    ndim = stacked.ndim - 1
    candidates: list[Verdict] = []
    for axis in range(ndim):
        others = [d for d in range(1, ndim + 1) if d != axis + 1]
        along = stacked.any(dim=others) if others else stacked
        if len(reached) > 1 and int(along.to(torch.int32).sum(0).max()) > 1:
            continue
        positions = tuple(
            (index, tuple(torch.nonzero(row).flatten().tolist())) for index, row in zip(reached, along, strict=True)
        )
        kind = _kind(positions, stacked.shape[axis + 1], total)
        candidates.append(Verdict(kind, axis, positions, reached))  # type: ignore[arg-type]
    if not candidates:
        return Verdict("scrambled", None, (), reached)
    order = ("carried", "folded", "scattered")
    # Where several axes separate, the one on which index i lies at place i; then the one with the smallest share.
    best = min(candidates, key=lambda v: (order.index(v.kind), _moved(v), _share(v, stacked.shape[1:])))
    also = tuple(v.axis for v in candidates if v.axis != best.axis and v.axis is not None and v.kind == best.kind)
    return replace(best, also=also)


def _moved(verdict: Verdict) -> bool:
    return any(place != index for index, found in verdict.positions for place in found)


def _share(verdict: Verdict, shape: torch.Size) -> float:
    assert verdict.axis is not None
    return max(len(found) for _, found in verdict.positions) / max(shape[verdict.axis], 1)


def _kind(positions: tuple[tuple[int, tuple[int, ...]], ...], size: int, total: int) -> str:
    if all(len(found) == 1 for _, found in positions):
        return "carried"
    if total and size % total == 0:
        fold = size // total
        for stride in range(1, fold + 1):
            if fold % stride == 0 and all(
                (place // stride) % total == index for index, found in positions for place in found
            ):
                return "folded"
    return "scattered"
