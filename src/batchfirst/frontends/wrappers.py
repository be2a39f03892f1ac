"""The recurrent modules of torch.nn, checked: LSTM, GRU, RNN and their cells."""

from __future__ import annotations

from typing import Any, TypeAlias, overload

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from batchfirst.frontends.wrappers_base import Checked

# The annotations are for people and their editors: the checks read the contracts, which know each module's settings.
# *batch_and_seq: (seq, batch), with batch_first=True (batch, seq), or (seq) for one unbatched sequence.
Data: TypeAlias = Float[Tensor, "*batch_and_seq input_size"]
Output: TypeAlias = Float[Tensor, "*batch_and_seq directions_x_hidden"]
State: TypeAlias = Float[Tensor, "layers_x_directions *batch hidden"]
States: TypeAlias = tuple[State, Float[Tensor, "layers_x_directions *batch hidden_size"]]


class LSTM(Checked, nn.LSTM):
    """`torch.nn.LSTM` that says what is wrong with a call, and where, before torch makes it.

    The same constructor, parameters, state_dict and results, bit for bit; `isinstance(module, nn.LSTM)` holds.

    layout: what the caller's data is, such as "batch seq features". With it the calls that torch accepts and that read
        another axis as time are found too (BF101, BF102).

    forward(input, (h_0, c_0)=zeros) returns output, (h_n, c_n), by axis name:

        input   (seq, batch, input_size), or (batch, seq, input_size) with batch_first=True; (seq, input_size) is one
                unbatched sequence; or a PackedSequence
        h_0     (num_layers × directions, batch, hidden), where hidden is proj_size or, without one, hidden_size
        c_0     (num_layers × directions, batch, hidden_size)
        output  as input, its last axis directions × hidden
        h_n, c_n  as h_0, c_0

    The states are laid out the same under either batch_first. Without hx they start at zero. Raises LayoutError
    according to the policy (`BATCHFIRST`, by default "raise"), which is also an error of the class that torch raises.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html

    Example:
        >>> import torch
        >>> module = LSTM(1, 64, num_layers=5, batch_first=True)
        >>> output, (h_n, c_n) = module(torch.zeros(5, 30, 1))
        >>> output.shape, h_n.shape
        (torch.Size([5, 30, 64]), torch.Size([5, 5, 64]))
    """

    _torch = nn.LSTM

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: torch.dtype | None = None,
        *,
        layout: str | None = None,
    ) -> None:
        super().__init__(
            input_size, hidden_size, num_layers, bias=bias, batch_first=batch_first, dropout=dropout,
            bidirectional=bidirectional, proj_size=proj_size, device=device, dtype=dtype,
        )  # fmt: skip
        self._declare(layout)

    @overload
    def forward(self, input: Data, hx: States | None = None) -> tuple[Output, States]: ...
    @overload
    def forward(self, input: PackedSequence, hx: States | None = None) -> tuple[PackedSequence, States]: ...
    def forward(
        self,
        input: Float[Tensor, "*batch_and_seq input_size"] | PackedSequence,
        hx: tuple[
            Float[Tensor, "layers_x_directions *batch hidden"], Float[Tensor, "layers_x_directions *batch hidden_size"]
        ]
        | None = None,
    ) -> tuple[Float[Tensor, "*batch_and_seq directions_x_hidden"] | PackedSequence, States]:
        """What torch's own forward gives, after a check."""
        return self._forward(input, hx, super().forward)


class GRU(Checked, nn.GRU):
    """`torch.nn.GRU` that says what is wrong with a call, and where, before torch makes it.

    The same constructor, parameters, state_dict and results, bit for bit; `isinstance(module, nn.GRU)` holds.

    layout: what the caller's data is, such as "batch seq features". With it the calls that torch accepts and that read
        another axis as time are found too (BF101, BF102).

    forward(input, h_0=zeros) returns output, h_n, by axis name:

        input   (seq, batch, input_size), or (batch, seq, input_size) with batch_first=True; (seq, input_size) is one
                unbatched sequence; or a PackedSequence
        h_0     (num_layers × directions, batch, hidden_size)
        output  as input, its last axis directions × hidden_size
        h_n     as h_0

    The states are laid out the same under either batch_first. Without hx they start at zero. Raises LayoutError
    according to the policy (`BATCHFIRST`, by default "raise"), which is also an error of the class that torch raises.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html

    Example:
        >>> import torch
        >>> module = GRU(1, 64, num_layers=5, batch_first=True)
        >>> output, h_n = module(torch.zeros(5, 30, 1))
        >>> output.shape, h_n.shape
        (torch.Size([5, 30, 64]), torch.Size([5, 5, 64]))
    """

    _torch = nn.GRU

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: torch.dtype | None = None,
        *,
        layout: str | None = None,
    ) -> None:
        super().__init__(
            input_size, hidden_size, num_layers, bias=bias, batch_first=batch_first, dropout=dropout,
            bidirectional=bidirectional, device=device, dtype=dtype,
        )  # fmt: skip
        self._declare(layout)

    @overload
    def forward(self, input: Data, hx: State | None = None) -> tuple[Output, State]: ...
    @overload
    def forward(self, input: PackedSequence, hx: State | None = None) -> tuple[PackedSequence, State]: ...
    def forward(
        self,
        input: Float[Tensor, "*batch_and_seq input_size"] | PackedSequence,
        hx: Float[Tensor, "layers_x_directions *batch hidden_size"] | None = None,
    ) -> tuple[Float[Tensor, "*batch_and_seq directions_x_hidden"] | PackedSequence, State]:
        """What torch's own forward gives, after a check."""
        return self._forward(input, hx, super().forward)


class RNN(Checked, nn.RNN):
    """`torch.nn.RNN` that says what is wrong with a call, and where, before torch makes it.

    The same constructor, parameters, state_dict and results, bit for bit; `isinstance(module, nn.RNN)` holds.

    layout: what the caller's data is, such as "batch seq features". With it the calls that torch accepts and that read
        another axis as time are found too (BF101, BF102).
    nonlinearity: "tanh" or "relu".

    forward(input, h_0=zeros) returns output, h_n, by axis name:

        input   (seq, batch, input_size), or (batch, seq, input_size) with batch_first=True; (seq, input_size) is one
                unbatched sequence; or a PackedSequence
        h_0     (num_layers × directions, batch, hidden_size)
        output  as input, its last axis directions × hidden_size
        h_n     as h_0

    The states are laid out the same under either batch_first. Without hx they start at zero. Raises LayoutError
    according to the policy (`BATCHFIRST`, by default "raise"), which is also an error of the class that torch raises.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html

    Example:
        >>> import torch
        >>> module = RNN(1, 64, num_layers=5, batch_first=True)
        >>> output, h_n = module(torch.zeros(5, 30, 1))
        >>> output.shape, h_n.shape
        (torch.Size([5, 30, 64]), torch.Size([5, 5, 64]))
    """

    _torch = nn.RNN

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: torch.dtype | None = None,
        *,
        layout: str | None = None,
    ) -> None:
        super().__init__(
            input_size, hidden_size, num_layers, nonlinearity, bias=bias, batch_first=batch_first, dropout=dropout,
            bidirectional=bidirectional, device=device, dtype=dtype,
        )  # fmt: skip
        self._declare(layout)

    @overload
    def forward(self, input: Data, hx: State | None = None) -> tuple[Output, State]: ...
    @overload
    def forward(self, input: PackedSequence, hx: State | None = None) -> tuple[PackedSequence, State]: ...
    def forward(
        self,
        input: Float[Tensor, "*batch_and_seq input_size"] | PackedSequence,
        hx: Float[Tensor, "layers_x_directions *batch hidden_size"] | None = None,
    ) -> tuple[Float[Tensor, "*batch_and_seq directions_x_hidden"] | PackedSequence, State]:
        """What torch's own forward gives, after a check."""
        return self._forward(input, hx, super().forward)


class LSTMCell(Checked, nn.LSTMCell):
    """`torch.nn.LSTMCell`, one step, that says what is wrong with a call, and where, before torch makes it.

    The same constructor, parameters, state_dict and results, bit for bit; `isinstance(cell, nn.LSTMCell)` holds.

    layout: what the caller's data is, such as "batch features": one step has no axis of time.

    forward(input, (h_0, c_0)=zeros) returns (h_1, c_1), by axis name:

        input   (batch, input_size), or (input_size) for one unbatched step
        h_0, c_0, h_1, c_1  (batch, hidden_size), or (hidden_size)

    Without hx the state is zero. Raises LayoutError according to the policy (`BATCHFIRST`, by default "raise"), which
    is also an error of the class that torch raises.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html

    Example:
        >>> import torch
        >>> cell = LSTMCell(1, 64)
        >>> h_1, c_1 = cell(torch.zeros(5, 1))
        >>> h_1.shape
        torch.Size([5, 64])
    """

    _torch = nn.LSTMCell

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: torch.dtype | None = None,
        *,
        layout: str | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, device=device, dtype=dtype)
        self._declare(layout)

    def forward(
        self,
        input: Float[Tensor, "*batch input_size"],
        hx: tuple[Float[Tensor, "*batch hidden_size"], Float[Tensor, "*batch hidden_size"]] | None = None,
    ) -> tuple[Float[Tensor, "*batch hidden_size"], Float[Tensor, "*batch hidden_size"]]:
        """What torch's own forward gives, after a check."""
        return self._forward(input, hx, super().forward)


class GRUCell(Checked, nn.GRUCell):
    """`torch.nn.GRUCell`, one step, that says what is wrong with a call, and where, before torch makes it.

    The same constructor, parameters, state_dict and results, bit for bit; `isinstance(cell, nn.GRUCell)` holds.

    layout: what the caller's data is, such as "batch features": one step has no axis of time.

    forward(input, h_0=zeros) returns h_1, by axis name:

        input   (batch, input_size), or (input_size) for one unbatched step
        h_0, h_1  (batch, hidden_size), or (hidden_size)

    Without hx the state is zero. Raises LayoutError according to the policy (`BATCHFIRST`, by default "raise"), which
    is also an error of the class that torch raises.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.GRUCell.html

    Example:
        >>> import torch
        >>> cell = GRUCell(1, 64)
        >>> h_1 = cell(torch.zeros(5, 1))
        >>> h_1.shape
        torch.Size([5, 64])
    """

    _torch = nn.GRUCell

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: torch.dtype | None = None,
        *,
        layout: str | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, device=device, dtype=dtype)
        self._declare(layout)

    def forward(
        self,
        input: Float[Tensor, "*batch input_size"],
        hx: Float[Tensor, "*batch hidden_size"] | None = None,
    ) -> Float[Tensor, "*batch hidden_size"]:
        """What torch's own forward gives, after a check."""
        return self._forward(input, hx, super().forward)


class RNNCell(Checked, nn.RNNCell):
    """`torch.nn.RNNCell`, one step, that says what is wrong with a call, and where, before torch makes it.

    The same constructor, parameters, state_dict and results, bit for bit; `isinstance(cell, nn.RNNCell)` holds.

    layout: what the caller's data is, such as "batch features": one step has no axis of time.
    nonlinearity: "tanh" or "relu".

    forward(input, h_0=zeros) returns h_1, by axis name:

        input   (batch, input_size), or (input_size) for one unbatched step
        h_0, h_1  (batch, hidden_size), or (hidden_size)

    Without hx the state is zero. Raises LayoutError according to the policy (`BATCHFIRST`, by default "raise"), which
    is also an error of the class that torch raises.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNNCell.html

    Example:
        >>> import torch
        >>> cell = RNNCell(1, 64)
        >>> h_1 = cell(torch.zeros(5, 1))
        >>> h_1.shape
        torch.Size([5, 64])
    """

    _torch = nn.RNNCell

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: torch.dtype | None = None,
        *,
        layout: str | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, nonlinearity, device=device, dtype=dtype)
        self._declare(layout)

    def forward(
        self,
        input: Float[Tensor, "*batch input_size"],
        hx: Float[Tensor, "*batch hidden_size"] | None = None,
    ) -> Float[Tensor, "*batch hidden_size"]:
        """What torch's own forward gives, after a check."""
        return self._forward(input, hx, super().forward)
