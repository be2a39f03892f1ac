"""Captioner: captions sorted by length, the batch shrinks as captions end, everything put back."""
import torch
from torch import nn

META = dict(
    id='t028',
    source='own; show-attend-and-tell decoders',
    title='batch_size_t = sum(l > t for l in lengths)',
    explanation='Sorted by length, so the first rows are those still running; the order is undone at the end.',
    layout=['batch pixels features', 'batch seq', None],
)
V, E, H, P = 15, 4, 6, 3


class Captioner(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.init_h, self.init_c = nn.Linear(5, H), nn.Linear(5, H)
        self.att_f, self.att_h, self.att = nn.Linear(5, 4), nn.Linear(H, 4), nn.Linear(4, 1)
        self.cell, self.fc = nn.LSTMCell(E + 5, H), nn.Linear(H, V)

    def forward(self, image, captions, lengths):
        lengths, order = lengths.sort(descending=True)
        image, captions = image[order], captions[order]
        words = self.emb(captions)
        mean = image.mean(dim=1)
        h, c = self.init_h(mean), self.init_c(mean)
        scores = words.new_zeros(len(lengths), int(lengths[0]) - 1, V)
        for t in range(int(lengths[0]) - 1):
            n = sum(length - 1 > t for length in lengths.tolist())
            energy = self.att(torch.relu(self.att_f(image[:n]) + self.att_h(h[:n]).unsqueeze(1))).squeeze(2)
            context = (image[:n] * energy.softmax(dim=1).unsqueeze(2)).sum(dim=1)
            h, c = self.cell(torch.cat([words[:n, t], context], dim=1), (h[:n], c[:n]))
            scores[:n, t] = self.fc(h)
        return scores[order.argsort()]


def fixed():
    torch.manual_seed(0)
    model = Captioner()
    torch.manual_seed(1)
    return model, (torch.randn(4, P, 5), torch.randint(0, V, (4, 7)), torch.tensor([4, 7, 5, 6])), None


def run(model, inputs, targets):
    return model(*inputs)


make = None
