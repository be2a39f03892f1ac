"""The way through a model as a table for a terminal: a row per tensor, a column per axis, what each axis carries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from batchfirst.model.files import given_name, short_name
from batchfirst.model.trace import Trace
from batchfirst.render.blocks import Line, Role, Span
from batchfirst.render.plain import NARROWEST, paint
from batchfirst.render.text import columns, cut, cut_left, pad, printable, wrap
from batchfirst.render.trace import Cell, Item, Row, folded_rows, skipped, trace_rows

_MANY = 240  # lines; of a longer way the parts around its beginning, its end and its findings are shown
_AROUND = 12
_SHORT = {"features": "feat", "layers": "lay"}


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A row in words. cells: one per axis, "" where the row is the head of a loop."""

    name: str
    line: str
    cells: tuple[str, ...]
    remark: str
    accused: bool = False
    bad: bool = False
    result: bool = False


def render_trace(trace: Trace, *, color: bool = False, width: int = 80) -> str:
    """One row per tensor on the way from the inputs to the result: the step, its line, and its axes.

    Of each axis its size and what it carries; `·` is one that was not followed, `~` one over which windows or packed
    rows spread, `(batch seq)` a folded one, slowest first. Loops are told once. A row that a finding points at begins
    with "!", a result with ">". No line is wider than `width` columns (at least 40), and no line break stands at the
    end. Raises nothing: a trace that cannot be drawn is told in one line, with the reason.
    """
    try:
        lines = _table(trace, max(width, NARROWEST))
    except Exception as error:
        return f"this trace could not be drawn ({type(error).__name__}: {error}); please report it"
    return "\n".join(_text(line, color) for line in lines)


def _text(line: Line, color: bool) -> str:
    return "".join(paint(span.text, span.role) if color else span.text for span in line).rstrip()


def _table(trace: Trace, width: int) -> list[Line]:
    rows = folded_rows(trace_rows(trace))
    files = {row.location.file for row in _all(rows) if row.location is not None}
    drawn = list(_drawn(rows, "", many_files=len(files) > 1))
    return [*_aligned(_shortened(drawn), width), *_legend(trace, drawn, sorted(files), width)]


def _all(items: Iterable[Item]) -> Iterator[Row]:
    for item in items:
        if isinstance(item, Row):
            yield item
        else:
            yield from _all(item.items)


# --- words -------------------------------------------------------------------------------------------------------


def _drawn(items: Iterable[Item], indent: str, *, many_files: bool) -> Iterator[_Drawn]:
    for item in items:
        if isinstance(item, Row):
            yield _row(item, indent, "", many_files)
        elif len(item.items) == 1 and isinstance(item.items[0], Row):
            yield _row(item.items[0], indent, f" {item.times}", many_files)
        else:
            yield _Drawn(f"{indent}{item.times}:", "", (), "")
            yield from _drawn(item.items, indent + "  ", many_files=many_files)


def _row(row: Row, indent: str, times: str, many_files: bool) -> _Drawn:
    name = step_name(row) + times
    remark = ", ".join((*row.codes, *row.notes))
    line = ""
    if row.location is not None:
        file = printable(short_name(row.location.file))
        line = cut_left(f"{file}:{row.location.line}" if many_files else str(row.location.line), 16)
    cells = tuple(_cell(cell) for cell in row.cells) or ("one number",)
    bad = any(note.startswith("batch ") for note in row.notes)
    return _Drawn(indent + name, line, cells, remark, bool(row.codes), bad, row.result)


def step_name(row: Row) -> str:
    """The step in words: the operation, the module that it stands for, and which of its outputs."""
    path = row.path if row.path != row.name else ""
    return printable(" ".join(part for part in (row.name, path, row.part) if part))


def _cell(cell: Cell) -> str:
    return f"{cell.word} {cell.sizes}"


def _legend(trace: Trace, drawn: list[_Drawn], files: list[str], width: int) -> Iterator[Line]:
    text = " ".join(cell for row in drawn for cell in row.cells)
    told = ["! a finding stands here"] if any(row.accused for row in drawn) else []
    told += ["> a result"] if any(row.result for row in drawn) else []
    if "·" in text:
        told.append("· not followed")
    if "~" in text:
        told.append("~ spread over windows or packed rows")
    if "(" in text:
        told.append("(a b) folded, a slower")
    left = skipped(trace)
    if left:
        told.append(f"{left} {'operation' if left == 1 else 'operations'} that never reach the result left out")
    if len(files) == 1:
        told.append(f"lines of {cut_left(printable(given_name(files[0]) or files[0]), width - 12)}")
    for number, line in enumerate(wrap("; ".join(told), width - 2) if told else ()):
        yield (Span("  " + line if number or line else line, "more"),)


def _shortened(rows: list[_Drawn]) -> list[_Drawn]:
    """Of a very long way the parts that tell most."""
    if len(rows) <= _MANY:
        return rows
    kept = {n for n in range(len(rows)) if n < _MANY // 3 or n >= len(rows) - _MANY // 3}
    for number in [n for n, row in enumerate(rows) if row.accused][:4]:
        kept.update(range(max(0, number - _AROUND), min(len(rows), number + _AROUND)))
    short: list[_Drawn] = []
    missing = 0
    for number, row in enumerate(rows):
        if number in kept:
            if missing:
                short.append(_Drawn(f"… {missing} more rows", "", (), ""))
            missing = 0
            short.append(row)
        else:
            missing += 1
    return short


# --- columns -----------------------------------------------------------------------------------------------------


def _aligned(rows: list[_Drawn], width: int) -> Iterator[Line]:
    step = min(max((columns(row.name) for row in rows if row.cells), default=4), max(14, width * 2 // 5))
    line = max((columns(row.line) for row in rows), default=0)
    line = max(line, 4) if line else 0
    room = width - 2 - step - (line + 2 if line else 0) - 2
    count = max((len(row.cells) for row in rows), default=0)
    for short in (False, True):
        rows = [_abbreviated(row) for row in rows] if short else rows
        widths = [max((columns(row.cells[n]) for row in rows if n < len(row.cells)), default=0) for n in range(count)]
        widths = [max(wide, 6) for wide in widths]
        if sum(widths) + 2 * (count - 1) <= room:
            break
    side_by_side = sum(widths) + 2 * (count - 1) <= room
    head = "  ".join(pad(f"axis {n}", wide) for n, wide in enumerate(widths)) if side_by_side else "axes"
    lead = f"  {pad('step', step)}  " + (f"{pad('line', line, right=True)}  " if line else "")
    yield (Span(cut(lead + head, width).rstrip(), "axis"),)
    for row in rows:
        if not row.cells:
            yield (Span(cut(f"  {row.name}", width), "axis"),)
            continue
        yield from _lines(row, step, line, widths if side_by_side else None, room)


def _abbreviated(row: _Drawn) -> _Drawn:
    cells = row.cells
    for long, short in _SHORT.items():
        cells = tuple(cell.replace(long, short) for cell in cells)
    return replace(row, cells=cells)


def _lines(row: _Drawn, step: int, line: int, widths: list[int] | None, room: int) -> Iterator[Line]:
    mark = Span("! ", "mark") if row.accused else Span("> " if row.result else "  ")
    name: Role = "error" if row.accused else "plain"
    place = f"{pad(row.line, line, right=True)}  " if line else ""
    lead = (mark, Span(f"{pad(cut(row.name, step), step)}  ", name), Span(place, "place"))
    role: Role = "error" if row.accused or row.bad else "tag"
    blank = Span(" " * (2 + step + 2 + columns(place)))
    if widths is None:
        text = " · ".join(row.cells) + (f"   {row.remark}" if row.remark else "")
        for number, part in enumerate(wrap(text, room)):
            yield (*(lead if number == 0 else (blank,)), Span(part))
        return
    spans = [Span(pad(cell, wide) + "  ", _carried(cell)) for cell, wide in zip(row.cells, widths, strict=False)]
    used = sum(columns(span.text) for span in spans)
    remark = printable(row.remark)
    aside = sum(widths) + 2 * len(widths)  # remarks stand below each other, where there is room behind all axes
    if not remark:
        yield (*lead, *spans)
    elif aside + columns(remark) <= room:
        yield (*lead, *spans, Span(" " * (aside - used)), Span(remark, role))
    elif used + columns(remark) <= room:
        yield (*lead, *spans, Span(remark, role))
    else:
        yield (*lead, *spans)
        for part in wrap(remark, room - 2):
            yield (blank, Span("  " + part, role))


def _carried(cell: str) -> Role:
    """The colour of an axis: by what it carries."""
    word = cell.split(" ")[0].rstrip("~")
    names: dict[str, Role] = {"batch": "batch", "seq": "seq", "features": "features", "feat": "features"}
    return names.get(word, "plain")
