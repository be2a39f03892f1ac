"""Correct programs, each of another kind, for the mutation check: every one is broken in all ways that apply to it.

Every class builds its model in __init__ and runs in forward(*inputs); `given(batch, seq)` are its inputs, and `layout`
is what they are. Sizes are asked for, so that a mutant which only raises at some sizes is met at others.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

D, H, CLASSES, WORDS = 3, 4, 5, 11


def lengths_of(batch: int, seq: int) -> Tensor:
    """Lengths of every kind: the longest first, none in order, each at least 2."""
    drawn = torch.randint(2, max(seq, 3), (batch,), generator=torch.Generator().manual_seed(2))
    drawn[batch // 2] = seq
    return drawn


def padded(batch: int, seq: int) -> Tensor:
    x = torch.randn(batch, seq, D)
    return x * (torch.arange(seq)[None, :, None] < lengths_of(batch, seq)[:, None, None])


def tokens(batch: int, seq: int) -> Tensor:
    ids = torch.randint(1, WORDS, (batch, seq))
    return ids * (torch.arange(seq)[None] < lengths_of(batch, seq)[:, None])


class Program(nn.Module):
    layout: ClassVar[Any] = "batch seq features"

    @staticmethod
    def given(batch: int, seq: int) -> tuple[Tensor, ...]:
        return (torch.randn(batch, seq, D),)


class Forecaster(Program):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(D, H, num_layers=2, batch_first=True)
        self.head = nn.Linear(H, 1)

    def forward(self, x: Tensor) -> Tensor:
        out, (h_n, c_n) = self.lstm(x)
        return self.head(out[:, -1]).squeeze(-1)


class SeqFirst(Program):
    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(D, H)
        self.head = nn.Linear(H, 1)

    def forward(self, x: Tensor) -> Tensor:
        out, h_n = self.gru(x.transpose(0, 1))
        return self.head(out[-1])


class TrainingStep(Program):
    """A regression with its loss, on targets of shape (batch,)."""

    layout = ("batch seq features", None)

    @staticmethod
    def given(batch: int, seq: int) -> tuple[Tensor, ...]:
        return torch.randn(batch, seq, D), torch.randn(batch)

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(D, H, batch_first=True)
        self.head = nn.Linear(H, 1)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        out, (h_n, c_n) = self.lstm(x)
        prediction = self.head(h_n[-1])
        return F.mse_loss(prediction.squeeze(-1), y)


class Tagger(Program):
    """One label per word, padding packed away, the loss over the class axis."""

    layout = ("batch seq", None, None)

    @staticmethod
    def given(batch: int, seq: int) -> tuple[Tensor, ...]:
        return tokens(batch, seq), lengths_of(batch, seq), torch.randint(0, CLASSES, (batch, seq))

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, D, padding_idx=0)
        self.lstm = nn.LSTM(D, H, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * H, CLASSES)

    def forward(self, words: Tensor, lengths: Tensor, tags: Tensor) -> Tensor:
        packed = pack_padded_sequence(self.embedding(words), lengths, batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        logits = self.head(out)
        return F.cross_entropy(logits.transpose(1, 2), tags)


class PackedClassifier(Program):
    """Sorted by length for packing, and put back behind it."""

    layout = ("batch seq features", None)

    @staticmethod
    def given(batch: int, seq: int) -> tuple[Tensor, ...]:
        return padded(batch, seq), lengths_of(batch, seq)

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(D, H, num_layers=2, batch_first=True)
        self.head = nn.Linear(H, CLASSES)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        lengths, order = lengths.sort(descending=True)
        inverse = order.argsort()
        packed = pack_padded_sequence(x[order], lengths, batch_first=True)
        out, (h_n, c_n) = self.lstm(packed)
        return self.head(h_n[-1][inverse]).softmax(-1)


class CellLoop(Program):
    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(D, H)
        self.head = nn.Linear(H, 1)

    def forward(self, x: Tensor) -> Tensor:
        h, c = x.new_zeros(x.size(0), H), x.new_zeros(x.size(0), H)
        outputs = []
        for step in x.unbind(1):
            h, c = self.cell(step, (h, c))
            outputs.append(h)
        return self.head(torch.stack(outputs, 1))


class ConvLSTM(Program):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(D, D, 3, padding=1)
        self.lstm = nn.LSTM(D, H, batch_first=True)
        self.head = nn.Linear(H, 1)

    def forward(self, x: Tensor) -> Tensor:
        features = F.relu(self.conv(x.transpose(1, 2)))
        out, (h_n, c_n) = self.lstm(features.transpose(1, 2))
        return self.head(out[:, -1])


class StackedBiGRU(Program):
    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(D, H, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(2 * H, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        out, h_n = self.gru(x)
        last = h_n.view(2, 2, x.size(0), H)[-1]
        return self.head(last.transpose(0, 1).reshape(x.size(0), 2 * H))


class BothEnds(Program):
    """Both directions, each at its own end, put side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(D, H, bidirectional=True, batch_first=True)
        self.head = nn.Linear(2 * H, 1)

    def forward(self, x: Tensor) -> Tensor:
        out, (h_n, c_n) = self.lstm(x)
        return self.head(torch.cat((h_n[-2], h_n[-1]), dim=1))


class Generator(Program):
    """Reads a prefix, then goes on from its own predictions."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(D, H, batch_first=True)
        self.head = nn.Linear(H, D)

    def forward(self, x: Tensor) -> Tensor:
        out, state = self.gru(x)
        step = self.head(out[:, -1:])
        made = [step]
        for _ in range(4):
            out, state = self.gru(step, state)
            step = self.head(out)
            made.append(step)
        return torch.cat(made, dim=1)


class Seq2Seq(Program):
    """Encoder, and a decoder of cells that attends to it."""

    layout = ("batch seq features", "batch seq features")

    @staticmethod
    def given(batch: int, seq: int) -> tuple[Tensor, ...]:
        return torch.randn(batch, seq, D), torch.randn(batch, seq, D)

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.GRU(D, H, batch_first=True)
        self.cell = nn.GRUCell(D + H, H)
        self.head = nn.Linear(H, D)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        memory, h_n = self.encoder(source)
        h = h_n[-1]
        outputs = []
        for step in target.unbind(1):
            scores = torch.bmm(memory, h.unsqueeze(2)).squeeze(2)
            weights = scores.softmax(dim=1)
            context = torch.bmm(weights.unsqueeze(1), memory).squeeze(1)
            h = self.cell(torch.cat((step, context), dim=1), h)
            outputs.append(self.head(h))
        return torch.stack(outputs, dim=1)


class AttentionPooling(Program):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(D, H, batch_first=True)
        self.score, self.head = nn.Linear(H, 1), nn.Linear(H, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        out, (h_n, c_n) = self.lstm(x)
        weights = self.score(out).softmax(dim=1)
        return self.head((weights * out).sum(dim=1))


class AttentionBlock(Program):
    def __init__(self) -> None:
        super().__init__()
        self.up, self.norm = nn.Linear(D, H), nn.LayerNorm(H)
        self.attention = nn.MultiheadAttention(H, 2, batch_first=True)
        self.head = nn.Linear(H, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.up(x)
        attended, _ = self.attention(x, x, x, need_weights=False)
        return self.head(self.norm(x + attended).mean(dim=1))


class HandAttention(Program):
    """Scaled dot-product attention by hand, with two heads folded into the batch."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(D, 2 * H, batch_first=True)
        self.query, self.key, self.value = (nn.Linear(2 * H, 2 * H) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        out, _ = self.gru(x)
        batch, seq = x.shape[:2]
        q = self.query(out).view(batch, seq, 2, H).transpose(1, 2)
        k = self.key(out).view(batch, seq, 2, H).transpose(1, 2)
        v = self.value(out).view(batch, seq, 2, H).transpose(1, 2)
        weights = (q @ k.transpose(2, 3) / H**0.5).softmax(dim=3)
        return (weights @ v).transpose(1, 2).reshape(batch, seq, 2 * H)


class DualPath(Program):
    """Chunks of time folded into the batch and back, then across the chunks."""

    @staticmethod
    def given(batch: int, seq: int) -> tuple[Tensor, ...]:
        return (torch.randn(batch, 2 * seq, D),)

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.GRU(D, D, batch_first=True)
        self.outer = nn.GRU(D, D, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        batch, seq, _ = x.shape
        chunks = x.reshape(batch * 2, seq // 2, D)
        inside = self.inner(chunks)[0].reshape(batch, 2, seq // 2, D)
        across = inside.transpose(1, 2).reshape(batch * seq // 2, 2, D)
        both = self.outer(across)[0].reshape(batch, seq // 2, 2, D)
        return both.transpose(1, 2).reshape(batch, seq, D)


class Hierarchical(Program):
    """Words into sentences, sentences into a document."""

    layout = "batch seq words features"

    @staticmethod
    def given(batch: int, seq: int) -> tuple[Tensor, ...]:
        return (torch.randn(batch, seq, 4, D),)

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.GRU(D, H, batch_first=True)
        self.sentences = nn.GRU(H, H, batch_first=True)
        self.head = nn.Linear(H, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        batch, sentences = x.shape[:2]
        _, h_n = self.words(x.flatten(0, 1))
        _, h_n = self.sentences(h_n[-1].view(batch, sentences, H))
        return self.head(h_n[-1])


class Autoencoder(Program):
    """A variational autoencoder: the initial state of the decoder is made from the latent."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.GRU(D, H, batch_first=True)
        self.mean, self.spread = nn.Linear(H, 2), nn.Linear(H, 2)
        self.state = nn.Linear(2, 2 * H)
        self.decoder = nn.GRU(D, H, num_layers=2, batch_first=True)
        self.head = nn.Linear(H, D)

    def forward(self, x: Tensor) -> Tensor:
        _, h_n = self.encoder(x)
        mean, spread = self.mean(h_n[-1]), self.spread(h_n[-1])
        z = mean + torch.randn_like(mean) * spread.exp()
        h_0 = self.state(z).view(x.size(0), 2, H).transpose(0, 1).contiguous()
        out, _ = self.decoder(F.pad(x[:, :-1], (0, 0, 1, 0)), h_0)
        return self.head(out)


class Normed(Program):
    """BatchNorm over channels, then the largest value of all steps."""

    def __init__(self) -> None:
        super().__init__()
        self.gru, self.norm = nn.GRU(D, H, batch_first=True), nn.BatchNorm1d(H)
        self.head = nn.Linear(H, 1)

    def forward(self, x: Tensor) -> Tensor:
        out, _ = self.gru(x)
        normed = self.norm(out.transpose(1, 2)).transpose(1, 2)
        return self.head(normed.amax(dim=1))


class MaskedMean(Program):
    layout = ("batch seq features", None)

    @staticmethod
    def given(batch: int, seq: int) -> tuple[Tensor, ...]:
        return padded(batch, seq), lengths_of(batch, seq)

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(D, H, batch_first=True)
        self.head = nn.Linear(H, CLASSES)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        out, _ = self.gru(x)
        mask = (torch.arange(x.size(1))[None] < lengths[:, None]).unsqueeze(2)
        return self.head((out * mask).sum(dim=1) / mask.sum(dim=1))


PROGRAMS: tuple[type[Program], ...] = (
    Forecaster, SeqFirst, TrainingStep, Tagger, PackedClassifier, CellLoop, ConvLSTM, StackedBiGRU, BothEnds, Generator,
    Seq2Seq, AttentionPooling, AttentionBlock, HandAttention, DualPath, Hierarchical, Autoencoder, Normed, MaskedMean,
)  # fmt: skip
