"""Recurrent DQN: features of a batch of observations go into nn.LSTM as 2-D rows."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c175', source='forum question on adding an LSTM to a DQN (x, _ = self.lstm(x) after a Linear)',
    title='LSTM layer in DQN: 2-D input',
    loud=False, cause='missing_seq_axis',
    explanation='(batch, features) is one unbatched sequence for nn.LSTM: the transitions sampled from the replay '
                'memory are read in order, as time.',
    fix='out, _ = self.lstm(x.unsqueeze(1)); out = out.squeeze(1)',
    layout='batch features',
)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(4, 8)
        self.lstm = nn.LSTM(8, 8)
        self.fc2 = nn.Linear(8, 2)

    def memory(self, x):
        return self.lstm(x)[0]  # BUG

    def forward(self, obs):
        x = torch.relu(self.fc1(obs))
        x = self.memory(x)  # BUG
        return self.fc2(x)


class NetFixed(Net):
    def memory(self, x):
        return self.lstm(x.unsqueeze(0))[0].squeeze(0)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(6, 4),), (torch.tensor([0, 1, 1, 0, 1, 0]), torch.randn(6))


def run(model, inputs, targets):
    actions, q_target = targets
    q = model(*inputs).gather(1, actions.view(-1, 1)).squeeze(1)
    return F.smooth_l1_loss(q, q_target)


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())
