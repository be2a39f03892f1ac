"""Asteroid: separation of sources; waveforms are (batch, time), features (batch, freq, seq) (models, masknn)."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from asteroid.masknn.recurrent import DPRNN, LSTMMasker
from asteroid.models import DPRNNTasNet, DPTNet, LSTMTasNet

from model import Entry, Made

PACKAGE = "asteroid"
SMALL = dict(n_filters=16, kernel_size=4, chunk_size=6, n_repeats=2)


def separator(cls: Any, train: bool = False, **options: Any) -> Made:
    return Made(cls(n_src=2, **options).train(train), (torch.randn(3, 64),))


def dprnn(**options: Any) -> Made:
    model = DPRNN(8, 2, bn_chan=8, hid_size=6, chunk_size=6, n_repeats=2, **options)
    return Made(model.eval(), (torch.randn(3, 8, 20),))


def masker() -> Made:
    return Made(LSTMMasker(8, 2, hid_size=6, n_layers=2).eval(), (torch.randn(3, 8, 20),))


ENTRIES = [
    Entry("DPRNNTasNet", partial(separator, DPRNNTasNet, bn_chan=8, hid_size=6, **SMALL), "batch seq"),
    Entry("DPRNNTasNet", partial(separator, DPRNNTasNet, True, bn_chan=8, hid_size=6, **SMALL), "batch seq", "train"),
    Entry(
        "DPRNN, causal norm, one direction", partial(dprnn, norm_type="cLN", bidirectional=False), "batch features seq",
        note="rows and columns of chunks folded into the batch",
    ),
    Entry("DPRNN, MulCat", partial(dprnn, use_mulcat=True), "batch features seq"),
    Entry("DPTNet", partial(separator, DPTNet, n_heads=2, ff_hid=6, **SMALL), "batch seq"),
    Entry(
        "LSTMTasNet", partial(separator, LSTMTasNet, n_filters=16, kernel_size=4, hid_size=6, n_layers=2), "batch seq"
    ),
    Entry("LSTMMasker", masker, "batch features seq"),
]  # fmt: skip
