"""An audit as text: the verdict in one line, the findings, what was measured and assumed, and how to see the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from batchfirst.model.files import short_name
from batchfirst.model.finding import Finding, Location
from batchfirst.model.trace import Trace
from batchfirst.render.blocks import Role
from batchfirst.render.plain import NARROWEST, paint, render_findings
from batchfirst.render.text import cut_left, printable, wrap

_WORDS = {"batch": "sample", "seq": "step", "features": "feature"}


_WAY = "print(audit.trace), or audit.to_html('audit.html')"


def render_audit(
    findings: Sequence[Finding], trace: Trace, *, color: bool = False, width: int = 80, way: str = _WAY
) -> str:
    """The verdict in one line, the findings, then what was measured, assumed, and could not be measured.

    `way` says how to see the way through the model.

    No line is wider than `width` columns (at least 40), and no line break stands at the end. Raises nothing: where
    the audit cannot be drawn, its findings are shown with the reason.
    """
    width = max(width, NARROWEST)
    try:
        return _drawn(findings, trace, color, width, way)
    except Exception as error:
        reason = f"this audit could not be drawn ({type(error).__name__}: {error}); please report it"
        return "\n\n".join([reason, render_findings(findings, color=color, width=width)])


def _drawn(findings: Sequence[Finding], trace: Trace, color: bool, width: int, way: str) -> str:
    first, *others = wrap(verdict_line(findings, trace), width, hang=4)
    serious = [found.severity for found in findings if found.severity != "note"]
    role: Role = "error" if "error" in serious else "warning" if serious else "help"
    head, colon, rest = first.partition(":")
    parts = ["\n".join([paint(head + colon, role) + rest if color else first, *others])]
    if findings:
        parts.append(render_findings(findings, color=color, width=width))
    said = [line for text in measured_lines(trace) for line in wrap(text, width, hang=4)]
    said += wrap(f"the way, step by step: {way}", width, hang=4)
    parts.append("\n".join(said))
    return "\n\n".join(parts)


def verdict_line(findings: Sequence[Finding], trace: Trace) -> str:
    """`ok: …` with what was measured, or how many of what was found, and which stands first, where."""
    serious = [found for found in findings if found.severity != "note"]
    if not serious:
        return f"ok: {_outcome(trace, bool(findings))}" + (f"; {counted(findings)}" if findings else "")
    first = serious[0]
    place = f" at {short_place(first.location)}" if first.location is not None else ""
    return f"{counted(findings)}: {first.code} {first.slug}{place}"


def counted(findings: Sequence[Finding]) -> str:
    """How many errors and warnings, and after a semicolon how many notes; "" where there are none.

    >>> from batchfirst.diagnosis.codes import finding
    >>> counted([finding("BF101"), finding("BF201"), finding("BF209")])
    '2 errors; 1 note'
    """
    numbers = {word: sum(found.severity == word for found in findings) for word in ("error", "warning", "note")}
    told = {word: _count(number, word) for word, number in numbers.items() if number}
    serious = ", ".join(told[word] for word in ("error", "warning") if word in told)
    return "; ".join(part for part in (serious, told.get("note", "")) if part)


def short_place(location: Location) -> str:
    """`model.py:12`: the file's own name and the line.

    >>> short_place(Location("/home/me/model.py", 12))
    'model.py:12'
    """
    return cut_left(printable(short_name(location.file)), 40) + f":{location.line}"


def _outcome(trace: Trace, noted: bool) -> str:
    """What can be said where nothing serious was found: no more than what was measured."""
    sizes = (("batch", trace.batch), ("seq", trace.seq))
    found = [_count(size, _WORDS[role]) for role, size in sizes if role in trace.probed]
    steps = _count(sum(op.live for op in trace.ops), "operation")
    if not found:
        return "no mistake seen, but no axis of the data was followed: see below" if not noted else "no error"
    through = f"{' and '.join(found)} followed through {steps}"
    if "batch" not in trace.probed:
        return f"{through}; whether samples mix was not measured"
    rows = [trace.values[value] for value in trace.results if trace.values[value].ndim]
    if any(value.batch.kind in ("mixed", "scrambled") for value in rows):
        return f"{through}; samples meet in the result, where the operations may"
    return f"{through}; {'no error' if noted else 'nothing is mixed up'}"


def measured_lines(trace: Trace) -> Iterator[str]:
    """What was changed to see where it goes, and each remark: an assumption, or what could not be measured."""
    told = []
    for role, indices in trace.probed.items():
        word = _WORDS.get(role, role) + ("" if len(indices) == 1 else "s")
        total = {"batch": trace.batch, "seq": trace.seq}.get(role, 0)
        told.append(f"{word} {', '.join(map(str, indices))}" + (f" of {total}" if total else ""))
    if told:
        yield f"measured by changing, one at a time: {'; '.join(told)}"
    for remark in trace.remarks:
        yield f"remark: {remark}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
