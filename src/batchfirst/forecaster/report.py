"""Plain text for the terminal: tables and paragraphs that fit 80 columns, without colour."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import batchfirst as bf

WIDTH = 78


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns side by side: the first to the left, the others to the right; two spaces in front and between.

    >>> print(table(["method", "RMSE"], [["persistence", "1.164"], ["AR", "0.453"]]))
      method        RMSE
      persistence  1.164
      AR           0.453
    """
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = []
    for row in [head, *rows]:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append(("  " + "  ".join(cells)).rstrip())
    return "\n".join(lines)


def paragraph(text: str, indent: str = "  ") -> str:
    """The text in lines of at most 78 columns."""
    return textwrap.fill(" ".join(text.split()), WIDTH, initial_indent=indent, subsequent_indent=indent)


def heading(number: int, text: str) -> str:
    """A numbered heading with a line under it.

    >>> print(heading(1, "The data"))
    1. The data
    -----------
    """
    line = f"{number}. {text}"
    return f"{line}\n{'-' * len(line)}"


def brief(finding: bf.Finding) -> str:
    """The finding in a few lines: what, where, and the fix. `str(finding)` has it all."""
    lines = [f"{finding.severity}[{finding.code}]: {finding.summary}"]
    if (at := finding.location) is not None:
        lines.append(f"  --> {Path(at.file).name}:{at.line}" + (f" in {at.function}" if at.function else ""))
    if finding.fix is not None:
        lines.append(f"help: {finding.fix.text}")
        for before, after in dict.fromkeys((edit.before, edit.after) for edit in finding.fix.edits):
            lines += [f"  - {before.strip()}", f"  + {after.strip()}"]
    wrapped = []
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        wrapped.append(textwrap.fill(line, WIDTH, subsequent_indent=indent, break_long_words=False))
    return "\n".join(wrapped)


def spread(values: Sequence[float], digits: int = 3) -> str:
    """Mean and sample deviation; the value alone where there is one.

    >>> spread([1.0, 2.0, 3.0]), spread([0.5])
    ('2.000 ± 1.000', '0.500')
    """
    mean = sum(values) / len(values)
    if len(values) == 1:
        return f"{mean:.{digits}f}"
    deviation = (sum((value - mean) ** 2 for value in values) / (len(values) - 1)) ** 0.5
    return f"{mean:.{digits}f} ± {deviation:.{digits}f}"
