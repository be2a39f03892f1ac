"""A finding as plain text, with or without colour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from batchfirst.model.finding import Finding
from batchfirst.render.blocks import Block, Role, Span, blocks

NARROWEST = 40

# What a role looks like on a terminal: parameters of ECMA-48's SGR. Colours of the terminal's own palette only, so
# that they suit a light and a dark one; nothing is told by colour alone.
PALETTE: Mapping[Role, str] = {
    "error": "1;31", "warning": "1;33", "note": "1;36", "summary": "1", "place": "36", "gutter": "34", "mark": "1;31",
    "label": "31", "axis": "2", "origin": "2", "effect": "1", "tag": "2", "help": "1;32", "removed": "31",
    "added": "32", "more": "2",
    "batch": "34", "seq": "33", "features": "32",
}  # fmt: skip


def render_finding(finding: Finding, *, color: bool = False, width: int = 80) -> str:
    """`finding` as a person reads it: no line wider than `width` columns (at least 40), no line break at the end.

    Raises nothing: a finding that cannot be drawn whole is shown in brief, with the reason, since a message must
    never cost the run that it is about.

    >>> from batchfirst.diagnosis.codes import finding
    >>> print(render_finding(finding("BF205", effects=("h_0 has 32 features, the LSTM 64",))))
    error[BF205]: hidden_size / proj_size
       = effect: h_0 has 32 features, the LSTM 64
    more: batchfirst explain BF205
    """
    try:
        return render_blocks(blocks(finding, max(width, NARROWEST)), color=color)
    except Exception as error:
        return _brief(finding, error)


def render_findings(findings: Iterable[Finding], *, color: bool = False, width: int = 80) -> str:
    """Every finding, a blank line between them."""
    return "\n\n".join(render_finding(finding, color=color, width=width) for finding in findings)


def render_blocks(parts: Iterable[Block], *, color: bool = False) -> str:
    """The lines of `parts` as one text."""
    return "\n".join(_line(line, color) for block in parts for line in block.lines)


def _line(line: tuple[Span, ...], color: bool) -> str:
    if not color:
        return "".join(span.text for span in line).rstrip()
    return "".join(paint(span.text, span.role) for span in line)


def paint(text: str, role: Role) -> str:
    """`text` in the colour of `role`.

    >>> paint("help:", "help")
    '\\x1b[1;32mhelp:\\x1b[0m'
    """
    style = PALETTE.get(role)
    return f"\x1b[{style}m{text}\x1b[0m" if style and text.strip() else text


def _brief(finding: Finding, error: Exception) -> str:
    reason = f"note: this finding could not be drawn whole ({type(error).__name__}: {error}); please report it"
    try:
        head = f"{finding.severity}[{finding.code}]: {finding.summary}"
        place = f"  --> {finding.location}" if finding.location is not None else ""
        advice = f"help: {finding.fix.text}" if finding.fix is not None else ""
        return "\n".join(part for part in (head, place, advice, reason) if part)
    except Exception:
        return reason
