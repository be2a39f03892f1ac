"""Findings for GitHub and for code-scanning tools."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from batchfirst.diagnosis.codes import finding
from batchfirst.model.finding import Edit, Finding, Fix, Location
from batchfirst.render.github import github_command, github_commands
from batchfirst.render.plain import render_finding
from batchfirst.render.sarif import findings_to_sarif


def test_a_workflow_command_names_the_place_and_carries_the_whole_finding(swapped: Finding) -> None:
    command = github_command(swapped)
    head, _, message = command.removeprefix("::error ").partition("::")
    assert head == "file=train.py,line=41,col=36,endColumn=36,title=BF101 batch-seq-swapped"
    assert message.replace("%0A", "\n").replace("%25", "%") == render_finding(swapped)
    assert "\n" not in command


def test_nothing_in_a_finding_ends_the_command_early() -> None:
    command = github_command(
        finding("BF209", "100% of it\n::error::x", location=Location("/a,b:c/50%\nx.py", 1), severity="note")
    )
    assert command.startswith("::notice file=/a%2Cb%3Ac/50%25%0Ax.py,line=1,title=BF209 state-random::note[BF209]: 1")
    assert "\n" not in command


def test_one_command_a_line() -> None:
    assert len(github_commands([finding("BF101"), finding("BF002")]).splitlines()) == 2


def test_a_sarif_log(swapped: Finding, source: Callable[..., str]) -> None:
    source(12, "        self.lstm = nn.LSTM(8, 16)", "model.py")
    bare = finding("BF209")
    log = json.loads(findings_to_sarif([swapped, bare, swapped], version="1.2.3"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert run["tool"]["driver"]["version"] == "1.2.3"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["BF101", "BF209"]
    first, second, third = run["results"]
    assert (first["ruleIndex"], first["level"], second["ruleIndex"], second["level"]) == (0, "error", 1, "note")
    assert first["message"]["text"].startswith("LSTM reads the batch axis as time\n")
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "train.py", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 41, "startColumn": 36, "endColumn": 37},
            },
            "logicalLocations": [
                {"fullyQualifiedName": "train_step", "kind": "function"},
                {"fullyQualifiedName": "encoder.lstm", "kind": "module"},
            ],
        }
    ]
    (change,) = first["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 12, "startColumn": 21, "endColumn": 35},
            "insertedContent": {"text": "nn.LSTM(8, 16, batch_first=True)"},
        }
    ]
    assert first["partialFingerprints"] == third["partialFingerprints"]
    assert set(second) == {"ruleId", "ruleIndex", "level", "message"}


def test_a_fingerprint_follows_a_line_that_moved(swapped: Finding, source: Callable[..., str]) -> None:
    def fingerprint(found: Finding) -> str:
        return str(json.loads(findings_to_sarif([found], version="1"))["runs"][0]["results"][0]["partialFingerprints"])

    before = fingerprint(swapped)
    assert swapped.location is not None
    source(52, "    out, (h_n, c_n) = self.encoder(x)")
    assert fingerprint(replace(swapped, location=replace(swapped.location, line=52))) == before
    assert fingerprint(replace(swapped, code="BF102")) != before


def test_an_edit_that_is_not_in_the_source_is_told_in_words_only(source: Callable[..., str]) -> None:
    model = source(3, "y = f(x) + f(x)", "with blank.py")
    for before in ("g(x)", "f(x)", ""):
        at = Location(model, 3)
        found = finding("BF401", location=at, fix=Fix("so", (Edit(at, before, "h(x)"),)))
        (result,) = json.loads(findings_to_sarif([found], version="1"))["runs"][0]["results"]
        assert "fixes" not in result
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "with%20blank.py"


def test_a_file_elsewhere_has_an_absolute_address() -> None:
    found = finding("BF401", location=Location("/else where/model.py", 3))
    (result,) = json.loads(findings_to_sarif([found], version="1"))["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///else%20where/model.py"}
