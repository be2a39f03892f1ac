"""tsai: every model takes "[batch_size x n_vars x seq_len]" (models/RNN.py)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from proofs import same, samples_mix
from tsai.models.RNN import GRU, LSTM
from tsai.models.RNN_FCN import LSTM_FCN, MGRU_FCN
from tsai.models.RNNAttention import LSTMAttention
from tsai.models.RNNPlus import GRUPlus, LSTMPlus
from tsai.models.TransformerRNNPlus import TransformerLSTMPlus
from tsai.models.TSSequencerPlus import TSSequencerPlus

from model import Entry, Made

PACKAGE = "tsai"
BATCH, VARIABLES, STEPS = 5, 3, 12
LAYOUT = "batch features seq"


def made(cls: Any, train: bool = False, **options: Any) -> Made:
    return Made(cls(VARIABLES, 2, **options).train(train), (torch.randn(BATCH, VARIABLES, STEPS),))


def sequencer() -> Made:
    return made(TSSequencerPlus, seq_len=STEPS, d_model=8, depth=2)


def transformer() -> Made:
    return made(TransformerLSTMPlus, seq_len=STEPS, d_model=8, nhead=2)


def mixes(build: Callable[[], Made]) -> str:
    torch.manual_seed(0)
    return samples_mix(build().program, torch.randn(BATCH, VARIABLES, STEPS))


def reverse_read_at_its_first_step() -> str:
    torch.manual_seed(0)
    model = made(LSTM, bidirectional=True, hidden_size=6).program
    x = torch.randn(BATCH, VARIABLES, STEPS)

    def one_step() -> torch.Tensor:  # the reverse half from the last step alone
        return model.rnn(x.transpose(1, 2)[:, -1:])[0][:, 0, 6:]

    return same(
        lambda: model.rnn(x.transpose(1, 2))[0][:, -1, 6:], one_step,
        "the reverse half of what the head reads is the same when every step but the last is left out",
    )  # fmt: skip


ENTRIES = [
    Entry("LSTM", partial(made, LSTM, n_layers=2, hidden_size=6), LAYOUT),
    Entry("GRU", partial(made, GRU, True, hidden_size=6, fc_dropout=0.1), LAYOUT, "train"),
    Entry("LSTMPlus", partial(made, LSTMPlus, hidden_size=[6, 4]), LAYOUT),
    Entry("GRUPlus", partial(made, GRUPlus, hidden_size=6, n_layers=2), LAYOUT),
    Entry("LSTM_FCN, unshuffled", partial(made, LSTM_FCN, shuffle=False, hidden_size=6), LAYOUT),
    Entry(
        "LSTM_FCN", partial(made, LSTM_FCN, seq_len=STEPS, hidden_size=6), LAYOUT,
        note="runs along the variables on purpose: \"dimension shuffle\" of the paper",
    ),
    Entry("MGRU_FCN", partial(made, MGRU_FCN, True, seq_len=STEPS, hidden_size=6), LAYOUT, "train"),
    Entry("LSTMAttention", partial(made, LSTMAttention, seq_len=STEPS, hidden_size=8, n_heads=2, d_ff=8), LAYOUT),
    Entry(
        "LSTM, bidirectional", partial(made, LSTM, bidirectional=True, hidden_size=6), LAYOUT,
        proven=reverse_read_at_its_first_step, codes=("BF305",), note="output[:, -1] of both directions",
    ),
    Entry(
        "TSSequencerPlus", sequencer, LAYOUT, proven=partial(mixes, sequencer), codes=("BF101",),
        note="nn.LSTM without batch_first on (batch, d_model, q_len)",
    ),
    Entry(
        "TransformerLSTMPlus", transformer, LAYOUT, proven=partial(mixes, transformer), codes=("BF408", "BF101"),
        note="batch_first=True attention is given (seq, batch, d_model), and the LSTM behind it (batch, seq, d_model)",
    ),
]  # fmt: skip
