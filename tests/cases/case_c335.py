"""NER: packed batch-first, unpacked seq-first, and the flattened loss does not notice."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

META = dict(
    id='c335', source='NER repositories with batch_first in pack_padded_sequence only',
    title='pad_packed_sequence(out) without batch_first',
    loud=False, cause='pad_packed_batch_first',
    explanation='The unpacked tensor is (words, sentences, 2H). Flattened it is ordered word by word, the labels '
                'sentence '
                'by sentence: almost '
                'every score is compared with the label of another word.',
    fix='pad_packed_sequence(out, batch_first=True)',
    layout='batch seq',
)
V, E, H, LABELS, IGNORE = 39, 7, 6, 5, -100


class NERModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, E, padding_idx=0)
        self.bilstm = nn.LSTM(E, H, bidirectional=True, batch_first=True)
        self.drop = nn.Dropout(0.3)
        self.classifier = nn.Linear(2 * H, LABELS)

    def unpack(self, out):
        return pad_packed_sequence(out)[0]  # BUG

    def forward(self, input_ids, attention_mask):
        lengths = attention_mask.sum(dim=1)
        emb = self.drop(self.embedding(input_ids))
        packed = pack_padded_sequence(emb, lengths, batch_first=True, enforce_sorted=False)
        out, _ = self.bilstm(packed)
        return self.classifier(self.unpack(out))


class NERModelFixed(NERModel):
    def unpack(self, out):
        return pad_packed_sequence(out, batch_first=True)[0]


def _data():
    torch.manual_seed(1)
    lengths = torch.tensor([7, 4, 6])
    mask = (torch.arange(7) < lengths[:, None]).long()
    ids = torch.randint(1, V, (3, 7)) * mask
    labels = torch.randint(0, LABELS, (3, 7)).masked_fill(mask == 0, IGNORE)
    return (ids, mask), labels


def make():
    torch.manual_seed(0)
    return (NERModel(),) + _data()


def fixed():
    torch.manual_seed(0)
    return (NERModelFixed(),) + _data()


def run(model, inputs, targets):
    logits = model(*inputs)
    return F.cross_entropy(logits.view(-1, LABELS), targets.view(-1), ignore_index=IGNORE)
