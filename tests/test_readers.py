"""The readers against an independent step-by-step computation of every layer, direction and sample."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

import batchfirst as bf
from batchfirst.model.errors import UsageError

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections is not supported:UserWarning")


def one_step(module: nn.RNNBase, suffix: str, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """One step of one cell, from the formulas of torch's documentation: the new h and c."""

    def weight(name: str) -> Tensor:
        return getattr(module, f"{name}_{suffix}")

    given, kept = x @ weight("weight_ih").T, h @ weight("weight_hh").T
    if module.bias:
        given, kept = given + weight("bias_ih"), kept + weight("bias_hh")
    if module.mode == "LSTM":
        i, f, g, o = (given + kept).chunk(4)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        return (weight("weight_hr") @ h if module.proj_size else h), c
    if module.mode == "GRU":
        (r_x, z_x, n_x), (r_h, z_h, n_h) = given.chunk(3), kept.chunk(3)
        n = (n_x + (r_x + r_h).sigmoid() * n_h).tanh()
        z = (z_x + z_h).sigmoid()
        return (1 - z) * n + z * h, c
    return ((given + kept).tanh() if module.mode == "RNN_TANH" else (given + kept).relu()), c


def by_hand(module: nn.RNNBase, sample: Tensor) -> tuple[Tensor, Tensor]:
    """The final h and c of one sample "seq features", each "layers directions hidden", step by step from zeros."""
    width = module.proj_size or module.hidden_size
    last_h, last_c = [], []
    steps = list(sample)
    for layer in range(module.num_layers):
        outputs = []
        for direction in range(2 if module.bidirectional else 1):
            h, c = sample.new_zeros(width), sample.new_zeros(module.hidden_size)
            told: list[Tensor] = []
            for x in steps if direction == 0 else reversed(steps):
                h, c = one_step(module, f"l{layer}" + "_reverse" * direction, x, h, c)
                told.append(h)
            last_h.append(h)
            last_c.append(c)
            outputs.append(told if direction == 0 else told[::-1])
        steps = [torch.cat(parts) for parts in zip(*outputs, strict=True)]
    shape = (module.num_layers, 2 if module.bidirectional else 1, -1)
    return torch.stack(last_h).reshape(shape), torch.stack(last_c).reshape(shape)


@st.composite
def modules(draw: st.DrawFn) -> nn.RNNBase:
    kind = draw(st.sampled_from((nn.LSTM, nn.GRU, nn.RNN)))
    hidden = draw(st.integers(1, 4))
    options: dict[str, Any] = {
        "num_layers": draw(st.integers(1, 3)),
        "bias": draw(st.booleans()),
        "batch_first": draw(st.booleans()),
        "bidirectional": draw(st.booleans()),
    }
    if kind is nn.LSTM:
        options["proj_size"] = draw(st.integers(0, hidden - 1))
    if kind is nn.RNN:
        options["nonlinearity"] = draw(st.sampled_from(("tanh", "relu")))
    return kind(draw(st.integers(1, 3)), hidden, **options).double()


def samples_of(module: nn.RNNBase, lengths: list[int]) -> Tensor:
    """Data "batch seq features", zero behind each sample's end."""
    x = torch.randn(len(lengths), max(lengths), module.input_size, dtype=torch.float64)
    for row, length in zip(x, lengths, strict=True):
        row[length:] = 0
    return x


def expect(module: nn.RNNBase, x: Tensor, lengths: list[int]) -> tuple[Tensor, Tensor]:
    """The final states of all samples by hand, "layers directions batch hidden"."""
    pairs = [by_hand(module, row[:length]) for row, length in zip(x, lengths, strict=True)]
    return torch.stack([h for h, _ in pairs], 2), torch.stack([c for _, c in pairs], 2)


def laid_out(module: nn.RNNBase, x: Tensor) -> Tensor:
    return x if module.batch_first else x.transpose(0, 1)


def same(given: Tensor, wanted: Tensor) -> None:
    assert given.shape == wanted.shape
    torch.testing.assert_close(given, wanted, rtol=1e-9, atol=1e-9)


some_lengths = st.lists(st.integers(1, 4), min_size=1, max_size=4)


@settings(max_examples=150)
@given(modules(), some_lengths, st.booleans())
def test_packed(module: nn.RNNBase, lengths: list[int], in_order: bool) -> None:
    lengths = sorted(lengths, reverse=True) if in_order else lengths
    x = samples_of(module, lengths)
    packed = pack_padded_sequence(laid_out(module, x), torch.tensor(lengths), module.batch_first, in_order)
    output, state = module(packed)
    h, c = expect(module, x, lengths)
    wanted = torch.cat(tuple(h[-1]), -1)
    h_n = state[0] if isinstance(state, tuple) else state
    same(bf.final_hidden(h_n, module), wanted)
    same(bf.final_hidden(state, module), wanted)
    same(bf.unstack_state(h_n, module), h)
    if isinstance(state, tuple):
        same(bf.unstack_state(state[1], module), c)
    same(bf.last_step(output, module), wanted)
    padded, told = pad_packed_sequence(output, module.batch_first)
    same(bf.last_step(padded, module, lengths), wanted)
    same(bf.last_step(padded, module, told), wanted)


@settings(max_examples=100)
@given(modules(), st.integers(1, 4), st.integers(1, 4))
def test_batched(module: nn.RNNBase, batch: int, seq: int) -> None:
    x = samples_of(module, [seq] * batch)
    output, state = module(laid_out(module, x))
    h, _ = expect(module, x, [seq] * batch)
    wanted = torch.cat(tuple(h[-1]), -1)
    same(bf.final_hidden(state, module), wanted)
    same(bf.last_step(output, module), wanted)
    assert torch.equal(bf.last_step(output, module), bf.last_step(output, module, [seq] * batch))


@settings(max_examples=60)
@given(modules(), st.integers(1, 4))
def test_unbatched(module: nn.RNNBase, seq: int) -> None:
    x = samples_of(module, [seq])
    output, state = module(x[0])
    h, _ = by_hand(module, x[0])
    same(bf.final_hidden(state, module), h[-1].flatten())
    same(bf.unstack_state(state[0] if isinstance(state, tuple) else state, module), h)
    same(bf.last_step(output, module), h[-1].flatten())
    same(bf.last_step(output, module, seq), h[-1].flatten())


@settings(max_examples=40)
@given(modules().filter(lambda module: not module.bidirectional), some_lengths)
def test_padded_but_not_packed_is_right_for_one_direction(module: nn.RNNBase, lengths: list[int]) -> None:
    x = samples_of(module, lengths)
    output, _ = module(laid_out(module, x))
    h, _ = expect(module, x, lengths)
    same(bf.last_step(output, module, lengths), h[-1, 0])


def test_gradient_flows_and_reaches_only_the_real_steps() -> None:
    gru = nn.GRU(2, 3, batch_first=True)
    x = torch.randn(2, 5, 2, requires_grad=True)
    output, h_n = gru(x)
    bf.last_step(output, gru, [2, 5]).sum().backward()
    assert x.grad is not None
    reached = x.grad.abs().sum(-1) > 0
    assert reached.tolist() == [[True, True, False, False, False], [True] * 5]
    assert bf.final_hidden(h_n, gru).requires_grad
    assert bf.unstack_state(h_n, gru)._base is not None


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_inside_a_compiled_function() -> None:
    gru = nn.GRU(2, 3, num_layers=2, bidirectional=True, batch_first=True)
    output, h_n = gru(torch.randn(4, 5, 2))
    lengths = torch.tensor([5, 2, 1, 4])

    def read(output: Tensor, h_n: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
        return bf.last_step(output, gru, lengths), bf.final_hidden(h_n, gru), bf.unstack_state(h_n, gru)

    # torch itself takes an RNN into a full graph only with this setting.
    with torch._dynamo.config.patch(allow_rnn=True):
        compiled = torch.compile(read, backend="eager", fullgraph=True)(output, h_n, lengths)
    for one, other in zip(compiled, read(output, h_n, lengths), strict=True):
        assert torch.equal(one, other)


LSTM = nn.LSTM(8, 16, num_layers=2, bidirectional=True, batch_first=True)
PROJECTED = nn.LSTM(8, 16, num_layers=2, proj_size=4)
OUTPUT, STATE = LSTM(torch.randn(5, 30, 8))
PACKED: PackedSequence = LSTM(pack_padded_sequence(torch.randn(5, 30, 8), torch.tensor([30, 9, 8, 8, 1]), True))[0]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: bf.final_hidden(OUTPUT, LSTM),
         "h_n=(5, 30, 32) is not valid; accepted: (layers*directions 4, batch, hidden 16), unbatched "
         "(layers*directions 4, hidden 16) of LSTM(8, 16, num_layers=2, batch_first=True, bidirectional=True)"),
        (lambda: bf.final_hidden(LSTM(torch.randn(5, 30, 8)), LSTM),
         "h_n='((5, 30, 32), ((4, 5, 16), (4, 5, 16)))' is not valid; accepted: one tensor (layers*directions 4"),
        (lambda: bf.final_hidden(STATE[0].transpose(0, 1), LSTM), "h_n=(5, 4, 16) is not valid"),
        (lambda: bf.final_hidden(torch.zeros(2, 5, 16), PROJECTED), "h_n=(2, 5, 16) is not valid; accepted: "
         "(layers*directions 2, batch, hidden 4)"),
        (lambda: bf.final_hidden((STATE[0], torch.zeros(4, 5, 15)), LSTM), "c_n=(4, 5, 15) is not valid"),
        (lambda: bf.final_hidden(None, LSTM), "h_n='NoneType' is not valid; accepted: one tensor"),
        (lambda: bf.unstack_state(STATE, LSTM), "h_n='((4, 5, 16), (4, 5, 16))' is not valid; accepted: one tensor"),
        (lambda: bf.unstack_state(torch.zeros(2, 5, 8), PROJECTED),
         "accepted: (layers*directions 2, batch, hidden 4 or 16)"),
        (lambda: bf.last_step(STATE[0], LSTM),
         "output=(4, 5, 16) is not valid; accepted: "
         "(batch, seq, directions*hidden), unbatched (seq, directions*hidden 32)"),
        (lambda: bf.last_step((OUTPUT, STATE), LSTM), "output='((5, 30, 32), ((4, 5, 16), (4, 5, 16)))' is not valid"),
        (lambda: bf.last_step(PACKED, LSTM, [1, 2]),
         "lengths=[1, 2] is not valid; accepted: None: a PackedSequence brings"),
        (lambda: bf.last_step(PACKED, PROJECTED),
         "output=(56, 32) is not valid; accepted: "
         "(sum(lengths), directions*hidden 4) of LSTM(8, 16, num_layers=2, proj_size=4)"),
        (lambda: bf.last_step(OUTPUT, LSTM, [30, 30]),
         "lengths='(2,)' is not valid; accepted: 5 whole numbers, one per sample, from 1 to 30"),
        (lambda: bf.last_step(OUTPUT, LSTM, [30, 0, 1, 1, 1]), "lengths=[30, 0, 1, 1, 1] is not valid"),
        (lambda: bf.last_step(OUTPUT, LSTM, [31, 1, 1, 1, 1]), "lengths=[31, 1, 1, 1, 1] is not valid"),
        (lambda: bf.last_step(OUTPUT, LSTM, [1.5] * 5), "lengths=[1.5, 1.5, 1.5, 1.5, 1.5] is not valid"),
        (lambda: bf.last_step(OUTPUT[:, :0], LSTM), "output=(5, 0, 32) is not valid; accepted: at least one step"),
        (lambda: bf.final_hidden(STATE, nn.LSTMCell(8, 16)),
         "lstm='LSTMCell' is not valid; accepted: LSTM, GRU or RNN"),
        (lambda: bf.final_hidden(STATE, nn.Linear(8, 16)),
         "module='Linear' is not valid; accepted: a module of kind LSTM"),
    ],
)  # fmt: skip
def test_bad_input(call: Any, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        call()
    assert told in str(caught.value)
