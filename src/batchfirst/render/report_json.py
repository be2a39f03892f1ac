"""A report as JSON, by a versioned schema (docs/json.md), and back: so the parts of several processes meet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batchfirst.model.errors import UsageError
from batchfirst.model.report import Measured, Report
from batchfirst.render.audit_json import audit_from_dict, audit_to_dict
from batchfirst.render.json import REPORT_SCHEMA, finding_from_dict, finding_to_dict, read_document, written


def report_json(report: Report) -> str:
    """The document that docs/json.md describes; what the audits measured stands at its end, a line for each audit.

    >>> report_from_json(report_json(Report(modules=1, calls=3))).calls
    3
    """
    document = {
        "schema": REPORT_SCHEMA,
        "ok": report.ok,
        "title": report.title,
        "modules": report.modules,
        "calls": report.calls,
        "layouts": list(report.layouts),
        "remarks": list(report.remarks),
        "who": report.who,
        "places": [list(report.met(number)) for number in range(len(report.findings))],
        "findings": [finding_to_dict(finding) for finding in report.findings],
    }
    audits = [{"name": audit.name, **audit_to_dict(audit.findings, audit.trace)} for audit in report.audits]
    return written(document, audits=audits)


def report_from_json(text: str) -> Report:
    """The report that `report_json` wrote, equal to it but for `places` where nobody was named.

    Raises UsageError for text that is no such document, and for one of a later version of the schema.
    """
    document = read_document(text, REPORT_SCHEMA)
    try:
        return _report(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, UsageError):
            raise
        accepted = f"what report_json writes ({REPORT_SCHEMA}); {type(error).__name__}: {error}"
        raise UsageError("text", text[:40], accepted) from error


def _report(data: Mapping[str, Any]) -> Report:
    places = tuple(tuple(_text(who) for who in met) for met in data["places"])
    return Report(
        findings=tuple(finding_from_dict(one) for one in data["findings"]),
        places=places if any(places) else (),
        audits=tuple(Measured(_text(one["name"]), *audit_from_dict(one)) for one in data["audits"]),
        modules=_number(data["modules"]),
        calls=_number(data["calls"]),
        layouts=tuple(_text(layout) for layout in data["layouts"]),
        title=_text(data["title"]),
        who=_text(data["who"]),
        remarks=tuple(_text(remark) for remark in data["remarks"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no whole number")
    return value
