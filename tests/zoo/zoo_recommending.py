"""DeepCTR-Torch: DIEN over a history of ids, (batch, columns) in one matrix as `DIEN.forward` documents."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from deepctr_torch.inputs import DenseFeat, SparseFeat, VarLenSparseFeat, get_feature_names
from deepctr_torch.models.dien import DIEN, InterestEvolving, InterestExtractor

from model import Entry, Made

PACKAGE = "deepctr-torch"
BATCH, STEPS = 5, 6


def dien(gru: str) -> Made:
    columns = [
        SparseFeat("user", 4, embedding_dim=4), SparseFeat("item_id", 9, embedding_dim=4),
        DenseFeat("pay_score", 1),
        VarLenSparseFeat(
            SparseFeat("hist_item_id", 9, embedding_dim=4, embedding_name="item_id"), maxlen=STEPS, length_name="length"
        ),
    ]  # fmt: skip
    model = DIEN(columns, ["item_id"], gru_type=gru, dnn_hidden_units=(8,), init_std=0.3).eval()
    x = torch.zeros(BATCH, max(stop for _, stop in model.feature_index.values()))
    lengths = torch.tensor([4, 0, 6, 2, 5])
    for name in get_feature_names(columns):
        start, stop = model.feature_index[name]
        x[:, start:stop] = dict(
            user=torch.randint(1, 4, (BATCH, 1)), item_id=torch.randint(1, 9, (BATCH, 1)),
            pay_score=torch.rand(BATCH, 1), hist_item_id=torch.randint(1, 9, (BATCH, STEPS)), length=lengths[:, None],
        )[name]  # fmt: skip
    return Made(model, (x,))


def evolving(gru: str) -> Made:
    model = InterestEvolving(4, gru_type=gru, init_std=0.3).eval()
    return Made(model, (torch.randn(BATCH, 4), torch.randn(BATCH, STEPS, 4), torch.tensor([4, 1, 6, 2, 5])))


def extractor() -> Made:
    model = InterestExtractor(4, init_std=0.3).eval()
    inputs = (torch.randn(BATCH, STEPS, 4), torch.tensor([4, 0, 6, 2, 5]))
    return Made(lambda keys, lengths: model(keys, lengths)[0], inputs)


EVOLVING = ["batch features", "batch seq features", None]
KINDS: tuple[Any, ...] = ("GRU", "AIGRU", "AGRU", "AUGRU")
ENTRIES = [
    Entry("InterestExtractor", extractor, ["batch seq features", None], note="samples without history are left out"),
    *(Entry(f"InterestEvolving, {k}", partial(evolving, k), EVOLVING) for k in KINDS),
    *(Entry(f"DIEN, {k}", partial(dien, k), "batch features", note="lengths are a column of the data") for k in KINDS),
]  # fmt: skip
