"""Options that several commands have, and how a report is printed where `--format` asks for a form."""

from __future__ import annotations

import click

from batchfirst.model.report import Report
from batchfirst.render.report import report_lines, report_text
from batchfirst.session.reports import FORMS

FORMATS = ("text", "json", "sarif", "github")

FORMAT = click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How findings are printed."
)
REPORT = click.option(
    "--report",
    metavar="FILE",
    type=click.Path(),
    help="Also write everything to FILE.html, FILE.json or FILE.sarif.",
)


def told(report: Report, form: str, *, color: bool, width: int, whole: bool = True) -> str:
    """The report as `--format` asks for it. whole: every finding in full, where it is text."""
    if form != "text":
        return FORMS[form](report)
    if whole:
        return report_text(report, color=color, width=width)
    return "\n".join(report_lines(report, color=color, width=width))
