"""Findings as JSON, by a versioned schema, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from batchfirst.model.errors import UsageError
from batchfirst.model.finding import AxisRow, AxisTable, Edit, Evidence, Finding, Fix, Location, Rival

# Raised by one when a reader of the old form would misread the new one; new optional keys do not raise it.
SCHEMA = "batchfirst.findings/1"
AUDIT_SCHEMA = "batchfirst.audit/1"
REPORT_SCHEMA = "batchfirst.report/1"


def finding_to_dict(finding: Finding) -> dict[str, Any]:
    """`finding` as JSON's own types: one key per field, tuples as lists, a missing part as null.

    >>> from batchfirst.diagnosis.codes import finding
    >>> finding_to_dict(finding("BF205"))["slug"]
    'state-hidden-size'
    """
    return _listed(asdict(finding))  # type: ignore[no-any-return]


def finding_from_dict(data: Mapping[str, Any]) -> Finding:
    """The finding that `finding_to_dict` wrote: equal to it in every field. Unknown keys are left aside.

    Raises UsageError where a key is missing or of another type than the schema says.
    """
    try:
        return _finding(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        accepted = f"what finding_to_dict writes ({SCHEMA}); {type(error).__name__}: {error}"
        raise UsageError("data", data, accepted) from error


def findings_to_json(findings: Iterable[Finding], **about: Any) -> str:
    """A JSON document {"schema": …, "findings": […]}; `about` adds keys beside them, such as the command."""
    return written({"schema": SCHEMA, **about, "findings": [finding_to_dict(finding) for finding in findings]})


def findings_from_json(text: str) -> list[Finding]:
    """The findings of a document that `findings_to_json` wrote, or of an audit's, or of a report's.

    Raises UsageError for text that is no such document, and for one of a later version of the schema.
    """
    document = read_document(text, SCHEMA, AUDIT_SCHEMA, REPORT_SCHEMA)
    try:
        return [finding_from_dict(data) for data in document["findings"]]
    except (KeyError, TypeError) as error:
        raise UsageError("text", text[:40], f"a document with findings; {type(error).__name__}: {error}") from error


def read_document(text: str, *schemas: str) -> dict[str, Any]:
    """The JSON object in `text`, which follows one of `schemas`. Raises UsageError for anything else."""
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError, TypeError) as error:
        shown = text[:40] if isinstance(text, str) else text
        raise UsageError("text", shown, f"a JSON document; {error}") from error
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema not in schemas:
        raise UsageError("schema", schema, ", ".join(schemas))
    assert isinstance(document, dict)
    return document


def written(document: Mapping[str, Any], **compact: Any) -> str:
    """The document as JSON text in lines to be read. The keys `compact` come last, what they hold in one line each.

    A path or a name that is no Unicode text, as a file system may hold, is written in escapes, and then everything is.
    """
    text = _written(document, compact, ascii_only=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return _written(document, compact, ascii_only=True)
    return text


def _written(document: Mapping[str, Any], compact: Mapping[str, Any], *, ascii_only: bool) -> str:
    text = json.dumps(document, ensure_ascii=ascii_only, indent=1, allow_nan=False)
    for name, value in compact.items():
        one = partial(json.dumps, ensure_ascii=ascii_only, separators=(",", ":"), allow_nan=False)
        many = isinstance(value, list) and value
        shown = "[\n  " + ",\n  ".join(map(one, value)) + "\n ]" if many else one(value)
        text = f'{text[:-2]},\n "{name}": {shown}\n}}'
    return text


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _listed(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_listed(part) for part in value]
    return value


def _finding(data: Mapping[str, Any]) -> Finding:
    fix, table = data.get("fix"), data.get("table")
    return Finding(
        code=data["code"],
        slug=data["slug"],
        severity=data["severity"],
        summary=data["summary"],
        location=_location(data.get("location")),
        module=data.get("module", ""),
        label=data.get("label", ""),
        table=None if table is None else _table(table),
        effects=tuple(data.get("effects", ())),
        evidence=tuple(Evidence(item["text"], item["kind"]) for item in data.get("evidence", ())),
        fix=None if fix is None else Fix(fix["text"], tuple(_edit(edit) for edit in fix["edits"])),
        notes=tuple(data.get("notes", ())),
        rivals=tuple(Rival(item["code"], item["text"]) for item in data.get("rivals", ())),
        consequences=tuple(data.get("consequences", ())),
        rank=data.get("rank"),
    )


def _location(data: Mapping[str, Any] | None) -> Location | None:
    if data is None:
        return None
    return Location(
        data["file"], data["line"], data.get("function", ""), data.get("column"), data.get("end_column")
    )


def _table(data: Mapping[str, Any]) -> AxisTable:
    rows = tuple(AxisRow(row["label"], tuple(row["cells"]), row.get("origin", "")) for row in data["rows"])
    return AxisTable(rows, tuple(data["marked"]), data["remark"])


def _edit(data: Mapping[str, Any]) -> Edit:
    location = _location(data["location"])
    if location is None:
        raise TypeError("an edit has a location")
    return Edit(location, data["before"], data["after"])
