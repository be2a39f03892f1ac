"""Failing programs: the input of a recurrent module, and loops over cells."""

# ruff: noqa: RUF059, RET504, SIM, PERF - as people write them

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence, pad_packed_sequence, pad_sequence


def state_shows_batch_first_data():
    lstm = nn.LSTM(8, 16)
    x = torch.randn(32, 50, 8)
    h0 = c0 = torch.zeros(1, x.size(0), 16)
    return lstm(x, (h0, c0))  # -> BF101


class SeqFirstData(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(4, 6, batch_first=True)

    def forward(self, steps):
        length, batch, _ = steps.shape
        state = steps.new_zeros(1, batch, 6)
        return self.rnn(steps, state)[0]  # -> BF101 state_shows_seq_first_data


def state_shows_seq_first_data():
    return SeqFirstData()(torch.randn(9, 3, 4))


def encoder_and_decoder_disagree():
    encoder, decoder = nn.GRU(3, 4, batch_first=True), nn.GRU(3, 4)
    x = torch.randn(5, 7, 3)
    _, h = encoder(x)
    return decoder(x, h)  # -> BF101


def image_with_channel_axis():
    lstm = nn.LSTM(28, 16, batch_first=True)
    return lstm(torch.rand(10, 1, 28, 28))  # -> BF104


def series_without_feature_axis():
    lstm = nn.LSTM(input_size=1, hidden_size=8, batch_first=True)
    prices = torch.randn(16, 30)
    return lstm(prices)  # -> BF104


def one_row_per_sample_with_state():
    gru = nn.GRU(6, 4, batch_first=True)
    return gru(torch.randn(16, 6), torch.zeros(1, 16, 4))  # -> BF104


def generator_step_without_seq_axis():
    lstm, embed = nn.LSTM(5, 4), nn.Embedding(9, 5)
    state = (torch.zeros(1, 3, 4), torch.zeros(1, 3, 4))
    token = torch.tensor([1, 2, 3])
    for _ in range(4):
        out, state = lstm(embed(token), state)  # -> BF104
        token = out.argmax(-1)


def one_number_at_a_time():
    rnn = nn.RNN(1, 4)
    return rnn(torch.randn(1))  # -> BF104


def features_before_time():
    gru = nn.GRU(6, 8, batch_first=True)
    spectrogram = torch.randn(4, 6, 40)
    return gru(spectrogram)  # -> BF106


def features_first_of_all():
    gru = nn.GRU(6, 8)
    return gru(torch.randn(6, 40, 4))  # -> BF106


class ConvThenLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 12, 5, padding=2)
        self.lstm = nn.LSTM(12, 8, batch_first=True)

    def forward(self, x):
        x = torch.relu(self.conv(x.transpose(1, 2)))
        return self.lstm(x)[0]  # -> BF106 conv_output_not_turned_back


def conv_output_not_turned_back():
    return ConvThenLSTM()(torch.randn(4, 40, 3))


def window_as_features():
    lstm = nn.LSTM(1, 8)
    return lstm(torch.randn(20, 1, 12))  # -> BF106


def more_features_than_declared():
    lstm = nn.LSTM(4, 8, batch_first=True)
    return lstm(torch.randn(10, 20, 5))  # -> BF105


def second_layer_of_a_bidirectional_stack():
    first = nn.LSTM(4, 8, bidirectional=True, batch_first=True)
    second = nn.LSTM(8, 8, batch_first=True)
    out, _ = first(torch.randn(10, 20, 4))
    return second(out)  # -> BF105


def packed_features():
    gru = nn.GRU(4, 8, batch_first=True)
    packed = pack_padded_sequence(torch.randn(3, 6, 5), torch.tensor([6, 4, 2]), batch_first=True)
    return gru(packed)  # -> BF105


def tokens_without_embedding():
    lstm = nn.LSTM(30, 8, batch_first=True)
    return lstm(torch.randint(0, 30, (4, 6, 30)))  # -> BF107


def doubles_from_numpy():
    lstm = nn.LSTM(2, 8, batch_first=True)
    x = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]], dtype=torch.float64)
    return lstm(x)  # -> BF107


def floats_into_an_embedding():
    embedding = nn.Embedding(10, 4)
    return embedding(torch.rand(3, 5))  # -> BF107


def cell_runs_over_the_batch():
    cell = nn.LSTMCell(3, 4)
    x = torch.randn(5, 7, 3)
    h, c = torch.zeros(5, 4), torch.zeros(5, 4)
    for t in range(x.size(1)):
        h, c = cell(x[t], (h, c))  # -> BF108
    return h


class CellDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(3, 4)

    def forward(self, x):
        state = x.new_zeros(x.shape[0], 4)
        for step in x:
            state = self.cell(step, state)  # -> BF108 cell_iterates_the_batch
        return state


def cell_iterates_the_batch():
    return CellDecoder()(torch.randn(5, 7, 3))


def cell_counts_another_axis():
    cell = nn.GRUCell(3, 4)
    x = torch.randn(5, 7, 3)
    for t in range(x.shape[1]):
        h = cell(x[t])  # -> BF108
    return h


def whole_sequence_into_a_cell():
    cell = nn.RNNCell(3, 4)
    return cell(torch.randn(7, 5, 3))  # -> BF108


def cell_over_features():
    cell = nn.RNNCell(3, 4)
    x = torch.randn(5, 7, 3)
    h = torch.zeros(5, 4)
    for t in range(3):
        h = cell(x[:, :, t], h)  # -> BF108
    return h


def squeezed_before_the_module():
    lstm = nn.LSTM(4, 8, batch_first=True)
    state = (torch.zeros(1, 1, 8), torch.zeros(1, 1, 8))
    x = torch.randn(1, 6, 4).squeeze()
    return lstm(x, state)  # -> BF104


def right_cell_loop():
    cell = nn.LSTMCell(3, 4)
    x = torch.randn(5, 7, 3)
    h, c = torch.zeros(5, 4), torch.zeros(5, 4)
    for t in range(x.size(1)):
        h, c = cell(x[:, t], (h, c))
    return h


def lstm_output_into_lstm():
    first, second = nn.LSTM(4, 8), nn.LSTM(8, 8)
    return second(first(torch.randn(6, 3, 4)))  # -> BF308


def two_layers_in_sequential():
    net = nn.Sequential(nn.LSTM(4, 8, batch_first=True), nn.Linear(8, 2))
    return net(torch.randn(3, 6, 4))  # -> BF308


def head_gets_the_tuple():
    lstm, fc = nn.LSTM(4, 8), nn.Linear(8, 2)
    features = lstm(torch.randn(6, 3, 4))
    return fc(features)  # -> BF308


def relu_gets_the_tuple():
    gru = nn.GRU(4, 8)
    return F.relu(gru(torch.randn(6, 3, 4)))  # -> BF308


def tuple_indexed_like_a_tensor():
    lstm = nn.LSTM(4, 8, batch_first=True)
    out = lstm(torch.randn(3, 6, 4))
    return out[:, -1, :]  # -> BF308


def tuple_asked_for_its_shape():
    gru = nn.GRU(4, 8, batch_first=True)
    out = gru(torch.randn(3, 6, 4))
    return out.shape[0]  # -> BF308


def state_tuple_squeezed():
    lstm = nn.LSTM(4, 8, batch_first=True)
    _, hidden = lstm(torch.randn(3, 6, 4))
    return hidden.squeeze(0)  # -> BF308


def dropout_gets_the_tuple():
    gru, drop = nn.GRU(4, 8), nn.Dropout(0.1)
    return drop(gru(torch.randn(6, 3, 4)))  # -> BF308


def packed_into_a_linear():
    gru, fc = nn.GRU(4, 8, batch_first=True), nn.Linear(8, 2)
    packed = pack_padded_sequence(torch.randn(3, 6, 4), torch.tensor([6, 4, 2]), batch_first=True)
    out, _ = gru(packed)
    return fc(out)  # -> BF308


def lengths_not_sorted():
    x = torch.randn(3, 6, 4)
    return pack_padded_sequence(x, torch.tensor([4, 6, 2]), batch_first=True)  # -> BF502


def lengths_as_a_list_not_sorted():
    items = [torch.randn(n, 4) for n in (2, 5, 3)]
    padded = pad_sequence(items, batch_first=True)
    return pack_padded_sequence(padded, [len(i) for i in items], batch_first=True)  # -> BF502


def sequences_not_sorted():
    return pack_sequence([torch.randn(n, 4) for n in (2, 5, 3)])  # -> BF502


def packed_without_batch_first():
    x, lengths = torch.randn(3, 6, 4), torch.tensor([6, 4, 2])
    packed = pack_padded_sequence(x, lengths)  # -> BF501
    return packed


def lengths_of_another_batch():
    x, lengths = torch.randn(4, 6, 3), torch.tensor([6, 5])
    return pack_padded_sequence(x, lengths, batch_first=True)  # -> BF502


def lengths_zero():
    x = torch.randn(3, 6, 4)
    return pack_padded_sequence(x, torch.tensor([6, 3, 0]), batch_first=True)  # -> BF502


def lengths_in_two_axes():
    x = torch.randn(3, 6, 4)
    return pack_padded_sequence(x, torch.tensor([[6], [4], [2]]), batch_first=True)  # -> BF502


def lengths_before_pooling():
    pool, gru = nn.MaxPool1d(2), nn.GRU(4, 5, batch_first=True)
    x, lengths = torch.randn(3, 12, 4), torch.tensor([12, 9, 4])
    pooled = pool(x.transpose(1, 2)).transpose(1, 2)
    packed = pack_padded_sequence(pooled, lengths, batch_first=True)  # -> BF502
    out, _ = gru(packed)
    return pad_packed_sequence(out, batch_first=True)


def padded_seq_first_masked_batch_first():
    gru = nn.GRU(4, 5, batch_first=True)
    x, lengths = torch.randn(3, 6, 4), torch.tensor([6, 4, 2])
    mask = torch.arange(6)[None] < lengths[:, None]
    out, _ = gru(pack_padded_sequence(x, lengths, batch_first=True))
    padded, _ = pad_packed_sequence(out)
    return padded * mask.unsqueeze(-1)  # -> BF501


def padded_twice():
    return pad_packed_sequence(torch.randn(3, 6, 4), batch_first=True)  # -> BF501


def time_last_in_pad_sequence():
    return pad_sequence([torch.randn(4, n) for n in (5, 3)], batch_first=True)  # -> BF106


def right_packed():
    gru = nn.GRU(4, 5, batch_first=True)
    x, lengths = torch.randn(3, 6, 4), torch.tensor([4, 6, 2])
    out, _ = gru(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
    return pad_packed_sequence(out, batch_first=True)
