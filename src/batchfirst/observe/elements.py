"""Which elements of a recurrent module's results go where: element numbers sent through every moving operation.

Each element of `output`, `h_n` and `c_n` gets a number. An operation that only moves elements is applied to the
numbers too, so that at a reader (a loss, another module, the result) the numbers tell exactly which steps, samples,
layers and directions arrive there. An operation on each row by itself (a Linear, a LayerNorm) makes new numbers for
the same steps and samples. Nothing is guessed from shapes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from batchfirst.contracts import operations
from batchfirst.model.trace import Part, ReadFact, RecurrentFact
from batchfirst.observe.inputs import DataInput
from batchfirst.observe.recorder import Recorder
from batchfirst.observe.run import Op
from batchfirst.observe.sources import Source, grid, packed_rows, state_rows

_DIGITS = torch.tensor([1 << 40, 1 << 4, 1])  # step or layer, sample, direction
_MASK = (1 << 36) - 1
_SHIFT = 1 << 40  # numbers of one source; sources are told apart by the quotient


class Elements:
    """The observer that follows element numbers through one run. Call it as a Recorder's `observer`."""

    def __init__(self) -> None:
        self.sources: list[Source] = []
        self.calls: dict[int, RecurrentFact] = {}
        self.numbers: dict[int, Tensor] = {}  # value -> element numbers, -1 where an element is no source's
        self.reads: list[ReadFact] = []
        self.pairs: list[tuple[int, int, Tensor]] = []  # (operation, value, the sample whose length each element meets)
        # (value, source) -> (2 for steps or samples, 1 for units; by which operation they were left out)
        self.taken: dict[tuple[int, int], tuple[int, int]] = {}
        self.cuts: list[int] = []  # reshapes behind which no axis, nor several together, count the steps

    def __call__(
        self, recorder: Recorder, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any, op: Op
    ) -> None:
        known = [value for value in op.inputs if value in self.numbers]
        if known and name in operations.BINARY and len(op.inputs) == 2:
            self._pair(op)
        if known:
            moved = self._moved(recorder, name, args, kwargs, op)
            if moved is None and (rows := self._computed_rows(recorder, name, op)) is not None:
                self.numbers[op.outputs[0]] = rows
                left_out = self.taken.get((op.inputs[0], self._outputs_in(op.inputs[0])[0]))
                if left_out is not None:
                    self.taken[op.outputs[0], len(self.sources) - 1] = left_out
            elif moved is not None:
                if name in operations.RESHAPES and op.inputs[0] in self.numbers and len(moved) == 1:
                    before, after = self._steps(self.numbers[op.inputs[0]]), self._steps(moved[0])
                    if before is not None and after is not None and _counted(before) and not _counted(after):
                        self.cuts.append(op.index)
                self.numbers.update((v, n) for v, n in zip(op.outputs, moved, strict=False) if bool((n >= 0).any()))
                self._pass_on(op, op.outputs[: len(moved)])
            elif name not in operations.SHAPE_ONLY:
                self._read(recorder, op, known)
        if op.module is not None and op.module.kind in operations.RECURRENT.values() and op.roles:
            self._add_call(recorder, op)

    def _steps(self, numbers: Tensor) -> Tensor | None:
        """The step of each element; None where they are not all of one source that has steps."""
        if numbers.numel() == 0 or bool((numbers < 0).any()):
            return None
        first = int(numbers.flatten()[0]) // _SHIFT
        source = self.sources[first]
        if source.part not in ("output", "input") or bool((numbers // _SHIFT != first).any()):
            return None
        return source.rows[numbers % _SHIFT][..., 0]

    def finish(self, recorder: Recorder) -> tuple[ReadFact, ...]:
        """All reads, with those of the results themselves."""
        for value in recorder.run.results:
            if value in self.numbers:
                self._read_value(recorder, value, None, "result")
        return tuple(self.reads)

    def add_input(self, recorder: Recorder, value: int, data: DataInput) -> None:
        """Number a declared input by (step, sample), to see in which order a recurrent module is fed."""
        if "batch" not in data.places or "seq" not in data.places:
            return
        shape = recorder.run.values[value].shape
        rows = [self._along(shape, *data.places[role]) for role in ("seq", "batch")]
        self._add(recorder, value, -1, "input", torch.stack([*rows, torch.zeros_like(rows[0])], dim=-1))

    def add_lengths(self, recorder: Recorder, value: int) -> None:
        """Number a tensor that may hold one length per sample, to see which samples it meets."""
        count = recorder.run.values[value].shape[0]
        rows = torch.zeros(count, 3, dtype=torch.int64)
        rows[:, 1] = torch.arange(count)
        self._add(recorder, value, -1, "lengths", rows)

    def _part(self, numbers: Tensor) -> Part | None:
        flat = numbers.flatten()
        return self.sources[int(flat[0]) // _SHIFT].part if len(flat) and int(flat[0]) >= 0 else None

    def _pair(self, op: Op) -> None:
        for mine, other in (op.inputs, op.inputs[::-1]):
            numbers = self.numbers.get(mine)
            if numbers is not None and self._part(numbers) == "lengths":
                source = self.sources[int(numbers.flatten()[0]) // _SHIFT]
                self.pairs.append((op.index, other, source.rows[numbers % _SHIFT][..., 1]))

    @staticmethod
    def _along(shape: tuple[int, ...], axis: int, numbers: Tensor) -> Tensor:
        view = [1] * len(shape)
        view[axis] = len(numbers)
        return numbers.reshape(view).expand(shape).reshape(-1)

    def _fed_steps(self, recorder: Recorder, op: Op) -> tuple[int, ...] | None:
        """The data's step at each step of the module, where every sample and feature has the same one."""
        numbers = self.numbers.get(op.inputs[0])
        if numbers is None or numbers.ndim != 3 or op.options.get("packed") or bool((numbers < 0).any()):
            return None
        found = numbers // _SHIFT
        if bool((found != found.flatten()[0]).any()):
            return None
        source = self.sources[int(found.flatten()[0])]
        if source.part != "input":
            return None
        assert op.module is not None
        steps = source.rows[numbers % _SHIFT][..., 0]
        steps = steps.transpose(0, 1) if op.module.settings.get("batch_first") else steps
        first = steps[:, :1, :1]
        return tuple(first.flatten().tolist()) if bool((steps == first).all()) else None

    # --- following -----------------------------------------------------------------------------------------------

    def _moved(
        self, recorder: Recorder, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], op: Op
    ) -> list[Tensor] | None:
        """Numbers of the outputs, or None where the operation does more than move elements."""
        values = recorder.run.values
        shapes = [values[v].shape for v in op.outputs]
        if name == "setitem":
            return [self._written(recorder, op, args, values[op.outputs[0]].shape)]
        if name == "embedding":
            ids = self.numbers.get(op.inputs[0])
            return None if ids is None or len(shapes[0]) != ids.ndim + 1 else [ids.unsqueeze(-1).expand(shapes[0])]
        if name == "copy_" and len(op.inputs) > 1:
            source = self.numbers.get(op.inputs[1])
            return None if source is None else [source.expand(shapes[0]).clone()]
        if name in operations.ELEMENTWISE or name in operations.BINARY:
            carriers = [self.numbers[v] for v in op.inputs if v in self.numbers]
            if len(carriers) == 1 and len(shapes) == 1 and self._part(carriers[0]) == "lengths":
                return [carriers[0].expand(shapes[0])]
            if len(carriers) == 1 and len(shapes) == 1 and tuple(carriers[0].shape) == shapes[0]:
                return carriers
            return None
        if name == "sort" and self._part(self.numbers[op.inputs[0]]) == "lengths":
            order = values[op.outputs[1]].data
            return None if order is None else [self.numbers[op.inputs[0]].gather(-1, order.cpu())]
        if name == "pad":
            mode = kwargs.get("mode", args[2] if len(args) > 2 else "constant")
            source = self.numbers.get(op.inputs[0])
            if mode != "constant" or source is None:
                return None
            padding = kwargs["pad"] if "pad" in kwargs else args[1]
            return [torch.nn.functional.pad(source, padding, value=-1)]
        if name not in operations.MOVES:
            return None
        return self._replayed(recorder, name, args, kwargs, op)

    def _replayed(
        self, recorder: Recorder, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], op: Op
    ) -> list[Tensor] | None:
        first = self._numbered(recorder, args[0] if args else next(iter(kwargs.values())))
        rest = list(args[1:])
        if name == "_pad_packed_sequence":
            rest[2] = -1  # padding is nobody's element
        func: Callable[..., Any] | None = (
            _FUNCTIONS.get(name) or getattr(Tensor, name, None) or getattr(torch, name, None)
        )
        if isinstance(first, list):  # cat, stack and their kind
            func = getattr(torch, name, None)
        if name in ("T", "mT", "H", "mH", "data"):
            result = getattr(first, name)
        elif func is None:
            return None
        else:
            left = {key: value for key, value in kwargs.items() if key not in ("input", "tensors", "memory_format")}
            try:
                result = func(first, *rest, **left)
            except (RuntimeError, TypeError, IndexError):
                return None
        parts = result if isinstance(result, (tuple, list)) else (result,)
        tensors = [part for part in parts if isinstance(part, Tensor)]
        shapes = [recorder.run.values[v].shape for v in op.outputs]
        if [tuple(t.shape) for t in tensors[: len(shapes)]] != shapes[: len(tensors)]:
            return None
        return [t.clone() for t in tensors[:1]] if name.startswith("_pa") else [t.clone() for t in tensors]

    def _numbered(self, recorder: Recorder, argument: Any) -> Any:
        if isinstance(argument, (tuple, list)):
            return [self._numbered(recorder, part) for part in argument]
        if not isinstance(argument, Tensor):
            return argument
        value = recorder.value_of(argument)
        known = self.numbers.get(value)
        return torch.full(tuple(argument.shape), -1, dtype=torch.int64) if known is None else known

    def _written(self, recorder: Recorder, op: Op, args: tuple[Any, ...], shape: tuple[int, ...]) -> Tensor:
        before = self.numbers.get(op.inputs[0])
        after = torch.full(shape, -1, dtype=torch.int64) if before is None else before.clone()
        after[args[1]] = self._numbered(recorder, args[2]) if isinstance(args[2], Tensor) else -1
        return after

    def _computed_rows(self, recorder: Recorder, name: str, op: Op) -> Tensor | None:
        """New numbers behind an operation that computes each row of output (the last axis) by itself."""
        numbers = self.numbers.get(op.inputs[0])
        if numbers is None or not numbers.ndim or not _row_by_row(recorder, name, op):
            return None
        shape = recorder.run.values[op.outputs[0]].shape
        real = (numbers >= 0).all(-1)
        if shape[:-1] != tuple(numbers.shape[:-1]) or not bool((real | (numbers < 0).all(-1)).all()) or not real.any():
            return None
        flat = numbers[real]
        number = int(flat[0, 0]) // _SHIFT
        source = self.sources[number]
        if source.part != "output" or bool((flat // _SHIFT != number).any()):
            return None
        rows = source.rows[flat % _SHIFT]
        sides = rows[:1, :, 2]
        if bool((rows[:, :, :2] != rows[:, :1, :2]).any()) or bool((rows[:, :, 2] != sides).any()):
            return None
        made = torch.full(shape, -1, dtype=torch.int64)
        made[real] = (torch.arange(len(flat) * shape[-1]) + len(self.sources) * _SHIFT).reshape(len(flat), shape[-1])
        each = rows[:, :1].expand(-1, shape[-1], -1).reshape(-1, 3)
        known = source.sides or tuple(sides.unique().tolist())
        self.sources.append(Source(source.call, "output", each, known, source.width or numbers.shape[-1]))
        return made

    def _pass_on(self, op: Op, made: list[int]) -> None:
        """Remember by which operation steps, samples or units of an output were left out."""
        for value in made:
            for source in self._outputs_in(value):
                given = [v for v in op.inputs if source in self._outputs_in(v)]
                if len(given) != 1:
                    continue
                before = self.taken.get((given[0], source))
                kept, left = self._extent(given[0], source), self._extent(value, source)
                rank = 2 if left[0] < kept[0] else 1 if left[1] < kept[1] else 0
                if rank and rank >= (before[0] if before else 0):
                    self.taken[value, source] = (rank, op.index)
                elif before is not None:
                    self.taken[value, source] = before

    def _outputs_in(self, value: int) -> list[int]:
        """The outputs of recurrent modules of which a tensor holds elements."""
        numbers = self.numbers.get(value)
        if numbers is None:
            return []
        found = (numbers[numbers >= 0] // _SHIFT).unique().tolist()
        return [source for source in found if self.sources[source].part == "output"]

    def _extent(self, value: int, source: int) -> tuple[int, int]:
        """How many (step, sample) pairs and how many elements of one output a tensor holds."""
        flat = self.numbers[value].flatten()
        elements = (flat[flat // _SHIFT == source] % _SHIFT).unique()
        pairs = (self.sources[source].rows[elements][:, :2] * _DIGITS[:2]).sum(-1).unique()
        return len(pairs), len(elements)

    # --- reading -------------------------------------------------------------------------------------------------

    def _read(self, recorder: Recorder, op: Op, known: list[int]) -> None:
        roles = op.roles or [""] * len(op.inputs)
        for value, role in zip(op.inputs, roles, strict=True):
            if value in known:
                self._read_value(recorder, value, op.index, role)

    def _read_value(self, recorder: Recorder, value: int, reader: int | None, role: str) -> None:
        numbers = self.numbers[value].flatten()
        numbers = numbers[numbers >= 0]
        for number in (numbers // _SHIFT).unique().tolist():
            source = self.sources[number]
            if source.part in ("input", "lengths"):
                continue
            elements = (numbers[numbers // _SHIFT == number] % _SHIFT).unique()
            # Rows as one number each: unique over rows of a matrix costs a hundred times as much.
            codes = (source.rows[elements] * _DIGITS).sum(-1).unique()
            rows = frozenset((int(c >> 40), int(c >> 4 & _MASK), int(c & 15)) for c in codes.tolist())
            producer = recorder.run.values[value].producer
            whole = len(elements) == len(source.rows)
            via = None if producer == source.call else producer
            if (value, number) in self.taken:
                via = self.taken[value, number][1]
            units = len(elements) // max(len(rows), 1)
            if source.sides:
                rows = frozenset((step, sample, side) for step, sample, _ in rows for side in source.sides)
                units = source.width
            self.reads.append(ReadFact(source.call, source.part, reader, role, rows, whole, units, via))

    def _add(self, recorder: Recorder, value: int, call: int, part: Part, rows: Tensor) -> None:
        shape = recorder.run.values[value].shape
        count = rows.shape[0]
        base = len(self.sources) * _SHIFT
        self.sources.append(Source(call, part, rows))
        self.numbers[value] = (torch.arange(count) + base).reshape(shape)

    def _add_call(self, recorder: Recorder, op: Op) -> None:
        assert op.module is not None
        settings, values = op.module.settings, recorder.run.values
        kind = op.module.kind
        lstm = kind.startswith("LSTM")
        output = values[op.outputs[0]].shape
        if kind.endswith("Cell"):
            batch = output[0] if len(output) == 2 else 1
            rows = grid((1, batch, output[-1]), ("step", "sample", "unit"), 1, output[-1])
            self._add(recorder, op.outputs[0], op.index, "output", rows)
            if lstm:
                self._add(recorder, op.outputs[1], op.index, "c_n", rows)
            self.calls[op.index] = RecurrentFact(op.index, 1, batch, 1, 1, False, None, output[-1])
            return
        directions = 2 if settings.get("bidirectional") else 1
        layers = int(settings.get("num_layers") or 1)
        packed = bool(op.options.get("packed"))
        h_n = op.outputs[-2] if lstm else op.outputs[-1]
        width = output[-1] // directions
        lengths = None
        if packed:
            steps, batch, lengths, rows = packed_rows(recorder, op, output, width)
        elif len(output) == 2:
            steps, batch = output[0], 1
            rows = grid((steps, 1, output[1]), ("step", "sample", "unit"), directions, width)
        elif settings.get("batch_first"):
            batch, steps = output[:2]
            rows = grid(output, ("sample", "step", "unit"), directions, width)
        else:
            steps, batch = output[:2]
            rows = grid(output, ("step", "sample", "unit"), directions, width)
        fed = self._fed_steps(recorder, op)
        self.calls[op.index] = RecurrentFact(op.index, steps, batch, layers, directions, packed, lengths, width, fed)
        self._add(recorder, op.outputs[0], op.index, "output", rows)
        parts: tuple[tuple[int, Part], ...] = ((h_n, "h_n"), (op.outputs[-1], "c_n")) if lstm else ((h_n, "h_n"),)
        for value, part in parts:
            self._add(recorder, value, op.index, part, state_rows(values[value].shape, layers, directions))


def _row_by_row(recorder: Recorder, name: str, op: Op) -> bool:
    """Whether an operation computes each row, along the last axis, from that row alone."""
    values = recorder.run.values
    ndim = len(values[op.inputs[0]].shape)
    if name in operations.SOFTMAXES:
        dim = op.options.get("dim")
        return isinstance(dim, int) and dim % ndim == ndim - 1
    if name in ("matmul", "mm"):
        return len(op.inputs) == 2 and values[op.inputs[1]].kind == "parameter"
    return name in operations.ROW_BY_ROW


def _counted(steps: Tensor) -> bool:
    """Whether the step is counted by one axis, or by several as by the digits of a number (chunks, step within).

    An axis may hold several rows of each step: one step cut into two.
    """
    for axis in range(steps.ndim):
        along = steps.movedim(axis, -1).reshape(-1, steps.shape[axis])
        if bool((along == along[:1]).all()) and bool((along[0].diff() >= 0).all()):
            return True
    start = steps[(0,) * steps.ndim]
    total = start.clone().expand(steps.shape)
    for axis in range(steps.ndim):
        along = steps[tuple(slice(None) if n == axis else slice(0, 1) for n in range(steps.ndim))]
        total = total + (along - start)
    return bool((total == steps).all())


def _getitem(numbers: Tensor, index: Any) -> Tensor:
    return numbers[index]


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "getitem": _getitem,
    "iter": lambda numbers: numbers.unbind(0),
    "_pack_padded_sequence": torch._VF._pack_padded_sequence,
    "_pad_packed_sequence": torch._VF._pad_packed_sequence,
    "detach": lambda numbers: numbers,
    "clone": lambda numbers: numbers,
    "contiguous": lambda numbers: numbers,
    "view_as": lambda numbers, other: numbers.reshape(other.shape),
    "reshape_as": lambda numbers, other: numbers.reshape(other.shape),
    "view": lambda numbers, *sizes, **named: numbers.reshape(*sizes) if not named else numbers,
}
