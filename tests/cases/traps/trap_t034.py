"""A whole training step: zero_grad, forward, loss, backward, clipping, SGD step."""
import torch
from torch import nn

META = dict(
    id='t034',
    source='own',
    title='run() changes the parameters',
    explanation='Each call moves the weights a little; the loss couples the batch, the model does not.',
    layout='batch seq features',
)


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 6, 2, batch_first=True)
        self.fc = nn.Linear(6, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1]).squeeze(-1)


def fixed():
    torch.manual_seed(0)
    model = Regressor()
    torch.manual_seed(1)
    return model, (torch.randn(5, 8, 2),), torch.randn(5)


def run(model, inputs, targets):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    optimizer.zero_grad()
    pred = model(*inputs)
    loss = nn.functional.mse_loss(pred, targets.to(pred.dtype))
    if loss.requires_grad:
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return loss.detach()


make = None
