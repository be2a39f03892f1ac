"""A module is also run on its first sample alone: with all of its steps."""

from __future__ import annotations

import torch
from torch import Tensor, nn

import batchfirst as bf


class Segments(nn.Module):
    """Cuts windows of eight steps into segments of two, for each of three variables: no other length will do."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(2, 4, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        _, h_n = self.rnn(x.permute(0, 2, 1).reshape(-1, 4, 2))
        _, again = self.rnn(x.new_zeros(3 * x.size(0), 1, 2), h_n.view(1, -1, 4))
        return again.view(-1, 3, 4)


def test_the_first_sample_alone_keeps_its_steps() -> None:
    result = bf.audit(Segments(), torch.randn(5, 8, 3), layout="batch seq features")
    assert result.findings == ()


def test_a_state_that_stays_as_large_as_the_batch_is_no_fixed_batch() -> None:
    class Nodes(nn.Module):
        """Three nodes of each sample, folded with it, and their states given from outside: nobody told their axes."""

        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.GRU(2, 4, batch_first=True)

        def forward(self, x: Tensor, state: Tensor) -> Tensor:
            out, _ = self.rnn(x.transpose(1, 2).flatten(0, 1), state)
            return out.unflatten(0, (-1, 3))

    layout = "batch seq nodes features"
    assert bf.audit(Nodes(), torch.randn(5, 8, 3, 2), torch.zeros(1, 15, 4), layout=layout).findings == ()
    square = nn.GRU(2, 4, num_layers=5), torch.randn(8, 5, 2), torch.zeros(5, 5, 4)
    result = bf.audit(*square, layout="seq batch features")
    assert [found.code for found in result.findings if found.severity != "note"] == []
