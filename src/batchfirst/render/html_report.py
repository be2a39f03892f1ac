"""A report of a whole run as one self-contained HTML page."""

from __future__ import annotations

from html import escape

from batchfirst.model.report import Report
from batchfirst.render.html_finding import finding_html
from batchfirst.render.html_style import STYLE
from batchfirst.render.html_trace import trace_html
from batchfirst.render.report import counted


def report_html(report: Report) -> str:
    """One self-contained page."""
    parts = [f"<h1>batchfirst: {escape(counted(report))}</h1>"]
    parts += [finding_html(found, number) for number, found in enumerate(report.findings)]
    for one in report.audits:
        parts.append(f"<h2>{escape(one.name)}</h2>{trace_html(one.trace, {})}")
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<meta name="color-scheme" content="light dark">'
        f"<title>batchfirst</title><style>html, body {{ margin: 0; }}\n{STYLE}</style></head>"
        f'<body class="bf"><main class="sheet">{"".join(parts)}</main></body></html>\n'
    )
