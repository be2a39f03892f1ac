"""Is a name a given name or a surname? A bidirectional LSTM reads it letter by letter.

Text has what makes recurrent networks hard to get right: token ids without an axis of features, samples of different
lengths, padding, packing, two directions. The model is written five times: once right, and four times with a classic
mistake that torch says nothing about. Each is trained the same way, tested on names that none of them has seen, and
audited.

Run: python docs/examples/names.py [--seeds 3] [--epochs 6]
Data: names.csv beside this file, 6,222 names of the 1990 US census, public domain (names.source.txt).
"""

from __future__ import annotations

import argparse
import csv
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

import batchfirst as bf

LETTERS = "abcdefghijklmnopqrstuvwxyz"
KINDS = ("given", "surname")
LAYOUT = ["batch seq", None]  # tokens; the lengths are no data that is followed
Sample = tuple[Tensor, int]


def load() -> list[Sample]:
    """Every name as its token ids, int64 (seq,) from 1 (0 is padding), and its class."""
    with Path(__file__).with_name("names.csv").open(encoding="ascii") as file:
        return [(encode(row["name"]), KINDS.index(row["kind"])) for row in csv.DictReader(file)]


def encode(name: str) -> Tensor:
    """Token ids, int64 (seq,)."""
    return torch.tensor([LETTERS.index(letter) + 1 for letter in name])


def collate(samples: Sequence[Sample]) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens int64 (batch, seq) padded with 0, lengths int64 (batch,), classes int64 (batch,)."""
    names, kinds = zip(*samples, strict=True)
    lengths = torch.tensor([len(name) for name in names])
    return pad_sequence(list(names), batch_first=True), lengths, torch.tensor(kinds)


# --- the model, right and wrong ---------------------------------------------------------------------------------------


class Right(nn.Module):
    """Embedding, packing, both directions' last states, a head."""

    def __init__(self, embedding: int = 16, hidden: int = 32) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(LETTERS) + 1, embedding, padding_idx=0)
        self.lstm = nn.LSTM(embedding, hidden, bidirectional=True, batch_first=True)
        self.head = nn.Linear(2 * hidden, len(KINDS))

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        vectors = self.embedding(tokens)  # batch seq -> batch seq features
        packed = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
        _, (h_n, _) = self.lstm(packed)  # h_n: directions batch hidden
        both = bf.final_hidden(h_n, self.lstm)  # batch directions*hidden
        logits: Tensor = self.head(both)  # batch classes
        return logits


class HiddenView(Right):
    """`h_n.view(batch, -1)`: the directions come first in h_n, so each row is made of two samples' states."""

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        vectors = self.embedding(tokens)
        packed = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
        _, (h_n, _) = self.lstm(packed)
        both = h_n.view(len(tokens), -1)
        logits: Tensor = self.head(both)
        return logits


class SortedForGood(Right):
    """Sorted by length for packing and never put back: the results belong to other names."""

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        lengths, order = lengths.sort(descending=True)
        vectors = self.embedding(tokens[order])
        packed = pack_padded_sequence(vectors, lengths, batch_first=True)
        _, (h_n, _) = self.lstm(packed)
        both = bf.final_hidden(h_n, self.lstm)
        logits: Tensor = self.head(both)
        return logits


class BatchReadAsTime(Right):
    """`batch_first` left out, and no packing that would hide it: the memory runs from name to name."""

    def __init__(self, embedding: int = 16, hidden: int = 32) -> None:
        super().__init__(embedding, hidden)
        self.lstm = nn.LSTM(embedding, hidden, bidirectional=True)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        vectors = self.embedding(tokens)
        output, _ = self.lstm(vectors)
        logits: Tensor = self.head(output[:, -1])
        return logits


class LastPosition(Right):
    """`output[:, -1]` after unpacking: padding for most names, the reverse direction after one letter for the rest."""

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        vectors = self.embedding(tokens)
        packed = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
        read, _ = self.lstm(packed)
        output, _ = pad_packed_sequence(read, batch_first=True)
        logits: Tensor = self.head(output[:, -1])
        return logits


MODELS: tuple[type[Right], ...] = (Right, HiddenView, SortedForGood, BatchReadAsTime, LastPosition)


# --- training and testing ---------------------------------------------------------------------------------------------


def batches(
    samples: Sequence[Sample], size: int, generator: torch.Generator
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Batches in a random order; the last one is smaller."""
    order = torch.randperm(len(samples), generator=generator).tolist()
    for start in range(0, len(order), size):
        yield collate([samples[index] for index in order[start : start + size]])


def train(kind: type[Right], samples: Sequence[Sample], *, seed: int, epochs: int) -> Right:
    """A model trained with Adam, 3e-3, on batches of 64."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = kind()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(epochs):
        for tokens, lengths, kinds in batches(samples, 64, generator):
            loss = nn.functional.cross_entropy(model(tokens, lengths), kinds)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model.eval()


def accuracy(model: Right, samples: Sequence[Sample]) -> float:
    """The share of names that it gets right, 0 to 1, tested in shuffled batches of 64."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        right = sum(
            int((model(tokens, lengths).argmax(dim=-1) == kinds).sum())
            for tokens, lengths, kinds in batches(samples, 64, generator)
        )
    return right / len(samples)


def split(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """Training and test names, 4 to 1, at random but always the same."""
    order = torch.randperm(len(samples), generator=torch.Generator().manual_seed(0)).tolist()
    cut = len(order) * 4 // 5
    return [samples[index] for index in order[:cut]], [samples[index] for index in order[cut:]]


def audited(kind: type[Right], samples: Sequence[Sample]) -> bf.Audit:
    """What `bf.audit` measures on one batch of eight names."""
    tokens, lengths, _ = collate(samples[:8])
    return bf.audit(kind().eval(), tokens, lengths, layout=LAYOUT)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=6)
    options = parser.parse_args()
    learn, test = split(load())
    print(f"{len(learn)} names to learn from, {len(test)} to test with")
    print(f"{options.seeds} seeds, {options.epochs} epochs\n")
    print("model             right names      what the audit says")
    for kind in MODELS:
        scores = [
            accuracy(train(kind, learn, seed=seed, epochs=options.epochs), test) for seed in range(options.seeds)
        ]
        spread = statistics.stdev(scores) if len(scores) > 1 else 0.0
        codes = [found.code for found in audited(kind, test).findings if found.severity != "note"]
        print(f"{kind.__name__:<16} {statistics.mean(scores):6.1%} ± {spread:.1%}    {', '.join(codes) or 'nothing'}")


if __name__ == "__main__":
    main()
