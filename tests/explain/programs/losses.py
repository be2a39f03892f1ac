"""Failing programs: losses, and training loops as scripts write them."""

# ruff: noqa: RUF059, SIM, PERF - as people write them

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def classes_last():
    logits, tags = torch.randn(4, 10, 6), torch.randint(0, 6, (4, 10))
    return nn.CrossEntropyLoss()(logits, tags)  # -> BF602


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 5)
        self.lstm = nn.LSTM(5, 8, batch_first=True)
        self.fc = nn.Linear(8, 6)

    def forward(self, tokens):
        return F.log_softmax(self.fc(self.lstm(self.embedding(tokens))[0]), dim=-1)


def tagger_with_nll():
    tokens = torch.randint(0, 20, (4, 10))
    return F.nll_loss(Tagger()(tokens), tokens % 6)  # -> BF602


def tagger_with_flat_targets():
    tokens = torch.randint(0, 20, (4, 10))
    return F.cross_entropy(Tagger()(tokens), (tokens % 6).view(-1))  # -> BF602


def flat_logits_and_square_targets():
    tokens = torch.randint(0, 20, (4, 10))
    scores = Tagger()(tokens)
    return F.cross_entropy(scores.view(-1, 6), tokens % 6)  # -> BF601


def one_label_for_all_steps():
    tokens, labels = torch.randint(0, 20, (4, 10)), torch.randint(0, 6, (4,))
    model = Tagger()
    return nn.CrossEntropyLoss()(model(tokens), labels)  # -> BF309


def labels_in_a_column():
    gru, fc = nn.GRU(3, 8, batch_first=True), nn.Linear(8, 4)
    _, h = gru(torch.randn(5, 7, 3))
    return nn.CrossEntropyLoss()(fc(h[-1]), torch.randint(0, 4, (5, 1)))  # -> BF601


def whole_state_into_the_head():
    gru, fc = nn.GRU(3, 8, batch_first=True), nn.Linear(8, 4)
    _, h = gru(torch.randn(5, 7, 3))
    return nn.CrossEntropyLoss()(fc(h), torch.randint(0, 4, (5,)))  # -> BF302


def binary_column():
    lstm, fc = nn.LSTM(3, 8, batch_first=True), nn.Linear(8, 1)
    out, _ = lstm(torch.randn(5, 7, 3))
    return nn.BCEWithLogitsLoss()(fc(out[:, -1]), torch.ones(5))  # -> BF601


def binary_for_every_step():
    lstm, fc = nn.LSTM(3, 8, batch_first=True), nn.Linear(8, 1)
    out, _ = lstm(torch.randn(5, 7, 3))
    return F.binary_cross_entropy(torch.sigmoid(fc(out)), torch.ones(5, 1))  # -> BF309


class Forecaster(nn.Module):
    def __init__(self, batch_first=False):
        super().__init__()
        self.lstm = nn.LSTM(2, 8, batch_first=batch_first)
        self.head = nn.Linear(8, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.head(out[-1])


def regression_over_the_wrong_axis():
    model = Forecaster()
    loader = DataLoader(TensorDataset(torch.randn(12, 9, 2), torch.randn(12, 1)), batch_size=4)
    for x, y in loader:
        loss = nn.MSELoss()(model(x), y)  # -> BF101
        loss.backward()


def classes_over_the_wrong_axis():
    net = nn.GRU(2, 3)
    x, y = torch.randn(6, 9, 2), torch.randint(0, 3, (6,))
    out, h = net(x)
    return F.cross_entropy(out[-1], y)  # -> BF101


def hand_written_loss():
    gru, fc = nn.GRU(2, 8), nn.Linear(8, 3)
    x, y = torch.randn(9, 6, 2), torch.randn(6, 4)
    out, _ = gru(x)
    return ((fc(out[-1]) - y) ** 2).mean()  # -> BF601


def flattened_steps_meet_labels():
    gru, fc = nn.GRU(2, 8, batch_first=True), nn.Linear(8, 3)
    out, _ = gru(torch.randn(5, 7, 2))
    scores = fc(out.reshape(-1, 8))
    return F.cross_entropy(scores, torch.randint(0, 3, (5,)))  # -> BF309


def rows_of_the_state_meet_labels():
    gru, fc = nn.GRU(2, 8, num_layers=2, batch_first=True), nn.Linear(8, 3)
    _, h = gru(torch.randn(5, 7, 2))
    return F.cross_entropy(fc(h.view(-1, 8)), torch.randint(0, 3, (5,)))  # -> BF301


def samples_on_another_axis():
    model = Forecaster()
    data, targets = torch.randn(7, 20, 2), torch.randn(20, 1)
    order = torch.arange(20)
    for start in range(0, 20, 4):
        chosen = order[start : start + 4]
        x, y = data[chosen], targets[chosen]
        nn.L1Loss()(model(x), y)  # -> BF409


def samples_sliced_on_another_axis():
    model = Forecaster()
    data, targets = torch.randn(9, 20, 2), torch.randn(20, 1)
    x, y = data[:4], targets[:4]
    return nn.L1Loss()(model(x), y)  # -> BF409


def float_classes():
    gru, fc = nn.GRU(2, 8), nn.Linear(8, 3)
    _, h = gru(torch.randn(9, 6, 2))
    return F.cross_entropy(fc(h[-1]), torch.ones(6))  # -> BF107


def long_targets_of_a_binary_loss():
    gru, fc = nn.GRU(2, 8), nn.Linear(8, 1)
    _, h = gru(torch.randn(9, 6, 2))
    return F.binary_cross_entropy(torch.sigmoid(fc(h[-1]))[:, 0], torch.ones(6, dtype=torch.long))  # -> BF107


def loss_gets_the_tuple():
    gru = nn.GRU(2, 1)
    prediction = gru(torch.randn(9, 6, 2))
    return nn.MSELoss()(prediction, torch.randn(9, 6, 1))  # -> BF308


def right_tagger():
    tokens = torch.randint(0, 20, (4, 10))
    return F.nll_loss(Tagger()(tokens).transpose(1, 2), tokens % 6)


def right_forecaster():
    return nn.MSELoss()(Forecaster()(torch.randn(9, 6, 2)), torch.randn(6, 1))
