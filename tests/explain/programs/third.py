"""Failing programs of a third round, after what people report in public threads (rebuilt, not copied)."""

# ruff: noqa: E501, SIM, PERF - as people write them

import random

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.utils.data import DataLoader, TensorDataset


class Attention(nn.Module):
    def __init__(self, enc, dec):
        super().__init__()
        self.attn = nn.Linear(enc + dec, dec)
        self.v = nn.Linear(dec, 1, bias=False)

    def forward(self, hidden, encoder_outputs):
        src_len = encoder_outputs.shape[0]
        hidden = hidden.unsqueeze(1).repeat(1, src_len, 1)  # -> BF302 two_layers_in_an_attention_decoder
        encoder_outputs = encoder_outputs.permute(1, 0, 2)
        energy = torch.tanh(self.attn(torch.cat((hidden, encoder_outputs), dim=2)))
        return F.softmax(self.v(energy).squeeze(2), dim=1)


class AttentionDecoder(nn.Module):
    def __init__(self, vocab=12, emb=5, hid=6, layers=2):
        super().__init__()
        self.embedding = nn.Embedding(vocab, emb)
        self.attention = Attention(hid, hid)
        self.rnn = nn.GRU(hid + emb, hid, layers)
        self.fc_out = nn.Linear(hid, vocab)

    def forward(self, token, hidden, encoder_outputs):
        embedded = self.embedding(token.unsqueeze(0))
        a = self.attention(hidden, encoder_outputs).unsqueeze(1)
        weighted = torch.bmm(a, encoder_outputs.permute(1, 0, 2)).permute(1, 0, 2)
        output, hidden = self.rnn(torch.cat((embedded, weighted), dim=2), hidden)
        return self.fc_out(output.squeeze(0)), hidden


def two_layers_in_an_attention_decoder():
    encoder, decoder = nn.GRU(4, 6, 2), AttentionDecoder()
    outputs, hidden = encoder(torch.randn(7, 3, 4))
    for _ in range(3):
        _, hidden = decoder(torch.tensor([1, 2, 3]), hidden, outputs)


def state_parts_as_two_arguments():
    rnn = nn.LSTM(4, 6)
    h, c = torch.zeros(3, 6), torch.zeros(3, 6)
    return rnn(torch.randn(1, 3, 4), h.unsqueeze(0), c.unsqueeze(0))  # -> BF204


def state_with_an_axis_too_many():
    decoder = nn.GRU(4, 6, num_layers=2, batch_first=True)
    hidden = torch.zeros(2, 3, 6).unsqueeze(0)
    return decoder(torch.randn(3, 1, 4), hidden)  # -> BF206


class BahdanauRNN(nn.Module):
    def __init__(self, hidden=6, n_layers=1):
        super().__init__()
        self.embedding = nn.Embedding(10, hidden)
        self.gru = nn.GRU(hidden, hidden, n_layers)

    def forward(self, word, context, last_hidden):
        embedded = self.embedding(word).view(1, 1, -1)
        rnn_input = torch.cat((embedded, context), 2)
        return self.gru(rnn_input, last_hidden)  # -> BF105 joined_input_of_twice_the_width


def joined_input_of_twice_the_width():
    return BahdanauRNN()(torch.tensor([3]), torch.zeros(1, 1, 6), torch.zeros(1, 1, 6))


class OldStyle(nn.Module):
    def __init__(self, input_size=1, hidden_layer_size=10):
        super().__init__()
        self.hidden_layer_size = hidden_layer_size
        self.lstm = nn.LSTM(input_size, hidden_layer_size)
        self.linear = nn.Linear(hidden_layer_size, 1)
        self.hidden_cell = (torch.zeros(1, 1, hidden_layer_size), torch.zeros(1, 1, hidden_layer_size))

    def forward(self, input_seq):
        lstm_out, self.hidden_cell = self.lstm(input_seq.view(len(input_seq), 1, -1), self.hidden_cell)  # -> BF106 old_style_with_a_batch
        predictions = self.linear(lstm_out.view(len(input_seq), -1))
        return predictions[-1]


def old_style_with_a_batch():
    model = OldStyle()
    loader = DataLoader(TensorDataset(torch.randn(20, 12, 1), torch.randn(20, 1)), batch_size=5)
    for seq, _labels in loader:
        model(seq)


class SentimentNet(nn.Module):
    def __init__(self, vocab=40, emb=8, hid=12, layers=2):
        super().__init__()
        self.layers, self.hid = layers, hid
        self.embedding = nn.Embedding(vocab, emb)
        self.lstm = nn.LSTM(emb, hid, layers, dropout=0.5, batch_first=True)
        self.fc = nn.Linear(hid, 1)

    def forward(self, x, hidden):
        batch_size = x.size(0)
        lstm_out, hidden = self.lstm(self.embedding(x.long()), hidden)  # -> BF203 validation_with_the_training_state
        out = torch.sigmoid(self.fc(lstm_out.contiguous().view(-1, self.hid)))
        return out.view(batch_size, -1)[:, -1], hidden

    def init_hidden(self, batch_size):
        weight = next(self.parameters()).data
        return (weight.new_zeros(self.layers, batch_size, self.hid), weight.new_zeros(self.layers, batch_size, self.hid))


def validation_with_the_training_state():
    net, batch_size = SentimentNet(), 8
    loader = DataLoader(TensorDataset(torch.randint(0, 40, (20, 6)), torch.ones(20)), batch_size=batch_size)
    h = net.init_hidden(batch_size)
    for inputs, labels in loader:
        h = tuple(each.data for each in h)
        output, h = net(inputs, h)
        nn.BCELoss()(output, labels)


def train(model, loader, criterion):
    for x, y in loader:
        output = model(x)
        loss = criterion(output, y)  # -> BF308 loop_forgets_the_state
        loss.backward()


class ReturnsBoth(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 8, batch_first=True)
        self.fc = nn.Linear(8, 2)

    def forward(self, x):
        out, h = self.rnn(x)
        return self.fc(out[:, -1]), h


def loop_forgets_the_state():
    loader = DataLoader(TensorDataset(torch.randn(8, 5, 3), torch.randint(0, 2, (8,))), batch_size=4)
    train(ReturnsBoth(), loader, nn.CrossEntropyLoss())


def shifted_targets():
    embed, lstm, fc = nn.Embedding(9, 4), nn.LSTM(4, 8, batch_first=True), nn.Linear(8, 9)
    tokens = torch.randint(0, 9, (5, 13))
    logits = fc(lstm(embed(tokens))[0])
    return F.cross_entropy(logits.reshape(-1, 9), tokens[:, 1:].reshape(-1))  # -> BF601


def ids_with_a_feature_axis():
    embed, gru = nn.Embedding(9, 4), nn.GRU(4, 8, batch_first=True)
    ids = torch.randint(0, 9, (5, 7, 1))
    return gru(embed(ids))  # -> BF104


class AttnDecoder(nn.Module):
    def __init__(self, hidden=6, max_length=7):
        super().__init__()
        self.embedding = nn.Embedding(10, hidden)
        self.attn = nn.Linear(hidden * 2, max_length)
        self.gru = nn.GRU(hidden, hidden)

    def forward(self, token, hidden, encoder_outputs):
        embedded = self.embedding(token)
        weights = F.softmax(self.attn(torch.cat((embedded, hidden[0]), 1)), dim=1)
        applied = torch.bmm(weights.unsqueeze(1), encoder_outputs)  # -> BF101 weights_meet_time_major_memory
        return self.gru(applied.transpose(0, 1), hidden)


def weights_meet_time_major_memory():
    encoder = nn.GRU(4, 6)
    memory, hidden = encoder(torch.randn(7, 3, 4))
    return AttnDecoder()(torch.tensor([1, 2, 3]), hidden, memory)


def last_step_kept_as_an_axis():
    gru, fc = nn.GRU(3, 8, batch_first=True), nn.Linear(8, 4)
    out, _ = gru(torch.randn(5, 7, 3))
    return F.cross_entropy(fc(out[:, -1:]), torch.randint(0, 4, (5,)))  # -> BF601


def ctc_with_batch_first_scores():
    lstm = nn.LSTM(6, 5, batch_first=True)
    scores = lstm(torch.randn(4, 20, 6))[0].log_softmax(-1)
    targets, lengths = torch.randint(1, 5, (4, 3)), torch.full((4,), 20)
    return nn.CTCLoss()(scores, targets, lengths, torch.full((4,), 3))  # -> BF101


def steps_by_length_on_the_other_axis():
    lstm = nn.LSTM(4, 8)
    x, lengths = torch.randn(4, 9, 4), torch.tensor([4, 2, 3, 1, 4, 4, 2, 1, 3])
    out, _ = lstm(x)
    return out[torch.arange(9), lengths - 1]  # -> BF303


def gathered_last_step():
    lstm = nn.LSTM(4, 8, batch_first=True)
    x, lengths = torch.randn(3, 7, 4), torch.tensor([7, 5, 2])
    out, _ = lstm(x)
    return out.gather(1, (lengths - 1).view(-1, 1))  # -> BF303


def mask_of_the_other_order():
    lstm = nn.LSTM(4, 8)
    x = torch.randn(3, 7, 4)
    mask = torch.ones(7, 3)
    out, _ = lstm(x)
    return out * mask.unsqueeze(-1)  # -> BF101


def masked_softmax_of_the_other_order():
    gru, score = nn.GRU(4, 8), nn.Linear(8, 1)
    out, _ = gru(torch.randn(7, 3, 4))
    energies = score(out).squeeze(-1)
    mask = torch.zeros(3, 7, dtype=torch.bool)
    return energies.masked_fill(mask, -1e9).softmax(0)  # -> BF101


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 5)
        self.rnn = nn.GRU(5, 6)
        self.out = nn.Linear(6, 10)

    def forward(self, token, hidden):
        output, hidden = self.rnn(self.embedding(token).unsqueeze(0), hidden)  # -> BF108 teacher_forcing_over_the_batch
        return self.out(output[0]), hidden


def teacher_forcing_over_the_batch():
    decoder, hidden = Decoder(), torch.zeros(1, 4, 6)
    target = torch.randint(0, 10, (4, 9))
    loss = 0.0
    for t in range(target.size(1)):
        logits, hidden = decoder(target[t], hidden)
        loss = loss + logits.sum()
    return loss


def bidirectional_output_into_a_norm():
    lstm, norm = nn.LSTM(4, 8, bidirectional=True, batch_first=True), nn.LayerNorm(8)
    return norm(lstm(torch.randn(5, 7, 4))[0])  # -> BF307


def list_of_steps():
    lstm = nn.LSTM(4, 8)
    return lstm([torch.randn(3, 4) for _ in range(7)])  # -> BF308


def generated_steps_stacked():
    cell, fc = nn.LSTMCell(4, 8), nn.Linear(8, 4)
    x, state = torch.randn(3, 4), None
    steps = []
    for _ in range(4):
        state = cell(x, state)
        x = fc(state)  # -> BF308
        steps.append(x)
    return torch.stack(steps)


class CnnLstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(2))
        self.lstm = nn.LSTM(16, 8, batch_first=True)
        self.fc = nn.Linear(8, 3)

    def forward(self, frames):
        batch, steps = frames.shape[:2]
        features = self.cnn(frames.flatten(0, 1)).view(batch, steps, 4, -1)
        out, _ = self.lstm(features)  # -> BF104 frames_keep_their_channels
        return self.fc(out[:, -1])


def frames_keep_their_channels():
    return CnnLstm()(torch.rand(2, 5, 1, 8, 8))


def packed_by_the_lengths_of_the_whole_set():
    gru = nn.GRU(3, 4, batch_first=True)
    lengths = torch.tensor([9, 8, 7, 6, 5, 4, 3, 2])
    data = torch.randn(8, 9, 3)
    for start in range(0, 8, 4):
        batch = data[start : start + 4]
        packed = pack_padded_sequence(batch, lengths, batch_first=True)  # -> BF502
        pad_packed_sequence(gru(packed)[0], batch_first=True)


def random_teacher(model, x, h):
    for t in range(x.size(1)):
        step = x[:, t] if random.random() < 2 else x[t]
        _, h = model(step, h)  # -> BF104 decoder_steps_without_time
    return h


def decoder_steps_without_time():
    return random_teacher(nn.GRU(3, 4, batch_first=True), torch.randn(5, 7, 3), torch.zeros(1, 5, 4))


def two_dataset_axes():
    model, loss_fn = nn.GRU(1, 1, batch_first=True), nn.MSELoss()
    x, y = torch.randn(6, 10, 1), torch.randn(6, 4)
    out, _ = model(x)
    return loss_fn(out.squeeze(-1), y)  # -> BF309


def binary_labels_of_all_samples_in_a_batch_of_one():
    lstm, fc = nn.LSTM(3, 8, batch_first=True), nn.Linear(8, 1)
    x, y = torch.randn(16, 3), torch.ones(16)
    out, _ = lstm(x.unsqueeze(0))
    logits = fc(out[:, -1]).squeeze(1)
    return F.binary_cross_entropy_with_logits(logits, y)  # -> BF103


def predictions_zipped_with_targets():
    gru = nn.GRU(2, 3, batch_first=True)
    _, h = gru(torch.randn(4, 6, 2))
    target = torch.randint(0, 3, (4,))
    return nn.NLLLoss()(h.log_softmax(-1), target)  # -> BF302


def accuracy_of_swapped_predictions():
    lstm, fc = nn.LSTM(3, 8), nn.Linear(8, 2)
    x, y = torch.randn(6, 9, 3), torch.randint(0, 2, (6,))
    predicted = fc(lstm(x)[0][-1]).argmax(dim=1)
    return (predicted == y).float().mean()  # -> BF101
