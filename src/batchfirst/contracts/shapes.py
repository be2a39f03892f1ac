"""`bf.shapes`: every shape that a recurrent module reads and returns, for given settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from batchfirst.contracts.recurrent import Form, RecurrentSettings, expected
from batchfirst.contracts.violation import AxisShape, Shape, names, sizes
from batchfirst.model.errors import UsageError

_WIDTH = 80
_SETTINGS = (
    "input_size", "hidden_size", "num_layers", "nonlinearity", "bias", "batch_first", "dropout", "bidirectional",
    "proj_size",
)  # fmt: skip


class Shapes(Mapping[str, Shape]):
    """The expected shapes by argument and result name, as plain tuples; `str` gives the table with axis names."""

    __slots__ = ("_named", "_title", "form", "settings")

    def __init__(self, settings: RecurrentSettings, form: Form, named: dict[str, AxisShape], title: str) -> None:
        self.settings, self.form, self._named, self._title = settings, form, named, title

    def __getitem__(self, name: str) -> Shape:
        return sizes(self._named[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._named)

    def __len__(self) -> int:
        return len(self._named)

    def axes(self, name: str) -> tuple[str, ...]:
        """The axis names of one argument or result."""
        return names(self._named[name])

    def why(self, name: str) -> str:
        """One line on why this one has this shape."""
        return _why(self.settings, self.form, name)

    def __str__(self) -> str:
        lines = wrap(self._title, _WIDTH, subsequent_indent="  ", break_on_hyphens=False)
        width = max(len(name) for name in self)
        room = max(len(str(shape)) for shape in self.values())
        for name, shape in self.items():
            head = f"  {name:<{width}}  {shape!s:<{room}}  "
            lines += ["", *wrap(head + ", ".join(self.axes(name)), _WIDTH, subsequent_indent=" " * (width + 4))]
            indent = " " * (width + 4)
            lines += wrap(self.why(name), _WIDTH, initial_indent=indent, subsequent_indent=indent)
        return "\n".join(lines)

    __repr__ = __str__


def shapes(
    recurrent: object,
    *,
    batch: int | None = None,
    seq: int | None = None,
    lengths: Sequence[int] | None = None,
    **settings: Any,
) -> Shapes:
    """Every shape that a recurrent module wants and returns: input, h_0, c_0, output, h_n, c_n.

    recurrent: a torch module (LSTM, GRU, RNN, LSTMCell, GRUCell, RNNCell or a subclass), its settings, or a kind by
    name with the constructor's arguments as **settings. batch: the number of samples; None for unbatched input.
    seq: the number of steps; a cell takes one step and needs none. lengths: the lengths of the samples of a packed
    input, in place of batch and seq. A cell returns h_1 (and c_1), and no output.

    Raises UsageError for anything else. Source: `batchfirst.contracts.recurrent`.

    >>> shapes("LSTM", input_size=1, hidden_size=64, batch=5, seq=30, batch_first=True)["output"]
    (5, 30, 64)
    >>> print(shapes("GRUCell", input_size=3, hidden_size=4, batch=2))
    GRUCell(3, 4), batch 2
    <BLANKLINE>
      input  (2, 3)  batch, features
             one step of every sample; loop over the steps yourself
    <BLANKLINE>
      h_0    (2, 4)  batch, hidden
             the state before the step; zeros if left out
    <BLANKLINE>
      h_1    (2, 4)  batch, hidden
             the state after the step: pass it on to the next
    """
    known = _settings(recurrent, settings)
    if lengths is not None:
        return _packed(known, batch, seq, lengths)
    for name, size in (("batch", batch), ("seq", seq)):
        if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 0):
            raise UsageError(name, size, "a whole number, 0 or more")
    if seq is None and not known.is_cell:
        raise UsageError("seq", seq, "a number of steps (or lengths=[…] for packed input)")
    form: Form = "unbatched" if batch is None else "batched"
    named = expected(known, batch or 0, seq or 0, form)
    sizes_told = ["unbatched"] if batch is None else [f"batch {batch}"]
    if not known.is_cell:
        sizes_told.append(f"seq {seq}")
    return Shapes(known, form, named, ", ".join((str(known), *sizes_told)))


def _settings(recurrent: object, given: dict[str, Any]) -> RecurrentSettings:
    if not isinstance(recurrent, str):
        if given:
            name, value = next(iter(given.items()))
            raise UsageError(name, value, "no settings beside a module, which has its own")
        return recurrent if isinstance(recurrent, RecurrentSettings) else RecurrentSettings.from_module(recurrent)
    for name, value in given.items():
        if name not in _SETTINGS:
            raise UsageError(name, value, f"batch, seq, lengths, {', '.join(_SETTINGS)}")
    return RecurrentSettings.from_mapping(recurrent, given)


def _packed(settings: RecurrentSettings, batch: int | None, seq: int | None, lengths: Sequence[int]) -> Shapes:
    told = list(lengths)
    if not told or any(isinstance(length, bool) or not isinstance(length, int) or length < 1 for length in told):
        raise UsageError("lengths", lengths, "whole numbers, 1 or more, one per sample")
    if batch not in (None, len(told)):
        raise UsageError("batch", batch, f"{len(told)}, the number of lengths, or None")
    if seq not in (None, max(told)):
        raise UsageError("seq", seq, f"{max(told)}, the longest of lengths, or None")
    named = expected(settings, len(told), max(told), "packed", sum(told))
    return Shapes(settings, "packed", named, f"{settings}, packed, batch {len(told)}, lengths {told}")


def _why(settings: RecurrentSettings, form: Form, name: str) -> str:
    if settings.is_cell:
        return {
            "input": "one step of every sample; loop over the steps yourself",
            "h_0": "the state before the step; zeros if left out",
            "c_0": "the cell state that goes with h_0",
            "h_1": "the state after the step: pass it on to the next",
            "c_1": "the cell state that goes with h_1: pass on both",
        }[name]
    rows = f"{settings.num_layers} × {settings.directions}"
    if name == "input":
        return _why_input(settings, form)
    if name == "h_0":
        moved = "; batch_first does not move it" if form == "batched" else ""
        return f"the state before the first step, layers × directions = {rows} first{moved}; zeros if left out"
    if name == "c_0":
        kept = (
            f"; always hidden_size wide, while h is proj_size={settings.proj_size} wide" if settings.proj_size else ""
        )
        return f"the cell state that goes with h_0{kept}"
    if name == "output":
        sides = ", forward and reverse side by side" if settings.bidirectional else ""
        packed = ", in a PackedSequence" if form == "packed" else ""
        return f"the last layer's h at every step{sides}{packed}"
    if name == "h_n":
        return "every layer's h after its last step; bf.final_hidden(h_n, lstm) reads the last layer's"
    return "the cell state that goes with h_n"


def _why_input(settings: RecurrentSettings, form: Form) -> str:
    if form == "packed":
        return "the real steps of all samples in a PackedSequence's data, whatever batch_first"
    if form == "unbatched":
        return "two axes: one sequence, whatever batch_first"
    order = "samples, then steps" if settings.batch_first else "steps, then samples"
    return f"batch_first={settings.batch_first}: {order}"
