"""Reading a user's CSV: two columns, a time and a value. Every doubt is an error that names the line."""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import torch
from torch import Tensor

from batchfirst.forecaster.data.steps import TimeStep, find_step, parse_stamp, steps_between

_LABEL = re.compile(r"(?P<label>.*?)\s*[\[(](?P<unit>[^\])]*)[\])]\s*")
_EXPECTED = "two columns, a time and a value, under a header such as `month,temperature [°C]`"


class DataError(ValueError):
    """A file or a series that cannot be used as it is. The message names the file, the line and what is wrong."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a CSV holds. values: float64 (time,); label and unit come from the header of the value column."""

    label: str
    unit: str
    start: datetime
    step: TimeStep
    values: Tensor


def read_csv(text: str, where: str) -> Table:
    """Read a header line and rows of `time,value`.

    Times are years (1950), months (1950-01) or ISO 8601 dates and times, ascending, one fixed step apart. Empty
    lines are skipped. Nothing is filled in, dropped or sorted.

    Raises DataError for: no header, another number of columns, text or a decimal comma in place of a number, an empty
    value, NaN or infinity, a time that cannot be read, a gap, a repeated time, a changed step, fewer than 3 rows, and
    a series whose values are all the same.

    >>> table = read_csv("year,height [m]\\n1990,1.5\\n1991,2.5\\n1992,2.0\\n", "tide.csv")
    >>> table.label, table.unit, str(table.step), table.values.tolist()
    ('height', 'm', '1 year', [1.5, 2.5, 2.0])
    """
    rows = [(number, row) for number, row in _rows(text, where) if any(cell.strip() for cell in row)]
    if not rows:
        raise DataError(f"{where}: the file is empty; expected {_EXPECTED}")
    label, unit = _header(*rows[0], where)
    lines: list[int] = []
    texts: list[str] = []
    stamps: list[datetime] = []
    values: list[float] = []
    for number, row in rows[1:]:
        at = f"{where}, line {number}"
        _check_columns(row, at)
        lines.append(number)
        texts.append(row[0].strip())
        stamps.append(_stamp(texts[-1], at))
        values.append(_value(row[1].strip(), at))
    if len(values) < 3:
        raise DataError(f"{where}: {len(values)} rows of data; a time step takes at least 3")
    _check_ascending(stamps, lines, where)
    step = find_step(stamps)
    _check_grid(stamps, texts, lines, step, where)
    if len(set(values)) == 1:
        raise DataError(f"{where}: all {len(values)} values are {values[0]:g}; there is nothing to forecast")
    return Table(label, unit, stamps[0], step, torch.tensor(values, dtype=torch.float64))


def _rows(text: str, where: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        return [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise DataError(f"{where}, line {reader.line_num}: {error}") from error


def _header(number: int, row: list[str], where: str) -> tuple[str, str]:
    at = f"{where}, line {number}"
    _check_columns(row, at)
    try:
        float(row[1])
    except ValueError:
        label = _LABEL.fullmatch(row[1])
        return (label["label"], label["unit"]) if label else (row[1].strip(), "")
    raise DataError(f"{at}: no header, the second cell is the number {row[1].strip()}; expected {_EXPECTED}")


def _check_columns(row: list[str], at: str) -> None:
    if len(row) == 2:
        return
    hint = "; columns are separated by commas" if len(row) == 1 and ";" in row[0] else ""
    if len(row) == 3 and row[1].strip().lstrip("-").isdigit() and row[2].strip().isdigit():
        hint = f"; if {row[1].strip()},{row[2].strip()} is one number, write {row[1].strip()}.{row[2].strip()}"
    columns = "1 column" if len(row) == 1 else f"{len(row)} columns"
    raise DataError(f"{at}: {columns}; expected {_EXPECTED}{hint}")


def _stamp(text: str, at: str) -> datetime:
    try:
        return parse_stamp(text)
    except ValueError:
        raise DataError(f"{at}: {text!r} is no time; accepted: 1950, 1950-01, 1950-01-31, 1950-01-31T12:00") from None


def _value(text: str, at: str) -> float:
    if not text:
        raise DataError(f"{at}: the value is missing; fill the gap, or cut the file before or after it")
    try:
        value = float(text)
    except ValueError:
        raise DataError(f"{at}: {text!r} is no number") from None
    if not math.isfinite(value):
        raise DataError(f"{at}: the value is {text}; fill the gap, or cut the file before or after it")
    return value


def _check_ascending(stamps: list[datetime], lines: list[int], where: str) -> None:
    for before, after, line in zip(stamps, stamps[1:], lines[1:], strict=False):
        if after == before:
            raise DataError(f"{where}, line {line}: the same time as in the line before; keep one of the two")
        if after < before:
            raise DataError(f"{where}, line {line}: an earlier time than in the line before; sort the rows by time")


def _check_grid(stamps: list[datetime], texts: list[str], lines: list[int], step: TimeStep, where: str) -> None:
    for index, (before, after) in enumerate(pairwise(stamps), start=1):
        steps = steps_between(before, after, step)
        if steps == 1:
            continue
        missing = int(steps) - 1
        if steps == int(steps):
            problem = f"{missing} value{'s are' if missing > 1 else ' is'} missing; fill the gap, or cut the file there"
        else:
            problem = "another step; every value must be one step after the one before"
        pair = f"{texts[index]} follows {texts[index - 1]}"
        raise DataError(f"{where}, line {lines[index]}: {pair} (the step is {step}): {problem}")
