"""The table of axes: one column per axis, one row per reading of it."""

from __future__ import annotations

from typing import Literal

from batchfirst.model.finding import AxisTable
from batchfirst.render.text import columns, cut, pad, printable, wrap

_GAP = 2
_HEAD = len("axis 0") + 1  # with the gap, neighbouring headings stand three apart
_ORIGIN_GAP = 3
_ORIGIN = 20  # an origin squeezed into less than this is put on a line of its own


def table_lines(table: AxisTable, width: int) -> list[tuple[str, Literal["axis", "cell", "mark", "origin"]]]:
    """The lines of `table` with their roles, none wider than `width`; marked axes are underlined.

    >>> from batchfirst.model.finding import AxisRow
    >>> rows = (AxisRow("x", ("32", "50")), AxisRow("reads", ("seq", "batch"), "batch_first=False"))
    >>> for line, role in table_lines(AxisTable(rows, (0, 1), "swapped"), 60):
    ...     print(line)
            axis 0   axis 1
    x           32       50
    reads      seq    batch   batch_first=False
               ^^^^^^^^^^^^  swapped
    """
    count = max(len(row.cells) for row in table.rows)
    label = min(max(columns(printable(row.label)) for row in table.rows), width // 3)
    label = min(label, max(4, width - count * _HEAD))
    widths = _widths(table, count, width - label)
    lines: list[tuple[str, Literal["axis", "cell", "mark", "origin"]]] = [
        (_row("", [f"axis {axis}" for axis in range(count)], label, widths), "axis")
    ]
    for row in table.rows:
        cells = [printable(cell) for cell in row.cells] + [""] * (count - len(row.cells))
        text = _row(printable(row.label), cells, label, widths)
        lines += [(line, "cell") for line in _with_origin(text, printable(row.origin), width)]
    marks = _marks(table, label, widths)
    lines = [(cut(line, width), role) for line, role in lines]  # a tensor of dozens of axes
    if marks:
        remark = f"  {printable(table.remark)}" if table.remark else ""
        if columns(marks + remark) <= width:
            lines.append((marks + remark, "mark"))
        else:
            lines += [(cut(marks, width), "mark"), *((line, "mark") for line in wrap(table.remark, width))]
    return lines


def _widths(table: AxisTable, count: int, room: int) -> list[int]:
    """Columns of each axis; where they do not fit side by side, the widest give way."""
    widths = [_HEAD] * count
    for row in table.rows:
        for axis, cell in enumerate(row.cells):
            widths[axis] = max(widths[axis], columns(printable(cell)))
    while sum(widths) + _GAP * count > room and max(widths, default=0) > 2:
        widths[widths.index(max(widths))] -= 1
    return widths


def _row(label: str, cells: list[str], label_width: int, widths: list[int]) -> str:
    text = pad(cut(label, label_width), label_width)
    for cell, width in zip(cells, widths, strict=True):
        text += " " * _GAP + pad(cut(cell, width), width, right=True)
    return text.rstrip()


def _with_origin(text: str, origin: str, width: int) -> list[str]:
    if not origin:
        return [text]
    room = width - columns(text) - _ORIGIN_GAP
    if columns(origin) <= room:
        return [text + " " * _ORIGIN_GAP + origin]
    if room >= _ORIGIN:
        first, *others = wrap(origin, room)
        return [text + " " * _ORIGIN_GAP + first, *(" " * (width - room) + other for other in others)]
    return [text, *("    " + line for line in wrap(origin, width - 4))]


def _marks(table: AxisTable, label: int, widths: list[int]) -> str:
    """Carets under the marked axes, without a gap between neighbours."""
    marked = sorted({axis for axis in table.marked if 0 <= axis < len(widths)})
    line = ""
    for axis in marked:
        end = label + sum(widths[: axis + 1]) + _GAP * (axis + 1)
        widest = max(columns(printable(row.cells[axis])) if axis < len(row.cells) else 0 for row in table.rows)
        start = end - min(max(widest, 1), widths[axis])
        line += ("^" if axis - 1 in marked else " ") * (start - len(line)) + "^" * (end - start)
    return line
