"""A report of a whole run as one self-contained HTML page: what was found, who met it, a picture of each audit."""

from __future__ import annotations

from dataclasses import replace

from batchfirst.model.finding import Finding
from batchfirst.model.report import Measured, Report
from batchfirst.render.audit import measured_lines, verdict_line
from batchfirst.render.html_finding import finding_html
from batchfirst.render.html_page import drawn, page_html, part_html, verdict_html
from batchfirst.render.html_text import html_text
from batchfirst.render.html_toc import toc_html
from batchfirst.render.html_trace import Picture, key_html, trace_html
from batchfirst.render.report import report_text, report_verdict

_DRAWN = 5000  # operations of all pictures together: a page of more is slow to open
_FEW = 3  # audits whose pictures all stand open


def report_html(report: Report, *, whole: bool = True) -> str:
    """The page. What cannot be drawn is shown as text, with the reason. whole=False: its body, for a notebook."""
    header = drawn(lambda: _header(report), "the verdict", lambda: "")
    main = drawn(lambda: _main(report, linked=whole), "this report", lambda: report_text(report))
    if not whole:
        return part_html(header + main)
    return page_html(f"batchfirst: {report.title or 'report'}", header, main, classes="many")


def _header(report: Report) -> str:
    what = f"batchfirst report of {report.title}" if report.title else "batchfirst report"
    head = verdict_html(what, report_verdict(report), report.findings)
    counts = [("modules watched", report.modules), ("calls", report.calls), ("findings", len(report.findings))]
    counts += [(f"{report.who} concerned", len(report.concerned))] if report.who else []
    counts += [("audits", len(report.audits))] if report.audits else []
    shown = "".join(f"<div><dt>{html_text(name)}</dt><dd>{number}</dd></div>" for name, number in counts)
    parts = [head, f"<dl class='counts'>{shown}</dl>"]
    if report.layouts:
        layouts = ", ".join(f"<code>{html_text(layout)}</code>" for layout in report.layouts)
        parts.append(f"<p class='dim'>layouts: {layouts}</p>")
    if report.remarks:
        parts.append(f"<ul class='said dim'>{''.join(f'<li>{html_text(text)}</li>' for text in report.remarks)}</ul>")
    return "".join(parts)


def _main(report: Report, *, linked: bool) -> str:
    numbers = {found: number for number, found in enumerate(report.findings)}
    pictures: dict[int, str] = {}
    for index, audit in enumerate(report.audits):
        for code, number in _anchors(audit, numbers).items():
            link = Picture(audit.trace, f"audit-{index}").link(code)
            pictures.setdefault(number, link)
    names = [(f"audit-{index}", f"{audit.name}: {_verdict(audit)}") for index, audit in enumerate(report.audits)]
    parts = [toc_html(report.findings, more=names)] if linked else []
    if report.findings:
        parts.append("<h2>What was found</h2>")
        parts += [
            finding_html(found, number, picture=pictures.get(number, "") if linked else "", met=report.met(number))
            for number, found in enumerate(report.findings)
        ]
    if report.audits:
        parts.append(f"<h2>What was measured</h2>{key_html()}")
        parts += _audits(report, numbers if linked else {})
    return "".join(parts) or "<p>Nothing was found.</p>"


def _audits(report: Report, numbers: dict[Finding, int]) -> list[str]:
    """A section for each audit. Where there are many, those with findings are drawn first and stand open."""
    order = sorted(range(len(report.audits)), key=lambda index: not report.audits[index].findings)
    room = _DRAWN
    sections: dict[int, str] = {}
    for index in order:
        audit = report.audits[index]
        fits = len(audit.trace.ops) <= room
        room -= len(audit.trace.ops) if fits else 0
        opened = bool(audit.findings) or len(report.audits) <= _FEW
        sections[index] = _audit(audit, index, _anchors(audit, numbers), opened=opened, fits=fits)
    return [sections[index] for index in range(len(report.audits))]


def _audit(audit: Measured, index: int, anchors: dict[str, int], *, opened: bool, fits: bool) -> str:
    said = "".join(f"<li>{html_text(line)}</li>" for line in measured_lines(audit.trace))
    parts = [f"<h3><bdi>{html_text(audit.name)}</bdi></h3><p>{html_text(_verdict(audit))}</p>"]
    parts += [f"<ul class='said dim'>{said}</ul>"] if said else []
    if fits:
        picture = trace_html(audit.trace, anchors, name=f"audit-{index}", key=False)
        parts.append(
            f"<details class='picture'{' open' if opened else ''}><summary><span>the way of the axes</span></summary>"
            f"{picture}</details>"
        )
    else:
        parts.append("<p class='dim'>Its picture is left out, since this page is long: a report as JSON has it.</p>")
    return f"<section class='audit' id='audit-{index}'>{''.join(parts)}</section>"


def _verdict(audit: Measured) -> str:
    return verdict_line(audit.findings, audit.trace)


def _anchors(audit: Measured, numbers: dict[Finding, int]) -> dict[str, int]:
    """By code: the number of the audit's finding in the report, which keeps ranks beside its findings."""
    found: dict[str, int] = {}
    for one in audit.findings:
        number = numbers.get(one, numbers.get(replace(one, rank=None)))
        if number is not None:
            found.setdefault(one.code, number)
    return found
