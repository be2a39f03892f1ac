"""neuralforecast: its modules read a dictionary of windows, "insample_y  # [B, seq_len, 1]" and so on (lstm.py)."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

import torch
from neuralforecast.losses.pytorch import DistributionLoss
from neuralforecast.models import GRU, LSTM, RNN, TFT, DeepAR, DilatedRNN

from model import Entry, Made

logging.disable(logging.INFO)
PACKAGE = "neuralforecast"
STEPS, HORIZON, BATCH = 12, 4, 5
LAYOUT = {
    "0/insample_y": "batch seq features",
    "0/hist_exog": "batch seq features",
    "0/futr_exog": "batch seq features",
    "0/stat_exog": "batch features",
}
EXOGENOUS = dict(hist_exog_list=["a", "b"], futr_exog_list=["c"], stat_exog_list=["s", "t"])


def made(model: Any, batch: int, steps: int, train: bool) -> Made:
    model.train(train)
    windows = dict(
        insample_y=torch.randn(batch, steps, 1),
        insample_mask=torch.ones(batch, steps, 1),
        hist_exog=torch.randn(batch, steps, 2),
        futr_exog=torch.randn(batch, steps if isinstance(model, DeepAR) else steps + HORIZON, 1),
        stat_exog=torch.randn(batch, 2),
    )
    return Made(model, (windows,))


def plain(cls: Any, train: bool = False, **options: Any) -> Made:
    model = cls(h=HORIZON, input_size=STEPS, max_steps=1, **(EXOGENOUS | options))
    return made(model, BATCH, STEPS, train)


SMALL = dict(encoder_hidden_size=16, decoder_hidden_size=12)
ENTRIES = [
    Entry("LSTM, direct", partial(plain, LSTM, **SMALL), LAYOUT),
    Entry("LSTM, direct", partial(plain, LSTM, True, encoder_dropout=0.2, **SMALL), LAYOUT, "train"),
    Entry("LSTM, recurrent", partial(plain, LSTM, recurrent=True, **SMALL), LAYOUT),
    Entry("GRU, direct", partial(plain, GRU, **SMALL), LAYOUT),
    Entry("RNN, direct", partial(plain, RNN, **SMALL), LAYOUT),
    *(
        Entry(
            f"DilatedRNN, {cell}",
            partial(plain, DilatedRNN, cell_type=cell, dilations=[[1, 2], [4, 8]], **SMALL), LAYOUT,
            note="folds every second, fourth step into the batch and back",
        )
        for cell in ("LSTM", "GRU", "RNN", "ResLSTM")  # "AttentiveLSTM" raises by itself in 3.3.0
    ),
    Entry(
        "DeepAR",
        partial(
            plain, DeepAR, lstm_hidden_size=16, decoder_hidden_size=8, hist_exog_list=None,
            loss=DistributionLoss("StudentT", level=[80]), trajectory_samples=4,
        ), LAYOUT,
    ),
    Entry("TFT, LSTM", partial(plain, TFT, hidden_size=16, n_head=2), LAYOUT),
    Entry("TFT, GRU", partial(plain, TFT, True, hidden_size=16, n_head=2, rnn_type="gru"), LAYOUT, "train"),
]  # fmt: skip
