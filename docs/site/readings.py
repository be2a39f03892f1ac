"""The table of right readings: what you want, how to read it, and a check that the reading is what it is said to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

import batchfirst as bf

_BATCH, _SEQ, _IN, _HIDDEN = 3, 7, 2, 5
_LENGTHS = torch.tensor([7, 4, 2])


@dataclass(frozen=True)
class _Run:
    """One call of an LSTM with two layers, on padded data, and the same with each sample alone."""

    lstm: nn.LSTM
    x: Tensor
    packed: bool

    def results(self) -> tuple[Tensor, Tensor]:
        if not self.packed:
            output, (h_n, _) = self.lstm(self.x)
            return output, h_n
        packed = nn.utils.rnn.pack_padded_sequence(self.x, _LENGTHS, batch_first=True)
        read, (h_n, _) = self.lstm(packed)
        return nn.utils.rnn.pad_packed_sequence(read, batch_first=True)[0], h_n

    def alone(self, sample: int) -> tuple[Tensor, Tensor]:
        """Output (steps, features) and state of one sample without padding, the reference for every reading."""
        steps = int(_LENGTHS[sample]) if self.packed else _SEQ
        output, (h_n, _) = self.lstm(self.x[sample, :steps])
        return output, h_n


def _last(output: Tensor, h_n: Tensor, lstm: nn.LSTM) -> Tensor:
    return output[-1]


def _both_ends(output: Tensor, h_n: Tensor, lstm: nn.LSTM) -> Tensor:
    return torch.cat([output[-1, :_HIDDEN], output[0, _HIDDEN:]])


# What is wanted; the settings; the reading; what it has to be for every sample alone.
_Reading = Callable[[Tensor, Tensor, nn.LSTM], Tensor]
_ROWS: tuple[tuple[str, str, str, _Reading], ...] = (
    ("the last step, one direction", "", "output[:, -1]", _last),
    ("the same from the state", "", "h_n[-1]", _last),
    ("the last real step, padded and packed", "packed", "bf.last_step(output, lstm, lengths)", _last),
    ("the same from the state", "packed", "h_n[-1]", _last),
    ("the whole sequence, both directions", "both", "bf.final_hidden(h_n, lstm)", _both_ends),
    ("the same by hand", "both", "torch.cat([h_n[-2], h_n[-1]], dim=-1)", _both_ends),
    ("both directions, padded and packed", "both packed", "bf.final_hidden(h_n, lstm)", _both_ends),
    (
        "every layer's last state, side by side", "", "h_n.transpose(0, 1).flatten(1)",
        lambda output, h_n, lstm: h_n.flatten(),
    ),
    ("the average over the steps", "", "output.mean(dim=1)", lambda output, h_n, lstm: output.mean(dim=0)),
    (
        "the average over the real steps", "packed", "output.sum(dim=1) / lengths[:, None]",
        lambda output, h_n, lstm: output.mean(dim=0),
    ),
)  # fmt: skip


def readings(head: str = "you want | of | read | shape", words: Mapping[str, str] | None = None) -> str:
    """The table in Markdown, in other words where `words` has them by the English ones.

    Raises ValueError where a reading is not what it is said to be, and KeyError where `words` lacks one.
    """
    lines = [f"| {head} |", "|---|---|---|---|"]
    for wanted, how, reading, meant in _ROWS:
        both, packed = "both" in how, "packed" in how
        torch.manual_seed(0)
        lstm = nn.LSTM(_IN, _HIDDEN, 2, batch_first=True, bidirectional=both)
        run = _Run(lstm, torch.randn(_BATCH, _SEQ, _IN), packed)
        output, h_n = run.results()
        names = {"output": output, "h_n": h_n, "lstm": lstm, "bf": bf, "torch": torch, "lengths": _LENGTHS}
        got = eval(reading, names)
        for sample in range(_BATCH):
            if not torch.allclose(got[sample], meant(*run.alone(sample), lstm), atol=1e-6):
                raise ValueError(f"{reading} is not {wanted}")
        told = [word for word, on in (("bidirectional", both), ("packed", packed)) if on]
        settings = ", ".join(told) or "any layers"
        if words is not None:
            wanted, settings = words[wanted], words[settings]
        lines.append(f"| {wanted} | {settings} | `{reading}` | {' × '.join(_axes(got.shape))} |")
    return "\n".join(lines)


def _axes(shape: torch.Size) -> list[str]:
    names = {_HIDDEN: "hidden", 2 * _HIDDEN: "2 hidden"}
    return ["batch", *(names[size] for size in shape[1:])]
