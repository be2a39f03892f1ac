"""Findings as SARIF 2.1.0, the format that code-scanning tools read.

Sources: OASIS Standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", sections named below; what
GitHub asks for beyond it: "SARIF support for code scanning" in its documentation.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from batchfirst.model.finding import Edit, Finding, Location
from batchfirst.render.json import written
from batchfirst.render.plain import render_finding
from batchfirst.render.sarif_fingerprints import Fingerprints
from batchfirst.render.sarif_rules import rule
from batchfirst.render.source import marked_columns, shown_path, source_line
from batchfirst.render.text import printable

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"


def findings_to_sarif(
    findings: Iterable[Finding],
    *,
    version: str,
    title: str = "",
    remarks: Sequence[str] = (),
    met: Sequence[Sequence[str]] = (),
) -> str:
    """A SARIF log with one run; `version` is that of batchfirst. Rules are those of the findings, in their order.

    title: what was run; uploads under different titles stand beside each other, the same one replaces the one before.
    remarks: what could not be watched or measured. met: for each finding who met it (test ids, ranks), where known.
    """
    results = list(findings)
    rules = {finding.code: finding for finding in results}
    order = list(rules)
    fingerprints = Fingerprints()
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "batchfirst",
                "version": version,
                "rules": [rule(finding) for finding in rules.values()],
            }
        },
        "invocations": [_invocation(remarks)],
        "originalUriBaseIds": {_ROOT: {"uri": _folder(os.curdir)}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, order, fingerprints, met[at] if met else ()) for at, one in enumerate(results)],
    }
    if title:  # section 3.17.3: what stands before the last slash is the category
        run["automationDetails"] = {"id": f"batchfirst/{printable(title)}/"}
    return written({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _invocation(remarks: Sequence[str]) -> dict[str, Any]:
    """Section 3.20. What was not measured is told; it is no failure of the run."""
    told = [{"level": "note", "message": {"text": remark}} for remark in remarks]
    return {"executionSuccessful": True, **({"toolExecutionNotifications": told} if told else {})}


def _result(finding: Finding, order: Sequence[str], fingerprints: Fingerprints, met: Sequence[str]) -> dict[str, Any]:
    """Section 3.27. The message is the whole finding; viewers that cut it show the first line, the summary."""
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": order.index(finding.code),
        "level": finding.severity,
        "message": {"text": f"{finding.summary}\n\n{render_finding(finding)}"},
    }
    if finding.location is not None:
        result["locations"] = [_location(finding.location, finding.module)]
        result["partialFingerprints"] = fingerprints.of(finding, finding.location)
    # Section 3.8: properties of one's own.
    properties = {"rank": finding.rank, "metBy": list(met) or None}
    if any(value is not None for value in properties.values()):
        result["properties"] = {name: value for name, value in properties.items() if value is not None}
    fix = _fix(finding)
    if fix:
        result["fixes"] = [fix]
    return result


def _location(location: Location, module: str) -> dict[str, Any]:
    region = {"startLine": max(1, location.line), **_columns(location)}
    place: dict[str, Any] = {"physicalLocation": {"artifactLocation": _artifact(location.file), "region": region}}
    names = [("function", location.function), ("module", module)]
    logical = [{"fullyQualifiedName": name, "kind": kind} for kind, name in names if name]
    return {**place, "logicalLocations": logical} if logical else place


def _columns(location: Location) -> dict[str, int]:
    """Section 3.30: from 1, the end exclusive; of a source that can be read never outside its line.

    Without columns of its own a place is the whole line, which GitHub asks for.
    """
    line = source_line(location.file, location.line)
    start, end = marked_columns(line, location)
    if start is not None and end is not None:
        return {"startColumn": start + 1, "endColumn": end + 1}
    if line.strip():
        return {"startColumn": len(line) - len(line.lstrip()) + 1, "endColumn": len(line) + 1}
    if location.column is None or location.column < 0:
        return {}
    given = location.end_column
    end_column = {"endColumn": given + 1} if given is not None and given > location.column else {}
    return {"startColumn": location.column + 1, **end_column}


def _artifact(file: str) -> dict[str, str]:
    """Section 3.4: relative to the root of the checkout where the file lies below the current directory."""
    shown = shown_path(file)
    if os.path.isabs(shown):
        return {"uri": Path(shown).as_uri()}
    return {"uri": quote(os.fsencode(shown.replace(os.sep, "/"))), "uriBaseId": _ROOT}


def _folder(path: str) -> str:
    """Section 3.14.14: the address of a folder ends with a slash."""
    try:
        return Path(path).resolve().as_uri().rstrip("/") + "/"
    except OSError:  # a current directory that is gone
        return "file:///"


def _fix(finding: Finding) -> dict[str, Any] | None:
    """Section 3.55, where every edit's old text is found in its source exactly once."""
    if finding.fix is None or not finding.fix.edits:
        return None
    changes = []
    for edit in finding.fix.edits:
        region = _region(edit)
        if region is None:
            return None
        replacement = {"deletedRegion": region, "insertedContent": {"text": edit.after}}
        changes.append({"artifactLocation": _artifact(edit.location.file), "replacements": [replacement]})
    return {"description": {"text": finding.fix.text}, "artifactChanges": changes}


def _region(edit: Edit) -> dict[str, int] | None:
    line = source_line(edit.location.file, edit.location.line)
    if not edit.before.strip() or "\n" in edit.before or line.count(edit.before) != 1:
        return None
    start = line.index(edit.before)
    return {
        "startLine": edit.location.line, "startColumn": start + 1, "endColumn": start + len(edit.before) + 1,
    }  # fmt: skip
