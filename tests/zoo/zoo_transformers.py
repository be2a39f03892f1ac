"""transformers: EnCodec, input_values (batch_size, channels, sequence_length) (modeling_encodec.py)."""

from __future__ import annotations

from functools import partial

import torch
from transformers import EncodecConfig, EncodecModel
from transformers.models.encodec.modeling_encodec import EncodecLSTM

from model import Entry, Made

PACKAGE = "transformers"


def config(causal: bool) -> EncodecConfig:
    return EncodecConfig(
        num_filters=4, hidden_size=8, codebook_size=16, codebook_dim=8, num_lstm_layers=2, upsampling_ratios=[2, 2],
        use_causal_conv=causal, norm_type="weight_norm" if causal else "time_group_norm", chunk_length_s=None,
    )  # fmt: skip


def encodec(part: str, causal: bool = True) -> Made:
    model = EncodecModel(config(causal)).eval()
    wave = torch.randn(3, 1, 64)
    if part == "encoder":
        return Made(model.encoder, (wave,))
    if part == "decoder":
        return Made(model.decoder, (torch.randn(3, 8, 16),))
    return Made(lambda x: model(x).audio_values, (wave,))


WAVE = "batch channels seq"
ENTRIES = [
    Entry("EncodecLSTM", lambda: Made(EncodecLSTM(config(True), 8).eval(), (torch.randn(3, 8, 12),)), WAVE),
    Entry("EnCodec, encoder", partial(encodec, "encoder"), WAVE),
    Entry("EnCodec, encoder, group norm", partial(encodec, "encoder", False), WAVE),
    Entry("EnCodec, decoder", partial(encodec, "decoder"), WAVE),
    Entry("EnCodec, whole", partial(encodec, "whole"), WAVE, note="quantised on the way"),
]
