"""Failing programs of a second round, in other styles: scripts, subclasses, builders, closures, custom losses."""

# ruff: noqa: RUF059, RET504, B905, SIM, PERF - as people write them

import math
from functools import partial
from typing import NamedTuple

import torch
import torch as th
import torch.nn as nn
import torch.nn.functional as F
import torch.nn.utils.rnn as rnn_utils
from torch import Tensor


class Config(NamedTuple):
    vocab: int = 30
    emb: int = 6
    hid: int = 10
    layers: int = 2


class Seq2Seq(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.cfg = config
        self.emb = nn.Embedding(config.vocab, config.emb)
        self.enc = nn.LSTM(config.emb, config.hid, config.layers, bidirectional=True, batch_first=True)
        self.dec = nn.LSTM(config.emb, config.hid, config.layers, batch_first=True)
        self.out = nn.Linear(config.hid, config.vocab)

    def encode(self, src):
        return self.enc(self.emb(src))

    def forward(self, src, tgt):
        _, (h, c) = self.encode(src)
        dec, _ = self.dec(self.emb(tgt), (h, c))  # -> BF202 seq2seq_bidirectional_encoder
        return self.out(dec)


def seq2seq_bidirectional_encoder():
    return Seq2Seq(Config())(torch.randint(0, 30, (4, 7)), torch.randint(0, 30, (4, 5)))


class MergedSeq2Seq(Seq2Seq):
    def forward(self, src, tgt):
        _, (h, c) = self.encode(src)
        h = torch.cat([h[0::2], h[1::2]], dim=2)
        c = torch.cat([c[0::2], c[1::2]], dim=2)
        dec, _ = self.dec(self.emb(tgt), (h, c))  # -> BF205 merged_directions_are_too_wide
        return self.out(dec)


def merged_directions_are_too_wide():
    return MergedSeq2Seq(Config())(torch.randint(0, 30, (4, 7)), torch.randint(0, 30, (4, 5)))


def build(cell, **options):
    return {"lstm": nn.LSTM, "gru": nn.GRU}[cell](**options)


def built_elsewhere():
    rnn = build("gru", input_size=5, hidden_size=7, num_layers=2, batch_first=True)
    state = torch.zeros((6, 2, 7))
    return rnn(torch.rand(6, 9, 5), state)  # -> BF201


def state_by_keyword():
    rnn = nn.LSTM(input_size=5, hidden_size=7)
    x = torch.rand(9, 6, 5)
    return rnn(input=x, hx=(torch.zeros(1, 9, 7), torch.zeros(1, 9, 7)))  # -> BF101


def state_for_the_wrong_axis_of_a_square():
    rnn = nn.GRU(5, 7, batch_first=True)
    x = torch.rand(6, 9, 5)
    h0 = torch.zeros(1, 4, 7)
    return rnn(x, h0)  # -> BF203


def closure_step(model, state):
    def step(x):
        nonlocal state
        y, state = model(x, state)  # -> BF203 closure_with_kept_state
        return y

    return step


def closure_with_kept_state():
    step = closure_step(nn.GRU(2, 3), torch.zeros(1, 4, 3))
    for chunk in torch.randn(5, 10, 2).split(4, dim=1):
        step(chunk)


class Wrapped(nn.LSTM):
    """A subclass that adds a mask and calls torch's own forward."""

    def forward(self, input, hx=None):
        return super().forward(input * 1.0, hx)  # -> BF105 subclass_with_wrong_features


def subclass_with_wrong_features():
    return Wrapped(4, 5)(torch.randn(7, 3, 6))


def inside_a_list_comprehension():
    cells = [nn.GRUCell(3, 4), nn.GRUCell(3, 5)]
    state = torch.zeros(2, 4)
    return [cell(torch.randn(2, 3), state) for cell in cells]  # -> BF205


def module_list_of_layers():
    layers = nn.ModuleList(nn.GRU(4, 6, batch_first=True) for _ in range(2))
    x = torch.randn(3, 8, 4)
    for layer in layers:
        x, _ = layer(x)  # -> BF105
    return x


def layers_without_unpacking():
    layers = nn.ModuleList([nn.GRU(4, 4, batch_first=True) for _ in range(2)])
    x = torch.randn(3, 8, 4)
    for layer in layers:
        x = layer(x)  # -> BF308
    return x


def lambda_model():
    gru, head = nn.GRU(4, 6), nn.Linear(12, 1)
    model = lambda x: head(gru(x)[0][-1])  # noqa: E731  # -> BF307
    return model(torch.randn(8, 3, 4))


def partial_model():
    gru = nn.GRU(4, 6)
    model = partial(gru, hx=torch.zeros(3, 1, 6))
    return model(torch.randn(8, 3, 4))  # -> BF201


def with_another_alias():
    lstm = th.nn.LSTM(4, 6, 2)
    x = th.randn(8, 3, 4)
    hc = (th.zeros(2, 3, 5), th.zeros(2, 3, 5))
    y, hc = lstm(x, hc)  # -> BF205
    return y


class Attention(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.score = nn.Linear(2 * width, 1)

    def forward(self, query: Tensor, memory: Tensor) -> Tensor:
        repeated = query.unsqueeze(1).expand(-1, memory.size(1), -1)
        pair = torch.cat((repeated, memory), dim=2)  # -> BF101 attention_over_seq_first_memory
        return self.score(pair).squeeze(2)


def attention_over_seq_first_memory():
    gru = nn.GRU(4, 6)
    memory, h = gru(torch.randn(8, 3, 4))
    return Attention(6)(h[-1], memory)


class BahdanauDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.attn = nn.Linear(12, 5)
        self.gru = nn.GRU(6, 6, batch_first=True)

    def forward(self, step, hidden, memory):
        weights = F.softmax(self.attn(torch.cat((step[:, 0], hidden[0]), 1)), dim=1)
        context = torch.bmm(weights.unsqueeze(1), memory)  # -> BF302 memory_is_the_final_state
        return self.gru(context, hidden)


def memory_is_the_final_state():
    encoder = nn.GRU(4, 6, batch_first=True)
    _, h = encoder(torch.randn(3, 5, 4))
    return BahdanauDecoder()(torch.randn(3, 1, 6), h, h)


def dot_product_with_the_state():
    encoder = nn.LSTM(4, 6, batch_first=True)
    out, (h, c) = encoder(torch.randn(3, 5, 4))
    return torch.einsum("bth,bh->bt", out, h)  # -> BF302


def state_repeated_for_every_step():
    encoder = nn.GRU(4, 6, batch_first=True)
    out, h = encoder(torch.randn(3, 5, 4))
    return torch.cat([out, h.repeat(1, 5, 1)], -1)  # -> BF302


def added_state_of_two_layers():
    encoder = nn.GRU(4, 6, 2, batch_first=True)
    out, h = encoder(torch.randn(3, 5, 4))
    last = out[:, -1]
    return last.unsqueeze(1) * h  # -> BF302


def state_of_unknown_batch_unpacked():
    lstm = nn.LSTM(4, 6, batch_first=True)
    b, t, f = torch.randn(3, 4).shape  # -> BF104
    return lstm(torch.zeros(b, t, f))


def size_of_the_third_axis():
    lstm = nn.LSTM(4, 6, batch_first=True)
    x = torch.randn(3, 4)
    return lstm(x.view(x.size(0), x.size(1), x.size(2)))  # -> BF104


def permuted_two_axes():
    lstm = nn.LSTM(4, 6)
    x = torch.randn(3, 4)
    return lstm(x.permute(1, 0, 2))  # -> BF104


def image_rows_flattened():
    lstm = nn.LSTM(28, 6, batch_first=True)
    images = torch.rand(5, 1, 28, 28)
    return lstm(images.view(5, -1))  # -> BF105


def video_frames():
    lstm = nn.LSTM(12, 6, batch_first=True)
    frames = torch.rand(2, 5, 3, 4)
    return lstm(frames)  # -> BF104


def one_hot_forgotten():
    gru = nn.GRU(10, 6, batch_first=True)
    return gru(torch.randint(0, 10, (4, 7)))  # -> BF107


def char_rnn_step():
    rnn, decoder = nn.RNN(20, 6), nn.Linear(6, 20)
    hidden = torch.zeros(1, 1, 6)
    letters = F.one_hot(torch.tensor([3, 1, 4]), 20).float()
    for letter in letters:
        out, hidden = rnn(letter, hidden)  # -> BF104
    return decoder(out)


def manual_rnn_over_batch():
    cell, readout = nn.RNNCell(3, 5), nn.Linear(5, 1)
    batch = torch.randn(4, 6, 3)
    hidden = torch.zeros(4, 5)
    outputs = []
    for t in range(batch.size(1)):
        x_t = batch[t]
        hidden = cell(x_t, hidden)  # -> BF108
        outputs.append(readout(hidden))
    return torch.stack(outputs)


def manual_rnn_enumerated():
    cell = nn.LSTMCell(3, 5)
    sequence = torch.randn(6, 4, 3).transpose(0, 1)
    state = (torch.zeros(4, 5), torch.zeros(4, 5))
    for _, x_t in enumerate(sequence):
        state = cell(x_t, state)  # -> BF108
    return state


def manual_rnn_unbound():
    cell = nn.GRUCell(3, 5)
    state = torch.zeros(4, 5)
    for x_t in torch.unbind(torch.randn(4, 6, 3)):
        state = cell(x_t, state)  # -> BF108
    return state


def zipped_batches():
    cell = nn.GRUCell(3, 5)
    xs, ys = torch.randn(4, 6, 3), torch.randn(4, 6)
    state = torch.zeros(4, 5)
    for x_t, _y in zip(xs, ys):
        state = cell(x_t, state)  # -> BF108
    return state


def sampled_windows():
    model = nn.GRU(2, 4, batch_first=True)
    data = torch.randn(50, 1000, 2)
    idx = torch.arange(60, 64)
    return model(data[idx])  # -> BF409


class Net(nn.Module):
    def __init__(self, n_in, n_hid, n_out):
        super().__init__()
        self.n_hid = n_hid
        self.lstm = nn.LSTM(n_in, n_hid, batch_first=True)
        self.drop = nn.Dropout(0.2)
        self.fc1 = nn.Linear(n_hid, 16)
        self.fc2 = nn.Linear(16, n_out)

    def forward(self, x):
        out, _ = self.lstm(x)
        out = self.drop(out)
        out = F.relu(self.fc1(out))
        return self.fc2(out)


def every_step_is_classified():
    model, loss_fn = Net(3, 8, 4), nn.CrossEntropyLoss()
    xb, yb = torch.randn(6, 12, 3), torch.randint(0, 4, (6,))
    pred = model(xb)
    loss = loss_fn(pred, yb)  # -> BF309
    loss.backward()


def every_step_is_regressed():
    model = Net(3, 8, 1)
    xb, yb = torch.randn(6, 12, 3), torch.randn(6, 2)
    return F.mse_loss(model(xb).squeeze(-1), yb)  # -> BF309


def swapped_data_meets_the_class_loss():
    model = Net(3, 8, 4)
    xb, yb = torch.randn(12, 6, 3), torch.randint(0, 4, (6,))
    logits = model(xb)[:, -1]
    return F.cross_entropy(logits, yb)  # -> BF101


class LastStep(Net):
    def forward(self, x):
        features, _ = self.lstm(x)
        last = features[-1, :, :]
        return self.fc2(F.relu(self.fc1(last)))


def last_axis_in_a_subclass():
    model, loss_fn = LastStep(3, 8, 4), nn.CrossEntropyLoss()
    return loss_fn(model(torch.randn(6, 12, 3)), torch.randint(0, 4, (6,)))  # -> BF303


def custom_loss(prediction, target):
    error = prediction - target  # -> BF601 custom_loss_of_other_shapes
    return error.abs().mean()


def custom_loss_of_other_shapes():
    gru, fc = nn.GRU(3, 8, batch_first=True), nn.Linear(8, 2)
    _, h = gru(torch.randn(6, 5, 3))
    return custom_loss(fc(h[-1]), torch.randn(6, 3))


def rmse(prediction, target):
    return torch.sqrt(F.mse_loss(prediction, target))  # -> BF303 rmse_of_the_last_sample


def rmse_of_the_last_sample():
    lstm, fc = nn.LSTM(3, 8, batch_first=True), nn.Linear(8, 1)
    out, _ = lstm(torch.randn(6, 12, 3))
    return rmse(fc(out[-1]), torch.randn(6, 1))


def perplexity_of_a_language_model():
    embed, lstm, fc = nn.Embedding(9, 4), nn.LSTM(4, 8), nn.Linear(8, 9)
    tokens = torch.randint(0, 9, (13, 5))
    logits = fc(lstm(embed(tokens[:-1]))[0])
    loss = F.cross_entropy(logits, tokens[1:])  # -> BF602
    return math.exp(loss)


def language_model_flattened_once():
    embed, lstm, fc = nn.Embedding(9, 4), nn.LSTM(4, 8), nn.Linear(8, 9)
    tokens = torch.randint(0, 9, (13, 5))
    logits = fc(lstm(embed(tokens[:-1]))[0])
    return F.nll_loss(F.log_softmax(logits, -1).view(-1, 9), tokens[1:])  # -> BF601


def squeeze_of_a_batch_of_one_in_eval():
    lstm, fc = nn.LSTM(3, 8, batch_first=True), nn.Linear(8, 2)
    out, _ = lstm(torch.randn(1, 5, 3))
    last = out[:, -1].squeeze()
    probabilities = torch.softmax(fc(last), dim=1)  # -> BF404
    return probabilities


def squeeze_of_a_single_step():
    gru, fc = nn.GRU(3, 8), nn.Linear(8, 2)
    out, h = gru(torch.randn(1, 1, 3))
    return torch.cat((fc(out.squeeze()), torch.zeros(1, 2)), dim=1)  # -> BF404


def view_by_the_fixed_batch():
    gru = nn.GRU(3, 8, batch_first=True)
    out, _ = gru(torch.randn(5, 7, 3))
    return out.contiguous().view(6, 7, 8)  # -> BF401


def view_of_the_state_for_the_batch():
    lstm = nn.LSTM(3, 8, 2, bidirectional=True, batch_first=True)
    _, (h_n, _) = lstm(torch.randn(5, 7, 3))
    hidden = h_n.view(2, 5, 2, 8)
    return hidden.view(5, 3, -1)  # -> BF301


def reshape_of_the_state():
    lstm, fc = nn.LSTM(3, 8, bidirectional=True, batch_first=True), nn.Linear(16, 2)
    _, (h_n, _) = lstm(torch.randn(5, 7, 3))
    return fc(h_n.reshape(-1, 8))  # -> BF301


def conv_stack():
    net = nn.Sequential(nn.Conv1d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv1d(8, 8, 3, padding=1))
    return net(torch.randn(4, 50, 3))  # -> BF405


def conv_over_lstm_output():
    lstm, conv = nn.LSTM(3, 8, batch_first=True), nn.Conv1d(8, 4, 1)
    out, _ = lstm(torch.randn(4, 50, 3))
    return conv(out)  # -> BF405


def conv_without_channels():
    conv = nn.Conv1d(1, 4, 3)
    return conv(torch.randn(4, 50))  # -> BF104


def norm_between_layers():
    net = nn.ModuleDict({"norm": nn.BatchNorm1d(3), "gru": nn.GRU(3, 4, batch_first=True)})
    x = net["norm"](torch.randn(6, 9, 3))  # -> BF407
    return net["gru"](x)


def norm_of_the_channels():
    return nn.InstanceNorm1d(3, affine=True)(torch.randn(6, 9, 3))  # -> BF407


def attention_over_time_major_memory():
    attn = nn.MultiheadAttention(8, 2, batch_first=True)
    query, memory = torch.randn(5, 1, 8), torch.randn(7, 5, 8)
    return attn(query, memory, memory)  # -> BF408


def packed_lengths_per_batch_of_another_order():
    lstm = nn.LSTM(3, 4, batch_first=True)
    x = torch.randn(2, 6, 3)
    packed = rnn_utils.pack_padded_sequence(x, [4, 6], True)  # -> BF502
    return lstm(packed)


def packed_without_lengths_for_all():
    x = torch.randn(4, 6, 3)
    mask = torch.ones(4, 6)
    return rnn_utils.pack_padded_sequence(x, mask, batch_first=True)  # -> BF502


def unpadded_tuple():
    gru = nn.GRU(3, 4, batch_first=True)
    packed = rnn_utils.pack_sequence([torch.randn(4, 3), torch.randn(2, 3)])
    return rnn_utils.pad_packed_sequence(gru(packed))  # -> BF308


def state_of_a_packed_batch():
    gru = nn.GRU(3, 4, batch_first=True)
    packed = rnn_utils.pack_sequence([torch.randn(4, 3), torch.randn(2, 3)])
    return gru(packed, torch.zeros(1, 4, 4))  # -> BF203


def packed_output_indexed():
    lstm, fc = nn.LSTM(3, 4, batch_first=True), nn.Linear(4, 1)
    packed = rnn_utils.pack_sequence([torch.randn(4, 3), torch.randn(2, 3)])
    out, _ = lstm(packed)
    return fc(out[:, -1])  # -> BF308


def packed_output_asked_for_its_size():
    lstm = nn.LSTM(3, 4, batch_first=True)
    out, _ = lstm(rnn_utils.pack_sequence([torch.randn(4, 3), torch.randn(2, 3)]))
    return out.size(0)  # -> BF308


def embedding_gets_scaled_features():
    net = nn.Sequential(nn.Embedding(10, 4), nn.GRU(4, 5))
    return net(torch.rand(6, 3))  # -> BF107


def embedding_of_padded_list():
    embed = nn.Embedding(10, 4)
    ids = torch.tensor([[1, 2, 3.0], [4, 5, 0]])
    return embed(ids)  # -> BF107


def half_precision_model():
    model = nn.LSTM(3, 4).double()
    return model(torch.randn(5, 2, 3))  # -> BF107


def numpy_in():
    import numpy as np

    model = nn.GRU(3, 4, batch_first=True)
    return model(np.zeros((2, 5, 3), dtype="float32"))  # -> BF107


def time_distributed_linear_first():
    project, lstm = nn.Linear(20, 6), nn.LSTM(6, 4, batch_first=True)
    x = torch.randn(5, 20, 3)
    return lstm(project(x))  # -> BF106


def kept_in_a_training_loop():
    rnn = nn.LSTM(3, 4)
    state = None
    optimizer = torch.optim.SGD(rnn.parameters(), lr=0.1)
    for _ in range(2):
        out, state = rnn(torch.randn(5, 2, 3), state)
        optimizer.zero_grad()
        out.mean().backward()  # -> BF208
        optimizer.step()


def decoder_state_from_pooled_output():
    encoder, decoder = nn.GRU(3, 4, batch_first=True), nn.GRU(3, 4, batch_first=True)
    x = torch.randn(5, 7, 3)
    out, _ = encoder(x)
    return decoder(x, out.mean(dim=1))  # -> BF206


def decoder_state_from_the_last_step():
    encoder, decoder = nn.GRU(3, 4, batch_first=True), nn.GRU(3, 4, batch_first=True)
    x = torch.randn(5, 7, 3)
    out, _ = encoder(x)
    return decoder(x, out[:, -1:])  # -> BF201


def lstm_state_one_tensor_for_both():
    decoder = nn.LSTM(3, 4, 2, batch_first=True)
    z = torch.randn(2, 5, 4)
    return decoder(torch.randn(5, 7, 3), torch.stack((z, z)))  # -> BF204


def lstm_state_is_h_of_h():
    lstm = nn.LSTM(3, 4)
    _, state = lstm(torch.randn(7, 5, 3))
    return lstm(torch.randn(1, 5, 3), state[0])  # -> BF204


def lstm_cell_state_for_another_layer():
    first, second = nn.LSTMCell(3, 4), nn.LSTMCell(4, 6)
    h, c = first(torch.randn(5, 3))
    return second(h, (h, c))  # -> BF205
