"""An audit as JSON: documented keys, and back without a loss."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

import batchfirst as bf
from batchfirst.model.finding import Finding, Location
from batchfirst.model.trace import OpFact, Trace, ValueFact
from batchfirst.render.audit_json import AUDIT_SCHEMA, audit_from_json, audit_to_json, from_plain, to_plain

DOCS = Path(__file__).parents[2] / "docs" / "json.md"


@pytest.fixture(scope="module")
def audit() -> bf.Audit:
    torch.manual_seed(0)
    return bf.audit(nn.LSTM(8, 16, 2), torch.randn(4, 7, 8), layout="batch seq features")


def _documented(heading: str) -> set[str]:
    text = DOCS.read_text(encoding="utf-8").split(heading, 1)[1]
    return set(re.findall(r"^\| `(\w+)` \|", text.split("\n## ")[0].split("\n### ")[0], re.MULTILINE))


def test_it_comes_back_equal(audit: bf.Audit) -> None:
    again = bf.Audit.from_json(audit.to_json())
    assert again == audit
    assert str(again) == str(audit)
    assert str(again.trace) == str(audit.trace)


def test_every_key_is_documented(audit: bf.Audit) -> None:
    document = json.loads(audit.to_json())
    assert set(document) == _documented("## `batchfirst.audit/1`")
    assert set(document["findings"][0]) == _documented("### A finding")
    assert set(document["trace"][0]) == _documented("### A row of the trace")
    assert set(document["measured"]) == _documented("### What was measured")


def test_rows_say_what_the_axes_carry(audit: bf.Audit) -> None:
    document = json.loads(audit.to_json())
    assert document["schema"] == AUDIT_SCHEMA
    assert document["ok"] is False
    assert document["verdict"] == str(audit).splitlines()[0]
    given, output = document["trace"][:2]
    assert [axis["carries"] for axis in given["axes"]] == [["batch"], ["seq"], ["features"]]
    assert (output["step"], output["codes"], output["notes"]) == ("LSTM", ["BF101"], ["batch mixed"])


def test_numbers_that_json_does_not_know() -> None:
    op = OpFact(0, "masked_fill", None, options={"value": float("-inf"), "p": 0.5, "n": 1, "flag": True, "dim": None})
    trace = Trace((ValueFact((2,), "float32", 0),), (op,), (0,), probed={"batch": (0, 1)}, influence={"seq": {3: (0,)}})
    text = audit_to_json((), trace)
    assert "Infinity" not in text
    again = audit_from_json(text)[1]
    assert again == trace
    assert again.ops[0].options["flag"] is True
    assert again.influence["seq"][3] == (0,)


def test_a_path_that_is_no_unicode_text(audit: bf.Audit) -> None:
    odd = replace(audit.findings[0], location=Location("/tmp/\udcff.py", 3))
    text = audit_to_json([odd], audit.trace)
    text.encode()
    assert audit_from_json(text)[0] == (odd,)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "text='{' is not valid; accepted: a JSON document; "),
        ("[]", f"schema=None is not valid; accepted: {AUDIT_SCHEMA}"),
        ('{"schema": "batchfirst.audit/2"}', f"schema='batchfirst.audit/2' is not valid; accepted: {AUDIT_SCHEMA}"),
        (f'{{"schema": "{AUDIT_SCHEMA}"}}', "KeyError: 'findings'"),
        (f'{{"schema": "{AUDIT_SCHEMA}", "findings": [], "record": []}}', "TypeError: [] is no Trace"),
        (f'{{"schema": "{AUDIT_SCHEMA}", "findings": [], "record": {{"values": 1}}}}', "TypeError: "),
    ],
)
def test_other_text_is_refused(text: str, told: str) -> None:
    with pytest.raises(bf.UsageError) as caught:
        bf.Audit.from_json(text)
    assert told in str(caught.value)


def test_a_wrong_kind_of_value_is_no_value() -> None:
    plain = to_plain(ValueFact((2, 3), "float32"))
    assert from_plain(ValueFact, plain) == ValueFact((2, 3), "float32")
    for key, wrong in (("shape", ["2"]), ("kind", "other"), ("dtype", None), ("producer", "x")):
        with pytest.raises((TypeError, ValueError)):
            from_plain(ValueFact, {**plain, key: wrong})


def test_no_finding_at_all() -> None:
    found: tuple[Finding, ...] = ()
    assert audit_from_json(audit_to_json(found, Trace((), (), ()))) == ((), Trace((), (), ()))
