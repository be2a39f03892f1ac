"""Image captioning with an LSTMCell: the loop walks over the captions of the batch, not over the words."""
import torch
import torch.nn as nn

META = dict(
    id='c319', source='captioning assignments with LSTMCell (for word in embeddings: ...)',
    title='Iterating a batch-first embedding gives captions, not words',
    loud=False, cause='cell_loop_axis',
    explanation='embeddings is (batch, words, E). Iterating it yields whole captions (words, E); the cell takes their '
                'words as the batch. '
                'With 6 images and 6 words the image states fit in shape.',
    fix='for t in range(words): h, c = self.cell(emb[:, t], (h, c))',
    layout=['batch seq', 'batch features'],
)
VOC, E, H, IMG = 23, 7, 8, 10


class Captioner(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(VOC, E)
        self.init_h = nn.Linear(IMG, H)
        self.init_c = nn.Linear(IMG, H)
        self.cell = nn.LSTMCell(E, H)
        self.word = nn.Linear(H, VOC)

    def forward(self, captions, image):
        h, c = self.init_h(image).tanh(), self.init_c(image).tanh()
        scores = []
        for word in self.embed(captions):  # BUG
            h, c = self.cell(word, (h, c))  # BUG
            scores.append(self.word(h))
        return torch.stack(scores)


class CaptionerFixed(Captioner):
    def forward(self, captions, image):
        h, c = self.init_h(image).tanh(), self.init_c(image).tanh()
        emb, scores = self.embed(captions), []
        for t in range(captions.size(1)):
            h, c = self.cell(emb[:, t], (h, c))
            scores.append(self.word(h))
        return torch.stack(scores, dim=1)


def _inputs():
    torch.manual_seed(1)
    return torch.randint(0, VOC, (6, 6)), torch.randn(6, IMG)


def make():
    torch.manual_seed(0)
    return Captioner(), _inputs(), None


def fixed():
    torch.manual_seed(0)
    return CaptionerFixed(), _inputs(), None


def run(model, inputs, targets):
    return model(*inputs)
