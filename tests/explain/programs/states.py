"""Failing programs: initial states. A mark gives the expected line and code; `right_…` is the same put right."""

# ruff: noqa: RUF059, F841, SIM, PERF - as people write them

import torch
from torch import nn


def gru_state_batch_first():
    gru = nn.GRU(3, 4, num_layers=2, batch_first=True)
    x = torch.randn(5, 7, 3)
    h0 = torch.zeros(5, 2, 4)
    out, h = gru(x, h0)  # -> BF201
    return out


def right_gru_state_batch_first():
    gru = nn.GRU(3, 4, num_layers=2, batch_first=True)
    return gru(torch.randn(5, 7, 3), torch.zeros(2, 5, 4))


def lstm_state_batch_first_from_linear():
    init = nn.Linear(6, 2 * 4)
    lstm = nn.LSTM(3, 4, 2)
    z = torch.randn(5, 6)
    h0 = init(z).view(-1, 2, 4)
    c0 = torch.zeros_like(h0)
    return lstm(torch.randn(7, 5, 3), (h0, c0))  # -> BF201


def bidirectional_state_batch_first():
    rnn = nn.RNN(3, 4, bidirectional=True)
    return rnn(torch.randn(9, 6, 3), torch.zeros(6, 2, 4))  # -> BF201


class Tagger(nn.Module):
    def __init__(self, vocabulary=20, hidden=8):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, 5)
        self.lstm = nn.LSTM(5, hidden, num_layers=2, bidirectional=True, batch_first=True)
        self.hidden = hidden

    def init_hidden(self, batch):
        return torch.zeros(2, batch, self.hidden), torch.zeros(2, batch, self.hidden)

    def forward(self, tokens):
        embedded = self.embedding(tokens)
        out, _ = self.lstm(embedded, self.init_hidden(tokens.size(0)))  # -> BF202 tagger_forgets_directions
        return out


def tagger_forgets_directions():
    return Tagger()(torch.randint(0, 20, (4, 6)))


def gru_forgets_layers():
    gru = nn.GRU(input_size=3, hidden_size=4, num_layers=3, batch_first=True)
    h = torch.zeros(1, 5, 4)
    return gru(torch.randn(5, 7, 3), h)  # -> BF202


def encoder_bidirectional_decoder_not():
    encoder = nn.GRU(3, 4, bidirectional=True)
    decoder = nn.GRU(2, 4)
    _, h = encoder(torch.randn(7, 5, 3))
    return decoder(torch.randn(6, 5, 2), h)  # -> BF202


class FixedBatch(nn.Module):
    def __init__(self, batch_size):
        super().__init__()
        self.batch_size = batch_size
        self.rnn = nn.RNN(4, 6, batch_first=True)
        self.fc = nn.Linear(6, 1)

    def forward(self, x):
        h0 = torch.zeros(1, self.batch_size, 6)
        out, _ = self.rnn(x, h0)  # -> BF203 last_batch_is_smaller
        return self.fc(out[:, -1])


def last_batch_is_smaller():
    model, data = FixedBatch(8), torch.randn(20, 5, 4)
    for start in range(0, len(data), 8):
        model(data[start : start + 8])


class Stateful(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4)
        self.state = None

    def forward(self, x):
        out, state = self.lstm(x, self.state)  # -> BF203 carried_into_a_smaller_batch
        self.state = tuple(s.detach() for s in state)
        return out


def carried_into_a_smaller_batch():
    model = Stateful()
    for size in (6, 6, 2):
        model(torch.randn(5, size, 3))


def evaluation_with_the_training_batch():
    lstm = nn.LSTM(2, 3, batch_first=True)
    hidden = (torch.zeros(1, 32, 3), torch.zeros(1, 32, 3))
    return lstm(torch.randn(1, 10, 2), hidden)  # -> BF203


def replica_gets_the_whole_state():
    gru = nn.GRU(2, 3, 2)
    h = torch.zeros(2, 8, 3)
    shares = torch.randn(5, 8, 2).chunk(2, dim=1)
    return [gru(share, h) for share in shares]  # -> BF203


def lstm_with_one_tensor():
    lstm = nn.LSTM(3, 4, num_layers=2)
    return lstm(torch.randn(7, 5, 3), torch.zeros(2, 5, 4))  # -> BF204


def lstm_with_a_list_of_one():
    lstm = nn.LSTM(3, 4)
    return lstm(torch.randn(7, 5, 3), [torch.zeros(1, 5, 4)])  # -> BF204


def gru_with_a_tuple():
    gru = nn.GRU(3, 4)
    h0, c0 = torch.zeros(1, 5, 4), torch.zeros(1, 5, 4)
    return gru(torch.randn(7, 5, 3), (h0, c0))  # -> BF204


def encoder_lstm_decoder_gru():
    encoder, decoder = nn.LSTM(3, 4), nn.GRU(2, 4)
    _, state = encoder(torch.randn(7, 5, 3))
    out, _ = decoder(torch.randn(6, 5, 2), state)  # -> BF204
    return out


def encoder_gru_decoder_lstm():
    encoder, decoder = nn.GRU(3, 4), nn.LSTM(2, 4)
    _, state = encoder(torch.randn(7, 5, 3))
    return decoder(torch.randn(6, 5, 2), state)  # -> BF204


def decoder_gets_everything_the_encoder_returns():
    encoder, decoder = nn.GRU(3, 4), nn.GRU(2, 4)
    return decoder(torch.randn(6, 5, 2), encoder(torch.randn(7, 5, 3)))  # -> BF204


def decoder_lstm_gets_everything():
    encoder, decoder = nn.LSTM(3, 4), nn.LSTM(2, 4)
    encoded = encoder(torch.randn(7, 5, 3))
    return decoder(torch.randn(6, 5, 2), encoded)  # -> BF204


def decoder_gets_the_output_sequence():
    encoder, decoder = nn.GRU(3, 4, batch_first=True), nn.GRU(2, 4, batch_first=True)
    memory, _ = encoder(torch.randn(5, 7, 3))
    return decoder(torch.randn(5, 6, 2), memory)  # -> BF204


def unpack_gru_like_lstm():
    gru = nn.GRU(3, 4)
    out, (h, c) = gru(torch.randn(7, 5, 3))  # -> BF204
    return out


def unpack_lstm_flat():
    lstm = nn.LSTM(3, 4)
    out, h, c = lstm(torch.randn(7, 5, 3))  # -> BF204
    return out


def cell_gru_unpacked():
    cell = nn.GRUCell(3, 4)
    h, c = cell(torch.randn(5, 3))  # -> BF204
    return h


def lstm_cell_with_h_only():
    cell = nn.LSTMCell(3, 4)
    h = torch.zeros(5, 4)
    for step in torch.randn(7, 5, 3):
        h = cell(step, h)  # -> BF204
    return h


def decoder_of_another_width():
    encoder, decoder = nn.LSTM(3, 8, batch_first=True), nn.LSTM(1, 6, batch_first=True)
    _, state = encoder(torch.randn(5, 7, 3))
    return decoder(torch.zeros(5, 1, 1), state)  # -> BF205


def projected_state_has_hidden_size():
    lstm = nn.LSTM(3, 8, proj_size=4)
    state = (torch.zeros(1, 5, 8), torch.zeros(1, 5, 8))
    return lstm(torch.randn(7, 5, 3), state)  # -> BF205


def projected_cell_has_proj_size():
    lstm = nn.LSTM(3, 8, proj_size=4)
    return lstm(torch.randn(7, 5, 3), (torch.zeros(1, 5, 4), torch.zeros(1, 5, 4)))  # -> BF205


def cell_state_of_another_width():
    cell = nn.RNNCell(3, 4)
    return cell(torch.randn(5, 3), torch.zeros(5, 6))  # -> BF205


def state_without_layers():
    gru = nn.GRU(3, 4)
    return gru(torch.randn(7, 5, 3), torch.zeros(5, 4))  # -> BF206


def lstm_state_without_layers():
    lstm = nn.LSTM(3, 4, batch_first=True)
    h = torch.zeros(5, 4)
    return lstm(torch.randn(5, 7, 3), (h, h.clone()))  # -> BF206


def cell_state_with_layers():
    cell = nn.LSTMCell(3, 4)
    h, c = torch.zeros(1, 5, 4), torch.zeros(1, 5, 4)
    return cell(torch.randn(5, 3), (h, c))  # -> BF206


def state_of_another_dtype():
    gru = nn.GRU(3, 4)
    return gru(torch.randn(7, 5, 3), torch.zeros(1, 5, 4, dtype=torch.float64))  # -> BF107


class ArticleModel(nn.Module):
    """Sizes read from the data, as a well-known article prints it."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 64, num_layers=5, batch_first=True)
        self.linear = nn.Linear(64, 1)

    def forward(self, input_seq):
        batch_size, seq_len = input_seq[0], input_seq[1]
        h_0 = torch.randn(5, batch_size, 64)  # -> BF203 sizes_read_from_the_data
        c_0 = torch.randn(5, batch_size, 64)
        out, _ = self.lstm(input_seq, (h_0, c_0))
        return self.linear(out)


def sizes_read_from_the_data():
    return ArticleModel()(torch.randn(5, 30, 1))


def state_kept_with_its_graph():
    model, head = nn.GRU(3, 4), nn.Linear(4, 1)
    h = torch.zeros(1, 5, 4)
    optimizer = torch.optim.SGD([*model.parameters(), *head.parameters()], 0.1)
    for _ in range(3):
        out, h = model(torch.randn(7, 5, 3), h)
        loss = head(out[-1]).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()  # -> BF208
        optimizer.step()


class KeepsItsState(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, batch_first=True)
        self.hidden = (torch.zeros(1, 5, 4), torch.zeros(1, 5, 4))

    def forward(self, x):
        out, self.hidden = self.lstm(x, self.hidden)
        return out[:, -1].sum(-1)


def attribute_kept_with_its_graph():
    model = KeepsItsState()
    for _ in range(2):
        loss = (model(torch.randn(5, 7, 3)) - 1).abs().mean()
        loss.backward()  # -> BF208


def right_state_detached():
    model = nn.GRU(3, 4)
    h = torch.zeros(1, 5, 4)
    for _ in range(3):
        out, h = model(torch.randn(7, 5, 3), h.detach())
        out.sum().backward()


def right_encoder_decoder():
    encoder, decoder = nn.LSTM(3, 4, batch_first=True), nn.LSTM(2, 4, batch_first=True)
    _, state = encoder(torch.randn(5, 7, 3))
    return decoder(torch.randn(5, 6, 2), state)
