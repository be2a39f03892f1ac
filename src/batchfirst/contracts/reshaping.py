"""What a reshape does to one axis: it keeps it, folds it with neighbours, splits it, or cuts across it.

`view`, `reshape` and `flatten` read elements in row-major order and write them in row-major order
(https://docs.pytorch.org/docs/stable/generated/torch.Tensor.view.html), so shapes alone decide it.
"""

from __future__ import annotations

from math import prod
from typing import Literal

Outcome = Literal["kept", "folded", "split", "chunked", "cut"]


def reshaped_axis(
    before: tuple[int, ...], axis: int, after: tuple[int, ...], fold: tuple[int, int] | None = None
) -> tuple[Outcome, int | None]:
    """What becomes of `axis` of a tensor of shape `before` that is reshaped to `after`, and on which axis it then lies.

    fold: (size, stride) of the part of a folded axis that is meant: the batch of (seq batch) is (batch, 1).

    kept: one axis of the result carries it, alone; folded: one axis carries it among others; split: several axes
    carry it, and nothing else; chunked: runs of it lie beside what was inside of it, in order (patches of time);
    cut: neither, its parts lie among parts of others, which no transposition does.

    >>> reshaped_axis((2, 5, 8), 1, (5, 16))  # h_n.view(batch, -1): rows of two samples each
    ('cut', None)
    >>> reshaped_axis((5, 30, 8), 0, (150, 8))
    ('folded', 0)
    >>> reshaped_axis((5, 30, 8), 1, (5, 8, 30))
    ('cut', None)
    >>> reshaped_axis((5, 30, 8), 1, (5, 15, 16))  # pairs of neighbouring steps
    ('chunked', None)
    """
    size, part = fold or (before[axis], 1)
    stride = prod(before[axis + 1 :]) * part
    end = stride * size
    inner = 1
    spans: list[tuple[int, int, int]] = []
    for number in range(len(after) - 1, -1, -1):
        spans.append((number, inner, inner * after[number]))
        inner *= after[number]
    if size == 1:
        return "kept", None
    for number, low, high in spans:
        if low == stride and high == end:
            return "kept", number
        if stride % max(low, 1) == 0 and low <= stride and end <= high and high % end == 0:
            return "folded", number
    touching = [(low, high) for _, low, high in spans if low < end and high > stride]
    edges = {edge for low, high in touching for edge in (low, high)}
    whole = stride in edges and end in edges
    if whole:
        return "split", None
    chained = all(
        (edge % stride == 0 if edge > stride else stride % edge == 0) and (end % edge == 0 or edge % end == 0)
        for edge in edges
    )
    return ("chunked", None) if chained else ("cut", None)
