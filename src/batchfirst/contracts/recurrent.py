"""What LSTM, GRU, RNN and their cells read and return, as axis names and sizes.

Sources: the "Inputs", "Outputs" and "Shape" sections of https://docs.pytorch.org/docs/stable/generated/ followed by
torch.nn.LSTM.html, torch.nn.GRU.html, torch.nn.RNN.html, torch.nn.LSTMCell.html, torch.nn.GRUCell.html and
torch.nn.RNNCell.html; tests/contracts compares every prediction with what torch does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from batchfirst.contracts.violation import AxisShape
from batchfirst.model.errors import UsageError

Kind = Literal["LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell"]
Form = Literal["batched", "unbatched", "packed"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.nn."
# The arguments and results whose axes `batch_first` exchanges: never the states. Source: "Note that this does not
# apply to hidden or cell states", argument batch_first, torch.nn.LSTM.html#torch.nn.LSTM.
MOVED_BY_BATCH_FIRST = ("input", "output")


@dataclass(frozen=True, slots=True)
class RecurrentSettings:
    """The constructor's settings, by torch's names. Raises UsageError for what torch's constructor refuses.

    A cell has no layers, directions, batch_first, dropout or projection; only LSTM has proj_size.
    """

    kind: Kind
    input_size: int
    hidden_size: int
    num_layers: int = 1
    bias: bool = True
    batch_first: bool = False
    dropout: float = 0.0
    bidirectional: bool = False
    proj_size: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError("kind", self.kind, ", ".join(KINDS))
        for name in ("input_size", "hidden_size", "num_layers"):
            _check_int(name, getattr(self, name), 1)
        _check_int("proj_size", self.proj_size, 0)
        if self.proj_size and self.kind != "LSTM":
            raise UsageError("proj_size", self.proj_size, f"0: only LSTM projects its output, not {self.kind}")
        if self.proj_size >= self.hidden_size:
            raise UsageError("proj_size", self.proj_size, f"less than hidden_size={self.hidden_size}")
        if isinstance(self.dropout, bool) or not 0 <= self.dropout <= 1:
            raise UsageError("dropout", self.dropout, "a probability from 0 to 1")
        for name in ("bias", "batch_first", "bidirectional"):
            if not isinstance(getattr(self, name), bool):
                raise UsageError(name, getattr(self, name), "True or False")
        if self.is_cell and (self.num_layers != 1 or self.bidirectional or self.batch_first or self.dropout):
            raise UsageError("kind", self.kind, "a cell takes input_size, hidden_size and bias only")

    @property
    def is_cell(self) -> bool:
        return self.kind.endswith("Cell")

    @property
    def has_cell_state(self) -> bool:
        """Whether the state is a tuple (h, c): LSTM and LSTMCell."""
        return self.kind.startswith("LSTM")

    @property
    def directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def state_rows(self) -> int:
        """The first axis of h_0, c_0, h_n, c_n: layers × directions, slowest first."""
        return self.num_layers * self.directions

    @property
    def hidden_out(self) -> int:
        """Features of h and, per direction, of the output: proj_size where there is one, else hidden_size."""
        return self.proj_size or self.hidden_size

    def time_axis(self, batched: bool = True) -> int | None:
        """Where input and output have time; None for a cell, which takes one step."""
        if self.is_cell:
            return None
        return 1 if batched and self.batch_first else 0

    def batch_axis(self, batched: bool = True) -> int | None:
        """Where input and output have the batch; None for an unbatched input."""
        if not batched:
            return None
        return 0 if self.is_cell or self.batch_first else 1

    def __str__(self) -> str:
        """As the constructor is written, defaults left out."""
        parts = [str(self.input_size), str(self.hidden_size)]
        for name, default in _DEFAULTS.items():
            if getattr(self, name) != default:
                parts.append(f"{name}={getattr(self, name)!r}")
        return f"{self.kind}({', '.join(parts)})"

    @classmethod
    def from_mapping(cls, kind: str, settings: Mapping[str, Any]) -> RecurrentSettings:
        """From a kind's name, in any case, and a mapping of constructor settings by torch's names.

        What the contract doesn't speak of (nonlinearity, mode, …) is ignored.

        Raises UsageError for an unknown kind, a missing size, or a value that torch refuses.
        """
        found = named_kind(kind)
        for name in ("input_size", "hidden_size"):
            if settings.get(name) is None:
                raise UsageError(name, settings.get(name), "a positive whole number; it has no default")
        known = {name: settings[name] for name in _DEFAULTS if settings.get(name) is not None}
        return cls(found, settings["input_size"], settings["hidden_size"], **known)

    @classmethod
    def from_module(cls, module: object) -> RecurrentSettings:
        """From one of torch's modules or a subclass, read through its attributes. Raises UsageError for any other."""
        kind = kind_of(module)
        if kind is None:
            raise UsageError("module", type(module).__name__, "a module of kind " + ", ".join(KINDS))
        names = ("input_size", "hidden_size", *_DEFAULTS)
        return cls.from_mapping(kind, {name: getattr(module, name, None) for name in names})


_DEFAULTS: dict[str, Any] = {
    "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0, "bidirectional": False, "proj_size": 0,
}  # fmt: skip


def named_kind(name: str) -> Kind:
    """The kind of that name, in any case. Raises UsageError for any other."""
    for kind in KINDS:
        if name.lower() == kind.lower():
            return kind
    raise UsageError("kind", name, ", ".join(KINDS))


def kind_of(module: object) -> Kind | None:
    """The kind of a torch module or of a subclass of one ("LSTM"); None for anything else. Imports no torch."""
    for parent in type(module).__mro__:
        if parent.__module__.partition(".")[0] == "torch":
            for kind in KINDS:
                if parent.__name__ == kind:
                    return kind
    return None


def expected(
    settings: RecurrentSettings, batch: int, seq: int, form: Form = "batched", total_steps: int | None = None
) -> dict[str, AxisShape]:
    """Every shape by axis name: input, h_0, c_0, output, h_n, c_n; of a cell: input, h_0, c_0, h_1, c_1.

    batch and seq are the numbers of samples and steps (ignored where the form has none). total_steps: for packed input,
    the sum of the lengths; batch × seq where it is not given, as if every sequence were seq long.

    Source: sections "Inputs" and "Outputs" of `source(settings.kind)`.

    >>> lstm = RecurrentSettings("LSTM", 1, 64, num_layers=5, batch_first=True)
    >>> expected(lstm, batch=5, seq=30)["h_n"]
    (('layers*directions', 5), ('batch', 5), ('hidden', 64))
    """
    if form == "packed" and settings.is_cell:
        raise UsageError("form", form, "batched or unbatched: a cell takes one step")
    one_batch, one_seq = ("batch", batch), ("seq", seq)
    samples: AxisShape = () if form == "unbatched" else (one_batch,)
    data: AxisShape
    if settings.is_cell:
        data = samples
    elif form == "packed":
        data = (("sum(lengths)", batch * seq if total_steps is None else total_steps),)
    elif form == "unbatched":
        data = (one_seq,)
    else:
        data = (one_batch, one_seq) if settings.batch_first else (one_seq, one_batch)
    rows: AxisShape = () if settings.is_cell else (("layers*directions", settings.state_rows),)
    hidden = "proj" if settings.proj_size else "hidden"
    h = (*rows, *samples, (hidden, settings.hidden_out))
    c = (*rows, *samples, ("hidden", settings.hidden_size))
    last = "1" if settings.is_cell else "n"
    shapes: dict[str, AxisShape] = {"input": (*data, ("features", settings.input_size)), "h_0": h}
    if settings.has_cell_state:
        shapes["c_0"] = c
    if not settings.is_cell:
        shapes["output"] = (*data, (f"directions*{hidden}", settings.directions * settings.hidden_out))
    shapes[f"h_{last}"] = h
    if settings.has_cell_state:
        shapes[f"c_{last}"] = c
    return shapes


def source(kind: Kind) -> str:
    """Where torch documents the shapes of `kind`."""
    return f"{DOCS}{kind}.html"


def _check_int(name: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise UsageError(name, value, f"a whole number, {least} or more")
