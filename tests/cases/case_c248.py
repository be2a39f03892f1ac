"""Name classifier of the tutorial made "batched": torch.cat((line[i], hidden), 1) with batch-first names."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c248', source='forum questions on batching the character-level RNN tutorial',
    title='Iterating line_tensor[i] with a batch-first tensor',
    loud=False, cause='cell_loop_axis',
    explanation='line[i] is the i-th name, all its letters; hidden (letters, H) is fed from name to name.',
    fix='combined = torch.cat((line[:, i], hidden), 1)',
    layout='batch seq features',
)
H = 6


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = nn.Linear(5 + H, H)
        self.i2o = nn.Linear(5 + H, 3)

    def step(self, letter, hidden):
        combined = torch.cat((letter, hidden), 1)  # BUG
        return self.i2o(combined), torch.tanh(self.i2h(combined))  # BUG

    def letters(self, line):
        return [line[i] for i in range(line.size(0))]  # BUG

    def forward(self, line):
        letters = self.letters(line)
        hidden = line.new_zeros(letters[0].size(0), H)
        for letter in letters:
            out, hidden = self.step(letter, hidden)
        return F.log_softmax(out, dim=1)


class NetFixed(Net):
    def letters(self, line):
        return [line[:, i] for i in range(line.size(1))]


def _inputs():
    torch.manual_seed(1)
    return (torch.rand(4, 6, 5),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)
