"""pytorch-forecasting: dictionaries of "encoder_cont: batch_size x max_encoder_length x n_reals" (timeseries docs)."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from proofs import samples_mix
from pytorch_forecasting import DeepAR, RecurrentNetwork, TemporalFusionTransformer, TimeSeriesDataSet
from pytorch_forecasting.data import NaNLabelEncoder
from pytorch_forecasting.metrics import SMAPE, NormalDistributionLoss
from pytorch_forecasting.models.xlstm import xLSTMTime
from torch import Tensor

from model import Entry, Made

logging.disable(logging.WARNING)
PACKAGE = "pytorch-forecasting"
LAYOUT = {
    "0/encoder_cont": "batch seq features", "0/decoder_cont": "batch seq features",
    "0/encoder_cat": "batch seq features", "0/decoder_cat": "batch seq features",
    "0/target_scale": "batch features",
}  # fmt: skip
REALS_ONLY = {"0/encoder_cont": "batch seq features"}


def dataset(covariates: bool, variable: bool) -> TimeSeriesDataSet:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        dict(
            time=np.tile(np.arange(40), 4), group=np.repeat(list("abcd"), 40),
            value=random.normal(size=160) + 5, known=random.normal(size=160), seen=random.normal(size=160),
        )
    )  # fmt: skip
    options: dict[str, Any] = {}
    if covariates:
        encoders = {"group": NaNLabelEncoder().fit(frame.group)}
        options = dict(static_categoricals=["group"], categorical_encoders=encoders)
    return TimeSeriesDataSet(
        frame, time_idx="time", target="value", group_ids=["group"], max_encoder_length=10,
        min_encoder_length=4 if variable else 10, max_prediction_length=4, min_prediction_length=4,
        time_varying_known_reals=["known"], time_varying_unknown_reals=["value"], randomize_length=None, **options,
    )  # fmt: skip


def made(cls: Any, train: bool = False, variable: bool = False, covariates: bool = True, **options: Any) -> Made:
    data = dataset(covariates, variable)
    model = cls.from_dataset(data, **options).train(train)
    x, _ = next(iter(data.to_dataloader(train=False, batch_size=64 if variable else 5, shuffle=variable)))
    if variable:  # five windows, of several lengths
        order = x["encoder_lengths"].argsort()
        chosen = order[torch.linspace(0, len(order) - 1, 5).long()][torch.tensor([2, 0, 4, 1, 3])]
        x = {name: value[chosen] if isinstance(value, Tensor) else value for name, value in x.items()}
    return Made(model, (x,))


def xlstm(kind: str) -> Made:
    model = xLSTMTime(input_size=2, hidden_size=8, output_size=3, xlstm_type=kind, decomposition_kernel=3, loss=SMAPE())
    for name, parameter in model.named_parameters():
        if ".ln_" in name:  # freshly made, mLSTM's normalised keys sum to zero, and nothing of its input gets through
            torch.nn.init.normal_(parameter, 1.0, 0.5)
    return Made(model.eval(), (dict(encoder_cont=torch.randn(5, 10, 2)),))


def xlstm_mixes(kind: str) -> str:
    torch.manual_seed(0)
    program = xlstm(kind).program
    return samples_mix(lambda x: program(dict(encoder_cont=x))["prediction"], torch.randn(5, 10, 2))


ENTRIES = [
    Entry("RecurrentNetwork, LSTM", partial(made, RecurrentNetwork, hidden_size=8, rnn_layers=2), LAYOUT),
    Entry("RecurrentNetwork, GRU", partial(made, RecurrentNetwork, cell_type="GRU", hidden_size=8), LAYOUT),
    Entry(
        "RecurrentNetwork, LSTM, several lengths",
        partial(made, RecurrentNetwork, variable=True, hidden_size=8, rnn_layers=2), LAYOUT,
        note="packed with enforce_sorted=False, zero-length encoders handled apart",
    ),
    Entry("DeepAR", partial(made, DeepAR, hidden_size=8, loss=NormalDistributionLoss()), LAYOUT),
    Entry("DeepAR", partial(made, DeepAR, True, hidden_size=8, loss=NormalDistributionLoss()), LAYOUT, "train"),
    Entry(
        "DeepAR, several lengths", partial(made, DeepAR, variable=True, hidden_size=8, loss=NormalDistributionLoss()),
        LAYOUT,
    ),
    Entry("TemporalFusionTransformer", partial(made, TemporalFusionTransformer, hidden_size=8), LAYOUT),
    Entry(
        "TemporalFusionTransformer, several lengths",
        partial(made, TemporalFusionTransformer, True, variable=True, hidden_size=8), LAYOUT, "train",
    ),
    *(
        Entry(
            f"xLSTMTime, {kind}", partial(xlstm, kind), REALS_ONLY, proven=partial(xlstm_mixes, kind),
            codes=("BF402", "BF407"), note="InstanceNorm1d over (1, outputs, batch): its statistics run over the batch",
        )
        for kind in ("slstm", "mlstm")
    ),
]  # fmt: skip
