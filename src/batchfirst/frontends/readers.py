"""The right ways to read what a recurrent module returns: for every number of layers, direction, layout and packing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from batchfirst.contracts.recurrent import RecurrentSettings
from batchfirst.model.errors import UsageError

Lengths: TypeAlias = "Tensor | Sequence[int] | int | None"


def final_hidden(h_n: Tensor | tuple[Tensor, Tensor], lstm: nn.Module) -> Tensor:
    """The last layer's final hidden state, the directions side by side: "batch directions*hidden".

    h_n: "layers*directions batch hidden" as `lstm` returned it, whatever its `batch_first`; unbatched
    "layers*directions hidden" gives "directions*hidden"; an LSTM's (h_n, c_n) is taken for its h_n. hidden is
    proj_size where that is set.
    lstm: the LSTM, GRU or RNN that returned it. dtype, device and gradient are those of h_n.

    For packed input each sample's own last real step is meant, in the order in which the samples were given; for a
    padded batch that was not packed, the state has run on over the padding: use `last_step` with lengths there.

    Raises UsageError for a state of another shape, for a whole (output, state), and for a cell.
    Source: output "h_n" of https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html

    >>> lstm = nn.LSTM(8, 16, num_layers=2, bidirectional=True, batch_first=True)
    >>> output, (h_n, c_n) = lstm(torch.randn(5, 30, 8))
    >>> final_hidden(h_n, lstm).shape
    torch.Size([5, 32])
    """
    settings = _settings(lstm)
    if isinstance(h_n, tuple) and len(h_n) == 2 and settings.has_cell_state and isinstance(h_n[1], Tensor):
        _state(h_n[1], settings, (settings.hidden_size,), "c_n")
        h_n = h_n[0]
    last = _state(h_n, settings, (settings.hidden_out,), "h_n")[-1]
    # reshape on "directions batch hidden" would mix samples: the batch has to come first before directions are joined.
    return torch.cat(tuple(last), dim=-1)


def last_step(output: Tensor | PackedSequence, lstm: nn.Module, lengths: Lengths = None) -> Tensor:
    """The output at each sample's last real step, the reverse direction at its own end: "batch directions*hidden".

    output: what `lstm` returned: "batch seq directions*hidden" (with batch_first=False "seq batch directions*hidden"),
    a PackedSequence, or unbatched "seq directions*hidden", which gives "directions*hidden".
    lengths: the number of real steps of each sample, where output is padded; None where every step is real. A
    PackedSequence brings its own. The forward direction is read at step lengths - 1, the reverse one, which ends at the
    beginning, at step 0. dtype, device and gradient are those of output.

    A reverse direction whose input was padded but not packed has started in the padding, and no way of reading takes
    that back: pack such input (`torch.nn.utils.rnn.pack_padded_sequence`).

    Raises UsageError for an output of another shape, for lengths that do not fit it, and for a cell. Lengths on an
    accelerator are read back for that check; inside torch.compile their values are not checked.
    Source: note on h_n and output of https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html

    >>> gru = nn.GRU(8, 16, batch_first=True)
    >>> output, h_n = gru(torch.randn(3, 30, 8))
    >>> torch.equal(last_step(output, gru), output[:, -1])
    True
    >>> last_step(output, gru, lengths=[30, 7, 12]).shape
    torch.Size([3, 16])
    """
    settings = _settings(lstm)
    if isinstance(output, PackedSequence):
        if lengths is not None:
            raise UsageError("lengths", lengths, "None: a PackedSequence brings its own lengths")
        _check_output(output.data, settings, (2,), "sum(lengths)")
        steps, lengths = pad_packed_sequence(output, batch_first=True)
        return _read(steps, lengths, settings)
    order = "batch, seq" if settings.batch_first else "seq, batch"
    _check_output(output, settings, (2, 3), f"{order}, directions*hidden), unbatched (seq")
    if output.ndim == 2:
        return _read(output[None], lengths, settings)[0]
    return _read(output if settings.batch_first else output.transpose(0, 1), lengths, settings)


def unstack_state(h_n: Tensor, lstm: nn.Module) -> Tensor:
    """A state with layers and directions on axes of their own: "layers directions batch hidden", a view.

    h_n: a state (h_n or c_n, h_0 or c_0) "layers*directions batch hidden", or unbatched "layers*directions hidden",
    which gives "layers directions hidden". Direction 0 is the forward one.

    Raises UsageError for a state of another shape, for a tuple (h_n, c_n), and for a cell.
    Source: `h_n.view(num_layers, num_directions, batch, hidden_size)`, as the note on directions in
    https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html and torch.nn.GRU.html orders them.

    >>> rnn = nn.RNN(8, 16, num_layers=3, bidirectional=True)
    >>> output, h_n = rnn(torch.randn(30, 5, 8))
    >>> unstack_state(h_n, rnn).shape
    torch.Size([3, 2, 5, 16])
    """
    settings = _settings(lstm)
    widths = (settings.hidden_out, settings.hidden_size) if settings.proj_size else (settings.hidden_size,)
    return _state(h_n, settings, widths, "h_n")


def _settings(module: Any) -> RecurrentSettings:
    settings = RecurrentSettings.from_module(module)
    if settings.is_cell:
        raise UsageError("lstm", type(module).__name__, "LSTM, GRU or RNN: what a cell returns needs no reading")
    return settings


def _state(state: Any, settings: RecurrentSettings, widths: tuple[int, ...], name: str) -> Tensor:
    """The state as a view "layers directions batch hidden" (or without batch), its shape checked."""
    rows, width = settings.state_rows, " or ".join(str(width) for width in widths)
    wanted = f"(layers*directions {rows}, batch, hidden {width}), unbatched (layers*directions {rows}, hidden {width})"
    if not isinstance(state, Tensor):
        raise UsageError(name, _told(state), f"one tensor {wanted}")
    if state.ndim not in (2, 3) or state.shape[0] != rows or state.shape[-1] not in widths:
        raise UsageError(name, tuple(state.shape), f"{wanted} of {settings}")
    stacked: Tensor = state.unflatten(0, (settings.num_layers, settings.directions))
    return stacked


def _check_output(output: Any, settings: RecurrentSettings, ranks: tuple[int, ...], axes: str) -> None:
    width = settings.directions * settings.hidden_out
    wanted = f"({axes}, directions*hidden {width})"
    if not isinstance(output, Tensor):
        raise UsageError("output", _told(output), f"one tensor {wanted}")
    if output.ndim not in ranks or output.shape[-1] != width:
        raise UsageError("output", tuple(output.shape), f"{wanted} of {settings}")


def _read(steps: Tensor, lengths: Lengths, settings: RecurrentSettings) -> Tensor:
    """From "batch seq directions*hidden", the ends of both directions."""
    forward, *reverse = steps.split(settings.hidden_out, dim=-1)
    batch, seq = steps.shape[:2]
    if seq == 0:
        raise UsageError("output", tuple(steps.shape), "at least one step")
    if lengths is None:
        end = forward[:, -1]
    else:
        ends = _lengths(lengths, batch, seq).to(steps.device) - 1
        end = forward[torch.arange(batch, device=steps.device), ends]
    return torch.cat((end, *(direction[:, 0] for direction in reverse)), dim=-1)


def _lengths(lengths: Lengths, batch: int, seq: int) -> Tensor:
    given = torch.as_tensor(lengths)
    wanted = f"{batch} whole numbers, one per sample, from 1 to {seq}"
    if given.is_floating_point() or given.is_complex() or given.dtype == torch.bool:
        raise UsageError("lengths", lengths, wanted)
    given = given.long().reshape(1) if given.ndim == 0 else given.long()
    if tuple(given.shape) != (batch,):
        raise UsageError("lengths", f"{tuple(given.shape)}", wanted)
    # Reading values would break a compiled graph in two: there they are taken as they are.
    if not torch.compiler.is_compiling() and batch and (int(given.min()) < 1 or int(given.max()) > seq):
        raise UsageError("lengths", given.tolist(), wanted)
    return given


def _told(value: Any) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(_told(part) for part in value) + ")"
    return str(tuple(value.shape)) if isinstance(value, Tensor) else type(value).__name__
