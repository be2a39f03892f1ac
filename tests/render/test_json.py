"""Findings as JSON and back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from batchfirst.diagnosis.codes import finding
from batchfirst.model.errors import UsageError
from batchfirst.model.finding import Finding
from batchfirst.render.json import (
    SCHEMA,
    finding_from_dict,
    finding_to_dict,
    findings_from_json,
    findings_to_json,
)


def test_a_round_trip_changes_nothing(swapped: Finding) -> None:
    bare = finding("BF205")
    assert findings_from_json(findings_to_json([swapped, bare])) == [swapped, bare]


def test_the_dict_holds_json_types_only(swapped: Finding) -> None:
    data = finding_to_dict(swapped)
    assert data == json.loads(json.dumps(data))
    assert set(data) == {
        "code", "slug", "severity", "summary", "location", "module", "label", "table", "effects", "evidence", "fix",
        "notes", "rivals", "consequences", "rank",
    }  # fmt: skip


def test_a_document_says_which_schema_it_follows() -> None:
    document = json.loads(findings_to_json([], command="audit"))
    assert document == {"schema": "batchfirst.findings/1", "command": "audit", "findings": []}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "a JSON document"),
        ("[]", f"schema=None is not valid; accepted: {SCHEMA}"),
        ('{"schema": "other/2", "findings": []}', f"schema='other/2' is not valid; accepted: {SCHEMA}"),
    ],
)
def test_another_document_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        findings_from_json(text)
    assert message in str(caught.value)


@pytest.mark.parametrize("data", [{}, {"code": "BF101"}, 3, {**finding_to_dict(finding("BF101")), "table": 3}])
def test_a_broken_dict_is_refused(data: Any) -> None:
    with pytest.raises(UsageError, match="what finding_to_dict writes"):
        finding_from_dict(data)
