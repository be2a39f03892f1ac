"""The user's own source: a line of it, and how a path is shown."""

from __future__ import annotations

import linecache
import os
from dataclasses import dataclass

from batchfirst.model.files import given_name
from batchfirst.model.finding import Location
from batchfirst.render.text import ELLIPSIS, columns, cut_left, printable


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One source line, cut to a window. `start` and `end` are the columns to mark in `text`, None where unknown."""

    text: str
    start: int | None = None
    end: int | None = None


def shown_path(file: str) -> str:
    """`file` as a person would type it: relative to the current directory where it lies below it."""
    named = given_name(file)
    if named is not None:
        return named
    try:
        relative = os.path.relpath(file)
    except (ValueError, OSError):  # another drive; a current directory that is gone
        return file
    outside = relative.startswith(os.pardir) or not os.path.isabs(file)
    return file if outside else relative


def source_line(file: str, number: int) -> str:
    """Line `number` of `file` without its end; "" where it cannot be read, whatever the reason."""
    try:
        return linecache.getline(file, number).rstrip("\r\n")
    except Exception:  # a name with a NUL in it, a loader of the user's that fails
        return ""


def place(location: Location, width: int) -> str:
    """`file:line in function` in at most `width` columns; of a path that is too long the end is kept."""
    where = f":{location.line}" + (f" in {printable(location.function)}" if location.function else "")
    if columns(where) > width // 2:
        where = f":{location.line}"
    return cut_left(printable(shown_path(location.file)), width - columns(where)) + where


def excerpt(location: Location, width: int) -> Excerpt | None:
    """The line at `location` in at most `width` columns, or None where its source cannot be read."""
    raw = source_line(location.file, location.line)
    if not raw.strip():
        return None
    start, end = marked_columns(raw, location)
    line = _drawn(raw)
    if start is None or end is None:
        return _window(line, None, None, width)
    first = columns(_drawn(raw[:start]))
    return _window(line, first, max(first + 1, columns(_drawn(raw[:end]))), width)


def marked_columns(raw: str, location: Location) -> tuple[int | None, int | None]:
    """The characters of the line `raw` that `location` means; None, None where its columns do not fit the line."""
    start, end = location.column, location.end_column
    if start is None or not 0 <= start < len(raw):
        return None, None
    return start, min(end, len(raw)) if end is not None and end > start else start + 1


def _drawn(raw: str) -> str:
    return printable(raw.expandtabs(4))


def _window(line: str, start: int | None, end: int | None, width: int) -> Excerpt:
    """As much of `line` as fits, with the marked columns in sight: first without its indentation, then a part."""
    if columns(line) <= width:
        return Excerpt(line, start, end)
    indent = len(line) - len(line.lstrip())
    line = line[indent:]
    if start is None or end is None:
        return Excerpt(_part(line, 0, width)[0])
    start, end = start - indent, end - indent
    begin = 0 if end <= width - 1 else max(0, min(start - 8, end - width + 2))
    text, shift = _part(line, begin, width)
    return Excerpt(text, max(0, start - shift), max(1, min(end - shift, width)))


def _part(line: str, begin: int, width: int) -> tuple[str, int]:
    """The columns of `line` from `begin` on, in `width`, with ellipses for what is left out; and how far it moved."""
    shift, index = 0, 0
    while index < len(line) and shift < begin:
        shift += columns(line[index])
        index += 1
    rest = line[index:]
    head = ELLIPSIS if index else ""
    text = head + rest
    if columns(text) > width:
        while columns(text) > width - 1:
            text = text[:-1]
        text += ELLIPSIS
    return text, shift - columns(head)
