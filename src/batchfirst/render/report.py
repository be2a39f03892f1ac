"""A report in every form that it is asked for in: a section of text, JSON, SARIF, GitHub's commands, one HTML page."""

from __future__ import annotations

from collections.abc import Iterator

from batchfirst.model.report import Measured, Report
from batchfirst.render import audit
from batchfirst.render.blocks import Role
from batchfirst.render.github import github_commands
from batchfirst.render.plain import NARROWEST, paint, render_finding
from batchfirst.render.sarif import findings_to_sarif
from batchfirst.render.source import place
from batchfirst.render.text import printable, wrap
from batchfirst.render.trace_table import render_trace


def counted(report: Report) -> str:
    """What was watched and found, in one line.

    >>> counted(Report(modules=2, calls=7, who="tests"))
    'modules watched: 2, calls: 7, findings: 0, tests concerned: 0'
    """
    told = f"modules watched: {report.modules}, calls: {report.calls}, findings: {len(report.findings)}"
    told += f", {report.who} concerned: {len(report.concerned)}" if report.who else ""
    return told + (f", audits: {len(report.audits)}" if report.audits else "")


def report_verdict(report: Report) -> str:
    """`2 errors, 1 warning; 3 notes`, and which stands first; `ok: …` where nothing is wrong.

    >>> report_verdict(Report())
    'ok: nothing was found'
    """
    serious = [found for found in report.findings if found.severity != "note"]
    if not serious:
        return f"ok: {audit.counted(report.findings) or 'nothing was found'}"
    codes = list(dict.fromkeys(f"{found.code} {found.slug}" for found in serious))
    more = f" and {len(codes) - 3} more" if len(codes) > 3 else ""
    return f"{audit.counted(report.findings)}: {', '.join(codes[:3])}{more}"


def report_lines(report: Report, *, color: bool = False, width: int = 80) -> Iterator[str]:
    """The report in brief: the counts, the layouts, for each finding its summary, its place and who met it.

    No line is wider than `width` columns (at least 40). It needs no JSON, no source and no trace: a section at the end
    of something else.
    """
    width = max(width, NARROWEST)
    for text, role in _brief(report, width):
        yield paint(text, role) if color else text


def _brief(report: Report, width: int) -> Iterator[tuple[str, Role]]:
    yield from ((line, "summary") for line in wrap(counted(report), width, hang=4))
    if report.layouts:
        layouts = "layouts: " + "; ".join(f'"{layout}"' for layout in report.layouts)
        yield from ((line, "plain") for line in wrap(layouts, width, hang=4))
    for number, finding in enumerate(report.findings):
        head = f"{finding.severity}[{finding.code}]: {finding.summary}"
        yield from ((line, finding.severity) for line in wrap(head, width, hang=4))
        if finding.location is not None:
            yield "  --> " + place(finding.location, width - 6), "place"
        for who in report.met(number):
            yield from (("    " + line, "tag") for line in wrap(who, width - 4, hang=2))
    for remark in report.remarks:
        yield from ((line, "note") for line in wrap(f"remark: {remark}", width, hang=4))


def report_text(report: Report, *, color: bool = False, width: int = 80, traces: bool = False) -> str:
    """The counts, every finding whole and who met it, then what the audits measured; their tables where `traces`."""
    width = max(width, NARROWEST)
    parts = [_painted(wrap(counted(report), width, hang=4), "summary", color)]
    for number, finding in enumerate(report.findings):
        told = render_finding(finding, color=color, width=width)
        if report.met(number):
            met = wrap(f"met by: {', '.join(report.met(number))}", width, hang=4)
            told += "\n" + _painted(met, "tag", color)
        parts.append(told)
    parts += [_measured(one, color, width, traces) for one in report.audits]
    if report.remarks:
        remarks = [line for text in report.remarks for line in wrap(f"remark: {text}", width, hang=4)]
        parts.append(_painted(remarks, "note", color))
    return "\n\n".join(parts)


def _measured(one: Measured, color: bool, width: int, traces: bool) -> str:
    verdict = f"audit of {printable(one.name)}: {audit.verdict_line(one.findings, one.trace)}"
    parts = [_painted(wrap(verdict, width, hang=4), "summary", color)]
    parts += [line for text in audit.measured_lines(one.trace) for line in wrap(text, width, hang=4)]
    if traces:
        parts.append(render_trace(one.trace, color=color, width=width))
    return "\n".join(parts)


def _painted(lines: list[str], role: Role, color: bool) -> str:
    return "\n".join(paint(line, role) if color else line for line in lines)


def report_github(report: Report) -> str:
    """One workflow command a finding."""
    return github_commands(report.findings)


def report_sarif(report: Report, version: str) -> str:
    """A SARIF 2.1.0 log; `version` is that of batchfirst."""
    return findings_to_sarif(
        report.findings, version=version, title=report.title, remarks=report.remarks, met=report.places
    )
