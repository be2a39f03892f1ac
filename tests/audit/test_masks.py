"""BF412 in an audit: a padding mask taken as a mask of pairs of steps, which torch accepts where batch == seq."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

import batchfirst as bf

SAME = 12
PADDED = torch.arange(SAME) >= torch.arange(SAME, 0, -1).clamp(min=3)[:, None]  # batch seq
LAYOUT = ["batch seq features", "batch seq"]


def _audit(module: nn.Module, name: str) -> bf.Audit:
    def step(x: Tensor, padding: Tensor) -> Tensor:
        given = (x, x, x) if isinstance(module, nn.MultiheadAttention) else (x,)
        result = module(*given, **{name: padding})
        return result[0] if isinstance(result, tuple) else result

    return bf.audit(step, torch.randn(SAME, SAME, 8), PADDED, layout=LAYOUT)


ATTENTION = nn.MultiheadAttention(8, 2, batch_first=True)
LAYER = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)


@pytest.mark.parametrize(("module", "name"), [(ATTENTION, "attn_mask"), (LAYER, "src_mask")])
def test_a_padding_mask_for_pairs_of_steps(module: nn.Module, name: str) -> None:
    found = _audit(module, name).findings[0]
    assert found.location is not None
    assert (found.code, found.location.line) == ("BF412", _audit.__code__.co_firstlineno + 3)
    assert "(12, 12)" in str(found)


def test_given_second_to_an_encoder() -> None:
    result = bf.audit(lambda x, p: LAYER(x, p), torch.randn(SAME, SAME, 8), PADDED, layout=LAYOUT)
    assert result.findings[0].code == "BF412"


@pytest.mark.parametrize(("module", "name"), [(ATTENTION, "key_padding_mask"), (LAYER, "src_key_padding_mask")])
def test_as_what_it_is_nothing_is_found(module: nn.Module, name: str) -> None:
    assert _audit(module, name).ok
