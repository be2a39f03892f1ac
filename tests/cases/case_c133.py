"""Feature rows unsqueezed at 0 "for the batch size", last step read: one result for the whole batch."""
import torch
from torch import nn

META = dict(
    id='c133',
    source='public code, index ids 42221059890 and 32356670142',
    title='"Add an extra dimension for batch size": lstm(x.unsqueeze(0)) and out[:, -1]',
    loud=False,
    cause='seq_len_one',
    explanation='The rows of the batch become the steps of one sequence; out[:, -1] leaves one row, the last sample'
                ' after all others.',
    fix='x.unsqueeze(1)',
    layout='batch features',
)
D, H = 6, 5


class LinearAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(D, H, 2, batch_first=True)
        self.classifier = nn.Linear(H, 3)

    def batched(self, x):
        return x.unsqueeze(0)  # BUG

    def forward(self, x):
        out, _ = self.lstm(self.batched(x))  # BUG
        return self.classifier(out[:, -1, :])


class LinearAttentionFixed(LinearAttention):
    def batched(self, x):
        return x.unsqueeze(1)


def _data():
    torch.manual_seed(1)
    return (torch.randn(5, D),)


def make():
    torch.manual_seed(0)
    return LinearAttention(), _data(), None


def fixed():
    torch.manual_seed(0)
    return LinearAttentionFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)
