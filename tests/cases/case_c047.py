"""Text generation that starts from a zero state for every character."""
import torch
from torch import nn

META = dict(
    id='c047',
    source='jankrepl/mltype#36 (pull request); ageron/handson-mlp#4; mkroutikov/tf-lstm-char-cnn#10',
    title='Generation feeds one character at a time but not the hidden state',
    loud=False,
    cause='state_not_carried',
    explanation='The loop calls the LSTM with one character and no state: what was read before is forgotten.',
    fix='logits, state = model(token, state)',
    layout='batch seq',
)
V, E, H = 12, 5, 8


class CharLM(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, num_layers=2, batch_first=True)
        self.out = nn.Linear(H, V)

    def forward(self, tokens, state=None):
        out, state = self.lstm(self.emb(tokens), state)  # BUG
        return self.out(out[:, -1]), state


class Generator(nn.Module):
    carry = False  # BUG

    def __init__(self):
        super().__init__()
        self.lm = CharLM()

    def forward(self, prompt, steps=5):
        state, logits = None, []
        for token in prompt.split(1, dim=1):
            score, state = self.lm(token, state if self.carry else None)  # BUG
        for _ in range(steps):
            token = score.argmax(-1, keepdim=True)
            score, state = self.lm(token, state if self.carry else None)  # BUG
            logits.append(score)
        return torch.stack(logits, dim=1)


class GeneratorFixed(Generator):
    carry = True


def _data():
    torch.manual_seed(1)
    return (torch.randint(0, V, (3, 6)),)


def make():
    torch.manual_seed(0)
    return Generator(), _data(), None


def fixed():
    torch.manual_seed(0)
    return GeneratorFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)
