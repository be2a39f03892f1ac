"""Findings as GitHub workflow commands: a line each, shown as an annotation of the pull request."""

from __future__ import annotations

from collections.abc import Iterable

from batchfirst.model.finding import Finding
from batchfirst.render.plain import render_finding
from batchfirst.render.source import shown_path

_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def github_command(finding: Finding) -> str:
    """The command that annotates the finding's line, the whole finding as its message.

    Source of the form: GitHub's "Workflow commands for GitHub Actions", sections "Setting an error message" and on.

    >>> from batchfirst.diagnosis.codes import finding
    >>> from batchfirst.model.finding import Location
    >>> github_command(finding("BF205", location=Location("model.py", 12))).partition("::error ")[2][:56]
    'file=model.py,line=12,title=BF205 state-hidden-size::err'
    """
    properties: list[tuple[str, object]] = []
    if finding.location is not None:
        properties += [("file", shown_path(finding.location.file)), ("line", finding.location.line)]
        if finding.location.column is not None:
            last = finding.location.end_column or 0  # exclusive and 0-based: inclusive and 1-based there
            properties.append(("col", finding.location.column + 1))
            properties.append(("endColumn", max(last, finding.location.column + 1)))
    properties.append(("title", f"{finding.code} {finding.slug}"))
    given = ",".join(f"{name}={_property(str(value))}" for name, value in properties)
    return f"::{_LEVELS[finding.severity]} {given}::{_data(render_finding(finding))}"


def github_commands(findings: Iterable[Finding]) -> str:
    """One command a line."""
    return "\n".join(github_command(finding) for finding in findings)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
