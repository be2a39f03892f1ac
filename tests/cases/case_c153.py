"""A2C: advantage from references (B,) and values (B, 1), multiplied with the log-probabilities."""
import torch
from torch import nn
import torch.nn.functional as F

META = dict(
    id='c153', source='PacktPublishing/Deep-Reinforcement-Learning-Hands-On#33',
    title='A3C Bug?',
    loud=False, cause='loss_broadcast',
    explanation='vals_ref - value is (B, B); times log_prob (B,) the policy gradient weighs each action with the '
                'advantages of all other samples.',
    fix='adv = vals_ref - value.squeeze(-1).detach()',
    layout='batch seq features',
)
ACT = 3


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(4, 6, batch_first=True)
        self.policy = nn.Linear(6, ACT)
        self.value = nn.Linear(6, 1)

    def forward(self, x):
        out, _ = self.rnn(x)
        last = out[:, -1]
        return self.policy(last), self.value(last)

    def advantage(self, vals_ref, value):
        return vals_ref - value.detach()  # BUG


class NetFixed(Net):
    def advantage(self, vals_ref, value):
        return vals_ref - value.detach().squeeze(-1)


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(5, 4, 4),), (torch.tensor([0, 2, 1, 1, 0]), torch.randn(5))


def run(model, inputs, targets):
    actions, vals_ref = targets
    logits, value = model(*inputs)
    loss_value = F.mse_loss(value.squeeze(-1), vals_ref)
    adv = model.advantage(vals_ref, value)
    log_prob = F.log_softmax(logits, dim=1)[torch.arange(len(actions)), actions]
    loss_policy = -(adv * log_prob).mean()  # BUG
    return loss_policy + loss_value


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())
