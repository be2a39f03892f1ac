"""The JSON Schema that ships with the package describes every document that we write, and no key is left out of it."""

from __future__ import annotations

import json
from copy import deepcopy
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from tests.render import strategies
from torch import nn

import batchfirst as bf
from batchfirst.model.finding import Finding
from batchfirst.model.report import Measured, Report
from batchfirst.render.audit_json import audit_to_json
from batchfirst.render.json import findings_from_json, findings_to_json
from batchfirst.render.report_json import report_from_json, report_json

SCHEMA = json.loads((files("batchfirst.render") / "schemas" / "batchfirst.schema.json").read_text(encoding="utf-8"))


def _closed(schema: Any) -> Any:
    """The schema with no other key allowed than those that it names: it says itself that keys may be added."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(part) for name, part in schema.items()}
    if schema.get("type") == "object" and "required" in schema and "allOf" not in schema:
        closed["unevaluatedProperties"] = False
    return closed


CLOSED = _closed(deepcopy(SCHEMA))
del CLOSED["$defs"]["audit"]["unevaluatedProperties"]  # a document and a report's part add keys to it
OPEN, STRICT = (jsonschema.Draft202012Validator(schema) for schema in (SCHEMA, CLOSED))


@pytest.fixture(scope="module")
def audit() -> bf.Audit:
    torch.manual_seed(0)
    return bf.audit(nn.LSTM(8, 16, 2), torch.randn(4, 7, 8), layout="batch seq features")


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator.check_schema(CLOSED)


def test_real_documents_follow_it_and_name_no_other_key(swapped: Finding, audit: bf.Audit) -> None:
    measured = Measured("LSTM", audit.findings, audit.trace)
    found = (swapped, *audit.findings)
    report = Report(found, (("a",), ("b",)), (measured,), 1, 2, ("batch seq",), "t", "tests", ("r",))
    for text in (findings_to_json([swapped]), audit.to_json(), report_json(report), report_json(Report())):
        STRICT.validate(json.loads(text))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(strategies.reports())
def test_any_document_follows_it_and_comes_back_equal(report: Report) -> None:
    text = report_json(report)
    text.encode()
    STRICT.validate(json.loads(text))
    assert report_from_json(text) == report
    assert findings_from_json(text) == list(report.findings)
    STRICT.validate(json.loads(findings_to_json(report.findings)))
    for audit in report.audits:
        document = audit_to_json(audit.findings, audit.trace)
        STRICT.validate(json.loads(document))
        assert findings_from_json(document) == list(audit.findings)


@pytest.mark.parametrize(
    ("key", "value"),
    [("schema", "batchfirst.report/2"), ("calls", -1), ("places", [["a"], 3]), ("findings", [{"code": "BF101"}]),
     ("audits", [{"name": "m"}]), ("who", None)],
)  # fmt: skip
def test_other_documents_do_not_follow_it(swapped: Finding, key: str, value: object) -> None:
    document = json.loads(report_json(Report((swapped,))))
    OPEN.validate({**document, "added": "later"})
    with pytest.raises(jsonschema.ValidationError):
        OPEN.validate({**document, key: value})
    with pytest.raises(jsonschema.ValidationError):
        OPEN.validate({name: part for name, part in document.items() if name != key})
    with pytest.raises(jsonschema.ValidationError):
        STRICT.validate({**document, "added": "later"})
