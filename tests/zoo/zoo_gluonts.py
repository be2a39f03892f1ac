"""GluonTS (torch): `describe_inputs` of each module gives names and shapes, (batch_size, past_length[, features])."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from gluonts.torch.distributions import QuantileOutput
from gluonts.torch.model.deepar.module import DeepARModel
from gluonts.torch.model.tft.module import TemporalFusionTransformerModel

from model import Entry, Made

PACKAGE = "gluonts"
BATCH = 4
SERIES = "batch seq"
FEATURES = "batch seq features"


def made(module: Any, call: Any = None) -> Made:
    inputs: dict[str, Any] = {}
    for name, one in module.describe_inputs(BATCH).data.items():
        inputs[name] = torch.zeros(one.shape, dtype=one.dtype)
        if one.dtype.is_floating_point and 0 not in one.shape:
            inputs[name] = torch.ones(one.shape) if "observed" in name else torch.randn(one.shape)
    return Made(call or module, (), inputs)


def deepar(samples: bool, train: bool = False) -> Made:
    module = DeepARModel("D", 8, 3, num_layers=2, hidden_size=6, lags_seq=[1, 2], num_parallel_samples=4).train(train)
    if samples:
        return made(module)
    plain = made(module)
    inputs = dict(plain.kwargs) | dict(future_target=torch.randn(BATCH, 3), future_observed_values=torch.ones(BATCH, 3))
    return Made(module.loss, (), inputs)


def tft(train: bool = False) -> Made:
    module = TemporalFusionTransformerModel(
        8, 3, d_feat_static_real=[2], c_feat_static_cat=[3], d_feat_dynamic_real=[2], d_past_feat_dynamic_real=[1],
        c_past_feat_dynamic_cat=[2], num_heads=2, d_hidden=8, d_var=8, distr_output=QuantileOutput([0.1, 0.5, 0.9]),
    )  # fmt: skip
    return made(module.train(train))


DEEPAR = {
    "past_target": SERIES, "past_time_feat": FEATURES, "future_time_feat": FEATURES,
    "feat_static_real": "batch features",
}  # fmt: skip
ENTRIES = [
    Entry("DeepARModel, drawn paths", partial(deepar, True), DEEPAR, note="paths folded into the batch, lags, state"),
    Entry("DeepARModel, loss per sample", partial(deepar, False, True), DEEPAR | {"future_target": SERIES}, "train"),
    Entry(
        "TemporalFusionTransformer", tft,
        {"past_target": SERIES, "feat_dynamic_real": FEATURES, "past_feat_dynamic_real": FEATURES},
    ),
    Entry(
        "TemporalFusionTransformer", partial(tft, True),
        {"past_target": SERIES, "feat_dynamic_real": FEATURES, "past_feat_dynamic_real": FEATURES}, "train",
    ),
]  # fmt: skip
