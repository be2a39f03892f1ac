"""Proofs without batchfirst: plain torch runs that show a mistake, or raise AssertionError where it is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def samples_mix(run: Callable[[Tensor], Tensor], x: Tensor, batch: int = 0) -> str:
    """Replace every sample but the first; the first one's result is compared (`batch`: axis of the result)."""
    with torch.no_grad():
        before = run(x.clone()).select(batch, 0)
        other = torch.cat([x[:1], torch.randn_like(x[1:])])
        after = run(other).select(batch, 0)
    moved = float((before - after).abs().max())
    assert moved > 1e-4, "sample 0 does not depend on the others"
    return f"sample 0's result moves by {moved:.2g} when only the other samples are replaced"


def same(run: Callable[[], Any], wanted: Callable[[], Any], text: str) -> str:
    """`run` gives exactly what `wanted` gives, which is the mistake."""
    with torch.no_grad():
        a, b = run(), wanted()
    assert torch.allclose(a, b, atol=1e-6), "the two differ"
    return text
