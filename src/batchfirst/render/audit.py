"""An audit as text and as JSON: the verdict in one line, the findings, the way, and what could not be measured."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from batchfirst.model.finding import Finding
from batchfirst.model.trace import Trace
from batchfirst.render.json import finding_to_dict
from batchfirst.render.plain import paint, render_findings
from batchfirst.render.text import columns, cut, cut_left, pad, printable, wrap
from batchfirst.render.trace import Item, Row, folded_rows, skipped, trace_rows

SCHEMA = "batchfirst.audit/1"


def render_audit(findings: Sequence[Finding], trace: Trace, *, color: bool = False, width: int = 80) -> str:
    """The verdict in one line, then the findings, then what was assumed or could not be measured."""
    parts = [verdict_line(findings, trace)]
    if findings:
        parts.append(render_findings(findings, color=color, width=width))
    limits = [line for remark in trace.remarks for line in wrap(f"measured: {remark}", width, hang=2)]
    parts += ["\n".join(limits)] if limits else []
    parts.append("the way, step by step: print(audit.show_trace())")
    return "\n\n".join(parts)


def verdict_line(findings: Sequence[Finding], trace: Trace) -> str:
    """`ok: …` with what was measured, or how many of what was found, the first one named."""
    serious = [found for found in findings if found.severity != "note"]
    notes = len(findings) - len(serious)
    also = f"; {_count(notes, 'note')}" if notes else ""
    if not serious:
        return f"ok: {_measured(trace)}; {f'no error{also}' if notes else 'nothing is mixed up'}"
    first = serious[0]
    place = f" at line {first.location.line}" if first.location is not None else ""
    errors = sum(found.severity == "error" for found in serious)
    kinds = ((errors, "error"), (len(serious) - errors, "warning"))
    counts = [_count(number, word) for number, word in kinds if number]
    return f"{', '.join(counts)}{also}: {first.code} {first.slug}{place}"


def _measured(trace: Trace) -> str:
    words = {"batch": (trace.batch, "sample"), "seq": (trace.seq, "step")}
    found = [_count(size, word) for role, (size, word) in words.items() if role in trace.probed]
    steps = _count(sum(op.live for op in trace.ops), "operation")
    return f"{' and '.join(found) or 'no axis'} followed through {steps}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


# --- the way -----------------------------------------------------------------------------------------------------


def render_trace(trace: Trace, *, color: bool = False, width: int = 80) -> str:
    """One row per tensor on the way: the step, its line, and each axis with its size and what it carries.

    `·` is an axis that was not followed, `~` one over which windows or packed rows spread; loops are told once.
    """
    lines = list(_lines(folded_rows(trace_rows(trace)), ""))
    step = min(max((columns(name) for name, *_ in lines), default=4), width // 2 - 8)
    line_width = max((len(line) for _, line, *_ in lines), default=4)
    room = width - step - line_width - 6
    text = [f"  {pad('step', step)}  {pad('line', line_width, right=True)}  axes, slowest first"]
    for name, line, axes, remark, accused in lines:
        head = f"{'!' if accused else ' '} {pad(cut(name, step), step)}  {pad(line, line_width, right=True)}  "
        body = wrap(axes + (f"   {remark}" if remark else ""), room) or [""]
        row = [head + body[0], *(" " * columns(head) + more for more in body[1:])]
        text += [paint(one, "error") if accused and color else one for one in row]
    left = skipped(trace)
    if left:
        text.append(f"  {_count(left, 'operation')} that never reach the result are left out")
    return "\n".join(line.rstrip() for line in text)


def _lines(items: Iterable[Item], indent: str) -> Iterator[tuple[str, str, str, str, bool]]:
    for item in items:
        if isinstance(item, Row):
            yield _line(item, indent)
        else:
            yield f"{indent}{item.times}", "", "", "", False
            yield from _lines(item.items, indent + "  ")


def _line(row: Row, indent: str) -> tuple[str, str, str, str, bool]:
    name = " ".join(part for part in (row.name, row.path and row.path != row.name and row.path, row.part) if part)
    axes = " · ".join(f"{cell.word} {cell.sizes}" if cell.word != "·" else f"{cell.sizes}" for cell in row.cells)
    remark = ", ".join((*row.codes, *row.notes, *(("result",) if row.result else ())))
    line = str(row.location.line) if row.location is not None else ""
    return indent + printable(name), line, axes or "one number", remark, bool(row.codes)


# --- JSON --------------------------------------------------------------------------------------------------------


def audit_to_json(findings: Iterable[Finding], trace: Trace) -> str:
    """{"schema", "verdict", "findings", "trace": rows, "measured": what was changed and what could not be}."""
    found = list(findings)
    document = {
        "schema": SCHEMA,
        "verdict": verdict_line(found, trace),
        "findings": [finding_to_dict(one) for one in found],
        "trace": [row_to_dict(row) for row in trace_rows(trace)],
        "measured": {
            "batch": trace.batch,
            "seq": trace.seq,
            "changed": {role: list(indices) for role, indices in trace.probed.items()},
            "remarks": list(trace.remarks),
        },
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def row_to_dict(row: Row) -> dict[str, Any]:
    """One row of the trace as JSON's own types."""
    location = row.location
    return {
        "step": row.name,
        "module": row.path,
        "part": row.part,
        "file": location.file if location is not None else None,
        "line": location.line if location is not None else None,
        "dtype": row.dtype,
        "shape": list(row.shape),
        "axes": [{"size": cell.size, "carries": list(cell.roles), "how": cell.how} for cell in row.cells],
        "notes": list(row.notes),
        "codes": list(row.codes),
        "result": row.result,
    }


def place_of(row: Row) -> str:
    """`model.py:12` of a row; "" where its place is not known."""
    return "" if row.location is None else f"{cut_left(row.location.file, 40)}:{row.location.line}"
