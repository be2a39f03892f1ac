"""The way through a model as rows: one per tensor on it, with what each of its axes carries; loops told once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, TypeAlias

from batchfirst.diagnosis.silent.flow import states_of
from batchfirst.diagnosis.silent.suspect import is_cell, is_recurrent
from batchfirst.model.finding import Location
from batchfirst.model.trace import OpFact, Trace, ValueFact, Verdict
from batchfirst.render.trace_features import feature_axes

AxisRole = Literal["batch", "seq", "features", "layers"]
_LONGEST_BLOCK = 48  # rows in the body of a loop that are recognised as such
_OF_PACKED = ("batch_sizes", "sorted_indices", "unsorted_indices")  # what a PackedSequence holds beside its data
_UNIT = {"batch": "sample", "seq": "step", "features": "feature"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One axis of a tensor: its size, and what it carries.

    roles: slowest first where several are folded into it; "" stands for something that was not followed.
    how: measured (changing an index changes its own places), spread (over windows or packed rows), or read (told by
    a module's contract: see `trace_features`). most: the largest size in a loop.
    """

    size: int
    roles: tuple[str, ...] = ()
    how: Literal["measured", "spread", "read"] = "measured"
    most: int = 0

    @property
    def word(self) -> str:
        """What it carries, in a word: "batch", "(batch seq)", "(batch ·)", "seq~" or "·"."""
        names = [role or "·" for role in self.roles] or ["·"]
        word = names[0] if len(names) == 1 else "(" + " ".join(names) + ")"
        return word + "~" if self.how == "spread" else word

    @property
    def sizes(self) -> str:
        return f"{self.size}" if self.most <= self.size else f"{self.size}–{self.most}"


@dataclass(frozen=True, slots=True)
class Row:
    """One tensor on the way. `op` None: an input; `part`: which of several outputs ("h_n"), "" for the first one.

    notes: what happens to an axis here ("batch mixed", "seq ends"); codes: of the findings that stand here.
    """

    op: int | None
    value: int
    name: str
    path: str
    part: str
    location: Location | None
    dtype: str
    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    result: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(cell.size for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Loop:
    """Steps that are taken over and over: told once, with how often (least and most, inside another loop)."""

    items: tuple[Item, ...]
    least: int
    most: int

    @property
    def times(self) -> str:
        return f"× {self.least}" if self.least == self.most else f"× {self.least}–{self.most}"


Item: TypeAlias = "Row | Loop"


def trace_rows(trace: Trace) -> list[Row]:
    """The inputs, then every tensor that an operation made and that reaches the result, in order."""
    codes: dict[int, list[str]] = {}
    for index, code in trace.accused:
        codes.setdefault(index, []).append(code)
    used = {value for op in trace.ops if op.live for value in op.inputs} | set(trace.results)
    features = feature_axes(trace)
    rows = [
        _row(trace, number, None, "", (), features)
        for number, value in enumerate(trace.values)
        if value.kind == "input"
    ]
    # What a step of a loop returns is shown of each round, if it is used in one of them.
    parts: dict[object, set[int]] = {}
    for op in trace.ops:
        if op.live:
            of_place = parts.setdefault(_place(op), set())
            of_place.update(part for part, value in enumerate(op.outputs) if value in used)
    for op in trace.ops:
        # Nothing of the last round of a loop may be used: it is still a round of it.
        if not op.live and op.index not in codes and _place(op) not in parts:
            continue
        wanted = parts.get(_place(op)) or {0}
        for number, value in enumerate(v for part, v in enumerate(op.outputs) if part in wanted):
            accused = tuple(dict.fromkeys(codes.get(op.index, ()))) if number == 0 else ()
            rows.append(_row(trace, value, op, _part(op, value), accused, features))
    return rows


def _place(op: OpFact) -> object:
    return op.name, op.path, op.location, len(op.outputs)


def folded_rows(rows: Iterable[Row]) -> list[Item]:
    """The rows with every loop told once: a cell called for 50 steps is one row, "× 50"."""
    items: list[Item] = list(rows)
    for length in range(1, _LONGEST_BLOCK + 1):
        items = _folded(items, length)
    return items


def unfolded(items: Iterable[Item]) -> list[Row]:
    """The rows that `items` tell, each once."""
    return [row for item in items for row in ([item] if isinstance(item, Row) else unfolded(item.items))]


def skipped(trace: Trace) -> int:
    """How many operations are left out, since nothing of them reaches the result."""
    shown = {_place(op) for op in trace.ops if op.live}
    accused = {index for index, _ in trace.accused}
    return sum(_place(op) not in shown and op.index not in accused for op in trace.ops)


# --- one row -----------------------------------------------------------------------------------------------------


def _row(
    trace: Trace, number: int, op: OpFact | None, part: str, codes: tuple[str, ...], features: Mapping[int, int]
) -> Row:  # fmt: skip
    value = trace.values[number]
    name = f"input {value.name}" if op is None else op.module.kind if op.roles and op.module else op.name.lstrip("_")
    given = trace.inputs(op) if op is not None else ()
    path = op.path if op is not None and op.module is not None else ""
    pieces = _cut(codes, value)
    cells = tuple(map(Cell, value.shape)) if pieces else _cells(value, op, number, features)
    return Row(
        None if op is None else op.index, number, name, path, part, None if op is None else op.location, value.dtype,
        cells, pieces or _notes(value, given), codes, number in trace.results,
    )  # fmt: skip


def _cut(codes: tuple[str, ...], value: ValueFact) -> tuple[str, ...]:
    """What an accused reshape does: its samples still lie apart on an axis, but in pieces."""
    return ("batch cut up",) if value.batch.kind == "scattered" and {"BF207", "BF301", "BF401"} & set(codes) else ()


def _part(op: OpFact, value: int) -> str:
    if is_recurrent(op) and not is_cell(op):
        states, place = states_of(op), op.outputs.index(value)
        if value in states:
            return ("h_n", "c_n")[states.index(value)]
        return ("", *_OF_PACKED)[place] if place <= len(_OF_PACKED) else f"[{place}]"
    if is_cell(op):
        return ("", "c")[op.outputs.index(value)] if len(op.outputs) == 2 else ""
    place = op.outputs.index(value)
    return f"[{place}]" if place else ""


def _cells(value: ValueFact, op: OpFact | None, number: int, features: Mapping[int, int]) -> tuple[Cell, ...]:
    found: list[list[tuple[str, Verdict]]] = [[] for _ in value.shape]
    verdicts = {"batch": value.batch, "seq": value.seq, "features": value.features}
    for role, verdict in verdicts.items():
        if verdict.clean and verdict.axis is not None and verdict.axis < value.ndim and len(verdict.reached) > 1:
            found[verdict.axis].append((role, verdict))
    cells = [_cell(size, on) for size, on in zip(value.shape, found, strict=True)]
    state = op is not None and is_recurrent(op) and not is_cell(op) and number in states_of(op)
    if state and cells and not cells[0].roles:
        cells[0] = replace(cells[0], roles=("layers",), how="read")
    if number in features and not cells[features[number]].roles:
        cells[features[number]] = replace(cells[features[number]], roles=("features",), how="read")
    return tuple(cells)


def _cell(size: int, found: list[tuple[str, Verdict]]) -> Cell:
    if not found:
        return Cell(size)
    if any(verdict.kind == "scattered" for _, verdict in found):
        return Cell(size, tuple(role for role, _ in found), "spread")
    if len(found) > 1:  # the one whose places lie side by side is the slower one
        return Cell(size, tuple(role for role, verdict in sorted(found, key=lambda pair: _gap(pair[1]))))
    role, verdict = found[0]
    if verdict.kind == "folded":
        return Cell(size, (role, "") if _gap(verdict) == 1 else ("", role))
    return Cell(size, (role,))


def _gap(verdict: Verdict) -> int:
    """How far apart the places of one index lie: 1 where they are neighbours."""
    return max((b - a for _, found in verdict.positions for a, b in pairwise(found)), default=0)


def _notes(value: ValueFact, given: Sequence[ValueFact]) -> tuple[str, ...]:
    """What happens to the axes here. That samples meet is told of every tensor from there on."""
    notes: list[str] = []
    if value.batch.kind in ("mixed", "scrambled") and value.ndim:
        notes.append(f"batch {value.batch.kind}")
    for role in ("batch", "seq"):
        before = [getattr(fact, role) for fact in given]
        if not any(verdict.clean and len(verdict.reached) > 1 for verdict in before):
            continue
        now: Verdict = getattr(value, role)
        if now.clean and len(now.reached) == 1 and any(verdict.reached != now.reached for verdict in before):
            notes.append(f"{_UNIT[role]} {now.reached[0]} only")
        elif role == "seq" and now.kind == "mixed" and value.ndim:
            notes.append("seq ends")
        elif role == "seq" and now.kind == "scrambled":
            notes.append("seq scrambled")
    return tuple(notes)


# --- loops -------------------------------------------------------------------------------------------------------


def _key(item: Item) -> object:
    """What makes two steps the same step of a loop: the place in the code, and whether the samples are still apart."""
    if isinstance(item, Loop):
        return tuple(map(_key, item.items))
    # In a loop over steps each round carries another step, and most of them none that was changed.
    lost = tuple(note for note in item.notes if note.startswith("batch "))
    # Parts are numbered, and so are the modules of a list: cells.0, cells.1.
    path = "".join(character for character in item.path if not character.isdigit())
    return item.op is None, item.name, path, item.part[:1], item.location, len(item.cells), lost


def _folded(items: list[Item], length: int) -> list[Item]:
    keys = [_key(item) for item in items]
    done: list[Item] = []
    at = 0
    while at < len(items):
        block = keys[at : at + length]
        times = 1
        while len(block) == length and keys[at + times * length : at + (times + 1) * length] == block:
            times += 1
        if times < 2 or items_are_inputs(items[at : at + length]):
            done.append(items[at])
            at += 1
            continue
        runs = [items[at + n * length : at + (n + 1) * length] for n in range(times)]
        merged = tuple(_merged(same) for same in zip(*runs, strict=True))
        only = merged[0]
        if length == 1 and isinstance(only, Loop):  # a loop told in full by the one inside it
            done.append(replace(only, least=only.least * times, most=only.most * times))
        else:
            done.append(Loop(merged, times, times))
        at += times * length
    return done


def items_are_inputs(items: Sequence[Item]) -> bool:
    return any(isinstance(item, Row) and item.op is None for item in items)


def _merged(same: Sequence[Item]) -> Item:
    first = same[0]
    if isinstance(first, Loop):
        loops = [item for item in same if isinstance(item, Loop)]
        inner = tuple(_merged(parts) for parts in zip(*(loop.items for loop in loops), strict=True))
        return Loop(inner, min(loop.least for loop in loops), max(loop.most for loop in loops))
    rows = [item for item in same if isinstance(item, Row)]
    cells = tuple(_told(column) for column in zip(*(row.cells for row in rows), strict=True))
    notes = tuple(note for note in first.notes if all(note in row.notes for row in rows))
    codes = tuple(dict.fromkeys(code for row in rows for code in row.codes))
    path = first.path if all(row.path == first.path for row in rows) else _common(first.path, rows[-1].path)
    return replace(first, cells=cells, notes=notes, codes=codes, path=path, result=any(row.result for row in rows))


def _told(column: Sequence[Cell]) -> Cell:
    """An axis in all rounds of a loop: of what it carries the most that was seen, in the first round that shows it."""
    told = max(column, key=lambda cell: (bool(cell.roles) and cell.how == "measured", bool(cell.roles)))
    return replace(told, size=min(c.size for c in column), most=max(max(c.size, c.most) for c in column))


def _common(first: str, last: str) -> str:
    """`cells.0` and `cells.3` as `cells.0…3`."""
    begin = 0
    while begin < min(len(first), len(last)) and first[begin] == last[begin]:
        begin += 1
    while begin and first[begin - 1].isdigit():
        begin -= 1
    end = 0
    most = min(len(first), len(last)) - begin
    while end < most and first[-1 - end] == last[-1 - end] and not first[-1 - end].isdigit():
        end += 1
    stop = len(first) - end
    return f"{first[:stop]}…{last[begin:]}" if first != last else first
