"""Findings, traces and reports for a notebook's output: the same as on a page, without links inside of it.

A notebook shows several of them on one page, where such a link would lead to another one's parts.
"""

from __future__ import annotations

from collections.abc import Sequence

from batchfirst.model.finding import Finding
from batchfirst.model.report import Report
from batchfirst.model.trace import Trace
from batchfirst.render.html_finding import finding_html
from batchfirst.render.html_page import part_html, verdict_html
from batchfirst.render.html_report import report_html
from batchfirst.render.html_text import html_text
from batchfirst.render.html_trace import trace_html
from batchfirst.render.report import report_verdict


def part_of(shown: Finding | Trace | Report) -> str:
    """The HTML of one of these. Raises nothing: what cannot be drawn is shown as text, with the reason."""
    if isinstance(shown, Finding):
        return findings_part((shown,))
    if isinstance(shown, Trace):
        return part_html(trace_html(shown, {}))
    return report_html(shown, whole=False)


def findings_part(findings: Sequence[Finding], *, head: str = "", text: str = "") -> str:
    """Findings below each other. head: what they are of, told with their verdict; text: said where there are none."""
    parts = [verdict_html(head, report_verdict(Report(tuple(findings))), findings)] if head else []
    parts += [finding_html(found, number) for number, found in enumerate(findings)]
    return part_html("".join(parts) + (f"<pre tabindex='0'>{html_text(text)}</pre>" if text else ""))
