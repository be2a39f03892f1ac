"""Reading comprehension: start and end logits from one Linear(…, 2), softmax over the tokens of the passage."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='y044', source='own', title='span extraction head with question-aware passage', loud=False, cause='none',
    explanation='dim=1 is the token axis on purpose. The passage attends to the question of the same sample by bmm.',
    layout=['batch seq', 'batch seq'],
)


class SpanReader(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(40, 8, padding_idx=0)
        self.q_rnn = nn.GRU(8, 5, bidirectional=True, batch_first=True)
        self.p_rnn = nn.GRU(20, 6, bidirectional=True, batch_first=True)
        self.proj = nn.Linear(8, 10)
        self.span = nn.Linear(12, 2)

    def forward(self, passage, question):
        q, _ = self.q_rnn(self.emb(question))
        p = self.proj(self.emb(passage))
        similarity = torch.bmm(p, q.transpose(1, 2))                       # (B, Tp, Tq)
        aware = torch.cat([p, torch.bmm(similarity.softmax(-1), q)], -1)
        keep = passage.ne(0)
        x = pack_padded_sequence(aware, keep.sum(1), batch_first=True, enforce_sorted=False)
        x, _ = pad_packed_sequence(self.p_rnn(x)[0], batch_first=True, total_length=passage.size(1))
        start, end = (s.squeeze(-1).masked_fill(~keep, -1e9) for s in self.span(x).split(1, dim=-1))
        return start.log_softmax(dim=1), end.log_softmax(dim=1)


def _inputs():
    torch.manual_seed(1)
    passage = torch.randint(1, 40, (4, 11))
    passage[1, 7:] = 0
    passage[3, 9:] = 0
    return passage, torch.randint(1, 40, (4, 5))


def make():
    torch.manual_seed(0)
    return SpanReader(), _inputs(), None


fixed = make


def run(model, inputs, targets):
    return model(*inputs)
