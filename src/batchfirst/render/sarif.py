"""Findings as SARIF 2.1.0, the format that code-scanning tools read.

Source: OASIS Standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", sections named below.
"""

from __future__ import annotations

import hashlib
import json
import linecache
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from batchfirst.model.finding import Edit, Finding, Location
from batchfirst.render.plain import render_finding
from batchfirst.render.source import shown_path

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def findings_to_sarif(findings: Iterable[Finding], *, version: str) -> str:
    """A SARIF log with one run; `version` is that of batchfirst. Rules are those of the findings, in their order."""
    results = list(findings)
    rules = {finding.code: finding for finding in results}
    order = list(rules)
    run = {
        "tool": {
            "driver": {
                "name": "batchfirst",
                "version": version,
                "rules": [{"id": code, "name": rules[code].slug} for code in order],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, order) for finding in results],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def _result(finding: Finding, order: Sequence[str]) -> dict[str, Any]:
    """Section 3.27. The message is the whole finding; viewers that cut it show the first line, the summary."""
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": order.index(finding.code),
        "level": finding.severity,
        "message": {"text": f"{finding.summary}\n\n{render_finding(finding)}"},
    }
    if finding.location is not None:
        result["locations"] = [_location(finding.location, finding.module)]
        result["partialFingerprints"] = {"batchfirst/1": _fingerprint(finding, finding.location)}
    fix = _fix(finding)
    if fix:
        result["fixes"] = [fix]
    return result


def _location(location: Location, module: str) -> dict[str, Any]:
    region: dict[str, int] = {"startLine": location.line}
    if location.column is not None:
        region["startColumn"] = location.column + 1
        if location.end_column is not None and location.end_column > location.column:
            region["endColumn"] = location.end_column + 1
    place: dict[str, Any] = {"physicalLocation": {"artifactLocation": _artifact(location.file), "region": region}}
    names = [("function", location.function), ("module", module)]
    logical = [{"fullyQualifiedName": name, "kind": kind} for kind, name in names if name]
    return {**place, "logicalLocations": logical} if logical else place


def _artifact(file: str) -> dict[str, str]:
    """Section 3.4: relative to the root of the checkout where the file lies below the current directory."""
    shown = shown_path(file)
    if os.path.isabs(shown):
        return {"uri": Path(shown).as_uri()}
    return {"uri": quote(shown.replace(os.sep, "/")), "uriBaseId": "%SRCROOT%"}


def _fingerprint(finding: Finding, location: Location) -> str:
    """Of code, file and the line's text, so that a line that only moved keeps its history."""
    line = linecache.getline(location.file, location.line).strip()
    told = "\0".join((finding.code, shown_path(location.file), location.function, line))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]


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
    line = linecache.getline(edit.location.file, edit.location.line)
    if not edit.before.strip() or "\n" in edit.before or line.count(edit.before) != 1:
        return None
    start = line.index(edit.before)
    return {
        "startLine": edit.location.line, "startColumn": start + 1, "endColumn": start + len(edit.before) + 1,
    }  # fmt: skip
