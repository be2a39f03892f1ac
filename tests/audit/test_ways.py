"""What programs do on the way from inputs to results: followed, not tripped over."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.utils.checkpoint import checkpoint

import batchfirst as bf

B, T, D, H = 4, 6, 3, 5
LAYOUT = "batch seq features"
Program = Callable[[Tensor], Any]


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x * x

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient


class Weighted(nn.LSTM):
    """A subclass with a forward of its own, as weight-dropping wrappers are."""

    def forward(self, x: Tensor, hx: Any = None) -> Any:  # type: ignore[override]
        return super().forward(x * 1.0, hx)


class Vanilla(nn.Module):
    """torch._VF.lstm, past nn.LSTM."""

    def __init__(self, batch_first: bool) -> None:
        super().__init__()
        self.inner = nn.LSTM(D, H)
        self.batch_first = batch_first

    def forward(self, x: Tensor) -> Tensor:
        zeros = x.new_zeros(1, x.size(0 if self.batch_first else 1), H)
        weights = self.inner._flat_weights
        return torch._VF.lstm(x, (zeros, zeros), weights, True, 1, 0.0, False, False, self.batch_first)[0]


class Named(NamedTuple):
    out: Tensor
    state: Tensor


def _ways() -> dict[str, Program]:
    torch.manual_seed(0)
    lstm, head = nn.LSTM(D, H, batch_first=True), nn.Linear(H, 1)
    weighted, vanilla = Weighted(D, H, batch_first=True), Vanilla(True)
    attention = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), 2).eval()
    up, rnn = nn.Linear(D, 4), nn.RNN(D, H)
    w, u = torch.randn(D, H), torch.randn(H, H)

    def in_place(x: Tensor) -> Tensor:
        out = x.clone()
        out[:, 1:] += x[:, :-1]
        buffer = x.new_empty(B, T, H)
        for t in range(T):
            buffer[:, t] = lstm(out[:, : t + 1])[0][:, -1]
        return buffer

    def hand_written_cell(x: Tensor) -> Tensor:
        h = x.new_zeros(x.size(0), H)
        for step in x.unbind(1):
            h = torch.tanh(step @ w + h @ u)
        return h

    def folded(x: Tensor) -> Tensor:
        flat = head(lstm(x)[0].reshape(-1, H))
        return flat.view(B, T, 1)

    def masked(x: Tensor) -> Tensor:
        out = lstm(x)[0]
        mask = torch.arange(T)[None, :, None] < torch.tensor([6, 3, 5, 2])[:, None, None]
        return (out * mask).sum(1) / mask.sum(1)

    def packed(x: Tensor) -> Tensor:
        rows = pack_padded_sequence(x, torch.tensor([3, 6, 2, 5]), batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(lstm(rows)[0], batch_first=True)[0]

    def sorted_and_back(x: Tensor) -> Tensor:
        lengths, order = torch.tensor([3, 6, 2, 5]).sort(descending=True)
        state = lstm(pack_padded_sequence(x[order], lengths, batch_first=True))[1][0][-1]
        return state[order.argsort()]

    def shrinking(x: Tensor) -> Tensor:
        h, done = x.new_zeros(B, H), []
        for t in range(T):
            alive = B - t // 2
            h = torch.cat([torch.tanh(x[:alive, t] @ w + h[:alive] @ u), h[alive:]])
            done.append(h)
        return torch.stack(done, 1)

    return {
        "in place": in_place,
        "views of views": lambda x: lstm(x.transpose(0, 1).contiguous().transpose(0, 1).view(B, T, D)[:, 1:])[0],
        "chunk, stack, cat": lambda x: torch.cat(torch.stack(lstm(x)[0].chunk(2, 1), 1).unbind(1), 1),
        "einsum": lambda x: torch.einsum("bth,bsh->bts", lstm(x)[0], lstm(x)[0]).softmax(-1),
        "vmap": lambda x: torch.vmap(lambda one: head(one @ w).sum(0))(x),
        "checkpoint": lambda x: checkpoint(lambda y: lstm(y)[0], x, use_reentrant=False),
        "autograd function": lambda x: Square.apply(lstm(x)[0]),
        "no_grad inside": lambda x: torch.no_grad()(lambda: lstm(x)[0])(),
        "autocast": lambda x: torch.autocast("cpu", torch.bfloat16)(lambda: head(lstm(x)[0]))(),
        "subclass": lambda x: weighted(x)[0],
        "past nn.LSTM": vanilla,
        "hand-written cell": hand_written_cell,
        "folded and back": folded,
        "masked mean": masked,
        "packed": packed,
        "sorted and back": sorted_and_back,
        "shrinking batch": shrinking,
        "transformer": lambda x: attention(up(x)),
        "seq first on purpose": lambda x: rnn(x.transpose(0, 1))[0][-1],
        "flip": lambda x: lstm(x.flip(1))[0].flip(1),
        "namedtuple": lambda x: Named(lstm(x)[0], lstm(x)[1][0][-1]),
        "dict and list": lambda x: {"out": [lstm(x)[0][:, -1]], "n": 3},
        "conv": lambda x: F.conv1d(x.transpose(1, 2), torch.ones(2, D, 3), padding=1).transpose(1, 2),
        "loss": lambda x: F.mse_loss(head(lstm(x)[0][:, -1]), x[:, -1, :1]),
        "contrastive loss": lambda x: F.cross_entropy(lstm(x)[0][:, -1] @ lstm(x)[0].mean(1).t(), torch.arange(B)),
    }


WAYS = _ways()


@pytest.mark.parametrize("way", WAYS)
def test_a_right_program_is_left_alone(way: str) -> None:
    result = bf.audit(WAYS[way], torch.randn(B, T, D), layout=LAYOUT)
    assert result.ok, str(result)


def test_einops_is_followed() -> None:
    einops = pytest.importorskip("einops", reason="einops is no requirement of ours")
    rnn = nn.GRU(D, H)
    right = bf.audit(lambda x: rnn(einops.rearrange(x, "b t d -> t b d"))[0], torch.randn(B, T, D), layout=LAYOUT)
    assert right.ok
    wrong = bf.audit(lambda x: rnn(einops.rearrange(x, "b t d -> b t d"))[0], torch.randn(B, T, D), layout=LAYOUT)
    assert wrong.findings[0].code == "BF101"


@pytest.mark.parametrize("model", [Weighted(D, H), Vanilla(False)], ids=["subclass", "past nn.LSTM"])
def test_a_mistake_is_seen_through_unusual_modules(model: nn.Module) -> None:
    result = bf.audit(lambda x: model(x), torch.randn(B, T, D), layout=LAYOUT)
    assert result.findings[0].code == "BF101"


def test_control_flow_that_depends_on_data_is_told() -> None:
    lstm = nn.LSTM(D, H, batch_first=True)

    def program(x: Tensor) -> Tensor:
        out = lstm(x)[0]
        for value in x[:, 0, 0]:
            if value > 0:
                out = out + 0
        return out

    result = bf.audit(program, torch.randn(8, T, D), layout=LAYOUT)
    assert result.ok
    assert any(remark.startswith("the steps taken depend on the data") for remark in result.trace.remarks)


def test_what_cannot_be_repeated_is_told() -> None:
    lstm, clock = nn.LSTM(D, H, batch_first=True), random.Random(1)

    def program(x: Tensor) -> Tensor:
        return lstm(x)[0] + clock.random()

    noisy = random.SystemRandom()
    assert bf.audit(program, torch.randn(B, T, D), layout=LAYOUT).ok
    result = bf.audit(lambda x: lstm(x)[0] + noisy.random(), torch.randn(B, T, D), layout=LAYOUT)
    assert result.ok
    assert "two equal runs differ" in result.trace.remarks[0]


def test_dropout_and_random_states_are_no_influence() -> None:
    lstm = nn.LSTM(D, H, num_layers=2, dropout=0.5, batch_first=True)
    lstm.train()

    def program(x: Tensor) -> Tensor:
        state = torch.randn(2, B, H)
        return F.dropout(lstm(x, (state, state))[0])

    result = bf.audit(program, torch.randn(B, T, D), layout=LAYOUT)
    assert [found.code for found in result.findings] == ["BF209"]
    assert result.ok


def test_batch_norm_in_training_mode_may_mix() -> None:
    lstm, norm = nn.LSTM(D, H, batch_first=True), nn.BatchNorm1d(H).train()
    assert bf.audit(lambda x: norm(lstm(x)[0][:, -1]), torch.randn(B, T, D), layout=LAYOUT).ok


def test_a_model_of_the_last_step_may_be_meant() -> None:
    head = nn.Linear(D, 1)
    assert bf.audit(lambda x: head(x[:, -1]), torch.randn(B, T, D), layout=LAYOUT).ok
    cell = nn.GRU(D, H, batch_first=True)
    result = bf.audit(lambda x: cell(x[:, -1:])[0], torch.randn(B, T, D), layout=LAYOUT)
    assert result.findings[0].code == "BF411"


def test_samples_that_are_left_behind_are_told() -> None:
    gru = nn.GRU(D, H, batch_first=True)
    result = bf.audit(lambda x: gru(x[-1:])[0], torch.randn(B, T, D), layout=LAYOUT)
    assert result.findings[0].code == "BF410"


class Stacked(nn.Module):
    """Modules in lists and sequences, one of them used twice, the head tied to the embedding."""

    def __init__(self, batch_first: bool) -> None:
        super().__init__()
        self.embedding = nn.Embedding(9, H)
        self.before = nn.Sequential(nn.Linear(H, H), nn.ReLU(), nn.Dropout(0.5))
        self.layers = nn.ModuleList(nn.GRU(H, H, batch_first=batch_first) for _ in range(2))
        self.shared = nn.LSTM(H, H, batch_first=True)
        self.head = nn.Linear(H, 9, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, ids: Tensor) -> Tensor:
        x = self.before(self.embedding(ids))
        for layer in self.layers:
            x = x + layer(x)[0]
        return self.head(self.shared(self.shared(x)[0])[0])


def test_lists_of_modules_shared_modules_and_tied_weights() -> None:
    ids = torch.randint(0, 9, (B, T))
    assert bf.audit(Stacked(True), ids, layout="batch seq").ok
    wrong = bf.audit(Stacked(False), ids, layout="batch seq")
    assert wrong.findings[0].code == "BF101"
    assert wrong.findings[0].module == "layers.0"


def test_a_head_inside_a_sequence_is_named() -> None:
    class Last(nn.Module):
        def forward(self, given: tuple[Tensor, Any]) -> Tensor:
            return given[0][-1]

    model = nn.Sequential(nn.LSTM(D, H, batch_first=True), Last(), nn.Linear(H, 1))
    result = bf.audit(model, torch.randn(B, T, D), layout=LAYOUT)
    assert result.findings[0].code == "BF303"
    assert result.findings[0].location is not None
    assert result.findings[0].location.function.endswith("Last.forward")


@pytest.mark.parametrize("batch_first", [True, False])
def test_a_compiled_model_is_measured_as_it_is_written(batch_first: bool) -> None:
    model = nn.LSTM(D, H, batch_first=batch_first)
    compiled = torch.compile(lambda x: model(x)[0], backend="eager")
    result = bf.audit(compiled, torch.randn(B, T, D), layout=LAYOUT)
    assert result.ok is batch_first


def test_one_sample_and_one_step() -> None:
    result = bf.audit(nn.LSTM(D, H), torch.randn(1, 1, D), layout=LAYOUT)
    assert "the data have one step only: where time lies was not measured" in result.trace.remarks
    assert [found.code for found in result.findings] == ["BF103"]
