"""An audit as one self-contained HTML page: the findings, and the way as a picture of axes.

No network, no script; light and dark after the reader's own setting. Axes are told in words and by pattern, not by
colour alone. Whatever comes from the user's code, names and data is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence

from batchfirst.model.finding import Finding
from batchfirst.model.trace import Trace
from batchfirst.render.audit import measured_lines, render_audit, verdict_line
from batchfirst.render.html_finding import finding_html
from batchfirst.render.html_page import drawn, page_html, part_html, verdict_html
from batchfirst.render.html_text import html_text
from batchfirst.render.html_toc import toc_html
from batchfirst.render.html_trace import Picture, trace_html


def render_html(findings: Sequence[Finding], trace: Trace, *, whole: bool = True) -> str:
    """The page. whole=False: only its body with its style, for a notebook's output.

    Raises nothing: what cannot be drawn is shown as text, with the reason.
    """
    header = drawn(lambda: _header(findings, trace), "the verdict", lambda: "")
    main = drawn(lambda: _main(findings, trace, linked=whole), "this audit", lambda: render_audit(findings, trace))
    if not whole:
        return part_html(header + main)
    return page_html("batchfirst audit", header, main, classes="many")


def _header(findings: Sequence[Finding], trace: Trace) -> str:
    said = "".join(f"<li>{html_text(line)}</li>" for line in measured_lines(trace))
    head = verdict_html("batchfirst audit", verdict_line(findings, trace), findings)
    return head + (f"<ul class='said dim'>{said}</ul>" if said else "")


def _main(findings: Sequence[Finding], trace: Trace, *, linked: bool) -> str:
    """linked: with links inside the page, which in a notebook of several audits would lead to another one's parts."""
    parts = [toc_html(findings)] if linked else []
    if findings:
        picture = Picture(trace)
        parts.append("<h2>What was found</h2>")
        links = [picture.link(found.code) if linked else "" for found in findings]
        parts += [finding_html(found, n, picture=links[n]) for n, found in enumerate(findings)]
    parts.append(f"<h2>The way of the axes</h2>{trace_html(trace, anchors(findings) if linked else {})}")
    return "".join(parts)


def anchors(findings: Sequence[Finding]) -> dict[str, int]:
    """By code: the number of the first finding that has it."""
    found: dict[str, int] = {}
    for number, one in enumerate(findings):
        found.setdefault(one.code, number)
    return found
