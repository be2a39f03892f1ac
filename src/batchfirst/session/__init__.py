"""Observe, diagnose, and act on the policy: raise, warn, record, breakpoint or off."""

from typing import Any

from batchfirst.model.finding import Finding
from batchfirst.model.report import Report
from batchfirst.model.shown import use_renderers
from batchfirst.model.trace import Trace
from batchfirst.render.plain import render_finding
from batchfirst.render.trace_table import render_trace


def _html(shown: Any) -> str:
    from batchfirst.render.html_part import part_of

    return part_of(shown)


def _report(report: Report) -> str:
    from batchfirst.render.report import report_text

    return report_text(report)


use_renderers(Finding, render_finding, _html)
use_renderers(Trace, render_trace, _html)
use_renderers(Report, _report, _html)
