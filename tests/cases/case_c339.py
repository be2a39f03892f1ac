"""Pointer decoder step with one sample: context.squeeze() also removes the batch axis."""
import torch
import torch.nn as nn
import torch.nn.functional as F

META = dict(
    id='c339', source='HLTCHKUST/Mem2Seq#19',
    title='ptr_UNK network failed: torch.cat((word_embedded, context.squeeze()), 1)',
    loud=True, cause='squeeze_batch',
    explanation='context is (batch, 1, hidden). squeeze() without an axis drops the batch axis as well when the '
                'batch is '
                '1; squeeze(1) is '
                'meant.',
    fix='torch.cat((word, context.squeeze(1)), 1)',
    layout=['batch seq', 'batch'],
)


class PointerStep(nn.Module):
    def __init__(self, vocab=22, emb=5, hid=6):
        super().__init__()
        self.emb = nn.Embedding(vocab, emb)
        self.encoder = nn.GRU(emb, hid, batch_first=True)
        self.decoder = nn.GRU(emb + hid, hid)
        self.v = nn.Linear(hid, hid, bias=False)

    def join(self, word, context):
        return torch.cat((word, context.squeeze()), 1)  # BUG

    def forward(self, source, previous):
        memory, state = self.encoder(self.emb(source))
        energy = torch.bmm(self.v(state[-1]).unsqueeze(1), memory.transpose(1, 2))
        context = torch.bmm(F.softmax(energy, dim=2), memory)
        step = self.join(self.emb(previous), context).unsqueeze(0)
        out, _ = self.decoder(step, state)
        pointer = torch.einsum('bh,bth->bt', out[0], memory)
        return F.log_softmax(pointer, dim=1)


class PointerStepFixed(PointerStep):
    def join(self, word, context):
        return torch.cat((word, context.squeeze(1)), 1)


def _one():
    torch.manual_seed(1)
    return torch.randint(0, 22, (1, 7)), torch.randint(0, 22, (1,))


def make():
    torch.manual_seed(0)
    return PointerStep(), _one(), None


def fixed():
    torch.manual_seed(0)
    return PointerStepFixed(), _one(), None


def run(model, inputs, targets):
    return model(*inputs)
