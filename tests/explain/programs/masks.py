"""Programs with a mask of attention in another shape than it is read in."""

import torch
from torch import nn

BATCH, SEQ, SOURCE, WIDTH = 5, 7, 9, 8


def attention(batch_first=True):
    return nn.MultiheadAttention(WIDTH, 2, batch_first=batch_first)


def data(length=SEQ):
    return torch.randn(BATCH, length, WIDTH)


def padding(length=SEQ):
    return torch.zeros(BATCH, length, dtype=torch.bool)


def causal(length=SEQ):
    return torch.ones(length, length, dtype=torch.bool).triu(1)


def padding_as_attn_mask():
    module, x = attention(), data()
    return module(x, x, x, attn_mask=padding())  # -> BF412


def padding_as_attn_mask_of_seq_first():
    module, x = attention(batch_first=False), data().transpose(0, 1)
    return module(x, x, x, attn_mask=padding())  # -> BF412


def turned_padding_as_attn_mask():
    module, x = attention(), data()
    return module(x, x, x, attn_mask=padding().T)  # -> BF412


def causal_as_padding():
    module, x = attention(), data()
    return module(x, x, x, key_padding_mask=causal())  # -> BF412


def turned_mask_across():
    module, x, memory = attention(), data(), data(SOURCE)
    mask = torch.zeros(SOURCE, SEQ, dtype=torch.bool)
    return module(x, memory, memory, attn_mask=mask)  # -> BF412


def padding_of_the_query():
    module, x, memory = attention(), data(), data(SOURCE)
    return module(x, memory, memory, key_padding_mask=padding())  # -> BF412


def mask_for_each_sample():
    module, x = attention(), data()
    return module(x, x, x, attn_mask=causal().expand(BATCH, SEQ, SEQ))  # -> BF412


def mask_for_each_sample_and_head_apart():
    module, x = attention(), data()
    return module(x, x, x, attn_mask=causal().expand(BATCH, 2, SEQ, SEQ))  # -> BF412


def mask_for_more_steps():
    module, x = attention(), data()
    return module(x, x, x, attn_mask=causal(20))  # -> BF412


def padding_to_broadcast():
    module, x = attention(), data()
    return module(x, x, x, key_padding_mask=padding()[:, None, None])  # -> BF412


def padding_second_to_an_encoder():
    layer = nn.TransformerEncoder(nn.TransformerEncoderLayer(WIDTH, 2, 16, batch_first=True), 2)
    return layer(data(), padding())  # -> BF412


def padding_third_to_a_decoder():
    layer = nn.TransformerDecoderLayer(WIDTH, 2, 16, batch_first=True)
    return layer(data(), data(SOURCE), padding())  # -> BF412


def memory_of_other_width():
    layer = nn.TransformerDecoderLayer(WIDTH, 2, 16, batch_first=True)
    return layer(data(), torch.randn(BATCH, SOURCE, 6))  # -> BF105


def memory_turned():
    layer = nn.TransformerDecoderLayer(WIDTH, 2, 16, batch_first=True)
    return layer(data(), data(SOURCE).transpose(0, 1))  # -> BF408


def right_masks():
    module, x, memory = attention(), data(), data(SOURCE)
    module(x, x, x, key_padding_mask=padding(), attn_mask=causal())
    module(x, x, x, attn_mask=causal().expand(BATCH * 2, SEQ, SEQ))
    module(x, memory, memory, key_padding_mask=padding(SOURCE), attn_mask=torch.zeros(SEQ, SOURCE, dtype=torch.bool))
