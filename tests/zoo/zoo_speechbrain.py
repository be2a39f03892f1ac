"""SpeechBrain: "This model expects 3-dimensional input [batch, time, feats]" (CRDNN.py); lengths are relative."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from speechbrain.lobes.models.CRDNN import CRDNN
from speechbrain.lobes.models.dual_path import Dual_Path_Model, SBRNNBlock
from speechbrain.nnet.RNN import GRU, LSTM, RNN, AttentionalRNNDecoder, LiGRU, QuasiRNN, SLiGRU
from torch import nn

from model import Entry, Made

PACKAGE = "speechbrain"
BATCH, STEPS, FEATURES = 5, 9, 6
ONE = "batch seq features"


def plain(build: Callable[[], nn.Module], train: bool = False) -> Made:
    return Made(build().train(train), (torch.randn(BATCH, STEPS, FEATURES),))


def with_lengths(cls: Any) -> Made:
    model = cls(5, input_size=FEATURES, num_layers=2, bidirectional=True).eval()
    return Made(model, (torch.randn(BATCH, STEPS, FEATURES),), dict(lengths=torch.tensor([0.5, 1.0, 0.8, 0.3, 0.7])))


def output_only(build: Callable[[], nn.Module]) -> Made:
    model = build().eval()
    return Made(lambda x: model(x)[0], (torch.randn(BATCH, STEPS, FEATURES),))


def crdnn(**options: Any) -> Made:
    model = CRDNN(
        input_size=FEATURES * 4, cnn_channels=(4, 6), rnn_layers=2, rnn_neurons=5, dnn_blocks=1, dnn_neurons=7,
        **options,
    )  # fmt: skip
    return Made(model.eval(), (torch.randn(BATCH, 12, FEATURES * 4),))


def decoder(attention: str) -> Made:
    model = AttentionalRNNDecoder("gru", attention, 5, 5, 2, enc_dim=FEATURES, input_size=3, channels=3, kernel_size=3)
    inputs = (torch.randn(BATCH, 5, 3), torch.randn(BATCH, STEPS, FEATURES), torch.tensor([1.0, 0.7, 0.9, 0.5, 0.6]))
    return Made(model.eval(), inputs)


def dual_path() -> Made:
    blocks = [SBRNNBlock(6, 4, 1, bidirectional=True) for _ in range(2)]
    model = Dual_Path_Model(FEATURES, 6, *blocks, num_layers=2, norm="ln", K=4, num_spks=2)
    return Made(model.eval(), (torch.randn(BATCH, FEATURES, 24),))


LIGRU = partial(LiGRU, 5, (BATCH, STEPS, FEATURES), bidirectional=True, num_layers=2, normalization="layernorm")
QRNN = partial(QuasiRNN, 5, input_size=FEATURES, num_layers=1, bidirectional=False)


def ligru_state_of_others() -> str:
    """h is (layers * directions, batch, hidden) by its shape; sample 0's entry must not change with the others."""
    torch.manual_seed(0)
    model = LIGRU().eval()
    x = torch.randn(BATCH, STEPS, FEATURES)
    with torch.no_grad():
        before = model(x)[1]
        x[1:] = torch.randn_like(x[1:])
        after = model(x)[1]
    moved = float((before - after)[:, 0].abs().max())
    assert before.shape == (4, BATCH, 5)
    assert moved > 1e-4, "the state of sample 0 is its own"
    return f"h[:, 0] of {tuple(before.shape)} moves by {moved:.2g} when only the other samples are replaced"


def qrnn_state_of_others() -> str:
    """Nothing in the returned state changes with any sample but the last one."""
    torch.manual_seed(0)
    model = QRNN().eval()
    x = torch.randn(BATCH, STEPS, FEATURES)
    with torch.no_grad():
        before = model(x)[1]
        x[:-1] = torch.randn_like(x[:-1])
        after = model(x)[1]
    assert torch.equal(before, after), "the state depends on every sample"
    return f"the state {tuple(before.shape)} is that of the last sample at every step: all others replaced, unchanged"


ENTRIES = [
    *(Entry(f"{cls.__name__}, lengths", partial(with_lengths, cls), [ONE, None]) for cls in (RNN, LSTM, GRU)),
    Entry("CRDNN, LSTM", crdnn, ONE),
    Entry("CRDNN, GRU, pooled", partial(crdnn, rnn_class=GRU, time_pooling=True), ONE),
    Entry("AttentionalRNNDecoder, content", partial(decoder, "content"), [ONE, ONE, None]),
    Entry("AttentionalRNNDecoder, location", partial(decoder, "location"), [ONE, ONE, None]),
    Entry("Dual_Path_Model, RNN", dual_path, "batch features seq", note="chunks of time folded into the batch"),
    Entry("LiGRU", partial(plain, partial(LiGRU, 5, (BATCH, STEPS, FEATURES), num_layers=2)), ONE),
    Entry("LiGRU, bidirectional, output", partial(output_only, LIGRU), ONE, note="directions folded into the batch"),
    Entry(
        "SLiGRU, bidirectional, output",
        partial(output_only, partial(SLiGRU, 5, (BATCH, STEPS, FEATURES), bidirectional=True)), ONE,
    ),
    Entry("QuasiRNN, output", partial(output_only, partial(QRNN, bidirectional=True)), ONE),
    Entry(
        "LiGRU, bidirectional, with its state", partial(plain, LIGRU), ONE, proven=ligru_state_of_others,
        codes=("BF301", "BF401"), note="h.reshape(layers * 2, batch, hidden) of (batch, layers, 2 * hidden)",
    ),
    Entry(
        "QuasiRNN, with its state", partial(plain, QRNN), ONE, proven=qrnn_state_of_others, codes=("BF303", "BF410"),
        note="c[-1] taken after c went back to batch first",
    ),
]  # fmt: skip
