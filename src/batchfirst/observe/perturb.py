"""Other values of the same kind: what an index is replaced with, and what is padding and must stay."""

from __future__ import annotations

import torch
from torch import Tensor

from batchfirst.observe.inputs import DataInput


def find_padding(data: DataInput, padding_idx: int | None, lengths: Tensor | None, how: str = "") -> None:
    """Mark trailing padding in `data`: from given lengths, else where it can be seen by itself.

    By itself, padding is one constant row that stands only at the ends of samples, in runs of different lengths; a
    few steps of it are enough where it is the embedding's padding_idx, three otherwise.
    """
    if "batch" not in data.places or "seq" not in data.places:
        return
    b, t = data.places["batch"][0], data.places["seq"][0]
    if b == t or (data.tensor.is_complex() and lengths is None):  # complex rows cannot be told apart by torch
        return
    rows = _rows(data, b, t)
    samples, steps = rows.shape[:2]
    if lengths is not None:
        found = lengths.detach().cpu().flatten().to(torch.int64)
        if not how:  # the caller's own lengths, of inputs that may have been grown or cut since
            found = (found.repeat(samples) if len(found) == 1 else found[:samples]).clamp(max=steps)
        if len(found) == samples and int(found.max()) <= steps and int(found.min()) >= 1:
            _mark(data, found, b, t, how or "lengths=")
        return
    for value in rows[:, -1].unique(dim=0):
        if rows.is_floating_point() and not bool((value == value[0]).all()):
            continue
        same = (rows == value).all(-1)
        trailing = same.flip(1).to(torch.int64).cumprod(1).sum(1).cpu()
        if int(same.sum()) != int(trailing.sum()) or bool((trailing == trailing[0]).all()):
            continue
        by_index = padding_idx is not None and bool((value == padding_idx).all())
        if int(trailing.sum()) >= (1 if by_index else 3) and int(trailing.max()) < steps:
            text = f"padding_idx={padding_idx}" if by_index else f"{_plain(value)} only at the ends of samples"
            _mark(data, steps - trailing, b, t, text)
            return


def padding_of_one(data: DataInput, padding_idx: int | None) -> Tensor | None:
    """True at the last steps of a batch of one where these repeat one constant row, broadcastable; None for others.

    A single step is enough for the embedding's padding_idx, or where its row has several features.
    """
    if "batch" not in data.places or "seq" not in data.places or data.tensor.is_complex():
        return None
    b, t = data.places["batch"][0], data.places["seq"][0]
    if b == t:
        return None
    rows = _rows(data, b, t)[0]
    last = rows[-1]
    run = int((rows == last[0]).all(-1).flip(0).to(torch.int64).cumprod(0).sum())
    plain = len(last) == 1 and (padding_idx is None or int(last) != padding_idx)
    if not (2 if plain else 1) <= run < len(rows):
        return None
    shape = [1] * data.tensor.ndim
    shape[t] = len(rows)
    return (torch.arange(len(rows)) >= len(rows) - run).reshape(shape).to(data.tensor.device)


def _rows(data: DataInput, b: int, t: int) -> Tensor:
    """The data as (batch, seq, everything else)."""
    moved = data.tensor.detach().movedim((b, t), (0, 1))
    return moved.flatten(2) if moved.ndim > 2 else moved.unsqueeze(-1)


def _plain(value: Tensor) -> str:
    number = value[0].item()
    return str(int(number)) if number == int(number) else f"{number:.4g}"


def _mark(data: DataInput, lengths: Tensor, b: int, t: int, how: str) -> None:
    steps = data.tensor.shape[t]
    late = torch.arange(steps)[None, :] >= lengths[:, None]
    shape = [1] * data.tensor.ndim
    shape[b], shape[t] = late.shape
    data.padded = (late if b < t else late.t()).reshape(shape).to(data.tensor.device)
    data.lengths = tuple(int(n) for n in lengths.tolist())
    data.padding_how = how


def real_steps(tensor: Tensor, data: DataInput) -> Tensor | None:
    """How many real steps each sample of `data` has, where another input counts or marks them; None where it does not.

    tensor: (batch,) whole numbers, or a mask laid out as (batch, seq) or (seq, batch). It is believed where behind
    these steps every sample repeats one constant.
    """
    if "batch" not in data.places or "seq" not in data.places:
        return None
    b, t = data.places["batch"][0], data.places["seq"][0]
    samples, steps = data.tensor.shape[b], data.tensor.shape[t]
    counts = _counted(tensor.detach().cpu(), samples, steps) if b != t else None
    if counts is None or len(counts) != samples or bool((counts == counts[0]).all()):
        return None
    if int(counts.min()) < 1 or int(counts.max()) > steps:
        return None
    rows = _rows(data, b, t)
    late = torch.arange(steps)[None] >= counts[:, None]
    behind = rows[late.to(rows.device)]
    return counts if behind.numel() and bool((behind == behind.flatten()[0]).all()) else None


def _counted(tensor: Tensor, samples: int, steps: int) -> Tensor | None:
    """The numbers themselves, or those that a mask marks: True, or 1, at the real steps or at the others."""
    if tensor.ndim == 1:
        return None if tensor.is_floating_point() or tensor.dtype == torch.bool else tensor
    if tensor.shape != (samples, steps) and tensor.shape != (steps, samples):
        return None
    if tensor.is_complex() or not bool(((tensor == 0) | (tensor == 1)).all()):
        return None
    marks = (tensor if tensor.shape == (samples, steps) else tensor.t()).bool()
    for real in (marks, ~marks):
        if bool((real.to(torch.int64).diff(dim=1) <= 0).all()):  # from some step on there are none
            return real.sum(1)
    return None


def fill_fresh(data: DataInput, ids: int | None, generator: torch.Generator) -> None:
    """Set `data.fresh`: at every element another value than the tensor's, of the same range.

    Floats are drawn between the smallest and the largest one there; whole numbers among those there, or below `ids`,
    the number of rows of the embedding that reads them.
    """
    original = data.tensor.detach()
    plain = original.cpu()
    if plain.numel() == 0:
        return
    if plain.dtype == torch.bool:
        fresh = ~plain
    elif plain.is_complex():
        fresh = plain + torch.rand(plain.shape, generator=generator)
    elif plain.is_floating_point() and not _whole(plain):
        finite = plain[torch.isfinite(plain)].double()
        low, high = (float(finite.min()), float(finite.max())) if finite.numel() else (0.0, 1.0)
        if low == high:
            low, high = low, low + max(abs(low), 1.0)
        drawn = low + (high - low) * torch.rand(plain.shape, generator=generator, dtype=torch.float64)
        fresh = drawn.to(plain.dtype)
        other = (drawn * 0.5 + (low + high) * 0.25 + 1e-3 * (high - low)).to(plain.dtype)
        fresh = torch.where(fresh == plain, other, fresh)
    else:
        fresh = _other_whole(plain, data.padded, ids, generator)
    data.fresh = fresh.to(original.device)


def _whole(values: Tensor) -> bool:
    return bool((values == values.round()).all()) and values.unique().numel() > 1


def _other_whole(values: Tensor, padded: Tensor | None, ids: int | None, generator: torch.Generator) -> Tensor:
    real = values if padded is None else values[~padded.cpu().expand_as(values)]
    seen = real.unique()
    if padded is not None and padded.any() and ids is not None and len(seen) < 3:
        pad = values[padded.cpu().expand_as(values)][0]
        seen = torch.tensor([n for n in range(min(ids, 64)) if n != int(pad)], dtype=values.dtype)
    elif len(seen) < 2:
        top = ids if ids is not None else int(seen.max()) + 2 if values.is_floating_point() else int(seen.max()) + 1
        seen = torch.arange(min(0, int(seen.min())), max(top, 1)).to(values.dtype)
        if len(seen) < 2:
            return values
    rank = torch.searchsorted(seen, values.contiguous()).clamp(max=len(seen) - 1)
    step = torch.randint(1, len(seen), values.shape, generator=generator)
    fresh: Tensor = seen[(rank + step) % len(seen)]
    return fresh
