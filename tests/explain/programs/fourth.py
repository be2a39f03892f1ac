"""Failing programs of a fourth round: models run with a tuple of inputs and targets from elsewhere."""

# ruff: noqa: RUF059, E501, SIM, PERF - as people write them

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


def run(model, inputs, targets=None, loss=None):
    out = model(*inputs)
    return out if loss is None else loss(out, targets)  # -> BF309 sequence_prediction_for_one_value


class Vae(nn.Module):
    def __init__(self, layers=2, hid=6, latent=3):
        super().__init__()
        self.layers, self.hid = layers, hid
        self.enc = nn.GRU(4, hid, layers, batch_first=True)
        self.to_latent = nn.Linear(hid, latent)
        self.from_latent = nn.Linear(latent, hid)
        self.dec = nn.GRU(4, hid, layers, batch_first=True)

    def forward(self, x):
        _, h = self.enc(x)
        z = self.to_latent(h[-1])
        h0 = self.from_latent(z).unsqueeze(0)
        out, _ = self.dec(x, h0)  # -> BF202 latent_for_one_layer
        return out


def latent_for_one_layer():
    run(Vae(), (torch.randn(5, 7, 4),))


class ContextDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.LSTM(3, 6, batch_first=True)
        self.dec = nn.LSTM(3, 6, batch_first=True)

    def forward(self, x, y):
        enc_out, _ = self.enc(x)
        return self.dec(y, (enc_out, enc_out))[0]  # -> BF204 output_as_both_states


def output_as_both_states():
    run(ContextDecoder(), (torch.randn(5, 7, 3), torch.randn(5, 4, 3)))


class LastOutputState(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.GRU(3, 6, batch_first=True)
        self.dec = nn.GRU(3, 6, batch_first=True)

    def forward(self, x, y):
        enc_out, h = self.enc(x)
        return self.dec(y, enc_out[:, -1])[0]  # -> BF206 last_output_as_state


def last_output_as_state():
    run(LastOutputState(), (torch.randn(5, 7, 3), torch.randn(5, 4, 3)))


class ImageCaption(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv2d(1, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.embed = nn.Embedding(11, 6)
        self.lstm = nn.LSTM(6, 4, batch_first=True)

    def forward(self, image, words):
        features = self.cnn(image)
        state = (features.unsqueeze(1), torch.zeros_like(features).unsqueeze(1))
        return self.lstm(self.embed(words), state)[0]  # -> BF201 image_features_batch_first


def image_features_batch_first():
    run(ImageCaption(), (torch.rand(3, 1, 8, 8), torch.randint(0, 11, (3, 5))))


class Policy(nn.Module):
    def __init__(self, envs):
        super().__init__()
        self.rnn = nn.GRU(4, 8)
        self.pi = nn.Linear(8, 2)
        self.h = torch.zeros(1, envs, 8)

    def forward(self, obs):
        out, self.h = self.rnn(obs.unsqueeze(0), self.h)  # -> BF203 one_environment_at_evaluation
        return self.pi(out.squeeze(0))


def one_environment_at_evaluation():
    policy = Policy(8)
    with torch.no_grad():
        run(policy, (torch.randn(8, 4),))
        run(policy, (torch.randn(1, 4),))


class Dueling(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTMCell(4, 8)
        self.value = nn.Linear(8, 1)

    def forward(self, x, hidden):
        h, c = self.lstm(x, hidden)  # -> BF203 cell_state_of_another_batch
        return self.value(h), (h, c)


def cell_state_of_another_batch():
    run(Dueling(), (torch.randn(5, 4), (torch.zeros(1, 8), torch.zeros(1, 8))))


class Pooler(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 8, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(16, 3)

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        return self.fc(h.view(2, -1))  # -> BF301 state_viewed_by_directions


def state_viewed_by_directions():
    run(Pooler(), (torch.randn(5, 7, 4),))


class PoolerSqueezed(Pooler):
    def forward(self, x):
        _, (h, _) = self.lstm(x)
        return self.fc(h.squeeze(0))  # -> BF302 state_of_two_directions_squeezed


def state_of_two_directions_squeezed():
    run(PoolerSqueezed(), (torch.randn(5, 7, 4),))


class PoolerUnsorted(Pooler):
    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)  # -> BF502 lengths_longer_first_forgotten
        out, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        return self.fc(out[:, -1])


def lengths_longer_first_forgotten():
    run(PoolerUnsorted(), (torch.randn(3, 7, 4), torch.tensor([2, 7, 4])))


class Strided(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(4, 6, 3, stride=2, padding=1)
        self.gru = nn.GRU(6, 8, batch_first=True)

    def forward(self, x, lengths):
        y = self.conv(x.transpose(1, 2)).transpose(1, 2)
        packed = pack_padded_sequence(y, lengths, batch_first=True, enforce_sorted=False)  # -> BF502 lengths_before_the_stride
        out, h = self.gru(packed)
        return pad_packed_sequence(out, batch_first=True)[0]


def lengths_before_the_stride():
    run(Strided(), (torch.randn(3, 12, 4), torch.tensor([12, 9, 5])))


class ConvFirst(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 8)
        self.convs = nn.ModuleList([nn.Conv1d(8, 5, k) for k in (2, 3)])
        self.fc = nn.Linear(10, 2)

    def forward(self, x):
        emb = self.embedding(x)
        pooled = [F.relu(conv(emb)).max(dim=2)[0] for conv in self.convs]  # -> BF405 text_cnn_without_permute
        return self.fc(torch.cat(pooled, 1))


def text_cnn_without_permute():
    run(ConvFirst(), (torch.randint(0, 20, (4, 9)),))


class Normed(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(4, 8, batch_first=True)
        self.norm = nn.BatchNorm1d(8)
        self.fc = nn.Linear(8, 1)

    def forward(self, x):
        out = self.gru(x)[0]
        return self.fc(F.relu(self.norm(out)))  # -> BF407 batch_norm_on_steps


def batch_norm_on_steps():
    run(Normed(), (torch.randn(5, 12, 4),))


class SelfAttentive(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 8, batch_first=True)
        self.mha = nn.MultiheadAttention(8, 4)

    def forward(self, x, pad):
        out, _ = self.lstm(x)
        return self.mha(out, out, out, key_padding_mask=pad)[0]  # -> BF408 attention_with_default_order


def attention_with_default_order():
    run(SelfAttentive(), (torch.randn(3, 7, 4), torch.zeros(3, 7, dtype=torch.bool)))


class Regressor(nn.Module):
    def __init__(self, batch_first=True):
        super().__init__()
        self.rnn = nn.RNN(2, 6, batch_first=batch_first)
        self.fc = nn.Linear(6, 1)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.fc(out)


def sequence_prediction_for_one_value():
    run(Regressor(), (torch.randn(4, 9, 2),), torch.rand(4, 1), nn.BCEWithLogitsLoss())


def loss_wrapper(criterion):
    def wrapped(out, y):
        return criterion(out, y)  # -> BF601 column_against_row_in_a_wrapper

    return wrapped


class Column(Regressor):
    def forward(self, x):
        return torch.sigmoid(super().forward(x)[:, -1])


def column_against_row_in_a_wrapper():
    run(Column(), (torch.randn(4, 9, 2),), torch.ones(4), loss_wrapper(nn.BCELoss()))


class Swapped(Regressor):
    def forward(self, x):
        out, h = self.rnn(x)
        return self.fc(h[-1])


def state_of_the_steps_meets_the_targets():
    model, x, y = Swapped(batch_first=False), torch.randn(4, 9, 2), torch.randn(4, 1)
    prediction = run(model, (x,))
    return F.l1_loss(prediction, y)  # -> BF101


def classes_of_the_whole_state():
    gru = nn.GRU(2, 3, 2, batch_first=True)
    scores = gru(torch.randn(4, 9, 2))[1]
    return F.cross_entropy(scores, torch.randint(0, 3, (4,)))  # -> BF302


class Lstm4d(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(9, 4)
        self.lstm = nn.LSTM(4, 6, batch_first=True)

    def forward(self, x):
        x = self.emb(x)
        x = x.unsqueeze(1)
        return self.lstm(x)  # -> BF104 one_axis_too_many_after_unsqueeze


def one_axis_too_many_after_unsqueeze():
    run(Lstm4d(), (torch.randint(0, 9, (3, 5)),))


class Flattening(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 6, batch_first=True)
        self.fc = nn.Linear(6 * 10, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out.reshape(x.size(0), -1))  # -> BF307 another_sequence_length


def another_sequence_length():
    run(Flattening(), (torch.randn(4, 8, 3),))


class Squeezer(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 6, batch_first=True)
        self.fc = nn.Linear(6, 2)

    def forward(self, x):
        _, h = self.gru(x)
        return self.fc(h.squeeze())


def batch_of_one_through_squeeze():
    model = Squeezer()
    out = run(model, (torch.randn(1, 5, 3),))
    return F.log_softmax(out, dim=1)  # -> BF404


class Windows(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 4)
        self.fc = nn.Linear(4, 1)

    def forward(self, x, state):
        out, state = self.lstm(x, state)  # -> BF101 window_first_and_state_for_the_batch
        return self.fc(out[-1]), state


def window_first_and_state_for_the_batch():
    x = torch.randn(16, 30, 1)
    run(Windows(), (x, (torch.zeros(1, 16, 4), torch.zeros(1, 16, 4))))


def pairs_joined_in_other_orders():
    left, right = nn.GRU(3, 4, batch_first=True), nn.GRU(3, 4)
    x = torch.randn(5, 7, 3)
    a, b = left(x)[0], right(x.transpose(0, 1))[0]
    return torch.cat((a, b), dim=-1)  # -> BF101


def pointer_scores():
    lstm, query = nn.LSTM(3, 4, batch_first=True), nn.Linear(4, 4)
    memory, (h, _) = lstm(torch.randn(5, 7, 3))
    return torch.bmm(memory, query(h).transpose(1, 2))  # -> BF302


def embedding_into_a_cell():
    embed, cell = nn.Embedding(9, 4), nn.GRUCell(4, 6)
    return cell(embed(torch.randint(0, 9, (5, 7))), torch.zeros(5, 6))  # -> BF108


def layer_norm_over_channels():
    norm = nn.LayerNorm(6)
    return norm(torch.randn(4, 6, 30))  # -> BF407


def transposed_twice_into_a_gru():
    gru = nn.GRU(6, 5, batch_first=True)
    x = torch.randn(4, 30, 6).transpose(1, 2)
    return gru(x)[0]  # -> BF106


def minibatch_from_time_major_data():
    gru, fc = nn.GRU(2, 4), nn.Linear(4, 1)
    series, labels = torch.randn(12, 100, 2), torch.randn(100, 1)
    batch = torch.randperm(100)[:10].sort().values + 20
    _, h = gru(series[batch])  # -> BF409
    return F.mse_loss(fc(h[-1]), labels[batch])


def reshaped_for_the_fixed_batch():
    lstm = nn.LSTM(5, 4, batch_first=True)
    x = torch.randn(6, 7, 5)
    return lstm(x.view(8, -1, 5))  # -> BF401


gru = nn.GRU(3, 4, batch_first=True)
output, hidden = gru(torch.randn(5, 7, 3))


def global_output_beyond_its_end():
    return output[:, 7]  # -> BF303
