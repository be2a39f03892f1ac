"""darts: "x of shape (batch_size, input_length, input_size)" (rnn_model.py, block_rnn_model.py, tft_model.py)."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

import numpy as np
import torch
from darts import TimeSeries
from darts.models import BlockRNNModel, RNNModel, TFTModel

from model import Entry, Made

logging.disable(logging.WARNING)
PACKAGE = "u8darts"
STEPS, HORIZON, BATCH = 10, 4, 5
PAST = {"0/0": "batch seq features"}
BOTH = {"0/0": "batch seq features", "0/1": "batch seq features"}
TRAINER = dict(
    n_epochs=1, pl_trainer_kwargs=dict(accelerator="cpu", enable_progress_bar=False, logger=False, max_steps=1)
)


def series(columns: int, seed: int) -> TimeSeries:
    return TimeSeries.from_values(np.random.default_rng(seed).normal(size=(60, columns)).astype("float32"))


def made(forecaster: Any, train: bool, past: dict[str, Any], x: tuple[torch.Tensor | None, ...]) -> Made:
    forecaster.fit(series(2, 0), **past)  # one step: only to have darts build the module itself
    module = forecaster.model
    module.train(train)
    return Made(module, (x,))


def rnn(kind: str, train: bool = False) -> Made:
    model = RNNModel(STEPS, kind, 12, 2, dropout=0.1, training_length=STEPS + HORIZON, **TRAINER)
    x = (torch.randn(BATCH, STEPS, 3), None, None)
    return made(model, train, dict(future_covariates=series(1, 1)), x)


def block(kind: str, horizon: int) -> Made:
    model = BlockRNNModel(STEPS, horizon, model=kind, hidden_dim=12, n_rnn_layers=2, **TRAINER)
    return made(model, False, dict(past_covariates=series(1, 1)), (torch.randn(BATCH, STEPS, 3), None, None))


def tft(train: bool = False) -> Made:
    model = TFTModel(STEPS, HORIZON, hidden_size=8, num_attention_heads=2, **TRAINER)
    x = (torch.randn(BATCH, STEPS, 3), torch.randn(BATCH, HORIZON, 1), None)
    return made(model, train, dict(future_covariates=series(1, 1)), x)


ENTRIES = [
    *(Entry(f"RNNModel, {kind}", partial(rnn, kind), PAST) for kind in ("LSTM", "GRU")),
    Entry("RNNModel, RNN", partial(rnn, "RNN", True), PAST, "train"),
    Entry("BlockRNNModel, LSTM", partial(block, "LSTM", HORIZON), PAST),
    Entry(
        "BlockRNNModel, GRU, longer horizon", partial(block, "GRU", STEPS + 3), PAST,
        note="a linear layer along time",
    ),
    Entry("TFTModel", partial(tft), BOTH),
    Entry("TFTModel", partial(tft, True), BOTH, "train"),
]  # fmt: skip
