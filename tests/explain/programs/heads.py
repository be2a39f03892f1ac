"""Failing programs: what is read of output and state, and the head."""

# ruff: noqa: RUF059, SIM, PERF - as people write them

import torch
from torch import nn


class BiClassifier(nn.Module):
    def __init__(self, hidden=8):
        super().__init__()
        self.lstm = nn.LSTM(4, hidden, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(hidden, 3)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1, :])  # -> BF307 head_for_one_direction


def head_for_one_direction():
    return BiClassifier()(torch.randn(5, 7, 4))


def head_for_two_directions():
    gru = nn.GRU(4, 8, batch_first=True)
    fc = nn.Linear(8 * 2, 3)
    out, h = gru(torch.randn(5, 7, 4))
    return fc(h[-1])  # -> BF307


def head_for_all_layers():
    lstm, fc = nn.LSTM(4, 8, num_layers=3), nn.Linear(3 * 8, 2)
    out, _ = lstm(torch.randn(7, 5, 4))
    return fc(out[-1])  # -> BF307


def head_after_projection():
    lstm, fc = nn.LSTM(4, 8, proj_size=3), nn.Linear(8, 2)
    out, _ = lstm(torch.randn(7, 5, 4))
    return fc(out[-1])  # -> BF307


def head_of_a_cell():
    cell, fc = nn.LSTMCell(4, 8), nn.Linear(4, 2)
    h, c = cell(torch.randn(5, 4))
    return fc(h)  # -> BF307


def functional_head():
    gru, weight = nn.GRU(4, 8), torch.randn(2, 16)
    out, _ = gru(torch.randn(7, 5, 4))
    return torch.nn.functional.linear(out[-1], weight)  # -> BF307


class AttentionHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(4, 8, batch_first=True)
        self.net = nn.Sequential(nn.Linear(24, 6), nn.ReLU(), nn.Linear(6, 1))

    def forward(self, x):
        out, h = self.gru(x)
        weights = torch.softmax(out.mean(-1), dim=1)
        context = (out * weights.unsqueeze(-1)).sum(1)
        return self.net(torch.cat((context, h[-1]), dim=-1))  # -> BF307 head_after_a_join


def head_after_a_join():
    return AttentionHead()(torch.randn(5, 7, 4))


def one_direction_of_two():
    lstm, fc = nn.LSTM(4, 8, bidirectional=True), nn.Linear(16, 2)
    _, (h, _) = lstm(torch.randn(7, 5, 4))
    return fc(h[-1])  # -> BF302


def every_row_side_by_side():
    gru, fc = nn.GRU(4, 8, num_layers=2, batch_first=True), nn.Linear(8, 2)
    _, h = gru(torch.randn(5, 7, 4))
    return fc(h.view(5, -1))  # -> BF301


def state_viewed_by_layers():
    gru = nn.GRU(4, 8, num_layers=2, bidirectional=True)
    _, h = gru(torch.randn(7, 5, 4))
    return h.view(2, 5, 8)  # -> BF301


def state_turned_and_viewed():
    gru = nn.GRU(4, 8, num_layers=2)
    _, h = gru(torch.randn(7, 5, 4))
    return h.transpose(0, 1).view(5, -1)  # -> BF301


def third_layer_of_two():
    gru = nn.GRU(4, 8, num_layers=2)
    _, h = gru(torch.randn(7, 5, 4))
    return h[2]  # -> BF302


def attention_with_the_whole_state():
    gru = nn.GRU(4, 8, batch_first=True)
    out, h = gru(torch.randn(5, 7, 4))
    return torch.bmm(out, h.unsqueeze(2))  # -> BF302


def state_joined_to_the_steps():
    gru = nn.GRU(4, 8, batch_first=True)
    out, h = gru(torch.randn(5, 7, 4))
    return torch.cat((out[:, -1], h), dim=1)  # -> BF302


def scores_with_the_state():
    gru = nn.GRU(4, 8, num_layers=2, batch_first=True)
    out, h = gru(torch.randn(5, 7, 4))
    return out + h  # -> BF302


class LastSample(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 8, batch_first=True)
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[-1])


def last_sample_meets_the_loss():
    model = LastSample()
    logits = model(torch.randn(5, 7, 4))
    return nn.functional.cross_entropy(logits, torch.randint(0, 3, (5,)))  # -> BF303


def last_entry_of_seq_first_output():
    gru, fc = nn.GRU(4, 8), nn.Linear(8, 1)
    x, y = torch.randn(7, 5, 4), torch.randn(5, 1)
    out, _ = gru(x)
    prediction = fc(out[:, -1])
    return nn.L1Loss()(prediction, y)  # -> BF303


def step_beyond_the_end():
    lstm = nn.LSTM(4, 8, batch_first=True)
    x = torch.randn(5, 7, 4)
    out, _ = lstm(x)
    return out[:, x.size(1)]  # -> BF303


def steps_by_length():
    lstm = nn.LSTM(4, 8, batch_first=True)
    x, lengths = torch.randn(3, 7, 4), torch.tensor([7, 5, 2])
    out, _ = lstm(x)
    return out[torch.arange(3), lengths]  # -> BF303


def last_feature():
    lstm, fc = nn.LSTM(4, 8, batch_first=True), nn.Linear(8, 1)
    out, _ = lstm(torch.randn(5, 7, 4))
    return fc(out[:, :, -1])  # -> BF303


def all_steps_flattened():
    gru, fc = nn.GRU(4, 8, batch_first=True), nn.Linear(8, 1)
    out, _ = gru(torch.randn(5, 7, 4))
    return fc(out.reshape(5, -1))  # -> BF309


def output_of_unbatched_input():
    lstm = nn.LSTM(4, 8, batch_first=True)
    out, _ = lstm(torch.randn(5, 4))
    return out[:, -1, :]  # -> BF102


def view_after_permute():
    gru = nn.GRU(4, 8)
    out, _ = gru(torch.randn(7, 5, 4))
    return out.permute(1, 0, 2).view(5, -1)  # -> BF401


def view_of_other_sizes():
    gru = nn.GRU(4, 8)
    x = torch.randn(7, 5, 4)
    return gru(x.view(5, 4, 8))  # -> BF401


def squeeze_takes_the_batch():
    gru, fc = nn.GRU(4, 8, batch_first=True), nn.Linear(8, 1)
    _, h = gru(torch.randn(1, 7, 4))
    scores = fc(h.squeeze())
    return scores.max(dim=1)  # -> BF404


class SqueezesItsResult(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(4, 8, batch_first=True)
        self.fc = nn.Linear(8, 1)

    def forward(self, x):
        _, h = self.gru(x)
        return self.fc(h[-1]).squeeze()


def squeezed_prediction_meets_the_loss():
    model = SqueezesItsResult()
    loss = nn.BCEWithLogitsLoss()
    for size in (4, 1):
        loss(model(torch.randn(size, 7, 4)), torch.ones(size))  # -> BF404


def squeezed_then_indexed():
    lstm = nn.LSTM(4, 8, batch_first=True)
    out, _ = lstm(torch.randn(1, 7, 4))
    out = out.squeeze()
    return out[:, -1, :]  # -> BF404


def right_head():
    lstm, fc = nn.LSTM(4, 8, bidirectional=True, batch_first=True), nn.Linear(16, 3)
    _, (h, _) = lstm(torch.randn(5, 7, 4))
    return fc(torch.cat((h[-2], h[-1]), dim=1))


def conv_gets_batch_seq_features():
    conv = nn.Conv1d(6, 4, 3)
    return conv(torch.randn(5, 30, 6))  # -> BF405


def conv_after_embedding():
    embedding, conv = nn.Embedding(20, 6), nn.Conv1d(6, 4, 3)
    return conv(embedding(torch.randint(0, 20, (5, 12))))  # -> BF405


def batch_norm_after_the_lstm():
    lstm, norm = nn.LSTM(4, 8, batch_first=True), nn.BatchNorm1d(8)
    out, _ = lstm(torch.randn(5, 7, 4))
    return norm(out)  # -> BF407


def layer_norm_of_the_wrong_width():
    lstm, norm = nn.LSTM(4, 8, bidirectional=True), nn.LayerNorm(8)
    out, _ = lstm(torch.randn(7, 5, 4))
    return norm(out)  # -> BF307


def layer_norm_of_channels_first():
    conv, norm = nn.Conv1d(4, 8, 3, padding=1), nn.LayerNorm(8)
    return norm(conv(torch.randn(5, 4, 30)))  # -> BF407


def attention_of_the_last_state():
    gru = nn.GRU(4, 8, batch_first=True)
    attention = nn.MultiheadAttention(8, 2)
    out, h = gru(torch.randn(5, 7, 4))
    query = out[:, -1:].contiguous()
    return attention(query, out, out, key_padding_mask=torch.zeros(5, 7, dtype=torch.bool))  # -> BF408


def attention_with_batch_first_state():
    gru = nn.GRU(4, 8, batch_first=True)
    attention = nn.MultiheadAttention(8, 2, batch_first=True)
    out, h = gru(torch.randn(5, 7, 4))
    return attention(h, out, out)  # -> BF408


def encoder_layer_with_a_padding_mask():
    layer = nn.TransformerEncoderLayer(8, 2, 16)
    x, mask = torch.randn(5, 7, 8), torch.zeros(5, 7, dtype=torch.bool)
    return layer(x, src_key_padding_mask=mask)  # -> BF408


def encoder_and_attention_orders():
    encoder, decoder = nn.GRU(4, 8), nn.GRU(4, 8, batch_first=True)
    memory, _ = encoder(torch.randn(7, 5, 4))
    query, _ = decoder(torch.randn(5, 6, 4))
    return torch.bmm(query, memory.transpose(1, 2))  # -> BF101
