"""A module is also run on its first sample alone, and a batch of one as a batch of three."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

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


GRU, HEAD = nn.GRU(3, 4, batch_first=True), nn.Linear(4, 1)
SEQ, TARGET = torch.randn(1, 7, 3), torch.randn(1, 7, 1)
PADDED = torch.cat((torch.randn(1, 4, 3), torch.zeros(1, 3, 3)), dim=1)


def packed(x: Tensor, lengths: Tensor | list[int]) -> Tensor:
    return GRU(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))[1][-1]  # type: ignore[no-any-return]


def actor_critic(x: Tensor) -> Tensor:
    last = GRU(x)[0][:, -1]
    value, log_prob = HEAD(last).view(-1), last.log_softmax(-1)[torch.arange(1), torch.tensor([2])]
    return -((TARGET[:, 0, 0] - value) * log_prob).mean()


ONE_SAMPLE: dict[str, tuple[Callable[..., Tensor], Tensor]] = {
    "taken out by [0]": (lambda x: HEAD(GRU(x)[0])[0], SEQ),
    "its last step by [0, -1]": (lambda x: HEAD(GRU(x)[0][0, -1]), SEQ),
    "squeezed by name": (lambda x: HEAD(GRU(x)[0]).squeeze(0), SEQ),
    "compared with a target that the program holds": (lambda x: F.mse_loss(HEAD(GRU(x)[0]), TARGET), SEQ),
    "compared by hand": (lambda x: ((HEAD(GRU(x)[0][:, -1]) - TARGET[:, -1]) ** 2).mean(), SEQ),
    "compared without its batch axis": (lambda x: F.l1_loss(HEAD(GRU(x)[0])[0], TARGET[0]), SEQ),
    "an action chosen before": (actor_critic, SEQ),
    "packed by a length that the program holds": (lambda x: packed(x, [4]), PADDED),
    "packed by its padding": (lambda x: packed(x, (x.abs().sum(-1) > 0).sum(1)), PADDED),
}


@pytest.mark.parametrize("name", ONE_SAMPLE)
def test_a_program_that_is_right_for_its_one_sample_is_not_accused_nor_warned(name: str) -> None:
    program, x = ONE_SAMPLE[name]
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        result = bf.audit(program, x, layout="batch seq features")
    assert result.ok, result
    assert [str(one.message) for one in told] == []


def test_a_length_given_beside_one_padded_sample_is_the_length_of_all() -> None:
    words, table = torch.tensor([[5, 3, 0]]), nn.Embedding(9, 3, padding_idx=0)
    assert bf.audit(packed, PADDED, torch.tensor([4]), layout=["batch seq features", None]).findings == ()
    result = bf.audit(lambda ids, n: packed(table(ids), n), words, torch.tensor([2]), layout=["batch seq", None])
    assert result.findings == ()


def test_mistakes_with_one_sample_are_found_all_the_same() -> None:
    def last_of_batch(x: Tensor) -> Tensor:
        return HEAD(GRU(x)[0][-1])

    def pairs(x: Tensor) -> Tensor:
        return F.mse_loss(HEAD(GRU(x)[0]), TARGET.squeeze(-1))

    def dropped(x: Tensor) -> Tensor:
        return HEAD(GRU(x)[0][:, -1]).squeeze()

    for program, code in ((last_of_batch, "BF303"), (pairs, "BF309"), (dropped, "BF404")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert [found.code for found in bf.audit(program, SEQ, layout="batch seq features").findings][:1] == [code]
            assert not bf.audit(program, SEQ, layout="batch seq features").ok
