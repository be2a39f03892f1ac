"""proj_size: h_0 must have proj_size features, c_0 hidden_size."""
import torch
from torch import nn

META = dict(
    id='c079',
    source='own; speaker encoder with proj_size, the state made for hidden_size',
    title='LSTM with proj_size and h_0 of width hidden_size',
    loud=True,
    cause='state_hidden_size',
    explanation='With proj_size the hidden state has proj_size features; only the cell state keeps hidden_size.',
    fix='h0 = x.new_zeros(2, x.size(0), proj_size)',
    layout='batch seq features',
)
D, H, P = 8, 12, 5


class SpeakerEncoder(nn.Module):
    width = H  # BUG

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(D, H, num_layers=2, proj_size=P, batch_first=True)

    def forward(self, mel):
        h0 = mel.new_zeros(2, mel.size(0), self.width)  # BUG
        c0 = mel.new_zeros(2, mel.size(0), H)
        _, (h_n, _) = self.lstm(mel, (h0, c0))  # BUG
        return nn.functional.normalize(h_n[-1], dim=1)


class SpeakerEncoderFixed(SpeakerEncoder):
    width = P


def _data():
    torch.manual_seed(1)
    return (torch.randn(4, 10, D),)


def make():
    torch.manual_seed(0)
    return SpeakerEncoder(), _data(), None


def fixed():
    torch.manual_seed(0)
    return SpeakerEncoderFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)
