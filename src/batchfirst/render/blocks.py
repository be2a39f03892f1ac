"""A finding as blocks: lines made of spans, each with a role. What a role looks like is a renderer's business."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from batchfirst.model.finding import Edit, Finding
from batchfirst.render.source import excerpt, place
from batchfirst.render.table import table_lines
from batchfirst.render.text import columns, printable, wrap

Role = Literal[
    "plain", "error", "warning", "note", "code", "summary", "place", "gutter", "source", "mark", "label",
    "axis", "cell", "origin", "effect", "evidence", "tag", "help", "removed", "added", "more",
    "batch", "seq", "features",
]  # fmt: skip
BlockKind = Literal["header", "source", "table", "facts", "help", "notes", "more"]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line and the part it plays."""

    text: str
    role: Role = "plain"


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One part of a finding as a person sees it."""

    kind: BlockKind
    lines: tuple[Line, ...]


def blocks(finding: Finding, width: int = 80) -> tuple[Block, ...]:
    """The parts of `finding` in reading order, no line wider than `width` columns."""
    gutter = len(str(finding.location.line)) if finding.location else 2
    parts: tuple[tuple[BlockKind, list[Line]], ...] = (
        ("header", _header(finding, gutter, width)),
        ("source", _source(finding, gutter, width)),
        ("table", _table(finding, gutter, width)),
        ("facts", _facts(finding, gutter, width)),
        ("help", _help(finding, gutter, width)),
        ("notes", _notes(finding, width)),
        ("more", [(Span("more: ", "more"), Span(f"batchfirst explain {finding.code}"))]),
    )
    return tuple(Block(kind, tuple(lines)) for kind, lines in parts if lines)


def _header(finding: Finding, gutter: int, width: int) -> list[Line]:
    head = f"{finding.severity}[{finding.code}]"
    first, *others = wrap(f"{head}: {finding.summary}", width, hang=4)
    lines: list[Line] = [(Span(head, finding.severity), Span(first[len(head) :], "summary"))]
    lines += [(Span(text, "summary"),) for text in others]
    if finding.location is not None:
        arrow = " " * gutter + "--> "
        lines.append((Span(arrow, "gutter"), Span(place(finding.location, width - len(arrow)), "place")))
    return lines


def _rule(gutter: int) -> Line:
    return (Span(" " * gutter + " |", "gutter"),)


def _source(finding: Finding, gutter: int, width: int) -> list[Line]:
    if finding.location is None:
        return []
    room = width - gutter - 3
    source = excerpt(finding.location, room)
    if source is None:
        return _label_lines(finding.label, 0, 0, gutter, room) if finding.label else []
    number = Span(f"{finding.location.line:>{gutter}} | ", "gutter")
    lines: list[Line] = [_rule(gutter), (number, Span(source.text, "source"))]
    if source.start is None or source.end is None:
        indent = len(source.text) - len(source.text.lstrip())
        return lines + (_label_lines(finding.label, indent, 0, gutter, room) if finding.label else [])
    return lines + _label_lines(finding.label, source.start, source.end - source.start, gutter, room)


def _label_lines(label: str, start: int, marks: int, gutter: int, room: int) -> list[Line]:
    """Carets under the marked columns with the label beside them, or below where it is too long for that."""
    bar = Span(" " * gutter + " | ", "gutter")
    caret = (Span(" " * start), Span("^" * marks, "mark"))
    text = " ".join(label.split())
    beside = start + marks + 1
    if marks and beside + columns(printable(text)) <= room:
        return [(bar, *caret, Span(f" {printable(text)}".rstrip(), "label"))]
    wrapped = wrap(text, room) if text else []
    indent = min(start, max(0, room - max((columns(line) for line in wrapped), default=0)))
    below: list[Line] = [(bar, Span(" " * indent), Span(line, "label")) for line in wrapped]
    return [(bar, *caret), *below] if marks else below


def _table(finding: Finding, gutter: int, width: int) -> list[Line]:
    if finding.table is None or not finding.table.rows:
        return []
    bar = Span(" " * gutter + " |", "gutter")
    drawn = table_lines(finding.table, width - gutter - 4)
    return [_rule(gutter), *((bar, Span("  "), Span(text, role)) for text, role in drawn)]


def _facts(finding: Finding, gutter: int, width: int) -> list[Line]:
    where = ", ".join(
        part
        for part in (finding.module, f"rank {finding.rank}" if finding.rank is not None else "")
        if part
    )
    facts: list[tuple[str, str, Role, str]] = [("module: ", where, "plain", "")] if where else []
    facts += [("effect: ", text, "effect", "") for text in finding.effects]
    facts += [("", item.text, "evidence", f"[{item.kind}]") for item in finding.evidence]
    facts += [("further down: ", text, "plain", "") for text in finding.consequences]
    lines: list[Line] = [_rule(gutter)] if facts and (finding.location or finding.table) else []
    for name, text, role, tag in facts:
        lines += _fact(name + text, role, tag, gutter, width)
    return lines


def _fact(text: str, role: Role, tag: str, gutter: int, width: int) -> list[Line]:
    room = width - gutter - 3
    wrapped = wrap(text, room)
    lines: list[Line] = [
        (Span(" " * gutter + (" = " if index == 0 else "   "), "gutter"), Span(part, role))
        for index, part in enumerate(wrapped)
    ]
    if not tag:
        return lines
    if columns(wrapped[-1]) + 2 + len(tag) <= room:
        lines[-1] = (*lines[-1], Span("  "), Span(tag, "tag"))
    else:
        lines.append((Span(" " * gutter + "   "), Span(tag, "tag")))
    return lines


def _help(finding: Finding, gutter: int, width: int) -> list[Line]:
    if finding.fix is None:
        return []
    lines: list[Line] = [()]
    lines += _titled("help: ", finding.fix.text, "help", width)
    for edit in finding.fix.edits:
        lines += _edit(edit, gutter, width)
    return lines


def _edit(edit: Edit, gutter: int, width: int) -> list[Line]:
    margin = " " * (gutter + 1)
    lines: list[Line] = [
        (Span(f"{margin}--> ", "gutter"), Span(place(edit.location, width - len(margin) - 4), "place"))
    ]
    room = width - len(margin) - 2
    sides: tuple[tuple[str, str, Role], ...] = (("-", edit.before, "removed"), ("+", edit.after, "added"))
    for sign, code, role in sides:
        if not code.strip():
            continue
        for line in _dedented(code):
            first, *others = wrap(line, room, hang=4)
            lines.append((Span(f"{margin}{sign} ", role), Span(first, role)))
            lines += [(Span(f"{margin}  ", role), Span(other, role)) for other in others]
    return lines


def _dedented(code: str) -> Sequence[str]:
    return textwrap.dedent(code.expandtabs(4)).strip("\n").splitlines()


def _notes(finding: Finding, width: int) -> list[Line]:
    lines: list[Line] = []
    for text in finding.notes:
        lines += _titled("note: ", text, "note", width)
    for rival in finding.rivals:
        lines += _titled("less likely: ", f"{rival.code} {rival.text}", "more", width)
    return lines


def _titled(title: str, text: str, role: Role, width: int) -> list[Line]:
    first, *others = wrap(title + text, width, hang=len(title) if len(title) <= 6 else 4)
    lines: list[Line] = [(Span(title, role), Span(first[len(title) :]))]
    return lines + [(Span(other),) for other in others]
