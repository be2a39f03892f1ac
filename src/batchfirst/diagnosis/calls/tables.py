"""Axis tables: what an argument has, beside what the module reads."""

from __future__ import annotations

from collections.abc import Sequence

from batchfirst.contracts.recurrent import RecurrentSettings
from batchfirst.contracts.violation import AxisShape
from batchfirst.diagnosis.calls.case import Case
from batchfirst.model.files import short_name
from batchfirst.model.finding import AxisRow, AxisTable, Location


def where(location: Location | None) -> str:
    """`, model.py:12` for the end of an origin; "" where the place is not known."""
    if location is None:
        return ""
    return f", {short_name(location.file)}:{location.line}"


def reads_as(settings: RecurrentSettings, ndim: int) -> tuple[str, ...]:
    """The names that a recurrent module gives to the axes of an input of so many axes."""
    if settings.is_cell:
        return ("batch", "features")[2 - min(ndim, 2) :]
    if ndim == 2:
        return ("seq", "features")
    return ("batch", "seq", "features") if settings.batch_first else ("seq", "batch", "features")


def input_table(case: Case, settings: RecurrentSettings, marked: Sequence[int], remark: str = "") -> AxisTable | None:
    """The input's sizes, what is declared of them, and what the module reads them as."""
    x = case.tensor("input")
    if x is None:
        return None
    rows = [AxisRow(case.text("input"), tuple(map(str, x.shape)))]
    if case.declared is not None and case.declared.rank == x.ndim:
        learned = case.declared.seen is not None
        names = tuple("" if learned and axis.name == "_" else axis.name for axis in case.declared.axes)
        rows.append(AxisRow("loaded", names) if learned else AxisRow("declared", names, f'"{case.declared}"'))
    names = reads_as(settings, x.ndim) if x.ndim <= 3 else ()
    if names:
        flag = "" if settings.is_cell else f"batch_first={settings.batch_first}"
        rows.append(AxisRow(f"{settings.kind} reads", names, flag + where(case.call.module.built_at)))
    return AxisTable(tuple(rows), tuple(marked), remark)


def sizes_table(
    label: str, shape: Sequence[int], wanted: AxisShape, origin: str, marked: Sequence[int], remark: str = ""
) -> AxisTable:
    """An argument's sizes beside the axes and sizes that the contract asks for.

    Where the number of axes differs, the rows are aligned at their last axis.
    """
    width = max(len(shape), len(wanted))
    rows = (
        AxisRow(label, _padded(tuple(map(str, shape)), width)),
        AxisRow("expected", _padded(tuple(str(size) for _, size in wanted), width), origin),
        AxisRow("axis is", _padded(tuple(name for name, _ in wanted), width)),
    )
    return AxisTable(rows, tuple(marked), remark)


def _padded(cells: tuple[str, ...], width: int) -> tuple[str, ...]:
    return ("",) * (width - len(cells)) + cells
