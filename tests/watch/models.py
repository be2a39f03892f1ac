"""The models that are watched."""

from __future__ import annotations

from torch import Tensor, nn


class Forecaster(nn.Module):
    """An LSTM and a head, as people write it."""

    def __init__(self, batch_first: bool = True, layers: int = 1) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 4, num_layers=layers, batch_first=batch_first)
        self.head = nn.Linear(4, 2)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor] | None = None) -> Tensor:
        output, _ = self.lstm(x, state)
        return self.head(output[:, -1])  # type: ignore[no-any-return]


class Tagger(nn.Module):
    """Ids, an embedding, a GRU."""

    def __init__(self, batch_first: bool = True) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, 3)
        self.dropout = nn.Dropout(0.1)
        self.gru = nn.GRU(3, 4, batch_first=batch_first)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.gru(self.dropout(self.embedding(tokens)))[0]  # type: ignore[no-any-return]
