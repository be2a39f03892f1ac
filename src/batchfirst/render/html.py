"""An audit as one self-contained HTML page: the findings, and the way as a picture of axes.

No network, no script; light and dark after the reader's own setting. Axes are told in words and by pattern, not by
colour alone. Whatever comes from the user's code, names and data is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence

from batchfirst.model.finding import Finding
from batchfirst.model.trace import Trace
from batchfirst.render.audit import measured_lines, verdict_line
from batchfirst.render.html_finding import finding_html, html_text
from batchfirst.render.html_style import STYLE
from batchfirst.render.html_trace import trace_html


def render_html(findings: Sequence[Finding], trace: Trace, *, whole: bool = True) -> str:
    """The page. whole=False: only its body with its style, for a notebook's output."""
    body = _body(findings, trace)
    if not whole:
        return f'<div class="bf"><style>{STYLE}</style><div class="sheet">{body}</div></div>'
    title = html_text(f"batchfirst: {verdict_line(findings, trace)}")
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<meta name="color-scheme" content="light dark">'
        f"<title>{title}</title><style>html, body {{ margin: 0; }}\n{STYLE}</style></head>"
        f'<body class="bf"><main class="sheet">{body}</main></body></html>\n'
    )


def _body(findings: Sequence[Finding], trace: Trace) -> str:
    said = "".join(f"<li>{html_text(line)}</li>" for line in measured_lines(trace))
    parts = [f"<h1>{html_text(verdict_line(findings, trace))}</h1>"]
    parts += [f"<ul class='said dim'>{said}</ul>"] if said else []
    if findings:
        parts.append("<h2>What was found</h2>")
        parts += [finding_html(found, number) for number, found in enumerate(findings)]
    anchors: dict[str, int] = {}
    for number, found in enumerate(findings):
        anchors.setdefault(found.code, number)
    parts.append(f"<h2>The way of the axes</h2>{trace_html(trace, anchors)}")
    return "".join(parts)
