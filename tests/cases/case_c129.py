"""hn.view(-1, hidden) with two layers: the model returns twice as many forecasts as samples."""
import torch
from torch import nn

META = dict(
    id='c129',
    source='public code, index ids 14239127058, 9013864398, 33340216334 (the same line in many forecasting scripts)',
    title='"reshaping the data for Dense layer next": hn.view(-1, hidden_size) beside num_layers > 1',
    loud=False,
    cause='hn_view_wrong_size',
    explanation='hn is (layers, batch, hidden); view(-1, hidden) gives layers * batch rows, the first half from the'
                ' bottom layer. With one layer it is right.',
    fix='hn[-1]',
    layout='batch seq features',
)
D, H, L = 3, 6, 2


class LSTM1(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(D, H, L, batch_first=True)
        self.fc_1, self.fc = nn.Linear(H, 8), nn.Linear(8, 1)
        self.relu = nn.ReLU()

    def flat(self, hn):
        return hn.view(-1, H)  # BUG

    def forward(self, x):
        h_0, c_0 = x.new_zeros(L, x.size(0), H), x.new_zeros(L, x.size(0), H)
        output, (hn, cn) = self.lstm(x, (h_0, c_0))
        out = self.relu(self.flat(hn))  # BUG
        return self.fc(self.relu(self.fc_1(out)))


class LSTM1Fixed(LSTM1):
    def flat(self, hn):
        return hn[-1]


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, 9, D),)


def make():
    torch.manual_seed(0)
    return LSTM1(), _data(), None


def fixed():
    torch.manual_seed(0)
    return LSTM1Fixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)
