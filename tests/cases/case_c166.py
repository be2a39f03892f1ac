"""Custom LSTM after the TorchScript benchmark: inputs.unbind(0) of batch-first data."""
import torch
from torch import nn

META = dict(
    id='c166',
    source='pytorch/pytorch benchmarks/fastrnns/custom_lstms.py, used with batch-first inputs (forum question)',
    title='Custom LSTM: inputs.unbind(0) with batch_first data',
    loud=False, cause='cell_loop_axis',
    explanation='unbind(0) is right for seq-first input. Here axis 0 is the batch, so the cell goes from sample '
                'to sample; the state was made for inputs.size(1) rows and nothing raises.',
    fix='inputs = inputs.unbind(1)',
    layout='batch seq features',
)
H = 5


class Cell(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight_ih = nn.Parameter(torch.randn(4 * H, 3) * 0.3)
        self.weight_hh = nn.Parameter(torch.randn(4 * H, H) * 0.3)

    def forward(self, input, state):
        hx, cx = state
        gates = torch.mm(input, self.weight_ih.t()) + torch.mm(hx, self.weight_hh.t())
        i, f, g, o = gates.chunk(4, 1)
        cy = torch.sigmoid(f) * cx + torch.sigmoid(i) * torch.tanh(g)
        hy = torch.sigmoid(o) * torch.tanh(cy)
        return hy, (hy, cy)


class Net(nn.Module):
    axis = 0

    def __init__(self):
        super().__init__()
        self.cell = Cell()

    def forward(self, inputs):
        rows = inputs.unbind(self.axis)  # BUG
        state = (torch.zeros(rows[0].size(0), H), torch.zeros(rows[0].size(0), H))
        outputs = []
        for row in rows:
            out, state = self.cell(row, state)  # BUG
            outputs += [out]
        return torch.stack(outputs, self.axis)


class NetFixed(Net):
    axis = 1


def _inputs():
    torch.manual_seed(1)
    return (torch.randn(4, 6, 3),), None


def make():
    torch.manual_seed(0)
    return (Net(), *_inputs())


def fixed():
    torch.manual_seed(0)
    return (NetFixed(), *_inputs())


def run(model, inputs, targets):
    return model(*inputs)
