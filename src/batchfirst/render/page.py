"""An explanation page, written in Markdown, as text for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from batchfirst.render.blocks import Role
from batchfirst.render.text import columns, pad, wrap

_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_BULLET = re.compile(r"\s*(?:[-*]|\d+\.)\s+")


def page_lines(text: str, width: int = 80) -> Iterator[tuple[str, Role]]:
    """The lines of a page with their roles: headings underlined, paragraphs filled, programs set in.

    A program or an output is never wrapped; it is set in by four columns where there is room for that, else by two.

    >>> for line, role in page_lines("# BF205\\n\\nTwo\\nlines.\\n\\n```python\\nx = 1\\n```\\n"):
    ...     print(line)
    BF205
    =====
    <BLANKLINE>
    Two lines.
    <BLANKLINE>
        x = 1
    """
    for is_code, lines in _parts(text):
        if is_code:
            free = width - max((columns(line) for line in lines), default=0)
            margin = " " * next((indent for indent in (4, 2) if indent <= free), 0)
            yield from (((margin + line).rstrip(), "source") for line in lines)
        else:
            yield from _prose(lines, width)


def _parts(text: str) -> Iterator[tuple[bool, list[str]]]:
    """Runs of prose and of fenced code, in order."""
    is_code, lines = False, list[str]()
    for line in text.strip("\n").splitlines():
        if line.lstrip().startswith("```"):
            yield is_code, lines
            is_code, lines = not is_code, []
        else:
            lines.append(line)
    yield is_code, lines


def _prose(lines: Iterable[str], width: int) -> Iterator[tuple[str, Role]]:
    paragraph: list[str] = []
    rows: list[str] = []
    for line in (*lines, None):
        heading = _HEADING.fullmatch(line) if line else None
        plain = bool(line and line.strip()) and not heading
        if rows and not (line and line.startswith("|")):
            yield from _table(rows, width)
            rows = []
        if paragraph and (not plain or line is None or line.startswith("|") or _BULLET.match(line)):
            yield from _filled(paragraph, width)
            paragraph = []
        if line is None:
            return
        if heading:
            yield from _heading(heading, width)
        elif line.startswith("|"):
            rows.append(line)
        elif plain:
            paragraph.append(line)
        else:
            yield "", "plain"


def _heading(heading: re.Match[str], width: int) -> Iterator[tuple[str, Role]]:
    lines = wrap(heading[2], width)
    rule = "=" if len(heading[1]) == 1 else "-"
    yield from ((line, "summary") for line in lines)
    yield rule * max(columns(line) for line in lines), "gutter"


def _filled(paragraph: list[str], width: int) -> Iterator[tuple[str, Role]]:
    bullet = _BULLET.match(paragraph[0])
    text = " ".join([paragraph[0].rstrip(), *(line.strip() for line in paragraph[1:])])
    yield from ((line, "plain") for line in wrap(text, width, hang=len(bullet[0].lstrip()) if bullet else 0))


def _table(rows: list[str], width: int) -> Iterator[tuple[str, Role]]:
    """A Markdown table in columns, the last one wrapped."""
    cells = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in rows]
    cells = [row for row in cells if not all(re.fullmatch(r":?-+:?", cell) for cell in row)]
    count = max(len(row) for row in cells)
    cells = [row + [""] * (count - len(row)) for row in cells]
    widths = [max(columns(row[column]) for row in cells) for column in range(count - 1)]
    left = sum(widths) + 2 * len(widths)
    if left > width // 2:  # too wide to stand side by side: one below the other
        for row in cells:
            for number, cell in enumerate(row):
                yield from ((line, "plain") for line in wrap("  " * min(number, 1) + cell, width))
        return
    for row in cells:
        head = "".join(pad(cell, wide) + "  " for cell, wide in zip(row, widths, strict=False))
        first, *others = wrap(row[-1], width - left)
        yield (head + first).rstrip(), "plain"
        yield from ((" " * left + other, "plain") for other in others)
