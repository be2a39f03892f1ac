"""A report in every form that it is asked for in: a section of text, JSON, SARIF, GitHub's commands, one HTML page."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from batchfirst.model.report import Report
from batchfirst.render.audit_json import to_plain
from batchfirst.render.github import github_commands
from batchfirst.render.html_finding import finding_html
from batchfirst.render.html_style import STYLE
from batchfirst.render.html_trace import trace_html
from batchfirst.render.json import findings_to_json
from batchfirst.render.sarif import findings_to_sarif


def counted(report: Report) -> str:
    """What was watched and found, in one line."""
    told = f"modules watched: {report.modules}, calls: {report.calls}, findings: {len(report.findings)}"
    return told + (f", audits: {len(report.audits)}" if report.audits else "")


def report_lines(report: Report) -> Iterator[str]:
    """The report in brief: one line of counts, the layouts, one line a finding, and under it who met it."""
    yield counted(report)
    if report.layouts:
        yield "layouts: " + "; ".join(f'"{layout}"' for layout in report.layouts)
    for number, finding in enumerate(report.findings):
        place = "" if finding.location is None else f"  --> {finding.location}"
        yield f"{finding.severity}[{finding.code}]: {finding.summary}{place}"
        yield from (f"    {who}" for who in (report.places[number] if report.places else ()))


def report_text(report: Report) -> str:
    """The counts, then every finding whole."""
    return "\n\n".join([counted(report), *map(str, report.findings)])


def report_github(report: Report) -> str:
    """One workflow command a finding."""
    return github_commands(report.findings)


def report_sarif(report: Report, version: str) -> str:
    """A SARIF 2.1.0 log; `version` is that of batchfirst."""
    return findings_to_sarif(report.findings, version=version)


def report_json(report: Report) -> str:
    """The document of docs/json.md: schema "batchfirst.findings/1" with what a whole run adds."""
    return findings_to_json(
        report.findings,
        modules=report.modules,
        calls=report.calls,
        layouts=list(report.layouts),
        places=[list(who) for who in report.places],
        audits=[
            {"name": one.name, "codes": [found.code for found in one.findings], "record": to_plain(one.trace)}
            for one in report.audits
        ],
    )


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
