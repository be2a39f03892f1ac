"""Dialogue model: the encoder state is averaged over the batch instead of over its layers."""
import torch
from torch import nn

META = dict(
    id='c321', source='chatbot code with a "mean of the encoder layers" as decoder start',
    title='hidden.mean(1) on (layers, batch, hidden)',
    loud=False, cause='state_batch_mean',
    explanation='h_n is (layers, batch, hidden) even when the encoder is batch_first. mean(dim=1) averages the '
                'conversations of the batch, '
                'and every decoder starts from the same mixture. The layers are axis 0.',
    fix='hidden.mean(dim=0, keepdim=True).expand_as(hidden)',
    layout=['batch seq', 'batch seq'],
)


class ChatModel(nn.Module):
    def __init__(self, vocab=33, emb=6, hid=7, layers=2):
        super().__init__()
        self.emb = nn.Embedding(vocab, emb)
        self.enc = nn.GRU(emb, hid, layers, batch_first=True)
        self.dec = nn.GRU(emb, hid, layers, batch_first=True)
        self.out = nn.Linear(hid, vocab)

    def bridge(self, hidden):
        return hidden.mean(dim=1, keepdim=True).expand_as(hidden).contiguous()  # BUG

    def forward(self, question, answer):
        _, hidden = self.enc(self.emb(question))
        states, _ = self.dec(self.emb(answer), self.bridge(hidden))
        return self.out(states)


class ChatModelFixed(ChatModel):
    def bridge(self, hidden):
        return hidden.mean(dim=0, keepdim=True).expand_as(hidden).contiguous()


def _pairs():
    torch.manual_seed(1)
    return torch.randint(0, 33, (5, 8)), torch.randint(0, 33, (5, 6))


def make():
    torch.manual_seed(0)
    return ChatModel(), _pairs(), None


def fixed():
    torch.manual_seed(0)
    return ChatModelFixed(), _pairs(), None


def run(model, inputs, targets):
    return model(*inputs)
