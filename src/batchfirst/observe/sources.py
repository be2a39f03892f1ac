"""What the elements of a recurrent module's results are: step or layer, sample and direction of each."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from batchfirst.model.trace import Part
from batchfirst.observe.recorder import Recorder
from batchfirst.observe.run import Op


@dataclass(slots=True)
class Source:
    """One part of one recurrent call's result, and the (step or layer, sample, direction) of each of its elements.

    sides, width: of what was computed row by row from output: which directions each element is of, of how many units.
    """

    call: int
    part: Part
    rows: Tensor  # (elements, 3)
    sides: tuple[int, ...] = ()
    width: int = 0


def grid(shape: tuple[int, ...], names: tuple[str, str, str], directions: int, width: int) -> Tensor:
    """(elements, 3): step, sample and direction of each element of a contiguous tensor of that shape."""
    grids = dict(zip(names, torch.meshgrid(*(torch.arange(n) for n in shape), indexing="ij"), strict=True))
    direction = grids["unit"] // max(width, 1) if directions > 1 else torch.zeros_like(grids["unit"])
    return torch.stack([grids["step"], grids["sample"], direction], dim=-1).reshape(-1, 3)


def state_rows(shape: tuple[int, ...], layers: int, directions: int) -> Tensor:
    """(elements, 3): layer, sample and direction of each element of h_n or c_n.

    "h_n: (D * num_layers, N, H_out)", layers outermost: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html
    """
    batched = shape if len(shape) == 3 else (shape[0], 1, shape[1])
    row, sample, _ = torch.meshgrid(*(torch.arange(n) for n in batched), indexing="ij")
    return torch.stack([row // directions, sample, row % directions], dim=-1).reshape(-1, 3)


def packed_rows(
    recorder: Recorder, op: Op, output: tuple[int, ...], width: int
) -> tuple[int, int, tuple[int, ...], Tensor]:
    """Steps, batch size, lengths per sample, and (elements, 3) of a PackedSequence's data."""
    values = recorder.run.values
    sizes = values[op.outputs[1]].data
    assert sizes is not None
    order = None
    if len(op.outputs) >= 5:  # data, batch_sizes, sorted_indices, unsorted_indices, h_n[, c_n]
        order = values[op.outputs[2]].data
    counts = sizes.tolist()
    step = torch.cat([torch.full((n,), t) for t, n in enumerate(counts)])
    place = torch.cat([torch.arange(n) for n in counts])
    sample = place if order is None else order.cpu()[place]
    lengths = torch.zeros(counts[0], dtype=torch.int64).index_add_(0, sample, torch.ones_like(sample))
    unit = torch.arange(output[-1])
    rows = torch.stack(
        [
            step[:, None].expand(-1, len(unit)),
            sample[:, None].expand(-1, len(unit)),
            (unit // max(width, 1))[None].expand(len(step), -1),
        ],
        dim=-1,
    )
    return len(counts), counts[0], tuple(lengths.tolist()), rows.reshape(-1, 3)
