"""PyPOTS: imputation, classification and clustering of series with gaps; X is [n_samples, n_steps, n_features]."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from pypots.data.utils import parse_delta
from pypots.imputation.grud.core import _GRUD as ImputingGRUD
from pypots.nn.modules.brits import BackboneBRITS
from pypots.nn.modules.crli import BackboneCRLI
from pypots.nn.modules.grud import BackboneGRUD
from pypots.nn.modules.loss import MAE, MSE
from pypots.nn.modules.mrnn import BackboneMRNN
from pypots.nn.modules.segrnn import BackboneSegRNN
from pypots.nn.modules.usgan import BackboneUSGAN
from pypots.nn.modules.vader import BackboneVaDER
from torch import Tensor, nn

from model import Entry, Made

PACKAGE = "pypots"
BATCH, STEPS, FEATURES = 5, 8, 3
ONE = "batch seq features"
BOTH = {"0/forward/*": ONE, "0/backward/*": ONE}


def gaps() -> tuple[Tensor, Tensor, Tensor]:
    mask = (torch.rand(BATCH, STEPS, FEATURES) > 0.3).float()
    return torch.randn(BATCH, STEPS, FEATURES) * mask, mask, parse_delta(mask)


def both_ways() -> dict[str, Any]:
    x, mask, delta = gaps()
    forward = dict(X=x, missing_mask=mask, deltas=delta)
    flipped = mask.flip(1)
    return dict(forward=forward, backward=dict(X=x.flip(1), missing_mask=flipped, deltas=parse_delta(flipped)))


def bidirectional(build: Callable[[], nn.Module], train: bool = False) -> Made:
    return Made(build().train(train), (both_ways(),))


def grud() -> dict[str, Tensor]:
    x, mask, delta = gaps()
    return dict(X=x, missing_mask=mask, deltas=delta, empirical_mean=x.mean((0, 1)), X_filledLOCF=x)


def classifying_grud() -> Made:
    model, head = BackboneGRUD(STEPS, FEATURES, 6).eval(), nn.Linear(6, 2)
    return Made(lambda inputs: head(model(**inputs)[1]).softmax(1), (grud(),))


def imputing_grud() -> Made:
    return Made(ImputingGRUD(STEPS, FEATURES, 6, MAE(), MSE()).eval(), (grud(),))


def crli(cell: str = "GRU") -> Made:
    x, mask, _ = gaps()
    return Made(BackboneCRLI(STEPS, FEATURES, 2, 6, None, cell).eval(), (x, mask))


def crli_backward_reads_forward() -> str:
    """Results of the backward direction at step t must not depend on steps before t."""
    model = BackboneCRLI(STEPS, FEATURES, 1, 6, None).eval()
    x, mask = torch.randn(2, STEPS, FEATURES), torch.ones(2, STEPS, FEATURES)
    with torch.no_grad():
        before = model.generator.b_rnn(x, mask)[0].flip(1)  # as CrliGenerator.forward has it
        x[:, 0] += 1
        after = model.generator.b_rnn(x, mask)[0].flip(1)
    moved = [step for step in range(STEPS) if not torch.equal(before[:, step], after[:, step])]
    assert STEPS - 1 in moved, "the backward cells run backwards"
    return f"a change of step 0 moves the backward direction's results at steps {moved}: it was fed forward data"


def segrnn() -> Made:
    return Made(BackboneSegRNN(STEPS, FEATURES, 4, seg_len=2, d_model=8).eval(), (torch.randn(BATCH, STEPS, FEATURES),))


def vader() -> Made:
    x, mask, _ = gaps()
    model = BackboneVaDER(STEPS, FEATURES, 2, 6, 3).eval()
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.3)  # GMMLayer leaves its own uninitialised
    return Made(model, (x, mask))


STATIC = {f"0/{key}": ONE for key in ("X", "missing_mask", "deltas", "X_filledLOCF")}
ENTRIES = [
    Entry("BRITS", partial(bidirectional, partial(BackboneBRITS, STEPS, FEATURES, 6)), BOTH),
    Entry("BRITS", partial(bidirectional, partial(BackboneBRITS, STEPS, FEATURES, 6), True), BOTH, "train"),
    Entry("M-RNN", partial(bidirectional, partial(BackboneMRNN, STEPS, FEATURES, 6)), BOTH),
    Entry("GRU-D, imputing", imputing_grud, STATIC),
    Entry("GRU-D, classifying", classifying_grud, STATIC),
    Entry("US-GAN", partial(bidirectional, partial(BackboneUSGAN, STEPS, FEATURES, 6, 1.0)), BOTH),
    Entry(
        "US-GAN, losses", partial(bidirectional, partial(BackboneUSGAN, STEPS, FEATURES, 6, 1.0), True), BOTH, "train"
    ),
    Entry("SegRNN", segrnn, ONE, note="an RNN over segments of each variable: variables folded into the batch"),
    Entry("VaDER", vader, [ONE, ONE], note="peephole cells of its own; draws its latent"),
    Entry(
        "CRLI, GRU", crli, [ONE, ONE], proven=crli_backward_reads_forward, codes=(),
        note="the backward direction reads forward data; samples and layouts are in order",
    ),
    Entry("CRLI, LSTM", partial(crli, "LSTM"), [ONE, ONE]),
]  # fmt: skip
