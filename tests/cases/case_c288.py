import torch
import torch.nn as nn

META = dict(
    id='c288',
    source='discuss.pytorch.org/t/how-make-the-input-size-for-multivariate-time-series-data-and-use-it-for-conv1d/146852',
    title='CNN-LSTM: Conv1d(in_channels=window) slides over the features',
    loud=False, cause='conv_no_permute',
    explanation='Conv1d reads (batch, channels, length). On (batch, window, features) with in_channels=window it '
                'mixes all '
                'steps with full weights and slides over the (unordered) features; the LSTM then walks over the '
                'filters.',
    fix='conv(x.transpose(1, 2)).transpose(1, 2) with in_channels=features',
    layout='batch seq features',
)


class CNNLSTM(nn.Module):
    def __init__(self, window=20, n_features=7, filters=12, units=10):
        super().__init__()
        self.conv = nn.Conv1d(window, filters, kernel_size=3, padding=1)  # BUG
        self.act = nn.LeakyReLU(0.1)
        self.drop = nn.Dropout(0.1)
        self.lstm = nn.LSTM(n_features, units, batch_first=True)
        self.dense = nn.Linear(units, 1)

    def forward(self, x):
        x = self.drop(self.act(self.conv(x)))  # BUG
        _, (hn, _) = self.lstm(x)
        return self.dense(hn[-1])


class CNNLSTMRight(nn.Module):
    def __init__(self, n_features=7, filters=12, units=10):
        super().__init__()
        self.conv = nn.Conv1d(n_features, filters, kernel_size=3, padding=1)
        self.act = nn.LeakyReLU(0.1)
        self.drop = nn.Dropout(0.1)
        self.lstm = nn.LSTM(filters, units, batch_first=True)
        self.dense = nn.Linear(units, 1)

    def forward(self, x):
        x = self.drop(self.act(self.conv(x.transpose(1, 2))))
        _, (hn, _) = self.lstm(x.transpose(1, 2))
        return self.dense(hn[-1])


def _data():
    torch.manual_seed(73)
    return (torch.randn(9, 20, 7),), torch.randn(9, 1)


def make():
    torch.manual_seed(0)
    return (CNNLSTM(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (CNNLSTMRight(),) + _data()


def run(model, inputs, targets):
    pred = model(*inputs)
    return pred, nn.functional.mse_loss(pred, targets)
