"""Chatbot: the decoder starts from encoder_hidden[:n_layers] of a bidirectional encoder."""
import torch
from torch import nn

META = dict(
    id='c044',
    source='MatthewInkawhich/pytorch-chatbot#4 (also spro/practical-pytorch#48)',
    title='decoder_hidden = encoder_hidden[:decoder.n_layers]',
    loud=False,
    cause='hn_wrong_index',
    explanation='The first n_layers rows of h_n are forward AND backward state of the lower layers; the top layer '
                'is never handed over.',
    fix='encoder_hidden.view(n_layers, 2, batch, H).sum(1)',
    layout=['seq batch', 'seq batch'],
)
V, H, L = 18, 6, 2


class ChatBot(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, H)
        self.encoder = nn.GRU(H, H, L, dropout=0.1, bidirectional=True)
        self.decoder = nn.GRU(H, H, L, dropout=0.1)
        self.out = nn.Linear(2 * H, V)

    def initial(self, hidden):
        return hidden[:L]  # BUG

    def forward(self, source, target):
        outputs, hidden = self.encoder(self.embedding(source))
        outputs = outputs[:, :, :H] + outputs[:, :, H:]
        dec, _ = self.decoder(self.embedding(target), self.initial(hidden))  # BUG
        energy = torch.einsum('tbh,sbh->bts', dec, outputs)
        context = torch.einsum('bts,sbh->tbh', energy.softmax(dim=-1), outputs)
        return self.out(torch.cat([dec, context], dim=-1))


class ChatBotFixed(ChatBot):
    def initial(self, hidden):
        return hidden.view(L, 2, hidden.size(1), H).sum(1)


def _data():
    torch.manual_seed(1)
    return torch.randint(0, V, (6, 4)), torch.randint(0, V, (5, 4))


def make():
    torch.manual_seed(0)
    return ChatBot(), _data(), None


def fixed():
    torch.manual_seed(0)
    return ChatBotFixed(), _data(), None


def run(model, inputs, targets):
    return model(*inputs)
